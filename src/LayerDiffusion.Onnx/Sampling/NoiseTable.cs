using System.Globalization;

namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// The noise of every training timestep, in float32 as torch computes it: β, ᾱ = Π(1−β) and σ = √((1−ᾱ)/ᾱ).
/// </summary>
internal sealed class NoiseTable
{
    private readonly double[] logSigmas;

    private NoiseTable(float[] betas, float[] alphasCumprod)
    {
        this.Betas = betas;
        this.AlphasCumprod = alphasCumprod;
        this.Sigmas = new float[betas.Length];
        this.logSigmas = new double[betas.Length];
        for (int i = 0; i < betas.Length; i++)
        {
            this.Sigmas[i] = MathF.Sqrt((1 - alphasCumprod[i]) / alphasCumprod[i]);
            this.logSigmas[i] = MathF.Log(this.Sigmas[i]);
        }
    }

    public float[] Betas { get; }

    public float[] AlphasCumprod { get; }

    public float[] Sigmas { get; }

    /// <summary>Builds the table.</summary>
    /// <param name="options">Complete options.</param>
    /// <param name="rescalable">Whether this scheduler knows zero-terminal-SNR rescaling.</param>
    /// <param name="smallestAlpha">With rescaling: what replaces the last ᾱ, which would be 0, where a scheduler has to divide by it.</param>
    public static NoiseTable Create(SchedulerOptions options, bool rescalable = false, float? smallestAlpha = null)
    {
        float[] betas = BetaTable.Create(options);
        bool rescale = rescalable && options.RescaleBetasZeroSnr == true;
        if (rescale)
        {
            betas = BetaTable.RescaleToZeroTerminalSnr(betas);
        }

        float[] alphasCumprod = BetaTable.CumulativeAlphas(betas);
        if (rescale && smallestAlpha is float smallest)
        {
            alphasCumprod[^1] = smallest;
        }

        NoiseTable table = new(betas, alphasCumprod);
        if (smallestAlpha is not null && !(table.Sigmas[0] > 0 && float.IsFinite(table.Sigmas[^1])))
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The betas leave noise levels from {table.Sigmas[0]} to {table.Sigmas[^1]}, wanted finite ones above 0."), nameof(options));
        }

        return table;
    }

    /// <summary>The noise level at a timestep, linear between two training timesteps, the ends' own beyond them.</summary>
    public double SigmaAt(double timestep)
    {
        int last = this.Sigmas.Length - 1;
        double clamped = Math.Clamp(timestep, 0, last);
        int low = Math.Min((int)clamped, Math.Max(last - 1, 0));
        int high = Math.Min(low + 1, last);
        double slope = (double)this.Sigmas[high] - this.Sigmas[low];
        return (slope * (clamped - low)) + this.Sigmas[low];
    }

    /// <summary>The noise level at a timestep, ln σ linear between two training timesteps, the ends' own beyond them.</summary>
    public double LogLinearSigmaAt(double timestep)
    {
        int last = this.logSigmas.Length - 1;
        double clamped = Math.Clamp(timestep, 0, last);
        int low = Math.Min((int)clamped, Math.Max(last - 1, 0));
        int high = Math.Min(low + 1, last);
        return Math.Exp(this.logSigmas[low] + ((clamped - low) * (this.logSigmas[high] - this.logSigmas[low])));
    }

    /// <summary>The timestep of a noise level, linear in ln σ between two training timesteps, the ends' own beyond them.</summary>
    public double TimestepAt(double sigma)
    {
        int last = this.logSigmas.Length - 1;
        if (last == 0)
        {
            return 0;
        }

        double logSigma = Math.Log(Math.Max(sigma, 1e-10));
        int found = Array.BinarySearch(this.logSigmas, logSigma);
        int low = Math.Clamp(found >= 0 ? found : ~found - 1, 0, last - 1);
        double distance = this.logSigmas[low + 1] - this.logSigmas[low];
        return low + (distance > 0 ? Math.Clamp((logSigma - this.logSigmas[low]) / distance, 0, 1) : 0);
    }
}
