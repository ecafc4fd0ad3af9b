using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx.Tests.Sampling;

[Collection(nameof(Undisturbed))]
public sealed class NoiseBrownianTreeTests
{
    private const int Length = 4096;

    [Theory]
    [InlineData(14.6, 3.7, 0.03)]
    [InlineData(2.0, 1.5, 1.25)]
    [InlineData(80.0, 79.0, 0.0)]
    [InlineData(1e-6, 5e-6, 4096.0)]
    [InlineData(4.0, 2.0, 1.0)]
    public void NextBrownian_TwoIncrements_AddUpToTheWhole(double from, double middle, double to)
    {
        BrownianTreeNoise noise = new(7L);
        float[] first = Increment(noise, from, middle);
        float[] second = Increment(noise, middle, to);
        float[] whole = Increment(noise, from, to);
        for (int i = 0; i < Length; i++)
        {
            first[i] += second[i];
        }

        // Float32 rounding of a path that reaches about 4·√max.
        Close.Assert(whole, first, 3e-6 * Math.Sqrt(Math.Max(from, to)));
    }

    [Fact]
    public void NextBrownian_OtherQueriesBefore_ChangeNothing()
    {
        float[] expected = new float[Length];
        new BrownianTreeNoise(7L).NextBrownian(expected, 5.5, 4.25);

        BrownianTreeNoise busy = new(7L);
        float[] values = new float[Length];
        busy.NextNormal(values);
        for (int i = 1; i < 30; i++)
        {
            busy.NextBrownian(values, i * 0.37, (i * 0.37) + 1.1);
        }

        busy.NextBrownian(new float[100], 5.5, 4.25);
        busy.NextBrownian(values, 5.5, 4.25);
        Assert.Equal(expected, values);
        busy.NextBrownian(values, 5.5, 1);
        busy.NextBrownian(values, 5.5, 4.25);
        Assert.Equal(expected, values);
    }

    [Fact]
    public void NextBrownian_ReversedInterval_HasTheOppositeSign()
    {
        float[] down = new float[Length];
        float[] up = new float[Length];
        new BrownianTreeNoise(7L).NextBrownian(down, 9, 0.4);
        new BrownianTreeNoise(7L).NextBrownian(up, 0.4, 9);
        for (int i = 0; i < Length; i++)
        {
            Assert.Equal(-up[i], down[i]);
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(50)]
    public void NextBrownian_MoreSteps_ReachTheSameSum(int steps)
    {
        BrownianTreeNoise noise = new(7L);
        double[] sum = new double[Length];
        double sigma = 14.6;
        for (int i = 1; i <= steps; i++)
        {
            double next = 14.6 * Math.Pow(0.03 / 14.6, i / (double)steps);
            float[] increment = Increment(noise, sigma, next);
            for (int k = 0; k < Length; k++)
            {
                sum[k] += increment[k];
            }

            sigma = next;
        }

        // Every step rounds a path of magnitude up to about 15.
        Close.Assert(Increment(new BrownianTreeNoise(7L), 14.6, sigma), Array.ConvertAll(sum, static value => (float)value), 2e-5);
    }

    [Theory]
    [InlineData(14.6, 10.0)]
    [InlineData(1.013, 1.002)]
    [InlineData(0.9, 1.1)]
    [InlineData(0.0, 1e-5)]
    [InlineData(0.03, 0.0)]
    [InlineData(3.0, 4000.0)]
    public void NextBrownian_AnyInterval_HasMeanZeroAndVarianceOne(double from, double to)
    {
        float[] values = new float[1 << 16];
        new BrownianTreeNoise(3L).NextBrownian(values, from, to);
        (double mean, double variance) = Moments(values, values);

        // Five standard errors of 65,536 values: 1/256 for the mean, √2/256 for the variance.
        Assert.InRange(mean, -5 / 256.0, 5 / 256.0);
        Assert.InRange(variance, 1 - (5 * Math.Sqrt(2) / 256), 1 + (5 * Math.Sqrt(2) / 256));
    }

    [Fact]
    public void NextBrownian_Intervals_CorrelateByTheirOverlap()
    {
        BrownianTreeNoise noise = new(3L);
        float[] whole = new float[1 << 16];
        float[] part = new float[1 << 16];
        float[] apart = new float[1 << 16];
        noise.NextBrownian(whole, 3.3, 2.1);
        noise.NextBrownian(part, 3.3, 2.7);
        noise.NextBrownian(apart, 2.7, 2.1);

        // Cov of normalised increments = overlap / √(length · length); five standard errors.
        Assert.Equal(0.6 / Math.Sqrt(1.2 * 0.6), Moments(whole, part).Product, 5 / 256.0 * 1.5);
        Assert.Equal(0, Moments(part, apart).Product, 5 / 256.0);
    }

    [Fact]
    public void NextBrownian_OtherSeed_IsIndependent()
    {
        float[] first = new float[1 << 16];
        float[] second = new float[1 << 16];
        new BrownianTreeNoise(3L).NextBrownian(first, 3.3, 2.1);
        new BrownianTreeNoise(3L + (1L << 32)).NextBrownian(second, 3.3, 2.1);
        Assert.Equal(0, Moments(first, second).Product, 5 / 256.0);
    }

    [Fact]
    public void NextNormal_IsTheStartNoise()
    {
        float[] own = new float[64];
        float[] expected = new float[64];
        new BrownianTreeNoise(12L).NextNormal(own);
        new TorchRandom(12L).NextNormal(expected);
        Assert.Equal(expected, own);
        new BrownianTreeNoise(99L, new TorchRandom(12L)).NextNormal(own);
        Assert.Equal(expected, own);
    }

    [Fact]
    public void NextBrownian_AfterTheFirstQuery_AllocatesNothing()
    {
        BrownianTreeNoise noise = new(1L);
        float[] values = new float[Length];
        noise.NextBrownian(values, 3, 2);
        noise.NextBrownian(values, 9, 0.1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        noise.NextBrownian(values, 2, 1.5);
        noise.NextBrownian(values, 2, 1);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData(-1, 1, "sigma")]
    [InlineData(double.NaN, 1, "sigma")]
    [InlineData(double.PositiveInfinity, 1, "sigma")]
    [InlineData(1, 4294967296.0, "nextSigma")]
    [InlineData(1, 1, "nextSigma")]
    public void NextBrownian_BadLevel_Throws(double sigma, double nextSigma, string parameter)
    {
        BrownianTreeNoise noise = new(1L);
        Assert.Equal(parameter, Assert.Throws<ArgumentOutOfRangeException>(() => noise.NextBrownian(new float[4], sigma, nextSigma)).ParamName);
    }

    private static float[] Increment(BrownianTreeNoise noise, double from, double to)
    {
        float[] values = new float[Length];
        noise.NextBrownian(values, from, to);
        float scale = (float)Math.Sqrt(Math.Abs(to - from));
        for (int i = 0; i < Length; i++)
        {
            values[i] *= scale;
        }

        return values;
    }

    private static (double Mean, double Product) Moments(float[] first, float[] second)
    {
        double sum = 0;
        double product = 0;
        for (int i = 0; i < first.Length; i++)
        {
            sum += first[i];
            product += (double)first[i] * second[i];
        }

        return (sum / first.Length, product / first.Length);
    }
}
