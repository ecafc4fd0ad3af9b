using System.Runtime.CompilerServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>
/// A buffer in host memory that a graph reads or writes, in the element type the graph declares. Callers always see float32.
/// </summary>
/// <remarks>The address is taken once: asking ONNX Runtime for it at each access would cost several native calls and an allocation.</remarks>
internal sealed unsafe class GraphTensor : IDisposable
{
    private readonly int elementSize;
    private byte* address;

    internal GraphTensor(string name, TensorElementType type, long[] shape)
    {
        this.Name = name;
        this.Type = type;
        this.elementSize = GraphElement.SizeOf(type);
        this.Shape = shape;
        long length = 1;
        foreach (long extent in shape)
        {
            length = checked(length * extent);
        }

        this.Length = checked((int)length);
        _ = checked(this.Length * (long)this.elementSize);
        this.Value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, type, shape);
        this.address = (byte*)Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetReference(this.Value.GetTensorMutableRawData()));
        this.Bytes.Clear();
    }

    /// <summary>Gets the name of the graph's input or output.</summary>
    public string Name { get; }

    /// <summary>Gets the element type that the graph declares.</summary>
    public TensorElementType Type { get; }

    /// <summary>Gets the extents.</summary>
    public long[] Shape { get; }

    /// <summary>Gets the number of elements.</summary>
    public int Length { get; }

    /// <summary>Gets the length in bytes.</summary>
    public long ByteLength => this.Length * (long)this.elementSize;

    internal OrtValue Value { get; }

    /// <summary>Gets a value indicating whether the buffer was written since the last run; a device then needs a new copy.</summary>
    internal bool IsChanged { get; set; } = true;

    private Span<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(this.address is null, this);
            return new Span<byte>(this.address, checked(this.Length * this.elementSize));
        }
    }

    /// <summary>Writes float32 values from element <paramref name="offset"/> on.</summary>
    public void Write(ReadOnlySpan<float> values, int offset = 0)
    {
        GraphElement.FromSingle(values, this.Bytes.Slice(offset * this.elementSize, values.Length * this.elementSize), this.Type);
        this.IsChanged = true;
    }

    /// <summary>Writes token ids.</summary>
    public void Write(ReadOnlySpan<int> values)
    {
        Span<byte> bytes = this.Bytes;
        if (this.Type == TensorElementType.Int32)
        {
            values.CopyTo(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(bytes));
        }
        else
        {
            Span<long> destination = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(bytes);
            for (int i = 0; i < values.Length; i++)
            {
                destination[i] = values[i];
            }
        }

        this.IsChanged = true;
    }

    /// <summary>Reads values as float32 from element <paramref name="offset"/> on.</summary>
    public void Read(Span<float> destination, int offset = 0) =>
        GraphElement.ToSingle(this.Bytes.Slice(offset * this.elementSize, destination.Length * this.elementSize), destination, this.Type);

    /// <summary>Makes a view of the buffer as bytes; it must not outlive the buffer.</summary>
    public OrtValue ViewBytes() => OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, TensorElementType.UInt8, [this.ByteLength], (nint)this.address, this.ByteLength);

    /// <inheritdoc/>
    public void Dispose()
    {
        this.address = null;
        this.Value.Dispose();
    }
}
