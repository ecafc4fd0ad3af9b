using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using LayerDiffusion.Onnx.Packages;

namespace LayerDiffusion.Onnx.Tests.Packages;

public sealed class HostileZipTests
{
    private const string Name = "bad.zip";

    [Theory]
    [InlineData("../evil.onnx")]
    [InlineData("unet/../../evil.onnx")]
    [InlineData("..\\evil.onnx")]
    [InlineData("/etc/evil")]
    [InlineData("\\evil")]
    [InlineData("C:/evil")]
    [InlineData("a\u0001b")]
    public void OpenZip_EntryThatLeavesTheArchive_IsRefused(string entry)
    {
        ModelFormatException exception = Refuse(Make((entry, [1])));

        Assert.Contains("stay within the archive", exception.Expected, StringComparison.Ordinal);
        Assert.Contains(entry.Replace('\u0001', '?'), exception.Found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unet/model.onnx", "unet/model.onnx")]
    [InlineData("unet/model.onnx", "unet\\model.onnx")]
    [InlineData("unet/model.onnx", "unet//./model.onnx")]
    [InlineData("unet/model.onnx", "Unet/MODEL.onnx")]
    public void OpenZip_EntryTwice_IsRefused(string first, string second)
    {
        ModelFormatException exception = Refuse(Make((first, [1]), (second, [2])));

        Assert.Equal("every file once", exception.Expected);
    }

    [Fact]
    public void OpenZip_Bomb_IsRefusedBeforeItInflates()
    {
        byte[] zip = Make(("model_index.json", new byte[32 << 20]));

        ModelFormatException exception = Refuse(zip);

        Assert.Contains("at most 200 times their packed size", exception.Expected, StringComparison.Ordinal);
        Assert.Contains("inflate to 33554432", exception.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void OpenZip_ManySmallBombs_AreRefusedTogether()
    {
        byte[] zip = Make([.. Enumerable.Range(0, 40).Select(i => ($"a{i}", new byte[1 << 20]))]);

        ModelFormatException exception = Refuse(zip);

        Assert.Contains("times the archive's", exception.Expected, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, 1L << 40, 1L << 40, "at most 2 files")]
    [InlineData(100, 5L, 1L << 40, "files of at most 5 bytes")]
    [InlineData(100, 1L << 40, 25L, "at most 25 bytes")]
    public void OpenZip_BeyondALimit_IsRefused(int entries, long entryBytes, long totalBytes, string expected)
    {
        ZipLimits limits = new() { MaximumEntries = entries, MaximumEntryBytes = entryBytes, MaximumTotalBytes = totalBytes };

        ModelFormatException exception = Refuse(Make(("a", new byte[10]), ("b", new byte[10]), ("c", new byte[10])), limits);

        Assert.Contains(expected, exception.Expected, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(400)]
    [InlineData(100_000)]
    public void OpenZip_SizeThatIsNotTrue_IsRefused(uint declared)
    {
        byte[] zip = Make(("model_index.json", Encoding.ASCII.GetBytes($"{{\"_class_name\":\"{new string('x', 380)}\"}}")));
        BinaryPrimitives.WriteUInt32LittleEndian(zip.AsSpan(Directory(zip) + 24), declared);
        BinaryPrimitives.WriteUInt32LittleEndian(zip.AsSpan(22), declared);

        Assert.StartsWith(Name, Refuse(zip).FileName, StringComparison.Ordinal);
    }

    [Fact]
    public void OpenZip_PackedSizeBeyondTheArchive_IsRefused()
    {
        byte[] zip = Make(("model_index.json", "{}"u8.ToArray()));
        BinaryPrimitives.WriteUInt32LittleEndian(zip.AsSpan(Directory(zip) + 20), 0x7FFFFFFF);

        Assert.Contains("within the archive", Refuse(zip).Expected, StringComparison.Ordinal);
    }

    [Fact]
    public void OpenZip_EncryptedEntry_IsRefused()
    {
        byte[] zip = Make(("model_index.json", "{}"u8.ToArray()));
        zip[Directory(zip) + 8] |= 1;
        zip[6] |= 1;

        Assert.Contains("the encrypted entry 'model_index.json'", Refuse(zip).Found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(12)]
    [InlineData(14)]
    [InlineData(99)]
    public void OpenZip_UnknownCompression_IsRefused(byte method)
    {
        byte[] zip = Make(("model_index.json", "{}"u8.ToArray()));
        zip[Directory(zip) + 10] = method;
        zip[8] = method;

        ModelFormatException exception = Refuse(zip);

        Assert.Equal("bad.zip/model_index.json", exception.FileName);
        Assert.Contains("stored or deflated", exception.Expected, StringComparison.Ordinal);
    }

    [Fact]
    public void OpenZip_SymbolicLink_IsRefused()
    {
        byte[] zip = Make(("model_index.json", "/etc/passwd"u8.ToArray()));
        BinaryPrimitives.WriteUInt32LittleEndian(zip.AsSpan(Directory(zip) + 38), 0xA1FF0000);

        Assert.Contains("a symbolic link", Refuse(zip).Found, StringComparison.Ordinal);
    }

    [Fact]
    public void OpenZip_NoZip_IsRefused()
    {
        Assert.Equal("an undamaged zip", Refuse(new byte[1000]).Expected);
        Assert.Equal("an undamaged zip", Refuse([]).Expected);
        Assert.Contains("a model package", Refuse(Make()).Expected, StringComparison.Ordinal);
        Assert.Contains("found readme.txt", Refuse(Make(("readme.txt", [1]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OpenZip_DamagedData_IsRefused()
    {
        using BrokenPackage copy = new("tiny-plain-sd15");
        byte[] zip = File.ReadAllBytes(copy.Zip());
        Random random = new(3);
        for (int i = 0; i < 150; i++)
        {
            byte[] damaged = [.. zip];
            for (int j = 0; j < 30; j++)
            {
                damaged[random.Next(damaged.Length)] ^= (byte)random.Next(1, 256);
            }

            if (i % 3 == 0)
            {
                // The directory is where structure is.
                damaged = [.. zip];
                damaged[random.Next(Directory(zip), zip.Length)] = (byte)random.Next(256);
            }

            try
            {
                using ModelPackage package = ModelPackage.OpenZip(damaged.AsMemory(), Name);
                _ = package.Graphs.Sum(graph => graph.ReadAllBytes().LongLength);
            }
            catch (ModelFormatException exception)
            {
                Assert.StartsWith(Name, exception.FileName, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void OpenZip_StreamThatCannotSeek_IsRefused()
    {
        using DeflateStream stream = new(new MemoryStream(), CompressionMode.Decompress);

        Assert.Equal("stream", Assert.Throws<ArgumentException>(() => ModelPackage.OpenZip(stream, Name)).ParamName);
    }

    [Fact]
    public void OpenZip_ReadFromManyThreads_GivesTheSameBytes()
    {
        using BrokenPackage copy = new("tiny-plain-sd15");
        using ModelPackage package = ModelPackage.Open(copy.Zip());
        byte[] expected = File.ReadAllBytes(copy.PathOf("vae_encoder/model.onnx"));

        Parallel.For(0, 16, _ => Assert.True(package.VaeEncoder.ReadAllBytes().AsSpan().SequenceEqual(expected)));
    }

    private static ModelFormatException Refuse(byte[] zip, ZipLimits? limits = null) =>
        Assert.Throws<ModelFormatException>(() => ModelPackage.OpenZip(zip.AsMemory(), Name, limits).Dispose());

    private static byte[] Make(params (string Name, byte[] Bytes)[] entries)
    {
        MemoryStream stream = new();
        using (ZipArchive archive = new(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] bytes) in entries)
            {
                using Stream entry = archive.CreateEntry(name, CompressionLevel.SmallestSize).Open();
                entry.Write(bytes);
            }
        }

        return stream.ToArray();
    }

    // Where the first record of the central directory begins.
    private static int Directory(byte[] zip) => zip.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x50, 0x4B, 0x01, 0x02]);
}
