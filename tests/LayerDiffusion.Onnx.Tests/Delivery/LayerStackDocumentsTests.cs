using LayerDiffusion.Onnx.Delivery;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Layers;

namespace LayerDiffusion.Onnx.Tests.Delivery;

public sealed class LayerStackDocumentsTests
{
    [Fact]
    public void ToDocument_ThroughPhotoshopAndOpenRaster_GivesTheLayersBack()
    {
        LayerStack stack = new(12, 10,
        [
            new Layer("meadow", Pictures.Pattern(12, 10, 1)) { Prompt = "a meadow" },
            new Layer("bird", Pictures.Pattern(5, 4, 2, alpha: 100), -2, 7) { BlendMode = BlendMode.Multiply, Opacity = 0.6, IsVisible = false },
            new Layer("glow", Pictures.Pattern(6, 6, 3, alpha: 30), 3, 1) { BlendMode = BlendMode.Screen },
        ]);
        using MemoryStream psd = new();
        using MemoryStream openRaster = new();
        PsdFile.Write(stack.ToDocument(), psd);
        OpenRasterFile.Write(stack.ToDocument(), openRaster);
        psd.Position = 0;
        openRaster.Position = 0;

        foreach (LayerStack back in new[] { PsdFile.Read(psd).ToLayerStack(), OpenRasterFile.Read(openRaster).ToLayerStack() })
        {
            Assert.Equal((12, 10), (back.Width, back.Height));
            Assert.Equal(3, back.Layers.Count);
            for (int i = 0; i < 3; i++)
            {
                Layer layer = back.Layers[i];
                Assert.Equal(stack.Layers[i] with { Prompt = null, Image = layer.Image }, layer);
                Assert.Equal(stack.Layers[i].Image.ToArray(), layer.Image.ToArray());
            }

            Assert.Equal(stack.Flatten().ToArray(), back.Flatten().ToArray());
        }
    }

    [Fact]
    public void ToLayerStack_OfGroups_LooksTheSame()
    {
        DocumentNode[] inner = [new DocumentLayer("middle", Pictures.NoisyPattern(6, 5, 2), 3, -1), new DocumentLayer("top", Pictures.NoisyPattern(8, 8, 3), 2, 4) { Opacity = 0.5 }];
        LayeredDocument document = new(12, 10,
        [
            new DocumentLayer("bottom", Pictures.Pattern(12, 10, 1)),
            new DocumentGroup("plain", inner),
            new DocumentGroup("hidden", inner) { Visible = false },
            new DocumentGroup("faint", inner) { Opacity = 0.25, BlendMode = BlendMode.Screen },
            new DocumentGroup("isolating", [new DocumentLayer("shade", Pictures.NoisyPattern(6, 5, 4)) { BlendMode = BlendMode.Multiply }]),
            new DocumentGroup("empty", []),
        ]);

        LayerStack stack = document.ToLayerStack();

        Assert.Equal(["bottom", "middle", "top", "middle", "top", "faint", "isolating"], stack.Layers.Select(layer => layer.Name));
        Assert.Equal([true, true, true, false, false, true, true], stack.Layers.Select(layer => layer.IsVisible));

        // The document rounds to 8 bits after every layer, six times, the stack but once.
        Close.Assert(ToFloats(document.Flatten()), ToFloats(stack.Flatten()), absolute: 3);
    }

    [Fact]
    public void ToLayerStack_OfAnInvalidDocument_NamesWhatIsWrong()
    {
        Assert.Contains("at least one layer", Assert.Throws<ArgumentException>(() => new LayeredDocument(5, 5, []).ToLayerStack()).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>("height", () => new LayeredDocument(300_000, 300_000, [new DocumentLayer("x", new RgbaImage(1, 1))]).ToLayerStack());
        Assert.Throws<ArgumentNullException>("stack", () => LayerStackDocuments.ToDocument(null!));
        Assert.Throws<ArgumentNullException>("document", () => LayerStackDocuments.ToLayerStack(null!));
    }

    private static float[] ToFloats(RgbaImage image) => [.. image.ToArray().Select(sample => (float)sample)];
}
