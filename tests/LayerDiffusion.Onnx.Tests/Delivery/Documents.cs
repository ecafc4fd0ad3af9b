using LayerDiffusion.Onnx.Delivery;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Delivery;

/// <summary>Documents with everything that files must carry, and their comparison.</summary>
internal static class Documents
{
    /// <summary>Layers that reach over the edges, groups in groups, an empty group, hidden ones, Unicode names and all blend modes.</summary>
    public static LayeredDocument Rich(BlendMode? without = null)
    {
        List<DocumentNode> modes = [];
        foreach (BlendMode mode in Enum.GetValues<BlendMode>().Where(mode => mode != without))
        {
            modes.Add(new DocumentLayer($"Modus {mode}", Pictures.NoisyPattern(9, 5, (int)mode), 3 * (int)mode, 2 * (int)mode) { BlendMode = mode, Visible = ((int)mode % 3) != 1, Opacity = (255 - (int)mode) / 255.0 });
        }

        return new LayeredDocument(61, 47,
        [
            new DocumentLayer("Hintergrund", Pictures.Pattern(61, 47, 1)),
            new DocumentLayer("Глубина 深度 🌫️", Pictures.NoisyPattern(40, 30, 2), -7, -5) { Opacity = 128 / 255.0, BlendMode = BlendMode.Multiply },
            new DocumentGroup("Gruppe „außen“",
            [
                new DocumentLayer("Rand rechts unten", Pictures.NoisyPattern(200, 3, 3), 50, 45),
                new DocumentGroup("innen & <mehr>", modes) { Visible = false, BlendMode = BlendMode.Screen, Opacity = 51 / 255.0 },
                new DocumentGroup("leer", []),
            ]),
            new DocumentLayer("one pixel", Pictures.Pattern(1, 1, 4, alpha: 77), 60, 46),
        ])
        { IccProfile = new byte[] { 1, 2, 3, 4, 5 }, PixelsPerInch = 300 };
    }

    public static void AssertEqual(LayeredDocument expected, LayeredDocument actual)
    {
        Assert.Equal((expected.Width, expected.Height), (actual.Width, actual.Height));
        Assert.Equal(expected.IccProfile.ToArray(), actual.IccProfile.ToArray());
        Assert.Equal(expected.PixelsPerInch, actual.PixelsPerInch);
        AssertEqual(expected.Nodes, actual.Nodes);
    }

    private static void AssertEqual(IReadOnlyList<DocumentNode> expected, IReadOnlyList<DocumentNode> actual)
    {
        Assert.Equal(expected.Select(node => node.Name), actual.Select(node => node.Name));
        for (int i = 0; i < expected.Count; i++)
        {
            (DocumentNode a, DocumentNode b) = (expected[i], actual[i]);
            Assert.Equal((a.Opacity, a.BlendMode, a.Visible), (b.Opacity, b.BlendMode, b.Visible));
            if (a is DocumentGroup group)
            {
                AssertEqual(group.Children, Assert.IsType<DocumentGroup>(b).Children);
                continue;
            }

            DocumentLayer layer = (DocumentLayer)a;
            DocumentLayer other = Assert.IsType<DocumentLayer>(b);
            Assert.Equal((layer.X, layer.Y, layer.Image.Width, layer.Image.Height), (other.X, other.Y, other.Image.Width, other.Image.Height));
            Assert.Equal(layer.Image.ToArray(), other.Image.ToArray());
        }
    }
}
