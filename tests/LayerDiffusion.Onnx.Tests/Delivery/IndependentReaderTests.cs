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
        LayeredDocument document = Documents.Rich() with { Merged = Pictures.Opaque(61, 47, 9) };
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
        // ImageMagick multiplies a layer's opacity into its alpha, so that only opaque layers can be compared exactly.
        LayeredDocument document = new(61, 47,
        [
            new DocumentLayer("bottom", Pictures.Noise(61, 47, 1)),
            new DocumentGroup("group", [new DocumentLayer("middle", Pictures.Noise(30, 20, 2), -3, 8), new DocumentLayer("hidden", Pictures.Noise(10, 10, 3), 5, 5) { Visible = false }]),
            new DocumentLayer("top", Pictures.Opaque(5, 4, 4, alpha: 99), 7, 9) { BlendMode = BlendMode.Screen },
        ])
        { Merged = Pictures.Opaque(61, 47, 9) };
        WithFile(variant == PsdVariant.Psb ? ".psb" : ".psd", path =>
        {
            PsdFile.Save(document, path, new PsdOptions { Compression = compression, Variant = variant });
            Assert.Equal(
                "|61x47|+0+0\nbottom|61x47|+0+0\nmiddle|30x20|-3+8\nhidden|10x10|+5+5\ntop|5x4|+7+9\n",
                Encoding.UTF8.GetString(ExternalTool.ImageMagick(path, "-format", "%l|%wx%h|%X%Y\n", "info:")));
            RgbaImage[] images = [document.Merged, Pictures.Noise(61, 47, 1), Pictures.Noise(30, 20, 2), Pictures.Noise(10, 10, 3), Pictures.Opaque(5, 4, 4, alpha: 99)];
            for (int i = 0; i < images.Length; i++)
            {
                Assert.Equal(images[i].ToArray(), ExternalTool.ImageMagick(string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), "-depth", "8", "rgba:-"));
            }
        });
    }

    [Fact]
    public void Krita_ReadsOpenRaster_WithEveryNodeAndPixel()
    {
        // Krita reads the file and writes a PSD, in which ag-psd must find the document again. The made-up colour profile and exclusion, which Krita does not know by our name, are left out.
        LayeredDocument document = Documents.Rich(without: BlendMode.Exclusion) with { IccProfile = default };
        WithFile(".ora", path => WithFile(".psd", converted =>
        {
            OpenRasterFile.Save(document, path);
            ExternalTool.Krita(path, converted);
            List<string> expected = [];
            Describe(document.Nodes, 0, expected);
            Assert.Equal(expected, ExternalTool.AgPsd(converted)[1..]);
        }));
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
