using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Layers;

namespace LayerDiffusion.Onnx.Tests.Layers;

public sealed class LayerStackTests
{
    [Fact]
    public void Add_LayersWithoutIds_NumbersThemAndKeepsTheOldStack()
    {
        LayerStack empty = new(8, 6);
        LayerStack one = empty.Add(Layer("bottom"));
        LayerStack two = one.Add(Layer("top"));

        Assert.Empty(empty.Layers);
        Assert.Single(one.Layers);
        Assert.Equal(["layer-1", "layer-2"], Ids(two));
        Assert.Equal(["layer-2", "layer-7", "layer-8", "own"], Ids(two.Remove("layer-1").Add(Layer("a") with { Id = "layer-7" }).Add(Layer("b")).Add(Layer("c") with { Id = "own" })));
        Assert.Equal(["own", "layer-3", "layer-4"], Ids(new LayerStack(8, 6, [Layer("a") with { Id = "own" }, Layer("b") with { Id = "layer-3" }, Layer("c")])));
        Assert.True(two.Contains("layer-2"));
        Assert.False(one.Contains("layer-2"));
    }

    [Fact]
    public void Operations_OnALayer_ChangeThatAlone()
    {
        LayerStack stack = Three();

        Assert.Equal(["a", "new", "b", "c"], Ids(stack.Insert(1, Layer("new") with { Id = "new" })));
        Assert.Equal(["a", "c"], Ids(stack.Remove("b")));
        Assert.Equal(["b", "c", "a"], Ids(stack.Move("a", 2)));
        Assert.Equal(["c", "a", "b"], Ids(stack.Move("c", 0)));
        Assert.Equal(["a", "b", "c"], Ids(stack.Move("b", 1)));
        Assert.Equal(["c", "a", "b"], Ids(stack.Reorder(["c", "a", "b"])));
        Assert.Equal(stack["b"] with { IsVisible = false }, stack.Hide("b")["b"]);
        Assert.Equal(stack["b"], stack.Hide("b").Show("b")["b"]);
        Assert.Equal(stack["b"] with { IsLocked = true }, stack.Lock("b")["b"]);
        Assert.Equal(stack["b"], stack.Lock("b").Unlock("b")["b"]);
        Assert.Equal(stack["b"] with { Name = "bird" }, stack.Rename("b", "bird")["b"]);
        Assert.Equal(stack["a"], stack.Rename("b", "bird")["a"]);
        Assert.Equal(["a", "b", "c"], Ids(stack));
    }

    [Fact]
    public void Replace_ALayer_KeepsItsPlaceAndId()
    {
        LayerStack stack = Three();
        RgbaImage image = Pictures.ExtremeNoise(3, 2, 9);

        LayerStack rerolled = stack.Replace("b", stack["b"] with { Id = "other", Image = image, Seed = 7, Prompt = "an owl" });

        Assert.Equal(["a", "b", "c"], Ids(rerolled));
        Assert.Equal(stack["b"] with { Image = image, Seed = 7, Prompt = "an owl" }, rerolled["b"]);
        Assert.Equal(stack["b"] with { Image = image }, stack.Replace("b", image)["b"]);
    }

    [Fact]
    public void LockedLayer_IsNeitherReplacedNorRemoved()
    {
        LayerStack stack = Three().Lock("b");

        Assert.Contains("'b layer' (id 'b') is locked and cannot be replaced", Assert.Throws<InvalidOperationException>(() => stack.Replace("b", new RgbaImage(1, 1))).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => stack.Replace("b", Layer("x")));
        Assert.Contains("is locked and cannot be removed", Assert.Throws<InvalidOperationException>(() => stack.Remove("b")).Message, StringComparison.Ordinal);
        Assert.Equal(["b", "a", "c"], Ids(stack.Move("b", 0)));
        Assert.Equal(["a", "c"], Ids(stack.Unlock("b").Remove("b")));
    }

    [Fact]
    public void Add_APremultipliedPicture_MakesItStraight()
    {
        RgbaImage image = Pictures.ExtremeNoise(5, 5, 3).ToPremultiplied();

        LayerStack stack = new LayerStack(5, 5).Add(new Layer("a", image));

        Assert.Equal(image.ToStraight().ToArray(), stack.Layers[0].Image.ToArray());
    }

    [Fact]
    public void Flatten_TwoPlainLayers_IsWhatCompositingGives()
    {
        RgbaImage lower = Pictures.OpaqueNoise(31, 17, 1);
        RgbaImage upper = Pictures.ExtremeNoise(20, 30, 2);
        LayerStack stack = new(31, 17, [new Layer("lower", lower), new Layer("upper", upper, -4, -7)]);

        Assert.Equal(Compositing.SourceOver(lower, upper, BlendMode.Normal, -4, -7).ToArray(), stack.Flatten().ToArray());
    }

    [Fact]
    public void Flatten_ManyLayersWithModesAndOpacities_IsTheExactResultRoundedOnce()
    {
        LayerStack stack = new(9, 7,
        [
            new Layer("1", Pictures.ExtremeNoise(9, 7, 1)),
            new Layer("2", Pictures.ExtremeNoise(6, 6, 2), 2, 3) { Opacity = 0.3, BlendMode = BlendMode.Multiply },
            new Layer("hidden", Pictures.OpaqueNoise(9, 7, 3)) { IsVisible = false },
            new Layer("nothing", Pictures.OpaqueNoise(9, 7, 3)) { Opacity = 0 },
            new Layer("3", Pictures.ExtremeNoise(20, 20, 4), -5, -6) { Opacity = 0.7, BlendMode = BlendMode.Luminosity },
            new Layer("outside", Pictures.OpaqueNoise(2, 2, 3), 9, 0),
            new Layer("far", Pictures.OpaqueNoise(2, 2, 3), -300_000, 300_000),
            new Layer("4", Pictures.ExtremeNoise(1, 1, 5), 8, 6) { BlendMode = BlendMode.Screen },
        ]);
        RgbaImage flat = stack.Flatten();
        for (int y = 0; y < 7; y++)
        {
            for (int x = 0; x < 9; x++)
            {
                double[] expected = Exact(stack, x, y);
                for (int channel = 0; channel < 4; channel++)
                {
                    // Half a unit of rounding, and what doubles leave of exactness.
                    Assert.Equal(expected[channel] * 255, flat.GetRow(y)[(4 * x) + channel], 0.5 + 1e-9);
                }
            }
        }
    }

    [Fact]
    public void Flatten_BelowALayer_LeavesItAndTheOnesAboveOut()
    {
        LayerStack stack = Three();

        Assert.Equal(new LayerStack(8, 6, [stack["a"], stack["b"]]).Flatten().ToArray(), stack.Flatten("c").ToArray());
        Assert.Equal(stack["a"].Image.ToArray(), stack.Hide("b").Flatten("c").ToArray());
        Assert.All(stack.Flatten("a").ToArray(), sample => Assert.Equal(0, sample));
    }

    [Fact]
    public void Flatten_ARecomposition_IsItsComposite()
    {
        LayerRecomposition fit = LayerRecomposition.Fit(Pictures.ExtremeNoise(40, 30, 1), Pictures.OpaqueNoise(40, 30, 2), Pictures.OpaqueNoise(40, 30, 3));

        LayerStack stack = new(40, 30, [new Layer("background", fit.Background), new Layer("foreground", fit.Foreground)]);

        Assert.Equal(fit.Composite.ToArray(), stack.Flatten().ToArray());
    }

    [Fact]
    public void Operations_WithUnknownIdsOrPlaces_NameThem()
    {
        LayerStack stack = Three();

        Assert.Contains("'d'", Assert.Throws<ArgumentException>("id", () => stack["d"]).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("id", () => stack.Flatten("d"));
        Assert.Throws<ArgumentException>("id", () => stack.Remove("A"));
        Assert.Throws<ArgumentOutOfRangeException>("index", () => stack.Insert(4, Layer("x")));
        Assert.Throws<ArgumentOutOfRangeException>("index", () => stack.Insert(-1, Layer("x")));
        Assert.Throws<ArgumentOutOfRangeException>("index", () => stack.Move("a", 3));
        Assert.Contains("2 ids are given, the stack has 3 layers", Assert.Throws<ArgumentException>("ids", () => stack.Reorder(["a", "b"])).Message, StringComparison.Ordinal);
        Assert.Contains("Two layers have the id 'a'", Assert.Throws<ArgumentException>(() => stack.Reorder(["a", "b", "a"])).Message, StringComparison.Ordinal);
        Assert.Contains("Two layers have the id 'a'", Assert.Throws<ArgumentException>(() => stack.Add(Layer("x") with { Id = "a" })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Add_AnInvalidLayer_NamesTheProperty()
    {
        LayerStack stack = new(8, 6);

        Assert.Throws<ArgumentOutOfRangeException>("Opacity", () => stack.Add(Layer("x") with { Opacity = 1.5 }));
        Assert.Contains("Opacity is NaN; wanted is from 0 to 1", Assert.Throws<ArgumentOutOfRangeException>("Opacity", () => stack.Add(Layer("x") with { Opacity = double.NaN })).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>("BlendMode", () => stack.Add(Layer("x") with { BlendMode = (BlendMode)99 }));
        Assert.Throws<ArgumentOutOfRangeException>("X", () => stack.Add(Layer("x") with { X = 300_001 }));
        Assert.Throws<ArgumentOutOfRangeException>("Y", () => stack.Add(Layer("x") with { Y = int.MinValue }));
        Assert.Throws<ArgumentException>("Name", () => stack.Add(Layer(" ")));
        Assert.Throws<ArgumentException>("Name", () => stack.Add(Layer(new string('x', 256))));
        Assert.Throws<ArgumentException>("Id", () => stack.Add(Layer("x") with { Id = "two\nlines" }));
        Assert.Throws<ArgumentException>("Prompt", () => stack.Add(Layer("x") with { Prompt = "half \uD83D" }));
        Assert.Throws<ArgumentException>("settings", () => stack.Add(Layer("x") with { Settings = "[]" }));
        Assert.Throws<ArgumentException>("settings", () => stack.Add(Layer("x") with { Settings = "{" }));
        Assert.Throws<ArgumentException>("settings", () => stack.Add(Layer("x") with { Settings = "{\"a\":1,\"a\":2}" }));
        Assert.Throws<ArgumentException>("settings", () => stack.Add(Layer("x") with { Settings = $"{{\"a\":{new string('[', 60)}{new string(']', 60)}}}" }));
        Assert.Throws<ArgumentNullException>("Image", () => stack.Add(Layer("x") with { Image = null! }));
        Assert.Throws<ArgumentNullException>("layer", () => stack.Add(null!));
    }

    [Fact]
    public void Constructor_ImpossibleStacks_AreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>("width", () => new LayerStack(0, 5));
        Assert.Throws<ArgumentOutOfRangeException>("height", () => new LayerStack(100_000, 100_000));
        Assert.Throws<ArgumentNullException>("layers", () => new LayerStack(1, 1, [null!]));
        Assert.Contains("at most 8000 layers", Assert.Throws<ArgumentException>("layers", () => new LayerStack(1, 1, Enumerable.Repeat(Layer("x"), 9000))).Message, StringComparison.Ordinal);
    }

    private static LayerStack Three() => new(8, 6,
    [
        new Layer("a layer", Pictures.OpaqueNoise(8, 6, 1)) { Id = "a", Prompt = "a meadow", Seed = 1 },
        new Layer("b layer", Pictures.ExtremeNoise(5, 5, 2), 1, 2) { Id = "b", Prompt = "a bird", NegativePrompt = "bad", Seed = 2, Mode = "fg", Opacity = 0.5 },
        new Layer("c layer", Pictures.ExtremeNoise(8, 6, 3)) { Id = "c" },
    ]);

    private static Layer Layer(string name) => new(name, new RgbaImage(2, 2));

    private static string[] Ids(LayerStack stack) => [.. stack.Layers.Select(layer => layer.Id)];

    private static double[] Exact(LayerStack stack, int x, int y)
    {
        double[] result = new double[4];
        foreach (Layer layer in stack.Layers.Where(layer => layer.IsVisible))
        {
            (int column, int row) = (x - layer.X, y - layer.Y);
            if (column < 0 || row < 0 || column >= layer.Image.Width || row >= layer.Image.Height)
            {
                continue;
            }

            double[] source = [.. layer.Image.GetRow(row).Slice(4 * column, 4).ToArray().Select(sample => sample / 255.0)];
            source[3] *= layer.Opacity;
            Compositing.SourceOver(result, source, result, layer.BlendMode);
        }

        return result;
    }
}
