using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx.Tests.Sampling;

[Collection(nameof(Undisturbed))]
public sealed class GuidanceTests
{
    private const int Rows = 2;
    private const int Row = 4 * 24 * 17;

    // Sums of a few float32 products, guidance scale up to 7.5 times values up to about 4.
    private const double Tolerance = 1e-5;

    [Fact]
    public void Combine_ClassifierFree_IsTheFormula()
    {
        Guidance guidance = Make(GuidanceOptions.Default, 7.5, [1]);
        float[] output = Predictions(2);
        float[] expected = new float[Rows * Row];
        for (int i = 0; i < expected.Length; i++)
        {
            expected[i] = output[i] + (7.5f * (output[i + (Rows * Row)] - output[i]));
        }

        // The same operations in the same order as the reference: no rounding differs.
        Assert.Equal(expected, Combine(guidance, 1, output));
    }

    [Fact]
    public void Combine_Composition_IsTheFormula()
    {
        float[] weights = [1f, 0.6f, -0.3f];
        Guidance guidance = Make(GuidanceOptions.Default, 5, weights);
        float[] output = Predictions(4);
        float[] expected = new float[Rows * Row];
        for (int i = 0; i < expected.Length; i++)
        {
            double value = output[i];
            for (int k = 0; k < 3; k++)
            {
                value += 5.0 * weights[k] * (output[i + ((k + 1) * Rows * Row)] - output[i]);
            }

            expected[i] = (float)value;
        }

        Close.Assert(expected, Combine(guidance, 1, output), Tolerance);
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.0)]
    [InlineData(-3.0)]
    public void PlanAt_ScaleOfOneOrLess_EvaluatesThePositiveAloneAndCopiesIt(double scale)
    {
        Guidance guidance = Make(GuidanceOptions.Default, scale, [1]);
        GuidanceTerm term = Assert.Single(guidance.PlanAt(1).Terms.ToArray());
        Assert.Equal(new GuidanceTerm(ConditionRole.Positive, 1, 1), term);
        Assert.False(guidance.UsesNegative);
        float[] output = Predictions(1);
        Assert.Equal(output, Combine(guidance, 1, output));
    }

    [Fact]
    public void WeightedSum_AllWeightOnOne_IsThatPrediction()
    {
        float[] output = Predictions(2);
        float[] result = new float[Row];
        GuidanceMathematics.WeightedSum(new PredictionRows(output, Row, Row), [0, 1], result);
        Close.Assert(output.AsSpan(Row, Row), result, 1e-6);
    }

    [Theory]
    [InlineData(0.0, false)]
    [InlineData(0.28, false)]
    [InlineData(0.2801, true)]
    [InlineData(5.42, true)]
    [InlineData(5.43, false)]
    [InlineData(double.PositiveInfinity, false)]
    public void PlanAt_Interval_GuidesInsideOnly(double sigma, bool isGuided)
    {
        Guidance guidance = Make(new GuidanceOptions { IntervalLow = 0.28, IntervalHigh = 5.42 }, 7, [1]);
        GuidancePlan plan = guidance.PlanAt(sigma);
        Assert.Equal(isGuided, plan.IsGuided);
        Assert.Equal(isGuided ? 2 : 1, plan.Terms.Length);
        Assert.True(guidance.UsesNegative);
        Assert.Same(plan, guidance.PlanAt(sigma));
    }

    [Fact]
    public void PlanAt_NoInterval_GuidesAtEveryLevel()
    {
        Guidance guidance = Make(GuidanceOptions.Default, 7, [1]);
        Assert.True(guidance.PlanAt(0).IsGuided);
        Assert.True(guidance.PlanAt(double.PositiveInfinity).IsGuided);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1.0)]
    public void PlanAt_AnyPlan_WeightsSumToOneAndSetsEndWithTheLast(double? perpendicular)
    {
        GuidanceOptions options = new() { PerpendicularNegative = perpendicular, IntervalHigh = 5 };
        foreach (float[] weights in (float[][])[[1], [1, 1], [0.5f, -0.2f, 2], [1, -1]])
        {
            Guidance guidance = Make(options, 6.5, weights);
            foreach (double sigma in (double[])[1, 10])
            {
                ReadOnlySpan<GuidanceTerm> terms = guidance.PlanAt(sigma).Terms;
                double sum = 0;
                for (int k = 0; k < terms.Length; k++)
                {
                    sum += terms[k].Weight;
                    Assert.Equal(guidance.SetCount - terms.Length + k, terms[k].Set);
                }

                Assert.Equal(1, sum, 1e-5);
            }
        }
    }

    [Fact]
    public void PlanAt_CompositionOutsideTheInterval_NormalisesTheWeights()
    {
        Guidance guidance = Make(new GuidanceOptions { IntervalHigh = 5 }, 6.5, [1, 3]);
        Assert.Equal([0.25f, 0.75f], guidance.PlanAt(10).Weights.ToArray());
    }

    [Fact]
    public void PlanAt_CompositionWithoutPositiveWeight_CannotLeaveOutTheNegative()
    {
        Guidance guidance = Make(GuidanceOptions.Default, 1, [1, -1]);
        Assert.True(guidance.UsesNegative);
        Assert.Equal([1f, 1f, -1f], guidance.PlanAt(1).Weights.ToArray());
    }

    [Theory]
    [InlineData(0.7)]
    [InlineData(1.0)]
    public void Combine_Rescale_IsTheFormulaImageByImage(double amount)
    {
        float[] output = Predictions(2);
        float[] plain = Combine(Make(GuidanceOptions.Default, 7.5, [1]), 1, output);
        float[] rescaled = Combine(Make(new GuidanceOptions { Rescale = amount }, 7.5, [1]), 1, output);
        for (int row = 0; row < Rows; row++)
        {
            float[] guided = plain[(row * Row)..((row + 1) * Row)];
            double text = Deviation(output[((Rows + row) * Row)..((Rows + row + 1) * Row)]);
            double own = Deviation(guided);
            float[] expected = Array.ConvertAll(guided, value => (float)((amount * value * (text / own)) + ((1 - amount) * value)));
            Close.Assert(expected, rescaled.AsSpan(row * Row, Row), Tolerance);
        }
    }

    [Fact]
    public void Combine_RescaleOfAComposition_RestoresTheDeviationOfTheCompositionAtScaleOne()
    {
        float[] weights = [0.5f, 0.5f];
        float[] output = Predictions(3);
        float[] rescaled = Combine(Make(new GuidanceOptions { Rescale = 1 }, 9, weights), 1, output);
        float[] reference = new float[Row];
        for (int i = 0; i < Row; i++)
        {
            reference[i] = 0.5f * (output[(Rows * Row) + i] + output[(2 * Rows * Row) + i]);
        }

        Assert.Equal(Deviation(reference), Deviation(rescaled[..Row]), Tolerance);
    }

    [Fact]
    public void Rescale_ConstantPrediction_StaysAsItIs()
    {
        float[] guided = [2, 2, 2];
        GuidanceMathematics.Rescale(guided, [1, 2, 3], 1);
        Assert.Equal([2f, 2f, 2f], guided);
    }

    [Fact]
    public void Combine_PerpendicularNegative_IsTheFormulaImageByImage()
    {
        const double scale = 6;
        const double weight = 0.8;
        float[] output = Predictions(3);
        float[] result = Combine(Make(new GuidanceOptions { PerpendicularNegative = weight }, scale, [1]), 1, output);
        for (int row = 0; row < Rows; row++)
        {
            ReadOnlySpan<float> empty = output.AsSpan(row * Row, Row);
            ReadOnlySpan<float> negative = output.AsSpan((Rows + row) * Row, Row);
            ReadOnlySpan<float> positive = output.AsSpan(((2 * Rows) + row) * Row, Row);
            double product = 0;
            double squares = 0;
            for (int i = 0; i < Row; i++)
            {
                product += ((double)negative[i] - empty[i]) * ((double)positive[i] - empty[i]);
                squares += ((double)positive[i] - empty[i]) * ((double)positive[i] - empty[i]);
            }

            float[] expected = new float[Row];
            for (int i = 0; i < Row; i++)
            {
                double main = (double)positive[i] - empty[i];
                double perpendicular = (double)negative[i] - empty[i] - (product / squares * main);
                expected[i] = (float)(empty[i] + (scale * (main - (weight * perpendicular))));
            }

            Close.Assert(expected, result.AsSpan(row * Row, Row), Tolerance);
        }
    }

    [Fact]
    public void Combine_PerpendicularNegativeAlongThePrompt_CancelsNothing()
    {
        float[] output = Predictions(3);
        output.AsSpan(2 * Rows * Row).CopyTo(output.AsSpan(Rows * Row));
        float[] result = Combine(Make(new GuidanceOptions { PerpendicularNegative = 1 }, 6, [1]), 1, output);
        float[] plain = Combine(Make(GuidanceOptions.Default, 6, [1]), 1, [.. output.AsSpan(0, Rows * Row), .. output.AsSpan(2 * Rows * Row)]);

        // Twice the weights of plain guidance cancel here, which doubles the rounding.
        Close.Assert(plain, result, 2 * Tolerance);
    }

    [Fact]
    public void Constructor_PerpendicularWithoutANegativePrompt_IsPlain()
    {
        Guidance guidance = new(new GuidanceOptions { PerpendicularNegative = 1 }, 6, [1], hasNegativePrompt: false, Rows, Row);
        Assert.Equal(2, guidance.SetCount);
        Assert.Equal(ConditionRole.Negative, guidance.PlanAt(1).Terms[0].Role);
    }

    [Fact]
    public void Combine_BatchOfTwo_EqualsSingles()
    {
        GuidanceOptions options = new() { Rescale = 0.5, PerpendicularNegative = 1 };
        float[] output = Predictions(3);
        float[] both = Combine(Make(options, 6, [1]), 1, output);
        for (int row = 0; row < Rows; row++)
        {
            Guidance single = new(options, 6, [1], hasNegativePrompt: true, 1, Row);
            float[] part = [.. output.AsSpan(row * Row, Row), .. output.AsSpan((Rows + row) * Row, Row), .. output.AsSpan(((2 * Rows) + row) * Row, Row)];
            float[] result = new float[Row];
            single.Combine(single.PlanAt(1), part, result);
            Assert.Equal(result, both[(row * Row)..((row + 1) * Row)]);
        }
    }

    [Fact]
    public void Threshold_LargePrediction_ClipsAndScalesTheCleanSample()
    {
        DynamicThresholding thresholding = new() { Percentile = 0.9, Limit = 1 };
        Guidance guidance = Make(new GuidanceOptions { DynamicThresholding = thresholding }, 6, [1]);
        const double alpha = 0.8;
        const double sigma = 0.6;
        float[] sample = Draw(1, Rows * Row);
        float[] prediction = Draw(2, Rows * Row);
        float[] before = [.. prediction];
        guidance.Threshold(guidance.PlanAt(1), sample, prediction, 1 / alpha, -sigma / alpha);
        for (int row = 0; row < Rows; row++)
        {
            double[] clean = new double[Row];
            for (int i = 0; i < Row; i++)
            {
                clean[i] = (sample[(row * Row) + i] - (sigma * before[(row * Row) + i])) / alpha;
            }

            double[] sorted = Array.ConvertAll(clean, Math.Abs);
            Array.Sort(sorted);
            int below = (int)(0.9 * (Row - 1));
            double bound = sorted[below] + (((0.9 * (Row - 1)) - below) * (sorted[below + 1] - sorted[below]));
            Assert.True(bound > 1);
            float[] expected = new float[Row];
            for (int i = 0; i < Row; i++)
            {
                expected[i] = (float)((sample[(row * Row) + i] - (alpha * Math.Clamp(clean[i], -bound, bound) / bound)) / sigma);
            }

            Close.Assert(expected, prediction.AsSpan(row * Row, Row), Tolerance);
        }
    }

    [Fact]
    public void Threshold_SmallPredictionOrUnguidedOrOff_ChangesNothing()
    {
        float[] sample = Draw(1, Rows * Row);
        float[] prediction = Draw(2, Rows * Row);
        float[] before = [.. prediction];
        Guidance wide = Make(new GuidanceOptions { DynamicThresholding = new() { Limit = 100 } }, 6, [1]);
        wide.Threshold(wide.PlanAt(1), sample, prediction, 1, -1);
        Guidance unguided = Make(new GuidanceOptions { DynamicThresholding = new() { Limit = 0.1 } }, 1, [1]);
        unguided.Threshold(unguided.PlanAt(1), sample, prediction, 1, -1);
        Guidance off = Make(GuidanceOptions.Default, 6, [1]);
        off.Threshold(off.PlanAt(1), sample, prediction, 1, -1);
        Assert.Equal(before, prediction);
    }

    [Fact]
    public void Combine_EveryOptionAtOnce_AllocatesNothing()
    {
        GuidanceOptions options = new() { Rescale = 0.5, PerpendicularNegative = 1, DynamicThresholding = new() { Limit = 0.5 } };
        Guidance guidance = Make(options, 6, [1, 0.5f]);
        float[] output = Predictions(4);
        float[] result = new float[Rows * Row];
        float[] sample = Draw(5, Rows * Row);
        for (int round = 0; round < 2; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            GuidancePlan plan = guidance.PlanAt(1);
            guidance.Combine(plan, output, result);
            guidance.Threshold(plan, sample, result, 1, -1);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(round == 0 || allocated == 0, $"{allocated} bytes");
        }
    }

    [Fact]
    public void Combine_WrongLength_Throws()
    {
        Guidance guidance = Make(GuidanceOptions.Default, 6, [1]);
        GuidancePlan plan = guidance.PlanAt(1);
        Assert.Equal("output", Assert.Throws<ArgumentException>(() => guidance.Combine(plan, new float[Row], new float[Rows * Row])).ParamName);
        Assert.Equal("destination", Assert.Throws<ArgumentException>(() => guidance.Combine(plan, new float[2 * Rows * Row], new float[Row])).ParamName);
    }

    [Fact]
    public void Constructor_BadArguments_Throws()
    {
        Assert.Throws<ArgumentException>(() => Make(GuidanceOptions.Default, 6, []));
        Assert.Equal("scale", Assert.Throws<ArgumentOutOfRangeException>(() => Make(GuidanceOptions.Default, double.NaN, [1])).ParamName);
        Assert.Equal("positiveWeights", Assert.Throws<ArgumentOutOfRangeException>(() => Make(GuidanceOptions.Default, 6, [float.PositiveInfinity])).ParamName);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Guidance(GuidanceOptions.Default, 6, [1], true, 0, 4));
    }

    [Fact]
    public void Validate_Defaults_Pass()
    {
        GuidanceOptions.Default.Validate();
        new DynamicThresholding().Validate();
    }

    [Theory]
    [InlineData(-0.1, 0, 1, null, "Rescale")]
    [InlineData(1.5, 0, 1, null, "Rescale")]
    [InlineData(double.NaN, 0, 1, null, "Rescale")]
    [InlineData(0, -1, 1, null, "IntervalLow")]
    [InlineData(0, double.PositiveInfinity, 1, null, "IntervalLow")]
    [InlineData(0, 2, 2, null, "IntervalHigh")]
    [InlineData(0, 0, double.NaN, null, "IntervalHigh")]
    [InlineData(0, 0, 1, -1.0, "PerpendicularNegative")]
    [InlineData(0, 0, 1, double.NaN, "PerpendicularNegative")]
    public void Validate_BadValue_NamesTheProperty(double rescale, double low, double high, double? perpendicular, string property)
    {
        GuidanceOptions options = new() { Rescale = rescale, IntervalLow = low, IntervalHigh = high, PerpendicularNegative = perpendicular };
        Assert.Equal(property, Assert.Throws<ArgumentOutOfRangeException>(options.Validate).ParamName);
    }

    [Theory]
    [InlineData(0, 1, "Percentile")]
    [InlineData(1.01, 1, "Percentile")]
    [InlineData(0.9, 0, "Limit")]
    [InlineData(0.9, double.PositiveInfinity, "Limit")]
    public void Validate_BadThresholding_NamesTheProperty(double percentile, double limit, string property)
    {
        GuidanceOptions options = new() { DynamicThresholding = new() { Percentile = percentile, Limit = limit } };
        Assert.Equal(property, Assert.Throws<ArgumentOutOfRangeException>(options.Validate).ParamName);
    }

    private static Guidance Make(GuidanceOptions options, double scale, ReadOnlySpan<float> weights) =>
        new(options, scale, weights, hasNegativePrompt: true, Rows, Row);

    private static float[] Combine(Guidance guidance, double sigma, float[] output)
    {
        float[] result = new float[Rows * Row];
        guidance.Combine(guidance.PlanAt(sigma), output, result);
        return result;
    }

    // Predictions as a model makes them: close to each other, unlike independent noise.
    private static float[] Predictions(int blocks)
    {
        float[] common = Draw(100, Rows * Row);
        float[] values = Draw(200 + blocks, blocks * Rows * Row);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (0.1f * values[i]) + common[i % common.Length];
        }

        return values;
    }

    private static float[] Draw(long seed, int count)
    {
        float[] values = new float[count];
        new TorchRandom(seed).NextNormal(values);
        return values;
    }

    private static double Deviation(float[] values)
    {
        double mean = 0;
        foreach (float value in values)
        {
            mean += value;
        }

        mean /= values.Length;
        double squares = 0;
        foreach (float value in values)
        {
            squares += (value - mean) * (value - mean);
        }

        return Math.Sqrt(squares / (values.Length - 1));
    }
}
