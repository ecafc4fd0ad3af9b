namespace LayerDiffusion.Onnx.Prompting;

/// <summary>
/// Applies a CLIP text encoder's final layer norm to an earlier layer's state, as diffusers does with <c>clip_skip</c> on Stable Diffusion 1.5.
/// </summary>
/// <remarks>
/// The graph gives the last layer before the norm (<c>hidden_states.N</c>) and after it (<c>last_hidden_state</c>), not the norm's gain and bias.
/// Both follow from the two: for each channel the output is gain·x̂ + bias over all tokens, so a least-squares line through them is exact up to rounding.
/// </remarks>
internal static class FinalLayerNorm
{
    // layer_norm_eps of every published CLIP text encoder.
    private const double Epsilon = 1e-5;

    /// <summary>Normalises <paramref name="state"/> with the gain and bias that took <paramref name="lastBefore"/> to <paramref name="lastAfter"/>; all are <c>[tokens,width]</c>.</summary>
    public static float[] Apply(ReadOnlySpan<float> state, ReadOnlySpan<float> lastBefore, ReadOnlySpan<float> lastAfter, int width)
    {
        int tokens = state.Length / width;
        double[] known = Standardize(lastBefore, width);
        double[] wanted = Standardize(state, width);
        float[] result = new float[state.Length];
        for (int channel = 0; channel < width; channel++)
        {
            double meanX = 0;
            double meanY = 0;
            for (int i = channel; i < known.Length; i += width)
            {
                meanX += known[i];
                meanY += lastAfter[i];
            }

            meanX /= tokens;
            meanY /= tokens;
            double covariance = 0;
            double variance = 0;
            for (int i = channel; i < known.Length; i += width)
            {
                covariance += (known[i] - meanX) * (lastAfter[i] - meanY);
                variance += (known[i] - meanX) * (known[i] - meanX);
            }

            double gain = variance > 0 ? covariance / variance : 0;
            for (int i = channel; i < wanted.Length; i += width)
            {
                result[i] = (float)(meanY + (gain * (wanted[i] - meanX)));
            }
        }

        return result;
    }

    private static double[] Standardize(ReadOnlySpan<float> state, int width)
    {
        double[] result = new double[state.Length];
        for (int start = 0; start < state.Length; start += width)
        {
            double mean = 0;
            double square = 0;
            for (int i = start; i < start + width; i++)
            {
                mean += state[i];
                square += (double)state[i] * state[i];
            }

            mean /= width;
            double scale = 1 / Math.Sqrt((square / width) - (mean * mean) + Epsilon);
            for (int i = start; i < start + width; i++)
            {
                result[i] = (state[i] - mean) * scale;
            }
        }

        return result;
    }
}
