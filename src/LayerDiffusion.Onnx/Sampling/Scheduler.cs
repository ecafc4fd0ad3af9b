using System.Globalization;

namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// Turns the UNet's predictions into steps from noise to image, as the scheduler classes of diffusers do.
/// </summary>
/// <remarks>
/// A scheduler is immutable and may serve many threads; each trajectory gets its own <see cref="SchedulerRun"/>:
/// <code>
/// Scheduler scheduler = Scheduler.Create(SchedulerOptions.DpmPlusPlus2MKarras.Over(modelConfig));
/// SchedulerRun run = scheduler.CreateRun(steps: 25, sampleLength: latent.Length);
/// // latent = noise · run.InitialNoiseScale
/// while (!run.IsFinished)
/// {
///     run.ScaleModelInput(latent, input);
///     // output = UNet(input, run.Timesteps[run.Index])
///     run.Step(output, latent, noise);
/// }
/// </code>
/// </remarks>
public abstract class Scheduler
{
    private protected Scheduler(SchedulerOptions options)
    {
        this.Options = options;
    }

    /// <summary>
    /// Gets the options in effect: those given, the rest as the class in diffusers assumes. Only the options whose null has a meaning of its own
    /// (<see cref="SchedulerOptions.SigmaMin"/>, <see cref="SchedulerOptions.SigmaMax"/>, <see cref="SchedulerOptions.ShiftTerminal"/>) may still be null.
    /// </summary>
    public SchedulerOptions Options { get; }

    /// <summary>Makes a scheduler.</summary>
    /// <param name="options">Options; <see cref="SchedulerOptions.Type"/> is needed, null elsewhere means the default of the class in diffusers.</param>
    /// <returns>The scheduler.</returns>
    /// <exception cref="ArgumentException"><see cref="SchedulerOptions.Type"/> is null, or options exclude each other.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static Scheduler Create(SchedulerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        SchedulerType type = options.Type
            ?? throw new ArgumentException($"{nameof(SchedulerOptions.Type)} is null, wanted one of: {string.Join(", ", SchedulerType.All)}.", nameof(options));
        SchedulerOptions effective = options.WithDefaults();
        effective.Validate();
        return type.Create(effective);
    }

    /// <summary>Starts a trajectory from pure noise.</summary>
    /// <param name="steps">Number of steps, 1 to the number of training timesteps.</param>
    /// <param name="sampleLength">Number of values in the sample, all images together, 1 or more.</param>
    /// <returns>The run, at its first UNet call.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public SchedulerRun CreateRun(int steps, int sampleLength) => this.CreateRun(steps, sampleLength, 1);

    /// <summary>Starts a trajectory from a noised image: of the steps only the last int(steps·strength) are made, the rule of diffusers.</summary>
    /// <param name="steps">Number of steps, 1 to the number of training timesteps.</param>
    /// <param name="sampleLength">Number of values in the sample, all images together, 1 or more.</param>
    /// <param name="strength">How much of the trajectory is run, 0 to 1, at least one step of it; 1 runs it all.</param>
    /// <param name="rows">Number of images in the sample; only dynamic thresholding looks at it.</param>
    /// <returns>The run, at its first UNet call.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public SchedulerRun CreateRun(int steps, int sampleLength, double strength, int rows = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(steps, this.Options.NumTrainTimesteps!.Value);
        return this.Begin(this.Plan(steps), sampleLength, strength, rows);
    }

    /// <summary>Starts a trajectory along timesteps of the caller's own, such as <see cref="AlignYourSteps.SdxlTimesteps"/>.</summary>
    /// <param name="timesteps">Timesteps, falling, each within the training timesteps.</param>
    /// <param name="sampleLength">Number of values in the sample, all images together, 1 or more.</param>
    /// <param name="strength">How much of the trajectory is run, 0 to 1, at least one step of it.</param>
    /// <param name="rows">Number of images in the sample; only dynamic thresholding looks at it.</param>
    /// <returns>The run, at its first UNet call.</returns>
    /// <exception cref="ArgumentException">The timesteps do not fall, or the options' own spacing excludes a list.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    /// <exception cref="NotSupportedException">This scheduler takes no list of timesteps.</exception>
    public SchedulerRun CreateRunFromTimesteps(ReadOnlySpan<double> timesteps, int sampleLength, double strength = 1, int rows = 1)
    {
        int train = this.Options.NumTrainTimesteps!.Value;
        this.CheckList(timesteps, 0, train - 1, nameof(timesteps));
        return this.Begin(this.PlanTimesteps(timesteps.ToArray()), sampleLength, strength, rows);
    }

    /// <summary>Starts a trajectory along noise levels of the caller's own.</summary>
    /// <param name="sigmas">Noise levels σ = √((1−ᾱ)/ᾱ), falling: one before each step and, last, the one at which the run ends, usually 0.</param>
    /// <param name="sampleLength">Number of values in the sample, all images together, 1 or more.</param>
    /// <param name="strength">How much of the trajectory is run, 0 to 1, at least one step of it.</param>
    /// <param name="rows">Number of images in the sample; only dynamic thresholding looks at it.</param>
    /// <returns>The run, at its first UNet call.</returns>
    /// <exception cref="ArgumentException">The levels do not fall, or there are fewer than two.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    /// <exception cref="NotSupportedException">This scheduler takes no list of noise levels.</exception>
    public SchedulerRun CreateRunFromSigmas(ReadOnlySpan<double> sigmas, int sampleLength, double strength = 1, int rows = 1)
    {
        if (sigmas.Length < 2)
        {
            throw new ArgumentException($"{sigmas.Length} noise levels, wanted one before each step and one at the end.", nameof(sigmas));
        }

        this.CheckList(sigmas, 0, float.MaxValue, nameof(sigmas));
        return this.Begin(this.PlanSigmas(sigmas.ToArray()), sampleLength, strength, rows);
    }

    /// <summary>Plans a trajectory of some steps.</summary>
    private protected abstract Schedule Plan(int steps);

    /// <summary>Plans a trajectory along given timesteps.</summary>
    private protected virtual Schedule PlanTimesteps(double[] timesteps) =>
        throw new NotSupportedException($"{this.Options.Type!.ClassName} takes no list of timesteps.");

    /// <summary>Plans a trajectory along given noise levels, the last included.</summary>
    private protected virtual Schedule PlanSigmas(double[] sigmas) =>
        throw new NotSupportedException($"{this.Options.Type!.ClassName} takes no list of noise levels.");

    /// <summary>Makes the run of a planned trajectory.</summary>
    private protected abstract SchedulerRun Start(RunSetup setup);

    private SchedulerRun Begin(Schedule schedule, int sampleLength, double strength, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sampleLength, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        if (sampleLength % rows != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(rows), rows, $"A sample of {sampleLength} values is no {rows} images of the same size.");
        }

        if (!(strength >= 0 && strength <= 1) || (int)(schedule.Steps * strength) < 1)
        {
            throw new ArgumentOutOfRangeException(
                nameof(strength),
                strength,
                string.Create(CultureInfo.InvariantCulture, $"Strength {strength} of {schedule.Steps} steps leaves none to run; wanted {1d / schedule.Steps} to 1."));
        }

        int begin = (schedule.Steps - (int)(schedule.Steps * strength)) * schedule.Order;
        return this.Start(new RunSetup(this.Options, schedule, begin, sampleLength, rows));
    }

    private void CheckList(ReadOnlySpan<double> values, double smallest, double largest, string name)
    {
        if (values.IsEmpty || values.Length > this.Options.NumTrainTimesteps!.Value + 1)
        {
            throw new ArgumentException($"{values.Length} {name}, wanted 1 to {this.Options.NumTrainTimesteps}.", name);
        }

        for (int i = 0; i < values.Length; i++)
        {
            if (!(values[i] >= smallest && values[i] <= largest))
            {
                throw new ArgumentOutOfRangeException(name, values[i], string.Create(CultureInfo.InvariantCulture, $"{name}[{i}] is {values[i]}, wanted {smallest} to {largest}."));
            }

            if (i > 0 && values[i] >= values[i - 1])
            {
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name}[{i}] is {values[i]} after {values[i - 1]}, wanted falling values."), name);
            }
        }
    }
}
