using System.Numerics.Tensors;
using LayerDiffusion.Onnx.Autoencoding;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Packages;
using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx;

/// <content>Pictures become latents.</content>
internal sealed partial class GenerationJob
{
    /// <summary>Brings a picture to the size of the job and on to the networks' size; what is added there repeats the border and is cut off again in the end.</summary>
    private RgbaImage Fit(RgbaImage image) => this.Fit(image, this.options.ResampleInLinearLight);

    private RgbaImage Fit(RgbaImage image, bool inLinearLight)
    {
        RgbaImage fitted = image.FitTo(this.size.Width, this.size.Height, this.options.ImageFit, inLinearLight);
        fitted = fitted.AlphaMode == AlphaMode.Straight ? fitted : fitted.ToStraight();
        return this.size.IsCropped
            ? fitted.ExtendByEdge(
                this.size.Left, this.size.Top, this.size.NetworkWidth - this.size.Width - this.size.Left, this.size.NetworkHeight - this.size.Height - this.size.Top)
            : fitted;
    }

    /// <summary>Encodes a picture with its alpha: the posterior's mean plus the transparency offset, scaled.</summary>
    private float[] EncodeTransparent(TransparencyDefinition transparency, RgbaImage fitted) => this.EncodeWithOffset(transparency, fitted).Latent;

    private (float[] Latent, float[]? Offset) EncodeWithOffset(TransparencyDefinition transparency, RgbaImage fitted)
    {
        bool hasVariance = this.model.Package.VaeEncoderGivesParameters;
        using Stage stage = this.Begin(GenerationStage.EncodingImage, (hasVariance ? 2 : 1) * this.Tiles().Count);
        float[] moments = this.EncodeMoments(fitted, stage.Advance);
        if (!hasVariance)
        {
            this.timings = this.timings with { EncodeImage = this.timings.EncodeImage + stage.Elapsed };
            this.warnings.Add($"'{this.model.Package.VaeEncoder.Name}' gives no {ModelPackage.LatentParameters}: the picture is encoded without its transparency.");
            return (this.Scale(moments), null);
        }

        // Colour is padded in the whole picture: a tile would not know the colours beyond its edge.
        float[] argb = PixelPlanes.PaddedArgb(fitted);
        int channels = this.model.Package.LatentChannels;
        float[] offset = this.InTiles(channels, 8, tile =>
        {
            float[] encoded = TransparencyEncoder.Encode(this.Open(transparency.Encoder), this.Cut(argb, tile, 1), tile.Height, tile.Width, channels, this.cancellationToken);
            stage.Advance();
            return encoded;
        });
        float[] latent = this.Scale(TransparencyEncoder.Join(moments, offset, this.options.OffsetGain ?? transparency.OffsetGain));
        this.TraceImage("encode.argb", argb, 4, 1);
        this.TraceImage("encode.moments", moments, 2 * channels, 8);
        this.TraceImage("encode.offset", offset, channels, 8);
        this.TraceImage("encode.latent", latent, channels, 8);
        this.timings = this.timings with { EncodeImage = this.timings.EncodeImage + stage.Elapsed };
        return (latent, offset);
    }

    /// <summary>Encodes a picture of which part is cleared with the offset of the whole one, as the reference code's inpainting does, so that the kept part keeps its transparency.</summary>
    private float[] EncodeMasked(TransparencyDefinition transparency, RgbaImage cleared, float[]? offset)
    {
        using Stage stage = this.Begin(GenerationStage.EncodingImage, this.Tiles().Count);
        float[] moments = this.EncodeMoments(cleared, stage.Advance);
        float[] latent = this.Scale(offset is null ? moments : TransparencyEncoder.Join(moments, offset, this.options.OffsetGain ?? transparency.OffsetGain));
        this.TraceImage("encode.masked", latent, this.model.Package.LatentChannels, 8);
        this.timings = this.timings with { EncodeImage = this.timings.EncodeImage + stage.Elapsed };
        return latent;
    }

    /// <summary>Encodes a picture on grey: the posterior's mean, scaled. Nothing is sampled, so that a condition is the same each time.</summary>
    private float[] EncodeOpaque(RgbaImage fitted, string? traceName)
    {
        using Stage stage = this.Begin(GenerationStage.EncodingImage, this.Tiles().Count);
        int length = this.size.LatentShape(1, this.model.Package.LatentChannels).Length;
        float[] latent = this.Scale(this.EncodeMoments(fitted, stage.Advance).AsSpan(0, length));
        if (traceName is not null)
        {
            this.TraceImage(traceName, latent, this.model.Package.LatentChannels, 8);
        }

        this.timings = this.timings with { EncodeImage = this.timings.EncodeImage + stage.Elapsed };
        return latent;
    }

    /// <summary>Runs a control encoder on a picture on grey at full size.</summary>
    /// <remarks>
    /// Never in tiles: its maps have sizes of their own, down to one sample for 64×64 pixels, on which tiles that begin at multiples of 8 have no place.
    /// </remarks>
    private Dictionary<string, (float[] Values, long[] Shape)> EncodeControl(ControlDefinition control, RgbaImage fitted)
    {
        using Stage stage = this.Begin(GenerationStage.EncodingImage, 1);
        GraphSession graph = this.Open(control.Graph);
        using GraphBinding binding = graph.CreateBinding();
        binding.BindInput("condition", 1, 3, this.size.NetworkHeight, this.size.NetworkWidth).Write(PixelPlanes.OnGrey(fitted));
        string[] names = [.. graph.Outputs.Keys];
        foreach (string name in names)
        {
            binding.BindOpenOutput(name);
        }

        binding.Run(this.cancellationToken);
        Dictionary<string, (float[] Values, long[] Shape)> maps = names.ToDictionary(name => name, binding.ReadOpenOutput, StringComparer.Ordinal);
        foreach ((string name, (float[] values, long[] shape)) in maps)
        {
            this.trace?.Add(name, values, shape);
        }

        stage.Report(1);
        this.timings = this.timings with { EncodeImage = this.timings.EncodeImage + stage.Elapsed };
        return maps;
    }

    /// <summary>A mask at latent size, 1 where the picture may change.</summary>
    /// <remarks>
    /// Hard masks are cut at one half and take the top left sample of each 8×8 square, as diffusers' nearest-neighbour reduction does; soft ones take the square's mean.
    /// </remarks>
    private float[] ReduceMask(RgbaImage fittedMask)
    {
        int height = fittedMask.Height / 8;
        int width = fittedMask.Width / 8;
        float[] reduced = new float[height * width];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                int sum = 0;
                for (int dy = 0; dy < 8; dy++)
                {
                    ReadOnlySpan<byte> row = fittedMask.GetRow((y * 8) + dy);
                    for (int dx = 0; dx < 8; dx++)
                    {
                        sum += row[((x * 8) + dx) * 4];
                    }
                }

                byte first = fittedMask.GetRow(y * 8)[x * 32];
                reduced[(y * width) + x] = this.options.SoftMask ? sum / (64f * 255f) : first >= 128 ? 1 : 0;
            }
        }

        return reduced;
    }

    /// <summary>Encodes a picture on grey, in tiles where the options ask for them.</summary>
    /// <remarks>
    /// Tiles are mixed as mean and log-variance, before anything is made of them. Nothing is drawn here, so that the noise of a seed is the same with and without tiles; a graph that gives
    /// <c>latent_sample</c> alone may draw noise of its own, which no seed reaches.
    /// </remarks>
    private float[] EncodeMoments(RgbaImage fitted, Action tileDone)
    {
        ModelPackage package = this.model.Package;
        (string output, int channels) = package.VaeEncoderGivesParameters ? (ModelPackage.LatentParameters, 2 * package.LatentChannels) : ("latent_sample", package.LatentChannels);
        float[] sample = PixelPlanes.OnGrey(fitted);
        return this.InTiles(channels, 8, tile =>
        {
            float[] moments = VaeEncoder.Encode(this.Open(package.VaeEncoder), this.Cut(sample, tile, 1), output, tile.Height, tile.Width, channels, this.cancellationToken);
            tileDone();
            return moments;
        });
    }

    private float[] Scale(ReadOnlySpan<float> latent)
    {
        float[] scaled = new float[latent.Length];
        TensorPrimitives.Subtract(latent, (float)this.model.Package.VaeShiftFactor, scaled);
        TensorPrimitives.Multiply(scaled, (float)this.model.Package.VaeScalingFactor, scaled);
        return scaled;
    }

    private GraphSession Open(ModelGraph graph) => this.model.Open(graph, this.cancellationToken);

    private void TraceImage(string name, float[] planes, int channels, int reduction) =>
        this.trace?.Add(name, planes, 1, channels, this.size.NetworkHeight / reduction, this.size.NetworkWidth / reduction);
}
