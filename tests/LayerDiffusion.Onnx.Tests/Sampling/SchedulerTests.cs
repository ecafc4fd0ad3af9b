using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx.Tests.Sampling;

/// <summary>Custom lists, tables of other papers, and bad input.</summary>
public sealed class SchedulerTests
{
    private const int Length = 16;

    private static readonly SchedulerOptions StableDiffusion = new() { BetaStart = 0.00085, BetaEnd = 0.012, BetaSchedule = BetaSchedule.ScaledLinear };

    [Fact]
    public void CreateRunFromTimesteps_TheOwnSpacingsTimesteps_GivesTheSameRun()
    {
        foreach (SchedulerOptions preset in new[] { SchedulerOptions.Euler, SchedulerOptions.EulerAncestral, SchedulerOptions.Heun, SchedulerOptions.Lms, SchedulerOptions.DpmPlusPlus2M, SchedulerOptions.DpmPlusPlus2S, SchedulerOptions.UniPC, SchedulerOptions.Deis, SchedulerOptions.Ddpm, SchedulerOptions.Lcm, SchedulerOptions.Tcd })
        {
            Scheduler scheduler = Scheduler.Create(preset.Over(StableDiffusion));
            SchedulerRun whole = scheduler.CreateRun(10, Length);
            double[] timesteps = [.. whole.Timesteps.Select(timestep => (double)timestep).Distinct()];
            SchedulerRun custom = scheduler.CreateRunFromTimesteps(timesteps, Length);

            Assert.Equal(whole.Timesteps, custom.Timesteps);
            Assert.Equal(whole.Sigmas, custom.Sigmas);
        }
    }

    [Fact]
    public void CreateRunFromSigmas_TheOwnSpacingsSigmas_GivesTheSameRun()
    {
        foreach (SchedulerOptions preset in new[] { SchedulerOptions.EulerKarras, SchedulerOptions.LmsKarras, SchedulerOptions.DpmPlusPlus2MKarras, SchedulerOptions.UniPCKarras, SchedulerOptions.EdmEuler, SchedulerOptions.FlowMatchEuler })
        {
            Scheduler scheduler = Scheduler.Create(preset.Over(StableDiffusion));
            SchedulerRun whole = scheduler.CreateRun(10, Length);
            SchedulerRun custom = scheduler.CreateRunFromSigmas([.. whole.Sigmas.Select(sigma => (double)sigma)], Length);

            Assert.Equal(whole.Sigmas, custom.Sigmas);
            Close.Assert([.. whole.Timesteps], [.. custom.Timesteps], 1e-3, what: "timesteps");
            Assert.Equal(5, scheduler.CreateRunFromSigmas([.. whole.Sigmas.Select(sigma => (double)sigma)], Length, 0.5).BeginIndex);
        }
    }

    [Fact]
    public void CreateRun_AlignYourSteps_UsesTheTable()
    {
        SchedulerRun run = Scheduler.Create((SchedulerOptions.Euler with { SigmaSpacing = SigmaSpacing.AlignYourStepsSdxl }).Over(StableDiffusion)).CreateRun(10, Length);
        Close.Assert([14.615f, 6.315f, 3.771f, 2.181f, 1.342f, 0.862f, 0.555f, 0.380f, 0.234f, 0.113f, 0], [.. run.Sigmas], 0, 1e-6, "ten steps");

        SchedulerRun twice = Scheduler.Create((SchedulerOptions.DpmPlusPlus2M with { SigmaSpacing = SigmaSpacing.AlignYourStepsSd15 }).Over(StableDiffusion)).CreateRun(20, Length);
        Assert.Equal((float)Math.Sqrt(14.615 * 6.475), twice.Sigmas[1], 1e-5f);
        Assert.Equal(3.861f, twice.Sigmas[4]);

        SchedulerRun timesteps = Scheduler.Create(SchedulerOptions.DpmPlusPlus2M.Over(StableDiffusion)).CreateRunFromTimesteps([.. AlignYourSteps.SdxlTimesteps.Select(timestep => (double)timestep)], Length);
        Assert.Equal([999, 845, 730, 587, 443, 310, 193, 116, 53, 13], timesteps.Timesteps);
    }

    [Fact]
    public void Create_TrainedBetas_TakeTheScheduleSPlace()
    {
        double[] betas = [.. Enumerable.Range(0, 1000).Select(i => 0.0001 + (i * 1e-5))];
        SchedulerOptions trained = SchedulerOptions.Euler with { TrainedBetas = betas };
        SchedulerOptions linear = SchedulerOptions.Euler with { BetaStart = 0.0001, BetaEnd = 0.0001 + (999 * 1e-5) };

        Close.Assert([.. Scheduler.Create(linear).CreateRun(9, Length).Sigmas], [.. Scheduler.Create(trained).CreateRun(9, Length).Sigmas], 0, 1e-4, "sigmas");
    }

    [Fact]
    public void Create_ImpossibleOptions_AreRefused()
    {
        Assert.Throws<ArgumentNullException>(() => Scheduler.Create(null!));
        Refused(new SchedulerOptions(), "Type");
        Refused(SchedulerOptions.Ddim with { SigmaSpacing = SigmaSpacing.Karras }, "SigmaSpacing");
        Refused(SchedulerOptions.DpmPlusPlus2M with { AlgorithmType = AlgorithmType.DpmSolver }, "FinalSigma");
        Refused(SchedulerOptions.DpmPlusPlus3M with { AlgorithmType = AlgorithmType.SdeDpmSolver, FinalSigma = FinalSigmaRule.SigmaMin }, "order 3");
        Refused(SchedulerOptions.DpmPlusPlus2S with { AlgorithmType = AlgorithmType.SdeDpmSolver }, "SdeDpmSolver");
        Refused(SchedulerOptions.FlowMatchEuler with { UseDynamicShifting = true }, "DynamicShiftMu");
        Refused(SchedulerOptions.EdmEuler with { SigmaSpacing = SigmaSpacing.Model }, "SigmaSpacing");
        Refused(SchedulerOptions.Lcm with { OriginalInferenceSteps = 2000 }, "OriginalInferenceSteps");
        Refused(SchedulerOptions.Euler with { BetaStart = 0.99, BetaEnd = 0.999 }, "betas");

        static void Refused(SchedulerOptions options, string message) =>
            Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(() => Scheduler.Create(options)).Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void CreateRun_BadNumbers_AreRefused()
    {
        Scheduler scheduler = Scheduler.Create(SchedulerOptions.Euler.Over(StableDiffusion));
        Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.CreateRun(0, Length));
        Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.CreateRun(1001, Length));
        Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.CreateRun(5, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.CreateRun(5, Length, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.CreateRun(5, Length, 0.19));
        Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.CreateRun(5, Length, 1.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.CreateRun(5, Length, double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.CreateRun(5, Length, 1, rows: 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.CreateRunFromTimesteps([1000], Length));
        Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.CreateRunFromTimesteps([double.NaN], Length));
        Assert.Throws<ArgumentException>(() => scheduler.CreateRunFromTimesteps([], Length));
        Assert.Throws<ArgumentException>(() => scheduler.CreateRunFromTimesteps([100, 200], Length));
        Assert.Throws<ArgumentException>(() => scheduler.CreateRunFromSigmas([1], Length));
        Assert.Throws<ArgumentException>(() => scheduler.CreateRunFromSigmas([1, 1], Length));
        Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.CreateRunFromSigmas([double.PositiveInfinity, 0], Length));
        Assert.Throws<NotSupportedException>(() => Scheduler.Create(SchedulerOptions.Ddim).CreateRunFromTimesteps([500, 100], Length));
        Assert.Throws<NotSupportedException>(() => Scheduler.Create(SchedulerOptions.Ddim).CreateRunFromSigmas([1, 0], Length));
        Assert.Throws<ArgumentException>(() => Scheduler.Create(SchedulerOptions.EulerKarras).CreateRunFromTimesteps([500, 100], Length));
        Assert.Throws<ArgumentOutOfRangeException>(() => Scheduler.Create(SchedulerOptions.Lcm).CreateRun(51, Length));
        Assert.Throws<ArgumentOutOfRangeException>(() => Scheduler.Create(SchedulerOptions.DpmPlusPlus2M).CreateRun(1000, Length));
        Assert.Throws<ArgumentOutOfRangeException>(() => Scheduler.Create(SchedulerOptions.Pndm with { SkipPrkSteps = false }).CreateRun(3, Length));
        Assert.Throws<ArgumentException>(() => Scheduler.Create(SchedulerOptions.Ddim with { StepsOffset = 1 }).CreateRun(1000, Length));
        Assert.Throws<ArgumentException>(() => Scheduler.Create(SchedulerOptions.Euler with { SigmaSpacing = SigmaSpacing.Karras, SigmaMin = 1e4 }).CreateRun(5, Length));
        Assert.Throws<ArgumentException>(() => Scheduler.Create(SchedulerOptions.Parse("ddim-ztsnr")).CreateRun(5, Length));
    }

    [Fact]
    public void Step_BadSpansAndAfterTheEnd_AreRefused()
    {
        SchedulerRun run = Scheduler.Create(SchedulerOptions.Euler.Over(StableDiffusion)).CreateRun(1, Length);
        float[] right = new float[Length];
        float[] wrong = new float[Length - 1];
        RecordedNoise noise = new([], Length);
        Assert.Throws<ArgumentException>(() => run.Step(wrong, right, noise));
        Assert.Throws<ArgumentException>(() => run.Step(right, wrong, noise));
        Assert.Throws<ArgumentNullException>(() => run.Step(right, right, null!));
        Assert.Throws<ArgumentException>(() => run.ScaleModelInput(right, wrong));
        Assert.Throws<ArgumentException>(() => run.AddNoise(right, wrong, 0, right));
        Assert.Throws<ArgumentOutOfRangeException>(() => run.AddNoise(right, right, 2, right));
        Assert.Throws<ArgumentOutOfRangeException>(() => run.NoiseLevel(-1));
        Assert.Equal(0, run.Index);

        run.Step(right, right, noise);
        Assert.True(run.IsFinished);
        Assert.Throws<InvalidOperationException>(() => run.Step(right, right, noise));
        Assert.Throws<InvalidOperationException>(() => run.ScaleModelInput(right, right));
    }

    [Fact]
    public void Step_Thresholding_ClipsEachImageToItsQuantile()
    {
        SchedulerOptions options = (SchedulerOptions.Ddim with { Thresholding = true, SampleMaxValue = 100, DynamicThresholdingRatio = 0.5, PredictionType = PredictionType.Sample }).Over(StableDiffusion);
        SchedulerRun run = Scheduler.Create(options).CreateRun(4, 6, 1, rows: 2);
        run.Step([4, -2, 1, 0.1f, -0.2f, 0.3f], new float[6], new RecordedNoise([], 6));

        // Medians of the magnitudes are 2 and 0.2; a limit below 1 counts as 1.
        Close.Assert([1, -1, 0.5f, 0.1f, -0.2f, 0.3f], run.PredictedOriginal, 1e-6);
    }
}
