using System.Text.Json;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Imaging;

/// <summary>Values recorded in tests/fixtures/components/metrics.</summary>
public sealed class MetricsTests
{
    private static readonly string Folder = Fixtures.PathOf("components", "metrics");
    private static readonly JsonElement Golden = Fixtures.Json("components", "metrics", "metrics.json");

    public static TheoryData<string, string> AlphaCases
        => [.. from item in Golden.GetProperty("alpha").EnumerateArray() from region in new[] { "whole", "unknown" } where item.TryGetProperty(region, out _) select (Name(item), region)];

    public static TheoryData<string> ImageCases => [.. Golden.GetProperty("images").EnumerateArray().Select(Name)];

    [Theory]
    [MemberData(nameof(AlphaCases))]
    public void AlphaMetrics_RecordedPair_AreExact(string name, string region)
    {
        JsonElement expected = Golden.GetProperty("alpha").EnumerateArray().Single(item => Name(item) == name).GetProperty(region);
        (double[] prediction, int width) = Read(name + ".prediction.png");
        (double[] truth, _) = Read(name + ".truth.png");
        bool[] counted = region == "whole" ? [] : [.. Read(name + ".trimap.png").Alpha.Select(value => value == 128 / 255.0)];

        AssertClose(expected, "sad", AlphaMetrics.SumOfAbsoluteDifferences(prediction, truth, counted));
        AssertClose(expected, "mse", AlphaMetrics.MeanSquaredError(prediction, truth, counted));
        AssertClose(expected, "gradient", AlphaMetrics.GradientError(prediction, truth, width, counted));
        AssertClose(expected, "connectivity", AlphaMetrics.ConnectivityError(prediction, truth, width, counted));
    }

    [Theory]
    [MemberData(nameof(ImageCases))]
    public void ImageMetrics_RecordedPair_AreExact(string name)
    {
        JsonElement expected = Golden.GetProperty("images").EnumerateArray().Single(item => Name(item) == name);
        RgbaImage image = RgbaImage.LoadPng(Path.Combine(Folder, expected.GetProperty("file").GetString()!));
        RgbaImage reference = RgbaImage.LoadPng(Path.Combine(Folder, Golden.GetProperty("image_reference").GetString()!));

        double psnr = ImageMetrics.PeakSignalToNoiseRatio(image, reference);
        if (expected.GetProperty("psnr").ValueKind == JsonValueKind.String)
        {
            Assert.Equal(double.PositiveInfinity, psnr);
        }
        else
        {
            AssertClose(expected, "psnr", psnr);
        }

        // The fixtures' README: 1e-7.
        Assert.Equal(expected.GetProperty("ssim_rgb").GetDouble(), ImageMetrics.StructuralSimilarity(image, reference), 1e-7);
        Assert.Equal(expected.GetProperty("ssim_red").GetDouble(), ImageMetrics.StructuralSimilarity(image, reference, 0), 1e-7);
    }

    [Fact]
    public void Measure_EqualPictures_IsPerfect()
    {
        RgbaImage image = Pictures.Disc(40, 30);

        Assert.Equal(new AlphaErrors(0, 0, 0, 0, 1), AlphaMetrics.Measure(image, image.Clone()));
        Assert.Equal(1, AlphaMetrics.SoftIntersectionOverUnion([0, 0], [0, 0]));
        Assert.Equal(0.5 / 1.25, AlphaMetrics.SoftIntersectionOverUnion([0.5, 0.25], [1, 0]), 12);
    }

    [Fact]
    public void Measure_Region_CountsOnlyThere()
    {
        RgbaImage image = Pictures.Disc(20, 20);
        RgbaImage other = image.Clone();
        other.GetRow(0)[3] = 255;
        bool[] region = [.. Enumerable.Range(0, 400).Select(i => i > 0)];

        AlphaErrors errors = AlphaMetrics.Measure(other, image, region);

        Assert.Equal((0, 0, 1), (errors.SumOfAbsoluteDifferences, errors.MeanSquaredError, errors.SoftIntersectionOverUnion));
        Assert.Equal(0.001, AlphaMetrics.Measure(other, image).SumOfAbsoluteDifferences, 12);
    }

    [Fact]
    public void WorstComposite_ColourUnderAlphaZero_DoesNotCount()
    {
        RgbaImage image = Pictures.Disc(40, 30);

        Assert.Equal(double.PositiveInfinity, ImageMetrics.WorstCompositePeakSignalToNoiseRatio(image, AlphaHygiene.Bleed(image)));
    }

    [Fact]
    public void WorstComposite_WrongAlpha_IsFoundOnTheWorstBackground()
    {
        RgbaImage white = RgbaImage.FromPixels([255, 255, 255, 255], 1, 1);
        RgbaImage nothing = new(1, 1);

        // On white no difference shows; on black it is as large as can be.
        Assert.Equal(0, ImageMetrics.WorstCompositePeakSignalToNoiseRatio(nothing, white), 12);
        Assert.Equal(0, ImageMetrics.WorstCompositePeakSignalToNoiseRatio(nothing.ToPremultiplied(), white.ToPremultiplied()), 12);
    }

    [Fact]
    public void Metrics_BadArguments_Throw()
    {
        Assert.Throws<ArgumentException>(() => ImageMetrics.PeakSignalToNoiseRatio(new RgbaImage(1, 2), new RgbaImage(2, 1)));
        Assert.Throws<ArgumentException>(() => ImageMetrics.StructuralSimilarity(new RgbaImage(10, 20), new RgbaImage(10, 20)));
        Assert.Throws<ArgumentException>(() => AlphaMetrics.Measure(new RgbaImage(1, 2), new RgbaImage(2, 1)));
        Assert.Throws<ArgumentException>(() => AlphaMetrics.MeanSquaredError([1], [1, 2]));
        Assert.Throws<ArgumentException>(() => AlphaMetrics.MeanSquaredError([1, 2], [1, 2], [true]));
        Assert.Throws<ArgumentException>(() => AlphaMetrics.GradientError([1, 2], [1, 2], 0));
        Assert.Throws<ArgumentException>(() => AlphaMetrics.ConnectivityError([1, 2], [1, 2], 3));
    }

    private static string Name(JsonElement item) => item.GetProperty("name").GetString()!;

    private static (double[] Alpha, int Width) Read(string file)
    {
        RgbaImage image = RgbaImage.LoadPng(Path.Combine(Folder, file));
        return ([.. image.ToArray().Where((_, i) => i % 4 == 0).Select(value => value / 255.0)], image.Width);
    }

    // The fixtures' README: 1e-9 relative; a constant picture's gradient is rounding error, hence the tiny absolute part.
    private static void AssertClose(JsonElement expected, string name, double actual)
    {
        double wanted = expected.GetProperty(name).GetDouble();
        Assert.True(Math.Abs(actual - wanted) <= (1e-9 * Math.Abs(wanted)) + 1e-15, $"{name} is {actual}, wanted {wanted}");
    }
}
