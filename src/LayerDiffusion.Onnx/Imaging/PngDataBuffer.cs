using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Imaging;

/// <summary>The joined contents of all <c>IDAT</c> chunks, held in blocks so that growing never copies.</summary>
internal sealed class PngDataBuffer
{
    private const int SmallestBlock = 1 << 14;
    private const int LargestBlock = 1 << 22;

    private readonly List<byte[]> blocks = [];
    private int free;

    /// <summary>Gets or sets a value indicating whether an <c>IDAT</c> chunk was seen, be it empty.</summary>
    public bool Opened { get; set; }

    /// <summary>Gets the number of bytes.</summary>
    public long Length { get; private set; }

    /// <summary>Adds bytes at the end.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (this.free == 0)
            {
                this.free = (int)Math.Clamp(this.Length, SmallestBlock, LargestBlock);
                this.blocks.Add(GC.AllocateUninitializedArray<byte>(this.free));
            }

            byte[] last = this.blocks[^1];
            int count = Math.Min(this.free, bytes.Length);
            bytes[..count].CopyTo(last.AsSpan(last.Length - this.free));
            bytes = bytes[count..];
            this.free -= count;
            this.Length += count;
        }
    }

    /// <summary>Opens the bytes for reading from the start.</summary>
    public Stream OpenRead() => new Reader(this);

    private sealed class Reader(PngDataBuffer buffer) : ForwardOnlyStream
    {
        private int block;
        private int offset;

        public override bool CanRead => true;

        public override int Read(Span<byte> destination)
        {
            while (this.block < buffer.blocks.Count)
            {
                byte[] current = buffer.blocks[this.block];
                int end = this.block == buffer.blocks.Count - 1 ? current.Length - buffer.free : current.Length;
                if (this.offset < end)
                {
                    int count = Math.Min(end - this.offset, destination.Length);
                    current.AsSpan(this.offset, count).CopyTo(destination);
                    this.offset += count;
                    return count;
                }

                this.block++;
                this.offset = 0;
            }

            return 0;
        }

        public override int Read(byte[] destination, int start, int count) => this.Read(destination.AsSpan(start, count));
    }
}
