using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx.Autoencoding;

/// <summary>The ordinary encoder of the latent diffusion model.</summary>
internal static class VaeEncoder
{
    /// <summary>Encodes one picture.</summary>
    /// <param name="graph">The VAE encoder.</param>
    /// <param name="sample"><c>[3,H,W]</c> in −1..1.</param>
    /// <param name="output"><c>latent_parameters</c> or <c>latent_sample</c>, whichever the graph has.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="channels">Channels of that output: twice the latent's for the parameters.</param>
    /// <param name="cancellationToken">Cancels at the next node of the graph.</param>
    /// <returns><c>[channels,H/8,W/8]</c>, unscaled: the mean, and after it the log-variance where the graph gives it.</returns>
    public static float[] Encode(GraphSession graph, ReadOnlySpan<float> sample, string output, int height, int width, int channels, CancellationToken cancellationToken)
    {
        using GraphBinding binding = graph.CreateBinding();
        binding.BindInput("sample", 1, 3, height, width).Write(sample);
        GraphTensor moments = binding.BindOutput(output, 1, channels, height / 8, width / 8);
        binding.Run(cancellationToken);
        float[] values = new float[moments.Length];
        moments.Read(values);
        return values;
    }
}
