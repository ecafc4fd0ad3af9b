namespace LayerDiffusion.Onnx.Sampling;

/// <summary>Spreads inference timesteps over the training timesteps, noisiest first, with numpy's arithmetic so that halves round alike.</summary>
internal static class TimestepList
{
    /// <summary>Timesteps where the list ends at the least noisy training timestep.</summary>
    /// <param name="options">Complete options: spacing, offset, number of training timesteps.</param>
    /// <param name="steps">Number of inference steps.</param>
    /// <param name="wholeNumbers">Whether evenly spread timesteps are rounded.</param>
    public static double[] Create(SchedulerOptions options, int steps, bool wholeNumbers)
    {
        int train = options.NumTrainTimesteps!.Value;
        return options.TimestepSpacing!.Value switch
        {
            TimestepSpacing.Linspace => Linspace(train - 1, steps, steps, wholeNumbers),
            TimestepSpacing.Leading => Leading(train / steps, steps, steps, options.StepsOffset!.Value),
            _ => Trailing(train, train, steps),
        };
    }

    /// <summary>Timesteps of the DPM-Solver family: the least noisy training timestep belongs to the level after the last step.</summary>
    /// <param name="options">Complete options: spacing, offset, number of training timesteps.</param>
    /// <param name="steps">Number of inference steps.</param>
    /// <param name="usable">How many training timesteps may be used, counted from the least noisy.</param>
    public static double[] CreateWithoutLast(SchedulerOptions options, int steps, int usable)
    {
        return options.TimestepSpacing!.Value switch
        {
            TimestepSpacing.Linspace => Linspace(usable - 1, steps + 1, steps, wholeNumbers: true),
            TimestepSpacing.Leading => Leading(usable / (steps + 1), steps + 1, steps, options.StepsOffset!.Value),
            _ => Trailing(options.NumTrainTimesteps!.Value, usable, steps),
        };
    }

    // The first `kept` of `points` numbers spread evenly from `last` down to 0.
    private static double[] Linspace(int last, int points, int kept, bool wholeNumbers)
    {
        double[] values = new double[kept];
        double step = points > 1 ? (double)last / (points - 1) : 0;
        for (int i = 0; i < kept; i++)
        {
            int fromEnd = points - 1 - i;
            double value = i == 0 && points > 1 ? last : fromEnd * step;
            values[i] = wholeNumbers ? Math.Round(value, MidpointRounding.ToEven) : value;
        }

        return values;
    }

    private static double[] Leading(int stride, int points, int kept, int offset)
    {
        double[] values = new double[kept];
        for (int i = 0; i < kept; i++)
        {
            values[i] = ((points - 1 - i) * (double)stride) + offset;
        }

        return values;
    }

    private static double[] Trailing(int train, int first, int steps)
    {
        double[] values = new double[steps];
        double stride = first - (first - ((double)train / steps));
        for (int i = 0; i < steps; i++)
        {
            values[i] = Math.Round(first - (i * stride), MidpointRounding.ToEven) - 1;
        }

        return values;
    }
}
