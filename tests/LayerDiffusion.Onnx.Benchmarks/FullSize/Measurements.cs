using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace LayerDiffusion.Onnx.Benchmarks.FullSize;

/// <summary>Named numbers that one process prints and another one reads.</summary>
internal sealed class Measurements
{
    private const string Mark = "measured ";
    private readonly Dictionary<string, double> values = new(StringComparer.Ordinal);

    public double this[string name]
    {
        get => this.values[name];
        set
        {
            this.values[name] = value;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Mark}{name} {value:R}"));
        }
    }

    /// <summary>Runs a part of this benchmark in a process of its own, so that its peak of memory is its own.</summary>
    public static Measurements OfChild(string part, int steps)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!, ["full", "--part", part, "--steps", steps.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true };
        Console.Error.WriteLine($"{DateTime.Now:HH:mm:ss} measuring {part}");
        using Process process = Process.Start(start)!;
        Measurements result = new();
        while (process.StandardOutput.ReadLine() is { } line)
        {
            Console.Error.WriteLine($"  {line}");
            if (line.StartsWith(Mark, StringComparison.Ordinal))
            {
                string[] words = line.Split(' ');
                result.values[words[1]] = double.Parse(words[2], CultureInfo.InvariantCulture);
            }
        }

        process.WaitForExit();
        return process.ExitCode == 0 ? result : throw new InvalidOperationException($"The part '{part}' ended with exit code {process.ExitCode}.");
    }

    /// <summary>
    /// Listens to the library's histograms: the values of each, with the graph's name after a slash if there is one, and under the same name with
    /// <c>.cpu</c> the processor time per core since the previous value of any: what other programs take of the machine is not in it.
    /// </summary>
    public static (MeterListener Listener, Dictionary<string, List<double>> Values) Listen()
    {
        Dictionary<string, List<double>> values = new(StringComparer.Ordinal);
        double before = CpuMilliseconds();
        MeterListener listener = new()
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == "LayerDiffusion.Onnx")
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
        {
            string name = instrument.Name["layerdiffusion.".Length..];
            foreach ((string key, object? tag) in tags)
            {
                name = key == "graph" ? $"{name}/{tag}" : name;
            }

            double now = CpuMilliseconds();
            Add(name, value);
            Add(name + ".cpu", now - before);
            before = now;
        });
        listener.Start();
        return (listener, values);

        void Add(string name, double value)
        {
            if (!values.TryGetValue(name, out List<double>? list))
            {
                values.Add(name, list = []);
            }

            list.Add(value);
        }
    }

    /// <summary>The processor time that this process has used, over the number of cores.</summary>
    public static double CpuMilliseconds()
    {
        using Process process = Process.GetCurrentProcess();
        return process.TotalProcessorTime.TotalMilliseconds / Environment.ProcessorCount;
    }

    /// <summary>The memory of this process alone, without pages of files that are mapped, in MiB; 0 where the system does not tell.</summary>
    public static double OwnMebibytes()
    {
        const string Status = "/proc/self/status";
        string? line = File.Exists(Status) ? File.ReadLines(Status).FirstOrDefault(line => line.StartsWith("RssAnon:", StringComparison.Ordinal)) : null;
        return line is null ? 0 : double.Parse(line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    /// <summary>The largest memory this process ever had, in MiB.</summary>
    public static double PeakMebibytes()
    {
        using Process process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / 1048576.0;
    }
}
