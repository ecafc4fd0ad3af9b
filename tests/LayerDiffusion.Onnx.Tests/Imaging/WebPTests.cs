using System.Text;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Imaging;

public sealed class WebPTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("webp").FullName;

    // Noise needs the longest codes, discs runs and predictions; one colour leaves codes of a single symbol; sides around the blocks' 16.
    public static TheoryData<string> Names => ["noise", "disc", "one colour", "two colours", "one pixel", "column", "row", "opaque"];

    public void Dispose() => Directory.Delete(this.folder, recursive: true);

    [Theory]
    [MemberData(nameof(Names))]
    public void SaveWebP_AnyPicture_DwebpReadsEveryByte(string name)
    {
        RgbaImage image = Make(name);
        string path = Path.Combine(this.folder, "a.webp");

        image.SaveWebP(path);

        Assert.Equal(image.ToArray(), Decode(path, image.Width, image.Height));
        Assert.Contains("No error detected", ImageReaders.WebPInfo(path), StringComparison.Ordinal);
    }

    [Fact]
    public void SaveWebP_ManySizes_DwebpReadsEveryByte()
    {
        string path = Path.Combine(this.folder, "a.webp");
        foreach ((int width, int height) in new[] { (2, 1), (15, 17), (16, 16), (17, 33), (64, 3), (301, 47) })
        {
            RgbaImage image = Pictures.Noise(width, height, seed: width);

            image.SaveWebP(path);

            Assert.Equal(image.ToArray(), Decode(path, width, height));
        }
    }

    [Fact]
    public void SaveWebP_PremultipliedPicture_StoresStraightColour()
    {
        RgbaImage image = RgbaImage.FromPixels([100, 50, 0, 128, 0, 0, 0, 0], 2, 1, AlphaMode.Premultiplied);
        string path = Path.Combine(this.folder, "a.webp");

        image.SaveWebP(path);

        Assert.Equal([path], Directory.GetFiles(this.folder));
        Assert.Equal([199, 100, 0, 128, 0, 0, 0, 0], Decode(path, 2, 1));
    }

    [Fact]
    public void EncodeWebP_SmoothPicture_IsSmallAndSaysItsSizes()
    {
        RgbaImage image = Pictures.Disc(200, 120);

        byte[] file = image.EncodeWebP();

        Assert.Equal("RIFF", Encoding.ASCII.GetString(file, 0, 4));
        Assert.Equal("WEBPVP8L", Encoding.ASCII.GetString(file, 8, 8));
        Assert.Equal(file.Length - 8, BitConverter.ToInt32(file, 4));
        Assert.Equal(0, file.Length % 2);
        Assert.True(file.Length < image.EncodePng().Length * 3 / 2, $"{file.Length} bytes; PNG takes {image.EncodePng().Length}.");
        Assert.Equal(file, image.EncodeWebP());
    }

    [Fact]
    public void SaveWebP_SideTooLong_ThrowsAndLeavesNoFile()
    {
        RgbaImage image = new(16385, 1);

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(() => image.SaveWebP(Path.Combine(this.folder, "a.webp")));

        Assert.Contains("16385×1", exception.Message, StringComparison.Ordinal);
        Assert.Contains("16384", exception.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(this.folder));
        Assert.Throws<ArgumentNullException>(() => image.SaveWebP((Stream)null!));
    }

    [Fact]
    public void SaveWebP_LongestSide_DwebpReadsEveryByte()
    {
        RgbaImage image = Pictures.Noise(16384, 2, seed: 1);
        string path = Path.Combine(this.folder, "a.webp");

        image.SaveWebP(path);

        Assert.Equal(image.ToArray(), Decode(path, image.Width, image.Height));
    }

    [Fact]
    public void SaveWebP_ValuesWithFibonacciCounts_CodesStayShortEnough()
    {
        // Huffman's codes for Fibonacci numbers are as long as can be: 18 bits for these, of which the format allows 15.
        // In a row the prediction is the pixel to the left; blue changes so that no run becomes a copy.
        List<byte> pixels = [];
        (int count, int next, byte green, byte blue) = (1, 1, 0, 0);
        for (byte step = 0; step < 19; step++)
        {
            for (int i = 0; i < count; i++)
            {
                green += step;
                blue += (byte)(step + (i & 1));
                pixels.AddRange([green, green, blue, 255]);
            }

            (count, next) = (next, count + next);
        }

        RgbaImage image = RgbaImage.FromPixels([.. pixels], pixels.Count / 4, 1);
        string path = Path.Combine(this.folder, "a.webp");

        image.SaveWebP(path);

        Assert.Equal(image.ToArray(), Decode(path, image.Width, 1));
    }

    private static byte[] Decode(string path, int width, int height)
    {
        byte[] pam = ImageReaders.WebPToPam(path);
        string header = $"P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n";
        Assert.Equal(header, Encoding.ASCII.GetString(pam, 0, Math.Min(pam.Length, header.Length)));
        return pam[header.Length..];
    }

    private static RgbaImage Make(string name)
    {
        RgbaImage image = name switch
        {
            "noise" => Pictures.Noise(129, 70, seed: 3),
            "disc" => Pictures.Disc(300, 200),
            "one pixel" => Pictures.Noise(1, 1, seed: 1),
            "column" => Pictures.Noise(1, 100, seed: 1),
            "row" => Pictures.Noise(100, 1, seed: 1),
            _ => new RgbaImage(90, 500),
        };
        Span<byte> pixels = image.Pixels.Span;
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = name switch
            {
                "one colour" => (byte)(40 * (i % 4)),
                "two colours" => (byte)(i / 4 % 97 < 40 ? 7 : 200),
                "opaque" => i % 4 == 3 ? (byte)255 : (byte)(i / 360),
                _ => pixels[i],
            };
        }

        return image;
    }
}
