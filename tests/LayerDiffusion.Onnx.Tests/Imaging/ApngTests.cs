using System.Globalization;
using System.Security.Cryptography;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Imaging;

public sealed class ApngTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("apng").FullName;

    public void Dispose() => Directory.Delete(this.folder, recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Save_Frames_UpngReadsEveryFrameDelayAndThePlayCount(int playCount)
    {
        // A whole change, a change in one corner, none, and alpha that falls, which only replacing shows.
        RgbaImage first = Pictures.Noise(61, 47, seed: 1);
        RgbaImage second = Pictures.Noise(61, 47, seed: 2);
        RgbaImage third = second.Clone();
        third.GetRow(46)[240..].Clear();
        third.GetRow(40)[200..].Clear();
        AnimationFrame[] frames =
        [
            new(first, TimeSpan.FromMilliseconds(100)),
            new(second, TimeSpan.FromMilliseconds(40)),
            new(third, TimeSpan.FromMilliseconds(1234)),
            new(third.Clone(), TimeSpan.Zero),
            new(new RgbaImage(61, 47), TimeSpan.FromSeconds(2)),
        ];
        string path = Path.Combine(this.folder, "a.png");

        ApngFile.Save(frames, path, new ApngOptions { PlayCount = playCount });

        Assert.Equal([path], Directory.GetFiles(this.folder));
        List<string> expected = [string.Create(CultureInfo.InvariantCulture, $"61|47|{playCount}")];
        expected.AddRange(frames.Select(frame => string.Create(
            CultureInfo.InvariantCulture, $"{frame.Delay.TotalMilliseconds}|{Convert.ToHexStringLower(SHA256.HashData(frame.Image.ToArray()))}")));
        Assert.Equal(expected, ImageReaders.Apng(path));
    }

    [Fact]
    public void Save_Frames_OurReaderSeesTheFirst()
    {
        RgbaImage first = Pictures.Noise(33, 20, seed: 1);
        string path = Path.Combine(this.folder, "a.png");
        PngMetadata metadata = PngMetadata.Srgb with { Texts = [new PngText("Title", "two")] };

        ApngFile.Save(
            [new(first, TimeSpan.FromSeconds(1)), new(Pictures.Noise(33, 20, seed: 2), TimeSpan.FromSeconds(1))],
            path,
            new ApngOptions { Png = new PngOptions { Metadata = metadata } });

        Assert.Equal(first.ToArray(), RgbaImage.LoadPng(path, out PngMetadata read).ToArray());
        Assert.Equal([new PngText("Title", "two")], read.Texts);
    }

    [Fact]
    public void Save_LargeFrame_NumbersEveryChunkInOrder()
    {
        // Noise does not compress, so that a frame takes several chunks.
        AnimationFrame[] frames = [.. Enumerable.Range(1, 3).Select(seed => new AnimationFrame(Pictures.Noise(300, 300, seed), TimeSpan.FromSeconds(1)))];
        using MemoryStream stream = new();

        ApngFile.Write(frames, stream);

        List<string> chunks = Chunks(stream.ToArray());
        Assert.Equal("IHDR", chunks[0]);
        Assert.Equal("acTL", chunks[1]);
        Assert.Equal("IEND", chunks[^1]);
        Assert.True(chunks.IndexOf("fcTL 0") < chunks.IndexOf("IDAT"), "the first frame's control comes before its data");
        string[] numbered = [.. chunks.Where(chunk => chunk.StartsWith('f'))];
        Assert.Equal(Enumerable.Range(0, numbered.Length), numbered.Select(chunk => int.Parse(chunk[5..], CultureInfo.InvariantCulture)));
        Assert.True(numbered.Count(chunk => chunk.StartsWith("fdAT", StringComparison.Ordinal)) > 4, "every later frame takes several chunks");
    }

    [Theory]
    [InlineData(333333, 1, 30)]
    [InlineData(10000000, 1, 1)]
    [InlineData(0, 0, 1000)]
    [InlineData(12340000, 1234, 1000)]
    [InlineData(1000000000, 10000, 100)]
    [InlineData(655350000000, 65535, 1)]
    public void Fraction_Delay_IsExactOrHasDecimals(long ticks, int numerator, int denominator)
    {
        Assert.Equal(((ushort)numerator, (ushort)denominator), ApngEncoder.Fraction(TimeSpan.FromTicks(ticks)));
    }

    [Fact]
    public void Save_BadInput_ThrowsAndLeavesNoFile()
    {
        string path = Path.Combine(this.folder, "a.png");
        RgbaImage image = new(2, 2);

        Assert.Throws<ArgumentNullException>(() => ApngFile.Save(null!, path));
        Assert.Contains("there is none", Assert.Throws<ArgumentException>(() => ApngFile.Save([], path)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "Frame 1 is 3×2 pixels large, frame 0 2×2",
            Assert.Throws<ArgumentException>(() => ApngFile.Save([new(image, TimeSpan.Zero), new(new RgbaImage(3, 2), TimeSpan.Zero)], path)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ApngFile.Save([new(null!, TimeSpan.Zero)], path));
        Assert.Throws<ArgumentOutOfRangeException>(() => ApngFile.Save([new(image, TimeSpan.FromSeconds(-1))], path));
        Assert.Throws<ArgumentOutOfRangeException>(() => ApngFile.Save([new(image, TimeSpan.FromSeconds(65536))], path));
        Assert.Throws<ArgumentOutOfRangeException>(() => ApngFile.Save([new(image, TimeSpan.Zero)], path, new ApngOptions { PlayCount = -1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => ApngFile.Save([new(image, TimeSpan.Zero)], path, new ApngOptions { Png = new PngOptions { Filter = (PngFilter)99 } }));
        Assert.Empty(Directory.GetFiles(this.folder));
    }

    private static List<string> Chunks(byte[] file)
    {
        List<string> chunks = [];
        for (int at = 8; at < file.Length;)
        {
            int length = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            string type = System.Text.Encoding.ASCII.GetString(file, at + 4, 4);
            chunks.Add(type is "fcTL" or "fdAT"
                ? string.Create(CultureInfo.InvariantCulture, $"{type} {System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at + 8))}")
                : type);
            at += 12 + length;
        }

        return chunks;
    }
}
