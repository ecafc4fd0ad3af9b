using System.Numerics.Tensors;
using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx.Autoencoding;

/// <summary>
/// Draws alpha and true colour out of a decoded picture and its latent: the UNet1024 of LayerDiffuse (Zhang &amp; Agrawala 2024)
/// with the reference implementation's test-time augmentation.
/// </summary>
internal static class TransparencyDecoder
{
    /// <summary>Decodes one picture.</summary>
    /// <param name="graph">The transparency decoder.</param>
    /// <param name="pixel">What the VAE decoded, <c>[3,H,W]</c> in 0..1.</param>
    /// <param name="latent">The unscaled latent, <c>[4,H/8,W/8]</c>.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="augmentation">Which views are looked at.</param>
    /// <param name="viewDone">Called after each view.</param>
    /// <param name="cancellationToken">Cancels at the next node of the graph.</param>
    /// <returns>Each view's result, clipped to 0..1 and turned back: <c>[4,H,W]</c> as alpha, red, green, blue.</returns>
    public static float[][] DecodePasses(
        GraphSession graph,
        ReadOnlySpan<float> pixel,
        ReadOnlySpan<float> latent,
        int height,
        int width,
        AlphaAugmentation augmentation,
        Action? viewDone,
        CancellationToken cancellationToken)
    {
        PlaneTransform[] transforms = Transforms(augmentation);
        float[][] passes = new float[transforms.Length][];
        float[] turnedPixel = new float[pixel.Length];
        float[] turnedLatent = new float[latent.Length];
        float[] output = new float[4 * height * width];
        foreach (IGrouping<bool, int> sameShape in Enumerable.Range(0, transforms.Length).GroupBy(index => transforms[index].SwapsSides && height != width))
        {
            (int rows, int columns) = sameShape.Key ? (width, height) : (height, width);
            using GraphBinding binding = graph.CreateBinding();
            GraphTensor pixelInput = binding.BindInput("pixel", 1, 3, rows, columns);
            GraphTensor latentInput = binding.BindInput("latent", 1, 4, rows / 8, columns / 8);
            GraphTensor argb = binding.BindOutput("argb", 1, 4, rows, columns);
            foreach (int index in sameShape)
            {
                transforms[index].Apply(pixel, turnedPixel, height, width);
                transforms[index].Apply(latent, turnedLatent, height / 8, width / 8);
                pixelInput.Write(turnedPixel);
                latentInput.Write(turnedLatent);
                binding.Run(cancellationToken);
                argb.Read(output);
                TensorPrimitives.Clamp(output, 0f, 1f, output);
                passes[index] = new float[output.Length];
                transforms[index].Undo(output, passes[index], height, width);
                viewDone?.Invoke();
            }
        }

        return passes;
    }

    /// <summary>The views in the reference implementation's order: quarter turns 0 to 3, then the same mirrored.</summary>
    public static PlaneTransform[] Transforms(AlphaAugmentation augmentation) =>
        [.. Enumerable.Range(0, augmentation switch { AlphaAugmentation.Full => 8, AlphaAugmentation.Rotations => 4, _ => 1 })
            .Select(index => new PlaneTransform(index >= 4, index % 4))];
}
