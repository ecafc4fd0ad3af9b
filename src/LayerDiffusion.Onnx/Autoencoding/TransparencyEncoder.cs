using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx.Autoencoding;

/// <summary>Writes alpha and the colour beneath it into a latent, as an offset that the ordinary decoder hardly sees (LayerDiffuse, Zhang &amp; Agrawala 2024).</summary>
internal static class TransparencyEncoder
{
    /// <summary>Makes the offset of one picture.</summary>
    /// <param name="graph">The transparency encoder.</param>
    /// <param name="argb">Alpha and padded colour, <c>[4,H,W]</c> in 0..1.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="channels">Channels of the latent.</param>
    /// <param name="cancellationToken">Cancels at the next node of the graph.</param>
    /// <returns>The offset before the gain, in standard deviations of the posterior, <c>[channels,H/8,W/8]</c>.</returns>
    public static float[] Encode(GraphSession graph, ReadOnlySpan<float> argb, int height, int width, int channels, CancellationToken cancellationToken)
    {
        using GraphBinding binding = graph.CreateBinding();
        binding.BindInput("argb", 1, 4, height, width).Write(argb);
        GraphTensor offset = binding.BindOutput("offset", 1, channels, height / 8, width / 8);
        binding.Run(cancellationToken);
        float[] values = new float[offset.Length];
        offset.Read(values);
        return values;
    }

    /// <summary>Joins posterior and offset: mean + exp(½·clamp(log-variance, −30, 20)) · offset · gain. Nothing is sampled.</summary>
    /// <param name="moments">Mean and log-variance, <c>[2c,h,w]</c>.</param>
    /// <param name="offset">The offset before the gain, <c>[c,h,w]</c>.</param>
    /// <param name="gain">What the offset is multiplied by: 300 in the authors' reference code, 1 in its Forge extension.</param>
    /// <returns>The unscaled latent, <c>[c,h,w]</c>.</returns>
    public static float[] Join(ReadOnlySpan<float> moments, ReadOnlySpan<float> offset, double gain)
    {
        float[] latent = new float[offset.Length];
        ReadOnlySpan<float> logVariance = moments[offset.Length..];
        for (int i = 0; i < latent.Length; i++)
        {
            latent[i] = moments[i] + (MathF.Exp(0.5f * Math.Clamp(logVariance[i], -30f, 20f)) * offset[i] * (float)gain);
        }

        return latent;
    }
}
