using System.IO.MemoryMappedFiles;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>A file mapped into memory to be read: only the pages that are touched are loaded.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly int length;
    private byte* address;

    /// <summary>Initializes a new instance of the <see cref="MappedFile"/> class.</summary>
    /// <exception cref="InvalidDataException">The file is empty or larger than an ONNX graph can be.</exception>
    public MappedFile(string path)
    {
        long length = new FileInfo(path).Length;
        if (length is 0 or > int.MaxValue)
        {
            throw new InvalidDataException($"'{path}' has {length} bytes; an ONNX graph has from 1 to {int.MaxValue}.");
        }

        this.length = (int)length;
        this.file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        this.view = this.file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        this.view.SafeMemoryMappedViewHandle.AcquirePointer(ref this.address);
    }

    /// <summary>Gets the content.</summary>
    public ReadOnlySpan<byte> Span => new(this.address, this.length);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (this.address is not null)
        {
            this.address = null;
            this.view.SafeMemoryMappedViewHandle.ReleasePointer();
            this.view.Dispose();
            this.file.Dispose();
        }
    }
}
