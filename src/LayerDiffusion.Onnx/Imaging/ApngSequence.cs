using System.Buffers.Binary;

namespace LayerDiffusion.Onnx.Imaging;

/// <summary>The numbers that the <c>fcTL</c> and <c>fdAT</c> chunks of an animated PNG file carry, counted together.</summary>
internal sealed class ApngSequence
{
    private int next;

    /// <summary>Writes the next number in four bytes.</summary>
    public void WriteNext(Span<byte> target) => BinaryPrimitives.WriteInt32BigEndian(target, this.next++);
}
