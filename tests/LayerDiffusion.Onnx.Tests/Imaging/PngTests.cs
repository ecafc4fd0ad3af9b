using System.Globalization;
using System.IO.Compression;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Imaging;

public sealed class PngTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("png").FullName;

    public static TheoryData<PngFilter, CompressionLevel> Writers
        => [.. from filter in Enum.GetValues<PngFilter>() from level in Enum.GetValues<CompressionLevel>() select (filter, level)];

    public void Dispose() => Directory.Delete(this.folder, recursive: true);

    [Theory]
    [MemberData(nameof(Writers))]
    public void EncodePng_AnyFilterAndLevel_ReadsBackEqual(PngFilter filter, CompressionLevel level)
    {
        // Odd widths leave rows that do not fill vectors; one pixel has no left neighbour.
        foreach ((int width, int height) in new[] { (1, 1), (3, 2), (17, 5), (129, 40), (700, 3) })
        {
            RgbaImage image = Pictures.Noise(width, height, seed: width);

            RgbaImage read = RgbaImage.DecodePng(image.EncodePng(new PngOptions { Filter = filter, Compression = level }));

            Assert.Equal(image.ToArray(), read.ToArray());
            Assert.Equal((width, height), (read.Width, read.Height));
        }
    }

    [Fact]
    public void EncodePng_SmoothPicture_AdaptiveIsSmallerThanNone()
    {
        RgbaImage image = Pictures.Disc(200, 200);

        Assert.True(
            image.EncodePng().Length < image.EncodePng(new PngOptions { Filter = PngFilter.None }).Length,
            "the adaptive filter should compress a smooth picture better than none");
    }

    [Fact]
    public void SavePng_PremultipliedPicture_StoresStraightColour()
    {
        RgbaImage image = RgbaImage.FromPixels([100, 50, 0, 128, 0, 0, 0, 0], 2, 1, AlphaMode.Premultiplied);
        string path = Path.Combine(this.folder, "a.png");

        image.SavePng(path);

        Assert.Equal([199, 100, 0, 128, 0, 0, 0, 0], RgbaImage.LoadPng(path).ToArray());
        Assert.Equal([path], Directory.GetFiles(this.folder));
    }

    [Fact]
    public void FloatSavePng_SixteenBits_KeepsSixteenBits()
    {
        Random random = new(5);
        float[] values = [.. Enumerable.Range(0, 31 * 7 * 4).Select(_ => random.Next(65536) / 65535f)];
        RgbaFloatImage image = RgbaFloatImage.FromPixels(values, 31, 7);
        string path = Path.Combine(this.folder, "a.png");

        image.SavePng(path);

        Assert.Equal(values, RgbaFloatImage.LoadPng(path).Pixels.ToArray());
    }

    [Fact]
    public void FloatSavePng_OutOfRangeAndNotANumber_AreClipped()
    {
        RgbaFloatImage image = RgbaFloatImage.FromPixels([-1, 2, float.NaN, float.PositiveInfinity], 1, 1);

        foreach (int depth in new[] { 8, 16 })
        {
            Assert.Equal([0, 1, 0, 1], RgbaFloatImage.LoadPng(new MemoryStream(image.EncodePng(new PngOptions { BitDepth = depth }))).Pixels.ToArray());
        }
    }

    [Fact]
    public void Metadata_EveryKind_ReadsBackEqual()
    {
        string longText = string.Concat(Enumerable.Repeat("a glass bottle, ", 5000));
        PngMetadata metadata = new()
        {
            Texts = [new("parameters", "a red apple\nSteps: 20"), new("Title", "Größe"), new("Comment", "林檎 🍎"), new("Empty", string.Empty), new("Long", longText)],
            Gamma = 0.45455,
            Chromaticities = new(0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06),
            IccProfile = new("a profile", Enumerable.Range(0, 3000).Select(i => (byte)i).ToArray()),
            SrgbRenderingIntent = PngRenderingIntent.RelativeColorimetric,
        };
        string path = Path.Combine(this.folder, "a.png");

        Pictures.Noise(3, 3, 1).SavePng(path, new PngOptions { Metadata = metadata });
        RgbaImage.LoadPng(path, out PngMetadata read);

        Assert.Equal(metadata.Texts, read.Texts);
        Assert.Equal(metadata.Gamma, read.Gamma);
        Assert.Equal(metadata.Chromaticities, read.Chromaticities);
        Assert.Equal(metadata.IccProfile.Name, read.IccProfile!.Name);
        Assert.Equal(metadata.IccProfile.Data.ToArray(), read.IccProfile.Data.ToArray());

        // A file says sRGB or holds a profile, not both.
        Assert.Null(read.SrgbRenderingIntent);
        Assert.Equal(read.Texts, PngMetadata.Load(path).Texts);
        Assert.Equal("Größe", read.FindText("Title"));
        Assert.Null(read.FindText("title"));
    }

    [Fact]
    public void Metadata_OfFixtures_HoldsTheirChunks()
    {
        string png = Fixtures.PathOf("components", "imaging", "png");

        // A tEXt, a zTXt and a compressed iTXt chunk.
        Assert.Equal(
            [new("Comment", "Grüße"), new("parameters", string.Concat(Enumerable.Repeat("steps: 20, ", 50))), new("Title", "Über")],
            PngMetadata.Load(Path.Combine(png, "text.png")).Texts);
        Assert.NotNull(PngMetadata.Load(Path.Combine(png, "iccp.png")).IccProfile);
        Assert.NotNull(PngMetadata.Load(Path.Combine(png, "srgb.png")).SrgbRenderingIntent);
        Assert.NotNull(PngMetadata.Load(Path.Combine(png, "chrm.png")).Chromaticities);
        Assert.Equal(1.0, PngMetadata.Load(Path.Combine(png, "gama_linear.png")).Gamma);
    }

    [Fact]
    public void Metadata_OfEveryFixture_PassesThrough()
    {
        foreach (string path in Directory.EnumerateFiles(Fixtures.PathOf("components", "imaging", "png"), "*.png"))
        {
            RgbaImage image = RgbaImage.LoadPng(path, out PngMetadata metadata);

            PngMetadata written = PngMetadata.Load(new MemoryStream(image.EncodePng(new PngOptions { Metadata = metadata })));

            Assert.Equal(metadata.Texts, written.Texts);
            Assert.Equal(metadata.SrgbRenderingIntent, written.SrgbRenderingIntent);
            Assert.Equal(metadata.Gamma, written.Gamma);
            Assert.Equal(metadata.Chromaticities, written.Chromaticities);
            Assert.Equal(metadata.IccProfile?.Name, written.IccProfile?.Name);
            Assert.Equal(metadata.IccProfile?.Data.ToArray(), written.IccProfile?.Data.ToArray());
        }
    }

    [Fact]
    public void EncodePng_ByDefault_SaysSrgb()
    {
        PngMetadata metadata = PngMetadata.Load(new MemoryStream(Pictures.Noise(2, 2, 1).EncodePng()));

        Assert.Equal(PngRenderingIntent.Perceptual, metadata.SrgbRenderingIntent);
        Assert.Equal(0.45455, metadata.Gamma);
        Assert.Empty(metadata.Texts);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" a")]
    [InlineData("a ")]
    [InlineData("a  b")]
    [InlineData("a\nb")]
    [InlineData("林檎")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345678901234567890")]
    public void EncodePng_BadKeyword_Throws(string keyword)
    {
        PngOptions options = new() { Metadata = new PngMetadata { Texts = [new(keyword, "x")] } };

        ArgumentException exception = Assert.Throws<ArgumentException>(() => Pictures.Noise(1, 1, 1).EncodePng(options));

        Assert.Contains("keyword", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SavePng_BadOptions_LeavesTheOldFile()
    {
        string path = Path.Combine(this.folder, "a.png");
        Pictures.Noise(4, 4, 1).SavePng(path);
        byte[] before = File.ReadAllBytes(path);

        Assert.Throws<ArgumentOutOfRangeException>(() => Pictures.Noise(1, 1, 1).SavePng(path, new PngOptions { Filter = (PngFilter)9 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Pictures.Noise(1, 1, 1).SavePng(path, new PngOptions { Metadata = new PngMetadata { Gamma = double.NaN } }));
        Assert.Throws<ArgumentException>(() => Pictures.Noise(1, 1, 1).SavePng(path, new PngOptions { Metadata = new PngMetadata { Texts = [new("a", "b\0c")] } }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Pictures.Noise(1, 1, 1).ToFloat().SavePng(path, new PngOptions { BitDepth = 4 }));

        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(this.folder));
    }

    [Fact]
    public void LoadPng_LimitOfPixels_IsKept()
    {
        byte[] png = Pictures.Noise(10, 11, 1).EncodePng();

        ImageFormatException exception = Assert.Throws<ImageFormatException>(() => RgbaImage.DecodePng(png, new PngReadOptions { MaximumPixels = 109 }));

        Assert.Contains("10×11", exception.Message, StringComparison.Ordinal);
        Assert.Equal(110, RgbaImage.DecodePng(png, new PngReadOptions { MaximumPixels = 110 }).ToArray().Length / 4);
        Assert.Throws<ImageFormatException>(() => RgbaImage.DecodePng(png, new PngReadOptions { MaximumPixels = -1 }));
    }

    [Fact]
    public void LoadPng_LimitOfTexts_CountsAfterDecompression()
    {
        string path = Fixtures.PathOf("components", "imaging", "png_damaged", "text_bomb.png");

        ImageFormatException exception = Assert.Throws<ImageFormatException>(() => PngMetadata.Load(path));

        Assert.Contains(nameof(PngReadOptions.MaximumMetadataBytes), exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LoadPng_Stream_StopsBehindTheFile()
    {
        byte[] one = Pictures.Noise(5, 5, 1).EncodePng();
        byte[] two = Pictures.Noise(6, 6, 2).EncodePng();
        using MemoryStream stream = new([.. one, .. two]);

        Assert.Equal(5, RgbaImage.LoadPng(stream).Width);
        Assert.Equal(6, RgbaImage.LoadPng(stream).Width);
        Assert.Equal(stream.Length, stream.Position);
    }

    [Fact]
    public void LoadPng_NoFile_NamesIt()
    {
        string path = Path.Combine(this.folder, "none.png");

        FileNotFoundException exception = Assert.Throws<FileNotFoundException>(() => RgbaImage.LoadPng(path));

        Assert.Contains("none.png", exception.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => RgbaImage.LoadPng((string)null!));
        Assert.Throws<ArgumentNullException>(() => RgbaImage.LoadPng((Stream)null!));
    }

    [Theory]
    [InlineData("de-DE")]
    [InlineData("tr-TR")]
    public void EncodePng_OtherCulture_SameBytes(string culture)
    {
        byte[] expected = Pictures.Noise(20, 20, 3).EncodePng();
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);

            Assert.Equal(expected, Pictures.Noise(20, 20, 3).EncodePng());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
