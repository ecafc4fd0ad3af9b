using LayerDiffusion.Onnx.Delivery;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Delivery;

public sealed class LayeredDocumentTests
{
    [Fact]
    public void Flatten_LayersAndGroups_AreCompositedFromTheBottomAndIsolated()
    {
        RgbaImage bottom = Pictures.Pattern(12, 10, 1);
        RgbaImage middle = Pictures.NoisyPattern(6, 5, 2);
        RgbaImage top = Pictures.NoisyPattern(8, 8, 3);
        LayeredDocument document = new(12, 10,
        [
            new DocumentLayer("bottom", bottom),
            new DocumentGroup("group", [new DocumentLayer("middle", middle, 3, -1) { BlendMode = BlendMode.Multiply }, new DocumentLayer("top", top, 2, 4) { Opacity = 0.5 }]) { Opacity = 0.25, BlendMode = BlendMode.Screen },
            new DocumentGroup("empty", []),
            new DocumentLayer("hidden", Pictures.Pattern(12, 10, 9)) { Visible = false },
        ]);

        // In the group nothing lies below the middle layer, so that multiplying leaves it as it is.
        RgbaImage group = new(12, 10);
        Compositing.Draw(group, middle, BlendMode.Multiply, 3, -1);
        Compositing.Draw(group, top, BlendMode.Normal, 2, 4, 0.5);
        RgbaImage expected = Compositing.SourceOver(bottom, group, BlendMode.Screen, 0, 0, 0.25);
        Assert.Equal(expected.ToArray(), document.Flatten().ToArray());
    }

    [Fact]
    public void Write_WithoutMergedPicture_WritesTheFlattenedOne()
    {
        LayeredDocument document = new(12, 10, [new DocumentLayer("bottom", Pictures.Pattern(12, 10, 1)), new DocumentLayer("top", Pictures.NoisyPattern(6, 5, 2), 3, 2)]);
        using MemoryStream psd = new();
        using MemoryStream ora = new();
        PsdFile.Write(document, psd);
        OpenRasterFile.Write(document, ora);
        psd.Position = 0;

        Assert.Equal(document.Flatten().ToArray(), PsdFile.Read(psd).Merged!.ToArray());
        Assert.Equal(document.Flatten().ToArray(), OpenRasterFile.Read(ora).Merged!.ToArray());
    }
}
