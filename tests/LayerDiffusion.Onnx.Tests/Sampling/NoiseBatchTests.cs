using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx.Tests.Sampling;

[Collection(nameof(Undisturbed))]
public sealed class NoiseBatchTests
{
    private const int Row = 4 * 8 * 8;

    [Fact]
    public void NextNormal_PerImage_RowsAreThoseOfSingleImages()
    {
        INoiseSource batch = BatchNoise.Create(41, 3, BatchSeeding.PerImage);
        TorchRandom[] singles = [new(41L), new(42L), new(43L)];
        for (int draw = 0; draw < 3; draw++)
        {
            float[] values = new float[3 * Row];
            batch.NextNormal(values);
            for (int k = 0; k < 3; k++)
            {
                float[] single = new float[Row];
                singles[k].NextNormal(single);
                Assert.Equal(single, values.AsSpan(k * Row, Row).ToArray());
            }
        }
    }

    [Fact]
    public void NextNormal_Shared_IsOneDrawOfTheWholeBatch()
    {
        float[] values = new float[2 * Row];
        float[] expected = new float[2 * Row];
        BatchNoise.Create(41, 2, BatchSeeding.Shared).NextNormal(values);
        new TorchRandom(41L).NextNormal(expected);
        Assert.Equal(expected, values);
    }

    [Fact]
    public void Create_LargestSeed_WrapsAround()
    {
        List<long> seeds = [];
        BatchNoise.Create(long.MaxValue, 2, BatchSeeding.PerImage, seed =>
        {
            seeds.Add(seed);
            return new TorchCudaRandom(seed);
        });
        Assert.Equal([long.MaxValue, long.MinValue], seeds);
    }

    [Fact]
    public void NextBrownian_Batch_AsksEachRow()
    {
        BatchNoise batch = new(new BrownianTreeNoise(1L), new BrownianTreeNoise(2L));
        float[] values = new float[2 * Row];
        batch.NextBrownian(values, 3, 2);
        float[] single = new float[Row];
        new BrownianTreeNoise(2L).NextBrownian(single, 3, 2);
        Assert.Equal(single, values.AsSpan(Row).ToArray());
    }

    [Fact]
    public void NextNormal_Batch_AllocatesNothing()
    {
        INoiseSource batch = BatchNoise.Create(1, 4, BatchSeeding.PerImage);
        float[] values = new float[4 * Row];
        batch.NextNormal(values);
        long before = GC.GetAllocatedBytesForCurrentThread();
        batch.NextNormal(values);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void NextNormal_Variation_IsTheFormulaOverTheWholeRow()
    {
        float[] first = Draw(10);
        float[] second = Draw(20);
        float[] values = new float[Row];
        VariationNoise noise = new(new TorchRandom(10L), new TorchRandom(20L), 0.3f);
        noise.NextNormal(values);

        // Float32 rounding of sums of two products of values up to about 4.
        Close.Assert(Slerp(0.3f, first, second, Row, 1), values, 1e-6);
    }

    [Fact]
    public void NextNormal_VariationWithLatentSize_IsTheFormulaOverEveryColumn()
    {
        float[] first = Draw(10);
        float[] second = Draw(20);
        float[] values = new float[Row];
        VariationNoise noise = new(new TorchRandom(10L), new TorchRandom(20L), 0.3f, latentHeight: 8, latentWidth: 8);
        noise.NextNormal(values);
        Close.Assert(Slerp(0.3f, first, second, 8, 8), values, 1e-6);
    }

    [Fact]
    public void NextNormal_SecondDrawOfAVariation_IsThatOfTheMainSource()
    {
        VariationNoise noise = new(new TorchRandom(10L), new TorchRandom(20L), 0.3f);
        TorchRandom main = new(10L);
        float[] values = new float[Row];
        float[] expected = new float[Row];
        for (int draw = 0; draw < 2; draw++)
        {
            noise.NextNormal(values);
            main.NextNormal(expected);
        }

        Assert.Equal(expected, values);
    }

    [Theory]
    [InlineData(0f, 10)]
    [InlineData(1f, 20)]
    public void NextNormal_VariationAtAnEnd_IsTheNoiseOfThatSeed(float strength, int seed)
    {
        float[] values = new float[Row];
        new VariationNoise(new TorchRandom(10L), new TorchRandom(20L), strength).NextNormal(values);
        Close.Assert(Draw(seed), values, 1e-6);
    }

    [Fact]
    public void NextNormal_VariationBySameSeed_StaysThatNoise()
    {
        float[] values = new float[Row];
        new VariationNoise(new TorchRandom(10L), new TorchRandom(10L), 0.5f, 8, 8).NextNormal(values);
        Close.Assert(Draw(10), values, 1e-6);
    }

    [Fact]
    public void CreateVariations_Batch_KeepsTheSeedAndCountsTheVariationSeed()
    {
        float[] values = new float[2 * Row];
        BatchNoise.CreateVariations(10, 20, 0.4f, 2).NextNormal(values);
        for (int k = 0; k < 2; k++)
        {
            Close.Assert(Slerp(0.4f, Draw(10), Draw(20 + k), Row, 1), values.AsSpan(k * Row, Row), 1e-6);
        }
    }

    [Fact]
    public void NextNormal_EmptyVariation_DrawsNothing()
    {
        VariationNoise noise = new(new TorchRandom(10L), new TorchRandom(20L), 0.4f);
        noise.NextNormal([]);
        float[] values = new float[Row];
        noise.NextNormal(values);
        Close.Assert(Slerp(0.4f, Draw(10), Draw(20), Row, 1), values, 1e-6);
    }

    [Fact]
    public void Constructor_BadRows_Throws()
    {
        TorchRandom source = new(1L);
        Assert.Throws<ArgumentException>(() => new BatchNoise());
        Assert.Contains("row 1", Assert.Throws<ArgumentException>(() => new BatchNoise(source, null!)).Message, StringComparison.Ordinal);
        Assert.Contains("twice", Assert.Throws<ArgumentException>(() => new BatchNoise(source, source)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => BatchNoise.Create(1, 0, BatchSeeding.PerImage));
        Assert.Throws<ArgumentOutOfRangeException>(() => BatchNoise.Create(1, 2, (BatchSeeding)7));
    }

    [Fact]
    public void NextNormal_LengthThatDoesNotDivide_Throws()
    {
        BatchNoise batch = new(new TorchRandom(1L), new TorchRandom(2L));
        Assert.Equal("destination", Assert.Throws<ArgumentException>(() => batch.NextNormal(new float[5])).ParamName);
        VariationNoise variation = new(new TorchRandom(1L), new TorchRandom(2L), 0.5f, 8, 8);
        Assert.Equal("destination", Assert.Throws<ArgumentException>(() => variation.NextNormal(new float[100])).ParamName);
    }

    [Theory]
    [InlineData(-0.1f, 0, 0, "strength")]
    [InlineData(1.1f, 0, 0, "strength")]
    [InlineData(float.NaN, 0, 0, "strength")]
    [InlineData(0.5f, -8, 8, "latentHeight")]
    [InlineData(0.5f, 8, 0, "latentWidth")]
    public void Constructor_BadVariation_Throws(float strength, int height, int width, string parameter)
    {
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(
            () => new VariationNoise(new TorchRandom(1L), new TorchRandom(2L), strength, height, width));
        Assert.Equal(parameter, error.ParamName);
    }

    private static float[] Draw(long seed)
    {
        float[] values = new float[Row];
        new TorchRandom(seed).NextNormal(values);
        return values;
    }

    // sin((1−t)Ω)/sin Ω · low + sin(tΩ)/sin Ω · high for every vector along the height.
    private static float[] Slerp(double t, float[] low, float[] high, int height, int width)
    {
        float[] result = new float[low.Length];
        for (int channel = 0; channel < low.Length; channel += height * width)
        {
            for (int x = 0; x < width; x++)
            {
                double dot = 0, lowSquares = 0, highSquares = 0;
                for (int y = 0; y < height; y++)
                {
                    int i = channel + (y * width) + x;
                    dot += (double)low[i] * high[i];
                    lowSquares += (double)low[i] * low[i];
                    highSquares += (double)high[i] * high[i];
                }

                double omega = Math.Acos(dot / Math.Sqrt(lowSquares) / Math.Sqrt(highSquares));
                for (int y = 0; y < height; y++)
                {
                    int i = channel + (y * width) + x;
                    result[i] = (float)(((Math.Sin((1 - t) * omega) * low[i]) + (Math.Sin(t * omega) * high[i])) / Math.Sin(omega));
                }
            }
        }

        return result;
    }
}
