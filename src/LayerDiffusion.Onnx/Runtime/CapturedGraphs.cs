using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>The CUDA graphs of a session: one for each set of shapes, kept until the session is gone, whichever generation comes.</summary>
internal sealed class CapturedGraphs : IDisposable
{
    /// <summary>The most CUDA graphs of a session, which cannot give up one alone. Further shapes run without.</summary>
    public const int Most = 16;

    private readonly Lock gate = new();
    private readonly InferenceSession session;
    private readonly DeviceBuffers buffers;
    private readonly RunThread thread;
    private readonly Dictionary<string, CapturedGraph> graphs = new(StringComparer.Ordinal);
    private int last;

    public CapturedGraphs(InferenceSession session, SessionSettings settings, OrtMemoryInfo memory)
    {
        this.session = session;
        this.buffers = new DeviceBuffers(settings, memory);
        this.thread = new RunThread();
    }

    /// <summary>Gets the graphs by their shapes.</summary>
    public IReadOnlyDictionary<string, CapturedGraph> Graphs => this.graphs;

    /// <summary>What tells one set of shapes from another.</summary>
    public static string KeyOf(IEnumerable<GraphTensor> tensors) =>
        string.Join(' ', tensors.Select(tensor => $"{tensor.Name}:{string.Join(',', tensor.Shape.Select(extent => extent.ToString(CultureInfo.InvariantCulture)))}"));

    /// <summary>Runs on what the tensors of a binding hold, capturing a graph if these shapes are new.</summary>
    /// <param name="key"><see cref="KeyOf"/> the binding's tensors.</param>
    /// <param name="binding">The tensors.</param>
    /// <exception cref="OnnxRuntimeException">The run failed.</exception>
    public void Run(string key, GraphBinding binding)
    {
        lock (this.gate)
        {
            if (!this.graphs.TryGetValue(key, out CapturedGraph? graph))
            {
                graph = this.Add(key, binding);
            }

            try
            {
                graph.Run(binding, this.thread);
            }
            catch
            {
                // A run that fails while it is captured leaves half a graph under its number.
                this.Discard(key);
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        this.thread.Dispose();
        foreach (CapturedGraph graph in this.graphs.Values)
        {
            graph.Dispose();
        }

        this.buffers.Dispose();
    }

    private CapturedGraph Add(string key, GraphBinding binding)
    {
        // Of the shapes beyond the most, only the last one's buffers are kept.
        if (this.graphs.FirstOrDefault(pair => pair.Value.Number < 0).Key is { } uncaptured)
        {
            this.Discard(uncaptured);
        }

        CapturedGraph graph = new(this.session, this.buffers, this.last < Most ? ++this.last : -1, binding);
        this.graphs.Add(key, graph);
        return graph;
    }

    private void Discard(string key)
    {
        this.graphs.Remove(key, out CapturedGraph? graph);
        graph?.Dispose();
    }
}
