using System.Globalization;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>How many threads of heavy arithmetic the processor takes.</summary>
internal static class ProcessorCores
{
    /// <summary>
    /// Gets the threads for one operator: one per physical core, as two threads of one core share its arithmetic units, but no more than the process may use
    /// (a container's limit). 0, which leaves the choice to ONNX Runtime, where the machine does not tell.
    /// </summary>
    public static int IntraOpThreads { get; } = Choose(PhysicalCores("/sys/devices/system/cpu"), Environment.ProcessorCount);

    /// <summary>The smaller of both numbers; 0 if the first is not known and nothing speaks for a limit.</summary>
    public static int Choose(int physicalCores, int usableProcessors) => physicalCores == 0 ? 0 : Math.Min(physicalCores, usableProcessors);

    /// <summary>Counts the cores of Linux' processor list; 0 where there is none.</summary>
    public static int PhysicalCores(string folder)
    {
        HashSet<string> cores = new(StringComparer.Ordinal);
        try
        {
            foreach (string processor in Directory.EnumerateDirectories(folder, "cpu*"))
            {
                string siblings = Path.Combine(processor, "topology", "thread_siblings_list");
                if (int.TryParse(Path.GetFileName(processor).AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out _) && File.Exists(siblings))
                {
                    cores.Add(File.ReadAllText(siblings).Trim());
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return 0;
        }

        return cores.Count;
    }
}
