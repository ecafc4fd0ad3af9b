namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// What schedulers with two UNet calls a step have in common: the second call looks at a level between the step's ends, or at its end. The last step, to 0, has one call.
/// </summary>
internal abstract class TwoCallScheduler(SchedulerOptions options) : SigmaScheduler(options)
{
    /// <summary>How often the level 0 ends the list of levels that diffusers keeps.</summary>
    private protected virtual int TrailingZeros => 1;

    /// <summary>The level at which a step's second call looks.</summary>
    private protected abstract double SecondLevel(double sigma, double next);

    /// <summary>The timestep of a step's second call.</summary>
    /// <param name="level">Its level.</param>
    /// <param name="nextTimestep">Timestep of the step's end.</param>
    private protected virtual double SecondTimestep(double level, double nextTimestep) => this.Table.TimestepAt(level);

    private protected override Schedule Arrange(double[] timesteps, double[] sigmas)
    {
        int steps = timesteps.Length;
        float[] levels = Schedule.ToSingle(sigmas);
        levels[^1] = 0;
        float[] calls = new float[(2 * steps) - 1];
        double[] modelSigmas = new double[calls.Length];
        float[] repeated = new float[calls.Length + this.TrailingZeros];
        for (int i = 0; i < calls.Length; i++)
        {
            int step = i / 2;
            bool isSecond = i % 2 == 1;
            modelSigmas[i] = isSecond ? this.SecondLevel(levels[step], levels[step + 1]) : levels[step];
            calls[i] = (float)(isSecond ? this.SecondTimestep(modelSigmas[i], timesteps[step + 1]) : timesteps[step]);
            repeated[i] = levels[isSecond ? step + 1 : step];
        }

        // Like the reference, noise for a second call is added at the level of the step's end.
        return new Schedule(calls, Schedule.VarianceExploding(repeated))
        {
            ModelSigma = modelSigmas,
            Sigmas = repeated,
            StepSigmas = Array.ConvertAll(levels, level => (double)level),
            Steps = steps,
            Order = 2,
            InitialNoiseScale = this.InitialScale(levels),
        };
    }

    /// <summary>What the runs have in common: the step's ends and the sample at its start.</summary>
    internal abstract class TwoCallRun(RunSetup setup) : SigmaRun(setup)
    {
        private readonly float[] start = new float[setup.SampleLength];

        /// <summary>Gets the sample before the step's first call.</summary>
        private protected ReadOnlySpan<float> StepStart => this.start;

        private protected sealed override void Advance(ReadOnlySpan<float> modelOutput, Span<float> sample, INoiseSource noise)
        {
            int step = this.Position / 2;
            (double sigma, double next) = (this.Schedule.StepSigmas[step], this.Schedule.StepSigmas[step + 1]);
            double level = this.Schedule.ModelSigma[this.Position];
            bool isSecond = this.Position % 2 == 1;
            bool isLast = next == 0;
            double target = isSecond || isLast ? next : this.Schedule.ModelSigma[this.Position + 1];
            if (!isLast)
            {
                this.Draw(noise, isSecond, sigma, target);
            }

            (double Sample, double Output) weights = this.OriginalWeights(1, level);
            foreach (StepPart part in this.Parts)
            {
                this.PredictOriginal(part, modelOutput, sample, weights);
                if (isSecond)
                {
                    this.SecondCall(part, sample, sigma, level, next);
                    continue;
                }

                part.Of(sample).CopyTo(part.Of(this.start));
                if (isLast)
                {
                    this.LastCall(part, sample, sigma);
                }
                else
                {
                    this.FirstCall(part, sample, sigma, target);
                }
            }
        }

        /// <summary>Draws the noise that a call adds, if any; the last step adds none.</summary>
        /// <param name="noise">Where noise comes from.</param>
        /// <param name="isSecond">Whether it is the step's second call.</param>
        /// <param name="sigma">Level at the step's start.</param>
        /// <param name="target">Level to which the call moves.</param>
        private protected virtual void Draw(INoiseSource noise, bool isSecond, double sigma, double target)
        {
        }

        /// <summary>Moves to the level of the second call.</summary>
        private protected virtual void FirstCall(StepPart part, Span<float> sample, double sigma, double level) =>
            this.Move(part, sample, sample, sample, sigma, level - sigma);

        /// <summary>Moves from the step's start to its end.</summary>
        private protected abstract void SecondCall(StepPart part, Span<float> sample, double sigma, double level, double next);

        /// <summary>Moves to 0 in one call.</summary>
        private protected virtual void LastCall(StepPart part, Span<float> sample, double sigma) => this.Move(part, sample, sample, sample, sigma, -sigma);
    }
}
