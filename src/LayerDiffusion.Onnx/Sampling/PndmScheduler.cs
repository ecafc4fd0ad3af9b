namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// Pseudo numerical methods for diffusion models (Liu et al. 2022): the transfer of equation 11 with linear multistep ε (PLMS, equation 12), optionally started by
/// Runge-Kutta steps (equation 13); diffusers' PNDMScheduler.
/// </summary>
/// <remarks>
/// The transfer from t to t': x ← √(ᾱ'/ᾱ)·x − (ᾱ'−ᾱ)·e / (ᾱ·√(1−ᾱ') + √(ᾱ·(1−ᾱ)·ᾱ')), e a weighted sum of the UNet's outputs. Without Runge-Kutta steps
/// the first step is taken twice, the second time with the mean of both outputs; then orders 2, 3, 4.
/// </remarks>
internal sealed class PndmScheduler(SchedulerOptions options) : AlphaScheduler(options, rescalable: false)
{
    private const int Order = 4;

    public static SchedulerOptions Defaults { get; } = new() { TimestepSpacing = TimestepSpacing.Leading, SetAlphaToOne = false };

    private bool StartsWithRungeKutta => this.Options.SkipPrkSteps != true;

    private protected override Schedule Plan(int steps)
    {
        double[] spread = TimestepList.Create(this.Options, steps, wholeNumbers: true);
        List<double> calls = [];
        if (this.StartsWithRungeKutta)
        {
            if (steps < Order)
            {
                throw new ArgumentOutOfRangeException(nameof(steps), steps, $"PNDM with Runge-Kutta steps needs {Order} steps or more; set {nameof(this.Options.SkipPrkSteps)} for fewer.");
            }

            // Three steps of four calls: at the start, twice half a stride below, and at the end.
            int half = this.Options.NumTrainTimesteps!.Value / steps / 2;
            for (int i = 0; i < Order - 1; i++)
            {
                calls.AddRange([spread[i], spread[i + 1] + half, spread[i + 1] + half, spread[i + 1]]);
            }

            calls.AddRange(spread[(Order - 1)..]);
        }
        else
        {
            calls.AddRange(spread);
            if (steps > 1)
            {
                calls.Insert(1, spread[1]);
            }
        }

        return this.Arrange([.. calls], steps);
    }

    private protected override SchedulerRun Start(RunSetup setup) => new Run(this, setup);

    private sealed class Run : SchedulerRun
    {
        private const int RungeKuttaCalls = 4 * (Order - 1);

        private readonly PndmScheduler scheduler;
        private readonly float[][] outputs;
        private readonly float[] start;
        private readonly float[] sum;
        private readonly int stride;
        private (double Sample, double Output) ofOriginal;
        private (double Sample, double Output) ofOutput;
        private int kept;

        public Run(PndmScheduler scheduler, RunSetup setup)
            : base(setup)
        {
            this.scheduler = scheduler;
            this.stride = setup.Options.NumTrainTimesteps!.Value / setup.Schedule.Steps;
            this.start = this.CreateBuffer();
            this.sum = scheduler.StartsWithRungeKutta ? this.CreateBuffer() : [];
            this.outputs = new float[Order][];
            for (int i = 0; i < Order; i++)
            {
                this.outputs[i] = this.CreateBuffer();
            }
        }

        private protected override void Advance(ReadOnlySpan<float> modelOutput, Span<float> sample, INoiseSource noise)
        {
            int position = this.Position;
            (double signal, double spread) = (this.Schedule.Signal[position], this.Schedule.Noise[position]);
            this.ofOriginal = this.OriginalWeights(signal, spread);

            // Predicted samples do not add up along the trajectory as ε does.
            this.ofOutput = this.Options.PredictionType == PredictionType.Sample ? (1 / spread, -signal / spread) : (0, 1);
            if (this.scheduler.StartsWithRungeKutta && this.Index < RungeKuttaCalls)
            {
                this.RungeKutta(modelOutput, sample);
            }
            else
            {
                this.Multistep(modelOutput, sample);
            }
        }

        private void RungeKutta(ReadOnlySpan<float> modelOutput, Span<float> sample)
        {
            int call = this.Index % 4;
            int timestep = (int)this.Schedule.Timesteps[this.Index - call];
            int previous = (int)this.Schedule.Timesteps[this.Position] - (call % 2 == 1 ? 0 : this.stride / 2);
            if (call == 0)
            {
                this.MakeRoom();
            }

            (double ofSample, double ofOutput) = this.Transfer(timestep, previous);
            foreach (StepPart part in this.Parts)
            {
                Span<float> output = this.Predict(part, modelOutput, sample, keeps: call == 0);
                Span<float> start = part.Of(this.start);
                Span<float> sum = part.Of(this.sum);
                if (call == 0)
                {
                    sum.Clear();
                    part.Of(sample).CopyTo(start);
                }

                LinearCombination.Apply(sum, 1, sum, call is 0 or 3 ? 1d / 6 : 1d / 3, output);
                LinearCombination.Apply(part.Of(sample), ofSample, start, ofOutput, call == 3 ? sum : output);
            }
        }

        private void Multistep(ReadOnlySpan<float> modelOutput, Span<float> sample)
        {
            int timestep = (int)this.Schedule.Timesteps[this.Position];
            bool isFirst = this.Index == 0;
            bool repeatsFirst = this.Index == 1;
            if (!repeatsFirst)
            {
                this.MakeRoom();
            }

            (double w0, double w1, double w2, double w3) = this.kept switch
            {
                1 => (1, 0, 0, 0),
                2 => (3d / 2, -1d / 2, 0, 0),
                3 => (23d / 12, -16d / 12, 5d / 12, 0),
                _ => (55d / 24, -59d / 24, 37d / 24, -9d / 24),
            };
            (double ofSample, double ofOutput) = repeatsFirst ? this.Transfer(timestep + this.stride, timestep) : this.Transfer(timestep, timestep - this.stride);
            foreach (StepPart part in this.Parts)
            {
                Span<float> output = this.Predict(part, modelOutput, sample, keeps: !repeatsFirst);
                Span<float> next = part.Of(sample);
                Span<float> start = part.Of(this.start);
                if (repeatsFirst)
                {
                    // The first step once more from its start, with the mean of the outputs at both its ends.
                    LinearCombination.Apply(next, ofSample, start, ofOutput / 2, output, ofOutput / 2, part.Of(this.outputs[0]));
                    continue;
                }

                if (isFirst)
                {
                    next.CopyTo(start);
                }

                LinearCombination.Apply(
                    next,
                    ofSample,
                    next,
                    ofOutput * w0,
                    output,
                    ofOutput * w1,
                    part.Of(this.outputs[1]),
                    ofOutput * w2,
                    part.Of(this.outputs[2]),
                    ofOutput * w3,
                    part.Of(this.outputs[3]));
            }
        }

        // The oldest output gives its place to the newest.
        private void MakeRoom()
        {
            float[] oldest = this.outputs[^1];
            Array.Copy(this.outputs, 0, this.outputs, 1, this.outputs.Length - 1);
            this.outputs[0] = oldest;
            this.kept = Math.Min(this.kept + 1, Order);
        }

        // Fills a part of x₀ and of the output, which is either kept as the newest or lies, for this call only, in a place that is still free.
        private Span<float> Predict(StepPart part, ReadOnlySpan<float> modelOutput, ReadOnlySpan<float> sample, bool keeps)
        {
            this.PredictOriginal(part, modelOutput, sample, this.ofOriginal);
            Span<float> output = part.Of(this.outputs[keeps ? 0 : Order - 1]);
            LinearCombination.Apply(output, this.ofOutput.Sample, part.Of(sample), this.ofOutput.Output, part.Of(modelOutput));
            return output;
        }

        // Weights of the sample and of the sum of outputs; a sum of velocities becomes ε only here, as in the reference.
        private (double Sample, double Output) Transfer(int timestep, int previous)
        {
            double alpha = this.scheduler.AlphaAt(timestep);
            double next = previous >= 0 ? this.scheduler.AlphaAt(previous) : this.Options.SetAlphaToOne == true ? 1 : this.scheduler.AlphaAt(0);
            double divisor = (alpha * Math.Sqrt(1 - next)) + Math.Sqrt(alpha * (1 - alpha) * next);
            double ofNoise = -(next - alpha) / divisor;
            double ofSample = Math.Sqrt(next / alpha);
            return this.Options.PredictionType == PredictionType.VPrediction
                ? (ofSample + (ofNoise * Math.Sqrt(1 - alpha)), ofNoise * Math.Sqrt(alpha))
                : (ofSample, ofNoise);
        }
    }
}
