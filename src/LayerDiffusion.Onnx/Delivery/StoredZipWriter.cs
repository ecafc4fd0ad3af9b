using System.Buffers.Binary;
using System.Text;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>
/// Writes a zip of stored entries from front to back, with one fixed time and no trace of the system, so that equal content gives equal bytes everywhere.
/// Pictures in PNG form are compressed already; storing them loses nothing.
/// </summary>
internal sealed class StoredZipWriter(Stream stream)
{
    private const int LocalHeaderLength = 30;
    private const int CentralHeaderLength = 46;
    private const ushort FirstOfJanuary1980 = 0x0021;

    private readonly List<(byte[] Name, uint Checksum, uint Length, uint Offset)> entries = [];
    private long position;

    /// <summary>Adds an entry.</summary>
    /// <param name="name">Its path in ASCII with forward slashes.</param>
    /// <param name="content">Its bytes.</param>
    public void Add(string name, ReadOnlySpan<byte> content)
    {
        byte[] nameBytes = Encoding.ASCII.GetBytes(name);
        uint checksum = Crc32.Append(0, content);
        if (this.position + content.Length + LocalHeaderLength + nameBytes.Length > uint.MaxValue)
        {
            throw new NotSupportedException($"The file grows beyond 4 GiB at '{name}'; OpenRaster files that large are not written.");
        }

        this.entries.Add((nameBytes, checksum, (uint)content.Length, (uint)this.position));
        Span<byte> header = stackalloc byte[LocalHeaderLength];
        BinaryPrimitives.WriteUInt32LittleEndian(header, 0x04034B50);
        WriteCommon(header[4..], nameBytes, checksum, (uint)content.Length);
        this.Write(header);
        this.Write(nameBytes);
        this.Write(content);
    }

    /// <summary>Writes the directory at the end.</summary>
    public void Finish()
    {
        long start = this.position;
        Span<byte> header = stackalloc byte[CentralHeaderLength];
        foreach ((byte[] name, uint checksum, uint length, uint offset) in this.entries)
        {
            header.Clear();
            BinaryPrimitives.WriteUInt32LittleEndian(header, 0x02014B50);
            BinaryPrimitives.WriteUInt16LittleEndian(header[4..], 20);
            WriteCommon(header[6..], name, checksum, length);
            BinaryPrimitives.WriteUInt32LittleEndian(header[42..], offset);
            this.Write(header);
            this.Write(name);
        }

        Span<byte> end = stackalloc byte[22];
        end.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(end, 0x06054B50);
        BinaryPrimitives.WriteUInt16LittleEndian(end[8..], (ushort)this.entries.Count);
        BinaryPrimitives.WriteUInt16LittleEndian(end[10..], (ushort)this.entries.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(end[12..], (uint)(this.position - start));
        BinaryPrimitives.WriteUInt32LittleEndian(end[16..], (uint)start);
        this.Write(end);
    }

    /// <summary>Writes the fields that local and central headers share: version 2.0, no flags, stored, the time, checksum, both lengths, length of the name, no extras.</summary>
    private static void WriteCommon(Span<byte> target, byte[] name, uint checksum, uint length)
    {
        target[..26].Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(target, 20);
        BinaryPrimitives.WriteUInt16LittleEndian(target[8..], FirstOfJanuary1980);
        BinaryPrimitives.WriteUInt32LittleEndian(target[10..], checksum);
        BinaryPrimitives.WriteUInt32LittleEndian(target[14..], length);
        BinaryPrimitives.WriteUInt32LittleEndian(target[18..], length);
        BinaryPrimitives.WriteUInt16LittleEndian(target[22..], (ushort)name.Length);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        stream.Write(bytes);
        this.position += bytes.Length;
    }
}
