using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LayerDiffusion.Onnx.Delivery;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Delivery;

/// <summary>What programs of others read from our files: pixels, names and order must be those of the document.</summary>
public sealed class IndependentReaderTests
{
    [Theory]
    [InlineData(PsdCompression.Raw, PsdVariant.Psd)]
    [InlineData(PsdCompression.Rle, PsdVariant.Psd)]
    [InlineData(PsdCompression.Zip, PsdVariant.Psd)]
    [InlineData(PsdCompression.ZipWithPrediction, PsdVariant.Psb)]
    [InlineData(PsdCompression.Rle, PsdVariant.Psb)]
    public void AgPsd_ReadsEveryNodeAndPixel(PsdCompression compression, PsdVariant variant)
    {
        LayeredDocument document = Documents.Rich() with { Merged = Pictures.Pattern(61, 47, 9) };
        WithFile(".psd", path =>
        {
            PsdFile.Save(document, path, new PsdOptions { Compression = compression, Variant = variant });
            List<string> expected = [$"canvas|61|47|{Hash(document.Merged)}"];
            Describe(document.Nodes, 0, expected);
            Assert.Equal(expected, ExternalTool.AgPsd(path));
        });
    }

    [Theory]
    [InlineData(PsdCompression.Rle, PsdVariant.Psd)]
    [InlineData(PsdCompression.Zip, PsdVariant.Psd)]
    [InlineData(PsdCompression.ZipWithPrediction, PsdVariant.Psb)]
    public void ImageMagick_ReadsLayersInOrderAndTheMergedPicture(PsdCompression compression, PsdVariant variant)
    {
        WithFile(variant == PsdVariant.Psb ? ".psb" : ".psd", path =>
        {
            PsdFile.Save(Opaque, path, new PsdOptions { Compression = compression, Variant = variant });
            AssertImageMagickReadsOpaque(path, Opaque.Merged!);
        });
    }

    [Theory]
    [InlineData(PsdCompression.Rle)]
    [InlineData(PsdCompression.Zip)]
    public void ImageMagick_ReadsLayeredTiff_InOrderAndTheMergedPicture(PsdCompression compression)
    {
        LayeredDocument document = Opaque with { Merged = Pictures.NoisyPattern(61, 47, 9) };
        WithFile(".tif", path =>
        {
            TiffFile.Save(document, path, compression);
            AssertImageMagickReadsOpaque(path, document.Merged!);
        });
    }

    [Fact]
    public void LibTiff_ReadsTheTagsOfLayeredTiff_WithoutAnythingToSay()
    {
        WithFile(".tif", path =>
        {
            TiffFile.Save(Documents.Rich(), path);
            string[] lines = [.. ExternalTool.TiffInfo(path).Select(line => line.Trim())];

            string[] expected =
            [
                "Image Width: 61 Image Length: 47", "Resolution: 300, 300 pixels/inch", "Bits/Sample: 8", "Compression Scheme: AdobeDeflate", "Photometric Interpretation: RGB color",
                "Extra Samples: 1<unassoc-alpha>", "Orientation: row 0 top, col 0 lhs", "Samples/Pixel: 4", "Predictor: horizontal differencing 2 (0x2)", "ICC Profile: <present>, 5 bytes",
            ];
            Assert.All(expected, line => Assert.Contains(line, lines));
        });
    }

    [Fact]
    public void Krita_ReadsLayeredTiff_WithEveryNodeAndPixel()
    {
        // Krita takes a group of Photoshop's layers for opaque, in PSD files too.
        LayeredDocument document = Documents.Rich() with { IccProfile = default };
        AssertKritaReads(document, ".tif", (saved, path) => TiffFile.Save(saved, path), line => line.Contains("|group|", StringComparison.Ordinal) ? line.Replace("|51|", "|255|", StringComparison.Ordinal) : line);
    }

    [Fact]
    public void Krita_ReadsOpenRaster_WithEveryNodeAndPixel()
    {
        // The made-up colour profile and exclusion, which Krita does not know by our name, are left out.
        LayeredDocument document = Documents.Rich(without: BlendMode.Exclusion) with { IccProfile = default };
        AssertKritaReads(document, ".ora", OpenRasterFile.Save, line => line);
    }

    /// <summary>Krita reads the file and writes a PSD, in which ag-psd must find the document again.</summary>
    private static void AssertKritaReads(LayeredDocument document, string extension, Action<LayeredDocument, string> save, Func<string, string> asKritaSees)
    {
        WithFile(extension, path => WithFile(".psd", converted =>
        {
            // Krita takes long, so that it runs once, for bytes that must be those of every culture.
            CultureInfo current = CultureInfo.CurrentCulture;
            CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
            save(document, path);
            CultureInfo.CurrentCulture = current;
            byte[] bytes = File.ReadAllBytes(path);
            save(document, path);
            Assert.Equal(bytes, File.ReadAllBytes(path));
            Assert.SkipUnless(current.Equals(CultureInfo.InvariantCulture), "The bytes are those that Krita reads under the invariant culture.");

            ExternalTool.Krita(path, converted);
            List<string> expected = [];
            Describe(document.Nodes, 0, expected);
            Assert.Equal(expected.Select(asKritaSees), ExternalTool.AgPsd(converted)[1..]);
        }));
    }

    /// <summary>Gets a document of opaque layers alone: ImageMagick multiplies a layer's opacity into its alpha, so that others cannot be compared exactly.</summary>
    private static LayeredDocument Opaque => new(61, 47,
    [
        new DocumentLayer("bottom", Pictures.NoisyPattern(61, 47, 1)),
        new DocumentGroup("group", [new DocumentLayer("middle", Pictures.NoisyPattern(30, 20, 2), -3, 8), new DocumentLayer("hidden", Pictures.NoisyPattern(10, 10, 3), 5, 5) { Visible = false }]),
        new DocumentLayer("top", Pictures.Pattern(5, 4, 4, alpha: 99), 7, 9) { BlendMode = BlendMode.Screen },
    ])
    { Merged = Pictures.Pattern(61, 47, 9) };

    private static void AssertImageMagickReadsOpaque(string path, RgbaImage merged)
    {
        Assert.Equal(
            "|61x47|+0+0\nbottom|61x47|+0+0\nmiddle|30x20|-3+8\nhidden|10x10|+5+5\ntop|5x4|+7+9\n",
            Encoding.UTF8.GetString(ExternalTool.ImageMagick(path, "-format", "%l|%wx%h|%X%Y\n", "info:")));

        // The pictures come one after the other.
        RgbaImage[] images = [merged, Pictures.NoisyPattern(61, 47, 1), Pictures.NoisyPattern(30, 20, 2), Pictures.NoisyPattern(10, 10, 3), Pictures.Pattern(5, 4, 4, alpha: 99)];
        byte[] pixels = ExternalTool.ImageMagick(path, "-depth", "8", "rgba:-");
        foreach (RgbaImage image in images)
        {
            Assert.Equal(image.ToArray(), pixels.AsSpan(0, image.Pixels.Length).ToArray());
            pixels = pixels[image.Pixels.Length..];
        }

        Assert.Empty(pixels);
    }

    private static void Describe(IReadOnlyList<DocumentNode> nodes, int depth, List<string> lines)
    {
        foreach (DocumentNode node in nodes)
        {
            DocumentLayer? layer = node as DocumentLayer;
            string place = layer is null ? string.Empty : $"{layer.X},{layer.Y},{layer.Image.Width},{layer.Image.Height}";
            string mode = node.BlendMode switch
            {
                BlendMode.ColorDodge => "color dodge",
                BlendMode.ColorBurn => "color burn",
                BlendMode.HardLight => "hard light",
                BlendMode.SoftLight => "soft light",
                _ => node.BlendMode.ToString().ToLowerInvariant(),
            };
            lines.Add($"{depth}|{(layer is null ? "group" : "layer")}|{node.Name}|{place}|{Math.Round(node.Opacity * 255)}|{mode}|{(node.Visible ? "true" : "false")}|{(layer is null ? "-" : Hash(layer.Image))}");
            if (node is DocumentGroup group)
            {
                Describe(group.Children, depth + 1, lines);
            }
        }
    }

    private static string Hash(RgbaImage image) => Convert.ToHexStringLower(SHA256.HashData(image.Pixels.Span));

    private static void WithFile(string extension, Action<string> action)
    {
        string path = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N") + extension);
        try
        {
            action(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
