using System.Buffers.Binary;
using System.IO.Compression;
using LayerDiffusion.Onnx.Delivery;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Delivery;

public sealed class TiffFileTests
{
    [Theory]
    [InlineData(PsdCompression.Raw)]
    [InlineData(PsdCompression.Rle)]
    [InlineData(PsdCompression.ZipWithPrediction)]
    public void Write_RichDocument_HoldsTheMergedPictureAndTheLayersOfThePsd(PsdCompression compression)
    {
        LayeredDocument document = Documents.Rich();
        byte[] bytes = Bytes(document, compression);
        Dictionary<int, (int Type, byte[] Value)> fields = Fields(bytes);

        int[] expectedTags = [256, 257, 258, 259, 262, 273, 274, 277, 278, 279, 282, 283, 284, 296, 317, 338, 34675, 37724];
        Assert.Equal(expectedTags, fields.Keys);
        Assert.Equal([61u, 47u, 300u * 65536], [Long(fields[256]), Long(fields[257]), Long(fields[282])]);
        Assert.Equal(document.IccProfile.ToArray(), fields[34675].Value);
        Assert.Equal(document.Flatten().ToArray(), Merged(bytes, fields, 61, 47));

        // The layers must be the very bytes of the PSD file, after their heading and before at most three bytes that fill up.
        byte[] block = fields[37724].Value;
        ReadOnlySpan<byte> heading = "Adobe Photoshop Document Data Block\08BIMLayr"u8;
        Assert.True(block.AsSpan().StartsWith(heading));
        int length = BinaryPrimitives.ReadInt32BigEndian(block.AsSpan(heading.Length));
        ReadOnlySpan<byte> layers = block.AsSpan(heading.Length + 4, length);
        Assert.Equal((length + 3) / 4 * 4, block.Length - heading.Length - 4);
        using MemoryStream psd = new();
        PsdFile.Write(document, psd, new PsdOptions { Compression = compression });
        Assert.True(psd.ToArray().AsSpan().IndexOf(layers) > 0);
        Assert.Equal(bytes.Length, fields.Values.Max(field => EndOf(bytes, field.Value)));
    }

    [Fact]
    public void Write_PictureOfManyStrips_GivesItBack()
    {
        RgbaImage picture = Pictures.NoisyPattern(300, 200, 1);
        LayeredDocument document = new(300, 200, [new DocumentLayer("a", picture)]) { Merged = picture };
        byte[] bytes = Bytes(document);

        Assert.Equal(picture.ToArray(), Merged(bytes, Fields(bytes), 300, 200));
        Assert.Equal(bytes, Bytes(document));
    }

    [Fact]
    public void Save_BadDocument_LeavesNoFile()
    {
        string path = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N") + ".tif");

        Assert.Throws<ArgumentException>(() => TiffFile.Save(new LayeredDocument(10, 10, [new DocumentLayer(" ", new RgbaImage(1, 1))]), path));
        Assert.Contains("30000", Assert.Throws<ArgumentException>(() => TiffFile.Save(new LayeredDocument(30001, 1, [new DocumentLayer("a", new RgbaImage(1, 1))]), path)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => TiffFile.Save(Documents.Rich(), path, (PsdCompression)9));
        Assert.False(File.Exists(path));
    }

    private static byte[] Bytes(LayeredDocument document, PsdCompression compression = PsdCompression.Rle)
    {
        using MemoryStream memory = new();
        using DeflateStream notSeekable = new(memory, CompressionLevel.NoCompression, leaveOpen: true);
        TiffFile.Write(document, notSeekable, compression);
        notSeekable.Dispose();
        memory.Position = 0;
        using DeflateStream inflate = new(memory, CompressionMode.Decompress);
        using MemoryStream result = new();
        inflate.CopyTo(result);
        return result.ToArray();
    }

    /// <summary>Reads the one directory of a file with the highest byte first; tags must rise and values begin at even places.</summary>
    private static Dictionary<int, (int Type, byte[] Value)> Fields(byte[] file)
    {
        Assert.True(file.AsSpan().StartsWith("MM\0*"u8));
        Dictionary<int, (int, byte[])> fields = [];
        int at = (int)BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(4));
        int count = BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(at));
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> field = file.AsSpan(at + 2 + (12 * i), 12);
            int tag = BinaryPrimitives.ReadUInt16BigEndian(field);
            int type = BinaryPrimitives.ReadUInt16BigEndian(field[2..]);
            int length = (int)BinaryPrimitives.ReadUInt32BigEndian(field[4..]) * type switch
            {
                3 => 2,
                4 => 4,
                5 => 8,
                7 => 1,
                _ => throw new InvalidDataException($"Type {type}"),
            };
            int place = length <= 4 ? at + 2 + (12 * i) + 8 : (int)BinaryPrimitives.ReadUInt32BigEndian(field[8..]);
            Assert.True(fields.Count == 0 || tag > fields.Keys.Last());
            Assert.True(length <= 4 || tag == 37724 || place % 2 == 0);
            fields.Add(tag, (type, file[place..(place + length)]));
        }

        Assert.Equal(0u, BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at + 2 + (12 * count))));
        return fields;
    }

    private static uint Long((int Type, byte[] Value) field)
    {
        Assert.True(field.Type is 4 or 5);
        return BinaryPrimitives.ReadUInt32BigEndian(field.Value);
    }

    private static byte[] Merged(byte[] file, Dictionary<int, (int Type, byte[] Value)> fields, int width, int height)
    {
        using MemoryStream pixels = new();
        for (int strip = 0; strip < fields[273].Value.Length / 4; strip++)
        {
            int place = BinaryPrimitives.ReadInt32BigEndian(fields[273].Value.AsSpan(4 * strip));
            int length = BinaryPrimitives.ReadInt32BigEndian(fields[279].Value.AsSpan(4 * strip));
            using MemoryStream compressed = new(file, place, length);
            using ZLibStream inflate = new(compressed, CompressionMode.Decompress);
            inflate.CopyTo(pixels);
        }

        byte[] result = pixels.ToArray();
        Assert.Equal(width * height * 4, result.Length);
        for (int i = 0; i < result.Length; i++)
        {
            result[i] += i % (width * 4) < 4 ? (byte)0 : result[i - 4];
        }

        return result;
    }

    private static int EndOf(byte[] file, byte[] value) => file.AsSpan().LastIndexOf(value) + value.Length;
}
