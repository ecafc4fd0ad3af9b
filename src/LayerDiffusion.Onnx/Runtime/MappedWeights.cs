using System.IO.MemoryMappedFiles;
using LayerDiffusion.Onnx.IO;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>The external weights of one graph, mapped and given to its session as tensors, which is what lets ONNX Runtime share them with another session.</summary>
internal sealed unsafe class MappedWeights : IDisposable
{
    // What is smaller is not worth a tensor of its own.
    private const int SmallestShared = 1024;

    private readonly SharedWeights shared;
    private readonly List<(string Name, OrtValue Value)> tensors = [];
    private readonly Dictionary<string, View> views = new(StringComparer.Ordinal);

    /// <summary>Initializes a new instance of the <see cref="MappedWeights"/> class.</summary>
    /// <param name="path">The graph.</param>
    /// <param name="shared">What sessions share.</param>
    /// <exception cref="InvalidDataException">The graph is damaged, or a file is too short for its weights.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public MappedWeights(string path, SharedWeights shared)
    {
        this.shared = shared;
        this.Packed = shared.Take();
        try
        {
            using MappedFile file = new(path);
            if (OnnxFields.TryFind(file.Span, .., OnnxSchema.Model.Graph, out Range graph))
            {
                this.Map(file.Span, graph, Path.GetDirectoryName(Path.GetFullPath(path))!);
            }
        }
        catch
        {
            this.Dispose();
            throw;
        }
    }

    /// <summary>Gets the weights that ONNX Runtime has packed for its kernels.</summary>
    public PrePackedWeightsContainer Packed { get; }

    /// <summary>Gives a session the tensors; they must live as long as the session.</summary>
    public void AddTo(SessionOptions options)
    {
        foreach ((string name, OrtValue value) in this.tensors)
        {
            options.AddInitializer(name, value);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((_, OrtValue value) in this.tensors)
        {
            value.Dispose();
        }

        foreach (View view in this.views.Values)
        {
            view.Dispose();
        }

        this.tensors.Clear();
        this.views.Clear();
        this.shared.Return();
    }

    private void Map(ReadOnlySpan<byte> file, Range graph, string folder)
    {
        OnnxFields fields = new(file, graph);
        while (fields.Next())
        {
            if (fields is { Number: OnnxSchema.Graph.Initializer, IsBlock: true }
                && StoredTensor.Read(file, fields.Content) is { IsExternal: true, Type: OnnxElementType.Float32 } tensor
                && tensor.Length * sizeof(float) >= SmallestShared)
            {
                OnnxExternalValues values = OnnxExternalValues.Read(file, fields.Content);
                if (!this.views.TryGetValue(values.Location, out View? view))
                {
                    this.views.Add(values.Location, view = new View(Path.Combine(folder, values.Location)));
                }

                this.tensors.Add((tensor.Name, view.TensorAt(values, tensor)));
            }
        }
    }

    private sealed class View : IDisposable
    {
        private readonly string path;
        private readonly long length;
        private readonly MemoryMappedFile file;
        private readonly MemoryMappedViewAccessor accessor;
        private readonly byte* address;

        public View(string path)
        {
            this.path = path;
            this.length = new FileInfo(path).Length;
            this.file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
            this.accessor = this.file.CreateViewAccessor(0, this.length, MemoryMappedFileAccess.Read);
            this.accessor.SafeMemoryMappedViewHandle.AcquirePointer(ref this.address);
        }

        public OrtValue TensorAt(OnnxExternalValues values, StoredTensor tensor)
        {
            long bytes = tensor.Length * sizeof(float);
            if ((values.Length ?? bytes) != bytes || bytes > this.length || values.Offset > this.length - bytes)
            {
                throw new InvalidDataException(
                    $"The tensor '{tensor.Name}' has {bytes} bytes, the graph wants {values.Length ?? bytes} of '{this.path}' from {values.Offset} on, which has {this.length}.");
            }

            return OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, TensorElementType.Float, tensor.Shape, (nint)(this.address + values.Offset), bytes);
        }

        public void Dispose()
        {
            this.accessor.SafeMemoryMappedViewHandle.ReleasePointer();
            this.accessor.Dispose();
            this.file.Dispose();
        }
    }
}
