using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx.Tests.Sampling;

/// <summary>What must hold for every scheduler, whatever the model.</summary>
[Collection(nameof(Undisturbed))]
public sealed class SchedulerPropertyTests
{
    private const int Length = 64;

    /// <summary>Gets every preset's name.</summary>
    public static TheoryData<string> Names => [.. Presets().Select(options => options.ToString())];

    [Theory]
    [MemberData(nameof(Names))]
    public void Step_WithAPerfectDenoiser_RecoversTheOriginal(string name)
    {
        foreach (PredictionType prediction in Enum.GetValues<PredictionType>())
        {
            SchedulerOptions options = StableDiffusion(name) with { PredictionType = prediction };
            for (int steps = 1; steps <= 50; steps++)
            {
                SchedulerRun run = Scheduler.Create(options).CreateRun(steps, Length);
                float[] original = Normal(steps, 1);
                float[] sample = new float[Length];
                run.AddNoise(original, Normal(steps, 1000), 0, sample);
                SeededNoise noise = new(steps);
                float[] output = new float[Length];
                while (!run.IsFinished)
                {
                    PerfectOutput(options, run, sample, original, output);
                    run.Step(output, sample, noise);
                }

                // Samples of level σ are known to about σ·2⁻²³ of their x₀, and its share in the result is what the last levels leave: 1e-3 covers float32 with σ up to 80.
                Close.Assert(original, run.PredictedOriginal, 1e-3, what: $"{name} {prediction} x0 after {steps} steps");

                // PNDM adds up velocities of several timesteps as the reference does (recorded run PNDM.08), which is not exact even for a perfect denoiser.
                if (options.Type == SchedulerType.PNDM && prediction == PredictionType.VPrediction)
                {
                    continue;
                }

                // Where the last step ends at the first training timestep (σ = 0.029), its noise of up to four deviations remains.
                bool endsClean = !EndsAtFirstTimestep(run, options);
                Close.Assert(original, sample, endsClean ? 1e-3 : 0.15, what: $"{name} {prediction} sample after {steps} steps");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void CreateRun_AnyNumberOfSteps_FallsInNoiseAndTime(string name)
    {
        for (int steps = 1; steps <= 50; steps++)
        {
            foreach (TimestepSpacing spacing in Enum.GetValues<TimestepSpacing>())
            {
                SchedulerRun run = Scheduler.Create(StableDiffusion(name) with { TimestepSpacing = spacing }).CreateRun(steps, Length);
                for (int i = 1; i < run.EvaluationCount; i++)
                {
                    Assert.True(run.NoiseLevel(i) <= run.NoiseLevel(i - 1), $"noise level {i} of {steps}");

                    // DPM2 rounds the timesteps of Karras levels, but not those between them.
                    Assert.True(run.Timesteps[i] <= run.Timesteps[i - 1] + (name.StartsWith("dpm2", StringComparison.Ordinal) ? 1 : 0), $"timestep {i} of {steps}");
                }

                for (int i = 1; i < run.Sigmas.Count; i++)
                {
                    Assert.True(run.Sigmas[i] <= run.Sigmas[i - 1], $"sigma {i} of {steps}");
                }

                Assert.Equal(0, run.NoiseLevel(run.EvaluationCount));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void CreateRun_AnySpacingOfNoiseLevels_Falls(string name)
    {
        SchedulerOptions preset = StableDiffusion(name);
        SigmaSpacing[] impossible = preset switch
        {
            { SigmaSpacing: null } => [.. Enum.GetValues<SigmaSpacing>().Except([SigmaSpacing.Model])],
            { Type: { } type } when type == SchedulerType.EDMEuler => [SigmaSpacing.Model, SigmaSpacing.LuLambdas],
            { Type: { } type } when type == SchedulerType.FlowMatchEulerDiscrete => [SigmaSpacing.AlignYourStepsSd15, SigmaSpacing.AlignYourStepsSdxl],
            _ => [],
        };
        foreach (SigmaSpacing spacing in Enum.GetValues<SigmaSpacing>())
        {
            SchedulerOptions options = preset with { SigmaSpacing = spacing };
            if (impossible.Contains(spacing))
            {
                Assert.Throws<ArgumentException>(() => Scheduler.Create(options));
                continue;
            }

            for (int steps = 1; steps <= 50; steps++)
            {
                SchedulerRun run = Scheduler.Create(options).CreateRun(steps, Length);
                Assert.All(run.Sigmas.Zip(run.Sigmas.Skip(1)), pair => Assert.True(pair.Second <= pair.First, $"{spacing}, {steps} steps: {pair.Second} after {pair.First}"));
                Assert.All(run.Sigmas, sigma => Assert.True(float.IsFinite(sigma)));
                Assert.All(run.Timesteps, timestep => Assert.True(float.IsFinite(timestep)));
                Assert.Equal(0, run.NoiseLevel(run.EvaluationCount));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void CreateRun_AnyStrength_SkipsWhatDiffusersSkips(string name)
    {
        Scheduler scheduler = Scheduler.Create(StableDiffusion(name));
        for (int steps = 1; steps <= 30; steps++)
        {
            SchedulerRun whole = scheduler.CreateRun(steps, Length);
            bool callsTwice = name != "pndm" && steps > 1 && whole.EvaluationCount == (2 * steps) - 1;
            foreach (double strength in (double[])[0, 0.05, 0.1, 0.29, 0.3, 0.57, 0.58, 0.7, 0.75, 0.99, 1])
            {
                int kept = (int)(steps * strength);
                if (kept < 1)
                {
                    Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.CreateRun(steps, Length, strength));
                    continue;
                }

                SchedulerRun run = scheduler.CreateRun(steps, Length, strength);
                Assert.Equal((steps - kept) * (callsTwice ? 2 : 1), run.BeginIndex);
                Assert.Equal(whole.Timesteps.Skip(run.BeginIndex), run.Timesteps);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void CreateRun_WithStrength_RunsTheEndOfTheWholeTrajectory(string name)
    {
        Scheduler scheduler = Scheduler.Create(StableDiffusion(name));
        SchedulerRun whole = scheduler.CreateRun(20, Length);
        SchedulerRun half = scheduler.CreateRun(20, Length, 0.5);

        Assert.Equal(whole.Timesteps.Skip(half.BeginIndex), half.Timesteps);
        Assert.Equal(whole.Sigmas, half.Sigmas);
        Assert.Equal(whole.NoiseLevel(half.BeginIndex), half.NoiseLevel(0));
        Assert.True(half.BeginIndex is 10 or 20, $"begins at {half.BeginIndex}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Step_BatchOfTwo_EqualsTwoSingles(string name)
    {
        Scheduler scheduler = Scheduler.Create(StableDiffusion(name) with { Thresholding = true, SampleMaxValue = 2 });
        float[] both = Trajectory(scheduler.CreateRun(8, 2 * Length, 1, rows: 2), [.. Normal(1, 1), .. Normal(2, 1)], [.. Normal(3, 1), .. Normal(4, 1)]);
        float[] first = Trajectory(scheduler.CreateRun(8, Length), Normal(1, 1), Normal(3, 1));
        float[] second = Trajectory(scheduler.CreateRun(8, Length), Normal(2, 1), Normal(4, 1));

        Assert.Equal([.. first, .. second], both);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Step_SampleOfSeveralParts_EqualsItsPiecesAlone(string name)
    {
        // A step goes through the sample in parts of StepParts.CacheLength; the pieces' ends fall into and onto them.
        const int Piece = StepParts.CacheLength / 2;
        const int Whole = 5 * Piece;
        foreach (PredictionType prediction in Enum.GetValues<PredictionType>())
        {
            Scheduler scheduler = Scheduler.Create(StableDiffusion(name) with { PredictionType = prediction, SChurn = 5, Eta = 0.5, ClipSample = true, ClipSampleRange = 2 });
            float[] start = Normal(Whole, 1, 1);
            float[] output = Normal(Whole, 2, 1);
            SchedulerRun run = scheduler.CreateRun(8, Whole);
            float[] whole = Trajectory(run, [.. start], output);
            for (int first = 0; first < Whole; first += Piece)
            {
                SchedulerRun alone = scheduler.CreateRun(8, Piece);
                float[] piece = Trajectory(alone, start[first..(first + Piece)], output[first..(first + Piece)]);
                Assert.Equal(piece, whole[first..(first + Piece)]);
                Assert.Equal(alone.PredictedOriginal, run.PredictedOriginal.Slice(first, Piece));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void CreateRun_FromOneScheduler_RunsDoNotDisturbEachOther(string name)
    {
        Scheduler scheduler = Scheduler.Create(StableDiffusion(name));
        float[] alone = Trajectory(scheduler.CreateRun(6, Length), Normal(1, 1), Normal(3, 1));
        float[][] together = new float[8][];
        Parallel.For(0, together.Length, i => together[i] = Trajectory(scheduler.CreateRun(6, Length), Normal(1, 1), Normal(3, 1)));

        Assert.All(together, result => Assert.Equal(alone, result));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Step_AfterTheFirst_AllocatesNothing(string name)
    {
        SchedulerRun warm = Scheduler.Create(StableDiffusion(name)).CreateRun(20, Length);
        SchedulerRun run = Scheduler.Create(StableDiffusion(name)).CreateRun(20, Length);
        float[] sample = Normal(1, 1);
        float[] input = new float[Length];
        float[] output = Normal(2, 1);
        RepeatedNoise noise = new(Normal(3, 1));
        while (!warm.IsFinished)
        {
            warm.ScaleModelInput(sample, input);
            warm.Step(output, sample, noise);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        while (!run.IsFinished)
        {
            run.ScaleModelInput(sample, input);
            run.Step(output, sample, noise);
            run.AddNoise(sample, output, run.Index, input);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Step_WithoutEta_AsksForNoiseOnlyWhereTheSchedulerIsStochastic(string name)
    {
        SchedulerRun run = Scheduler.Create(StableDiffusion(name)).CreateRun(6, Length);
        SeededNoise noise = new(1);
        float[] sample = Normal(1, 1);
        while (!run.IsFinished)
        {
            run.Step(Normal(2, 1), sample, noise);
        }

        bool isStochastic = name.Contains("sde", StringComparison.Ordinal) || name.EndsWith("-a", StringComparison.Ordinal) || name.Contains("-a-", StringComparison.Ordinal)
            || name is "ddpm" or "lcm" or "tcd";
        Assert.Equal(isStochastic, noise.Draws > 0);
    }

    [Fact]
    public void AddNoise_AtEveryEvaluation_HasTheNoiseLevelsOfTheRun()
    {
        foreach (SchedulerOptions options in Presets().Where(options => options.Type != SchedulerType.KDPM2Discrete && options.Type != SchedulerType.DPMSolverSDE))
        {
            SchedulerRun run = Scheduler.Create(StableDiffusion(options.ToString())).CreateRun(7, Length);
            float[] pureSignal = new float[Length];
            float[] pureNoise = new float[Length];
            float[] ones = Enumerable.Repeat(1f, Length).ToArray();
            for (int i = 0; i < run.EvaluationCount; i++)
            {
                run.AddNoise(ones, new float[Length], i, pureSignal);
                run.AddNoise(new float[Length], ones, i, pureNoise);
                Assert.Equal(run.NoiseLevel(i), (double)pureNoise[0] / pureSignal[0], 1e-5 * (1 + Math.Min(run.NoiseLevel(i), 1e6)));
            }

            run.AddNoise(ones, Normal(1, 1), run.EvaluationCount, pureSignal);
            Assert.Equal(ones, pureSignal);
        }
    }

    internal static IEnumerable<SchedulerOptions> Presets() => typeof(SchedulerOptions).GetProperties(System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Static)
        .Where(property => property.PropertyType == typeof(SchedulerOptions))
        .Select(property => (SchedulerOptions)property.GetValue(null)!);

    private static SchedulerOptions StableDiffusion(string name) => SchedulerOptions.Parse(name).Over(new SchedulerOptions
    {
        BetaStart = 0.00085,
        BetaEnd = 0.012,
        BetaSchedule = BetaSchedule.ScaledLinear,
    });

    private static bool EndsAtFirstTimestep(SchedulerRun run, SchedulerOptions options) =>
        options.Type == SchedulerType.TCD || options.Type == SchedulerType.DEISMultistep || options.SetAlphaToOne == false;

    private static void PerfectOutput(SchedulerOptions options, SchedulerRun run, float[] sample, float[] original, float[] output)
    {
        // The level that a sample has is its weight of noise; the UNet of these tests is not scaled.
        double sigma = run.NoiseLevel(run.Index);
        bool isFlow = options.Type == SchedulerType.FlowMatchEulerDiscrete;
        bool isExploding = run.InitialNoiseScale != 1 && !isFlow;
        double norm = Math.Sqrt((sigma * sigma) + 1);
        double signal = isFlow ? (double.IsPositiveInfinity(sigma) ? 0 : 1 / (1 + sigma)) : isExploding ? 1 : 1 / norm;
        double spread = isFlow ? 1 - signal : isExploding ? sigma : sigma / norm;
        double data = 0.5;
        for (int i = 0; i < output.Length; i++)
        {
            double noise = (sample[i] - (signal * original[i])) / spread;
            double preserving = Math.Sqrt((signal * signal) + (spread * spread));
            output[i] = (float)(options.Type == SchedulerType.EDMEuler
                ? (options.PredictionType == PredictionType.VPrediction ? -1 : 1) * (original[i] - (data * data / ((sigma * sigma) + (data * data)) * sample[i])) / (sigma * data / Math.Sqrt((sigma * sigma) + (data * data)))
                : isFlow ? noise - original[i]
                : options.PredictionType switch
                {
                    PredictionType.Epsilon => noise,
                    PredictionType.VPrediction => ((signal * noise) - (spread * original[i])) / preserving,
                    _ => original[i],
                });
        }
    }

    private static float[] Trajectory(SchedulerRun run, float[] sample, float[] output)
    {
        RepeatedNoise noise = new(output);
        while (!run.IsFinished)
        {
            run.Step(output, sample, noise);
        }

        return sample;
    }

    private static float[] Normal(int seed, int offset) => Normal(Length, seed, offset);

    private static float[] Normal(int length, int seed, int offset)
    {
        float[] values = new float[length];
        new SeededNoise(seed + offset).NextNormal(values);
        return values;
    }

    private sealed class SeededNoise(int seed) : INoiseSource
    {
        private readonly Random random = new(seed);

        public int Draws { get; private set; }

        public void NextNormal(Span<float> destination)
        {
            this.Draws++;
            for (int i = 0; i < destination.Length; i++)
            {
                destination[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - this.random.NextDouble())) * Math.Cos(2 * Math.PI * this.random.NextDouble()));
            }
        }
    }

    private sealed class RepeatedNoise(float[] values) : INoiseSource
    {
        public void NextNormal(Span<float> destination) => values.CopyTo(destination);
    }
}
