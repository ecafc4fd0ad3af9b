using System.Text.Json;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Tests.Imaging;

public sealed class CompositingTests
{
    private static readonly SafetensorsFile Golden = Fixtures.Tensors("components", "transparency", "transparency.safetensors");

    public static TheoryData<BlendMode> Modes => [.. Enum.GetValues<BlendMode>()];

    public static TheoryData<string> Checkerboards
        => [.. Fixtures.Json("components", "transparency", "transparency.json").GetProperty("checkerboard").EnumerateArray().Select(item => item.GetProperty("input").GetString()!)];

    [Theory]
    [MemberData(nameof(Modes))]
    public void SourceOver_RecordedPixels_IsExact(BlendMode mode)
    {
        string name = JsonNamingPolicy.KebabCaseLower.ConvertName(mode.ToString());
        double[] result = new double[1600];

        Compositing.SourceOver(Golden.Read<double>("composite.backdrop"), Golden.Read<double>("composite.source"), result, mode);

        // The fixtures' README: float64, 1e-9.
        AssertClose(Golden.Read<double>($"composite.{name}"), result, 1e-9);
    }

    [Fact]
    public void SourceOver_ThreeLayers_IsExact()
    {
        double[] result = new double[1600];
        Compositing.SourceOver(Golden.Read<double>("composite.backdrop"), Golden.Read<double>("composite.source"), result);
        Compositing.SourceOver(result, Golden.Read<double>("composite.third"), result);

        AssertClose(Golden.Read<double>("composite.three_layers"), result, 1e-9);
        for (int i = 0; i < result.Length; i++)
        {
            result[i] *= i % 4 == 3 ? 1 : result[i | 3];
        }

        AssertClose(Golden.Read<double>("composite.three_layers_premultiplied"), result, 1e-9);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void SourceOver_EightBits_IsTheExactResultRoundedOnce(BlendMode mode)
    {
        RgbaImage backdrop = Pictures.Noise(64, 50, 1);
        RgbaImage source = Pictures.Noise(64, 50, 2);

        byte[] result = Compositing.SourceOver(backdrop, source, mode).ToArray();

        double[] expected = new double[result.Length];
        Compositing.SourceOver(Doubles(backdrop), Doubles(source), expected, mode);

        // Half a unit of rounding, and nothing more than float64's error at a tie.
        AssertClose(expected.Select(value => value * 255), result.Select(value => (double)value), 0.5 + 1e-9);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void SourceOver_Premultiplied_IsTheExactResultRounded(BlendMode mode)
    {
        RgbaImage backdrop = Pictures.Noise(64, 50, 1, AlphaMode.Premultiplied);
        RgbaImage source = Pictures.Noise(64, 50, 2, mode == BlendMode.Darken ? AlphaMode.Straight : AlphaMode.Premultiplied);

        RgbaImage result = Compositing.SourceOver(backdrop, source, mode);

        double[] expected = new double[result.Width * result.Height * 4];
        Compositing.SourceOver(Doubles(backdrop), Doubles(source), expected, mode);
        for (int i = 0; i < expected.Length; i++)
        {
            expected[i] *= i % 4 == 3 ? 255 : 255 * expected[i | 3];
        }

        AssertClose(expected, result.ToArray().Select(value => (double)value), 0.5 + 1e-9);
    }

    [Fact]
    public void SourceOver_Opacity_ScalesAlpha()
    {
        RgbaImage backdrop = Pictures.Noise(20, 20, 1);
        RgbaImage source = Pictures.Noise(20, 20, 2);

        Assert.Equal(Compositing.SourceOver(backdrop, new RgbaImage(20, 20)).ToArray(), Compositing.SourceOver(backdrop, source, opacity: 0).ToArray());
        double[] faint = Doubles(source);
        for (int i = 3; i < faint.Length; i += 4)
        {
            faint[i] *= 0.3;
        }

        double[] expected = new double[faint.Length];
        Compositing.SourceOver(Doubles(backdrop), faint, expected);
        AssertClose(expected.Select(value => value * 255), Compositing.SourceOver(backdrop, source, opacity: 0.3).ToArray().Select(value => (double)value), 0.5 + 1e-9);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-3, 2)]
    [InlineData(5, -2)]
    [InlineData(100, 0)]
    [InlineData(0, -100)]
    [InlineData(int.MaxValue, int.MinValue)]
    public void Draw_AtOffset_TouchesOnlyTheOverlap(int x, int y)
    {
        RgbaImage target = Pictures.Noise(8, 8, 1);
        byte[] before = target.ToArray();
        RgbaImage source = new(4, 5);
        source.Pixels.Span.Fill(255);

        Compositing.Draw(target, source, x: x, y: y);

        for (int i = 0; i < before.Length; i += 4)
        {
            (long column, long row) = ((i / 4 % 8) - (long)x, (i / 32) - (long)y);
            bool covered = column is >= 0 and < 4 && row is >= 0 and < 5;
            Assert.Equal(covered ? [255, 255, 255, 255] : before[i..(i + 4)], target.ToArray()[i..(i + 4)]);
        }
    }

    [Theory]
    [MemberData(nameof(Checkerboards))]
    public void ToCheckerboardPreview_RecordedPicture_IsWithinOne(string input)
    {
        string folder = Fixtures.PathOf("components", "transparency");
        RgbaImage image = RgbaImage.LoadPng(Path.Combine(folder, input));
        RgbaImage expected = RgbaImage.LoadPng(Path.Combine(folder, input.Replace(".png", ".expected.png", StringComparison.Ordinal)));

        // Truncation of float64 sums that end at whole numbers (fixtures' README).
        AssertClose(expected.ToArray().Select(value => (double)value), image.ToCheckerboardPreview().ToArray().Select(value => (double)value), 1);
    }

    [Fact]
    public void ToMattePreview_AnyMode_IsOpaque()
    {
        RgbaImage image = Pictures.Noise(30, 30, 1);

        byte[] straight = image.ToMattePreview(10, 100, 200).ToArray();
        byte[] premultiplied = image.ToPremultiplied().ToMattePreview(10, 100, 200).ToArray();

        Assert.All(straight.Where((_, i) => i % 4 == 3), alpha => Assert.Equal(255, alpha));

        // Premultiplying rounds once more.
        AssertClose(straight.Select(value => (double)value), premultiplied.Select(value => (double)value), 1);
    }

    [Fact]
    public void SourceOver_BadArguments_Throw()
    {
        RgbaImage image = new(2, 2);

        Assert.Throws<ArgumentOutOfRangeException>(() => Compositing.SourceOver(image, image, (BlendMode)16));
        Assert.Throws<ArgumentOutOfRangeException>(() => Compositing.SourceOver(image, image, opacity: double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => Compositing.SourceOver(image, image, opacity: 1.01));
        Assert.Throws<ArgumentNullException>(() => Compositing.SourceOver(image, null!));
        Assert.Throws<ArgumentException>(() => Compositing.SourceOver(new double[4], new double[8], new double[8]));
        Assert.Throws<ArgumentException>(() => Compositing.SourceOver(new double[3], new double[3], new double[3]));
    }

    private static double[] Doubles(RgbaImage image)
    {
        byte[] bytes = image.ToArray();
        double[] result = [.. bytes.Select(value => value / 255.0)];
        for (int i = 0; i < result.Length && image.AlphaMode == AlphaMode.Premultiplied; i += 4)
        {
            for (int channel = 0; channel < 3; channel++)
            {
                result[i + channel] = bytes[i + 3] == 0 ? 0 : (double)bytes[i + channel] / bytes[i + 3];
            }
        }

        return result;
    }

    private static void AssertClose(IEnumerable<double> expected, IEnumerable<double> actual, double tolerance)
    {
        int index = 0;
        foreach ((double wanted, double got) in expected.Zip(actual))
        {
            Assert.True(Math.Abs(wanted - got) <= tolerance, $"[{index}] is {got}, wanted {wanted}");
            index++;
        }
    }
}
