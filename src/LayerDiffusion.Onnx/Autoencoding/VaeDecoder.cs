using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx.Autoencoding;

/// <summary>The ordinary decoder of the latent diffusion model.</summary>
internal static class VaeDecoder
{
    /// <summary>Decodes one latent.</summary>
    /// <param name="graph">The VAE decoder.</param>
    /// <param name="latent">The unscaled latent, <c>[4,h,w]</c>.</param>
    /// <param name="height">h.</param>
    /// <param name="width">w.</param>
    /// <param name="cancellationToken">Cancels at the next node of the graph.</param>
    /// <returns><c>[3,8h,8w]</c>, about −1..1, not clipped.</returns>
    public static float[] Decode(GraphSession graph, ReadOnlySpan<float> latent, int height, int width, CancellationToken cancellationToken)
    {
        using GraphBinding binding = graph.CreateBinding();
        GraphTensor input = binding.BindInput("latent_sample", 1, latent.Length / (height * width), height, width);
        GraphTensor output = binding.BindOutput("sample", 1, 3, height * 8, width * 8);
        input.Write(latent);
        binding.Run(cancellationToken);
        float[] decoded = new float[output.Length];
        output.Read(decoded);
        return decoded;
    }
}
