using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Layers;

/// <content>The picture that the layers make together.</content>
public sealed partial class LayerStack
{
    /// <summary>Composites all visible layers by the formulas of W3C Compositing and Blending Level 1, in double precision.</summary>
    /// <returns>A straight picture of the canvas' size, every sample rounded once; 0 where no layer is.</returns>
    public RgbaImage Flatten() => this.Flatten(this.layers.Length);

    /// <summary>Composites the visible layers below one: what a new version of that layer is conditioned on.</summary>
    /// <param name="belowId">The lowest layer to leave out.</param>
    /// <returns>A straight picture of the canvas' size, every sample rounded once; 0 where no layer is.</returns>
    /// <exception cref="ArgumentException">No layer has the id.</exception>
    public RgbaImage Flatten(string belowId) => this.Flatten(this.IndexOf(belowId));

    private static void Read(ReadOnlySpan<byte> pixels, double opacity, Span<double> samples)
    {
        for (int i = 0; i < pixels.Length; i += 4)
        {
            samples[i] = pixels[i] / 255.0;
            samples[i + 1] = pixels[i + 1] / 255.0;
            samples[i + 2] = pixels[i + 2] / 255.0;
            samples[i + 3] = pixels[i + 3] / 255.0 * opacity;
        }
    }

    private RgbaImage Flatten(int count)
    {
        RgbaImage result = new(this.Width, this.Height);
        double[] canvas = new double[result.Stride];
        double[] samples = new double[result.Stride];
        for (int y = 0; y < this.Height; y++)
        {
            Array.Clear(canvas);
            foreach (Layer layer in this.layers.AsSpan(0, count))
            {
                int left = Math.Max(0, layer.X);
                int width = Math.Min(this.Width, layer.X + layer.Image.Width) - left;
                int row = y - layer.Y;
                if (layer.IsVisible && layer.Opacity > 0 && row >= 0 && row < layer.Image.Height && width > 0)
                {
                    Span<double> source = samples.AsSpan(0, 4 * width);
                    Span<double> backdrop = canvas.AsSpan(4 * left, 4 * width);
                    Read(layer.Image.GetRow(row).Slice(4 * (left - layer.X), 4 * width), layer.Opacity, source);
                    Compositing.SourceOver(backdrop, source, backdrop, layer.BlendMode);
                }
            }

            Span<byte> pixels = result.GetRow(y);
            for (int i = 0; i < pixels.Length; i++)
            {
                pixels[i] = (byte)((Math.Clamp(canvas[i], 0, 1) * 255) + 0.5);
            }
        }

        return result;
    }
}
