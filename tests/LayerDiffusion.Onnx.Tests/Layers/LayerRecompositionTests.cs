using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Layers;

namespace LayerDiffusion.Onnx.Tests.Layers;

public sealed class LayerRecompositionTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Fit_RandomPictures_RecomposeExactly(int seed)
    {
        RgbaImage foreground = Pictures.ExtremeNoise(211, 97, seed);
        RgbaImage background = Pictures.OpaqueNoise(211, 97, seed + 10);
        RgbaImage blended = Pictures.OpaqueNoise(211, 97, seed + 20);

        LayerRecomposition fit = LayerRecomposition.Fit(foreground, background, blended);

        Assert.Equal(blended.ToArray(), fit.Composite.ToArray());
        Assert.Equal(blended.ToArray(), Compositing.SourceOver(fit.Background, fit.Foreground).ToArray());
        CheckSamples(foreground, background, fit);
    }

    [Fact]
    public void Fit_AllAlphasAndExtremeColors_RecomposeExactly()
    {
        byte[] colors = [0, 1, 2, 63, 127, 128, 200, 253, 254, 255];
        int count = colors.Length * colors.Length * 256;
        RgbaImage foreground = new(256, count / 256);
        RgbaImage background = new(256, count / 256);
        RgbaImage blended = new(256, count / 256);
        int pixel = 0;
        foreach (byte upper in colors)
        {
            foreach (byte lower in colors)
            {
                for (int alpha = 0; alpha < 256; alpha++, pixel++)
                {
                    Set(foreground, pixel, upper, (byte)alpha);
                    Set(background, pixel, lower, 255);
                }
            }
        }

        for (int target = 0; target < 256; target++)
        {
            for (pixel = 0; pixel < count; pixel++)
            {
                Set(blended, pixel, (byte)target, 255);
            }

            LayerRecomposition fit = LayerRecomposition.Fit(foreground, background, blended);
            Assert.True(blended.Pixels.Span.SequenceEqual(Compositing.SourceOver(fit.Background, fit.Foreground).Pixels.Span), $"target {target}");
        }
    }

    [Fact]
    public void Fit_InvisibleAndOpaquePixels_GiveTheBlendsColorToTheVisibleLayerAlone()
    {
        RgbaImage foreground = Pictures.Plain(2, 1, 10, 20, 30, 255);
        foreground.Pixels.Span[7] = 0;
        RgbaImage fit = LayerRecomposition.Fit(foreground, Pictures.Plain(2, 1, 90, 80, 70, 255), Pictures.Plain(2, 1, 200, 100, 0, 255)).Foreground;
        RgbaImage background = LayerRecomposition.Fit(foreground, Pictures.Plain(2, 1, 90, 80, 70, 255), Pictures.Plain(2, 1, 200, 100, 0, 255)).Background;

        // The colour under alpha 0 is bled from its neighbour.
        Assert.Equal([200, 100, 0, 255, 200, 100, 0, 0], fit.ToArray());
        Assert.Equal([90, 80, 70, 255, 200, 100, 0, 255], background.ToArray());
    }

    [Fact]
    public void Fit_HalfTransparentPixel_MovesBothByLeastNorm()
    {
        // a = 102/255 = 0.4; r = 120 − (0.4·100 + 0.6·100) = 20; ΔF = 0.4·20/0.52 = 15.38, ΔB = 0.6·20/0.52 = 23.08.
        LayerRecomposition fit = LayerRecomposition.Fit(
            Pictures.Plain(1, 1, 100, 100, 100, 102), Pictures.Plain(1, 1, 100, 100, 100, 255), Pictures.Plain(1, 1, 120, 100, 100, 255));

        Assert.Equal([115, 100, 100, 102], fit.Foreground.ToArray());
        Assert.Equal([123, 100, 100, 255], fit.Background.ToArray());
        Assert.Equal(new ColorDifference(5, 15), fit.Report.Foreground);
        Assert.Equal(23, fit.Report.Background.Largest);
        Assert.Equal(23 / 3.0, fit.Report.Background.Mean, 12);
        Assert.Equal(20, fit.Report.BlendDrift.Largest);
        Assert.Equal(20 / 3.0, fit.Report.BlendDrift.Mean, 12);
        Assert.Equal(1, fit.Report.MovedShare);
    }

    [Fact]
    public void Fit_NearlyInvisiblePixel_KeepsItsColor()
    {
        // At alpha 1/255 the foreground's share of the move is 1/254 of the background's.
        LayerRecomposition fit = LayerRecomposition.Fit(
            Pictures.Plain(1, 1, 100, 150, 200, 1), Pictures.Plain(1, 1, 90, 90, 90, 255), Pictures.Plain(1, 1, 120, 60, 90, 255));

        Assert.Equal([100, 150, 200, 1], fit.Foreground.ToArray());
    }

    [Fact]
    public void Fit_BlendThatIsForegroundOverBackground_LeavesEverythingAsItIs()
    {
        RgbaImage foreground = Pictures.ExtremeNoise(64, 48, 5);
        RgbaImage background = Pictures.OpaqueNoise(64, 48, 6);

        LayerRecomposition given = LayerRecomposition.Fit(foreground, background, Compositing.SourceOver(background, foreground));
        LayerRecomposition plain = LayerRecomposition.Fit(foreground, background);

        foreach (LayerRecomposition fit in new[] { given, plain })
        {
            Assert.Equal(foreground.ToArray(), fit.Foreground.ToArray());
            Assert.Equal(background.ToArray(), fit.Background.ToArray());
            Assert.Equal(Compositing.SourceOver(background, foreground).ToArray(), fit.Composite.ToArray());
            Assert.Equal(default, fit.Report.Foreground);
            Assert.Equal(default, fit.Report.Background);
            Assert.Equal(default, fit.Report.BlendDrift);
            Assert.Equal(0, fit.Report.MovedShare);
        }
    }

    [Fact]
    public void Fit_PremultipliedForeground_IsTakenAsStraight()
    {
        RgbaImage foreground = Pictures.ExtremeNoise(20, 20, 7).ToPremultiplied();
        RgbaImage background = Pictures.OpaqueNoise(20, 20, 8);

        LayerRecomposition fit = LayerRecomposition.Fit(foreground, background);

        Assert.Equal(foreground.ToStraight().ToArray(), fit.Foreground.ToArray());
        Assert.Equal(AlphaMode.Straight, fit.Foreground.AlphaMode);
    }

    [Fact]
    public void Fit_DoesNotChangeItsInputs()
    {
        RgbaImage foreground = Pictures.ExtremeNoise(20, 20, 1);
        RgbaImage background = Pictures.OpaqueNoise(20, 20, 2);
        RgbaImage blended = Pictures.OpaqueNoise(20, 20, 3);
        (byte[] before, byte[] below, byte[] target) = (foreground.ToArray(), background.ToArray(), blended.ToArray());

        LayerRecomposition.Fit(foreground, background, blended);

        Assert.Equal(before, foreground.ToArray());
        Assert.Equal(below, background.ToArray());
        Assert.Equal(target, blended.ToArray());
    }

    [Fact]
    public void Fit_UnfitPictures_NameWhatIsWrong()
    {
        RgbaImage foreground = new(4, 3);
        RgbaImage opaque = Pictures.Plain(4, 3, 1, 2, 3, 255);
        RgbaImage small = Pictures.Plain(4, 2, 1, 2, 3, 255);
        RgbaImage pierced = opaque.Clone();
        pierced.GetRow(2)[7] = 9;

        Assert.Contains("4×2, the foreground 4×3", Assert.Throws<ArgumentException>("background", () => LayerRecomposition.Fit(foreground, small)).Message, StringComparison.Ordinal);
        Assert.Contains("4×2, the foreground 4×3", Assert.Throws<ArgumentException>("blended", () => LayerRecomposition.Fit(foreground, opaque, small)).Message, StringComparison.Ordinal);
        Assert.Contains("alpha 9 at (1, 2)", Assert.Throws<ArgumentException>("background", () => LayerRecomposition.Fit(foreground, pierced, opaque)).Message, StringComparison.Ordinal);
        Assert.Contains("alpha 9 at (1, 2)", Assert.Throws<ArgumentException>("blended", () => LayerRecomposition.Fit(foreground, opaque, pierced)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>("foreground", () => LayerRecomposition.Fit(null!, opaque, opaque));
        Assert.Throws<ArgumentNullException>("background", () => LayerRecomposition.Fit(foreground, null!));
        Assert.Throws<ArgumentNullException>("blended", () => LayerRecomposition.Fit(foreground, opaque, null!));
    }

    private static void Set(RgbaImage image, int pixel, byte color, byte alpha)
    {
        Span<byte> samples = image.Pixels.Span.Slice(4 * pixel, 4);
        samples[..3].Fill(color);
        samples[3] = alpha;
    }

    // The report and the bound of the issue, told anew from the pictures in real numbers: half a unit of rounding and nothing else.
    private static void CheckSamples(RgbaImage foreground, RgbaImage background, LayerRecomposition fit)
    {
        (int upperLargest, int lowerLargest, double upperSum, double lowerSum, int visible, int uncovered) = (0, 0, 0.0, 0.0, 0, 0);
        ReadOnlySpan<byte> upper = fit.Foreground.Pixels.Span;
        ReadOnlySpan<byte> lower = fit.Background.Pixels.Span;
        for (int i = 0; i < upper.Length; i++)
        {
            int given = foreground.Pixels.Span[i];
            if (i % 4 == 3)
            {
                Assert.Equal(given, upper[i]);
                continue;
            }

            double alpha = upper[i | 3] / 255.0;
            Assert.Equal(fit.Composite.Pixels.Span[i], (alpha * upper[i]) + ((1 - alpha) * lower[i]), 0.5);
            if (alpha > 0)
            {
                upperLargest = Math.Max(upperLargest, Math.Abs(upper[i] - given));
                upperSum += Math.Abs(upper[i] - given);
                visible++;
            }

            if (alpha < 1)
            {
                int move = Math.Abs(lower[i] - background.Pixels.Span[i]);
                lowerLargest = Math.Max(lowerLargest, move);
                lowerSum += move;
                uncovered++;
            }
            else
            {
                Assert.Equal(background.Pixels.Span[i], lower[i]);
            }
        }

        Assert.Equal(new ColorDifference(upperSum / visible, upperLargest), fit.Report.Foreground);
        Assert.Equal(new ColorDifference(lowerSum / uncovered, lowerLargest), fit.Report.Background);
    }
}
