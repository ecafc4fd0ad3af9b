using System.Numerics.Tensors;
using LayerDiffusion.Onnx.Autoencoding;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Packages;
using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx;

/// <content>Latents become pictures.</content>
internal sealed partial class GenerationJob
{
    private float[] Unscale(ReadOnlySpan<float> latent)
    {
        float[] unscaled = new float[latent.Length];
        TensorPrimitives.Divide(latent, (float)this.model.Package.VaeScalingFactor, unscaled);
        TensorPrimitives.Add(unscaled, (float)this.model.Package.VaeShiftFactor, unscaled);
        return unscaled;
    }

    private float[][] DecodeImages(float[] latents, int rows)
    {
        using Stage stage = this.Begin(GenerationStage.DecodingImage, rows * this.Tiles().Count);
        int rowLength = latents.Length / rows;
        float[][] decoded = new float[rows][];
        for (int row = 0; row < rows; row++)
        {
            decoded[row] = this.DecodeImage(this.Unscale(latents.AsSpan(row * rowLength, rowLength)), stage.Advance);
        }

        this.trace?.Add("decoded", [.. decoded.SelectMany(planes => planes)], rows, 3, this.size.NetworkHeight, this.size.NetworkWidth);
        this.timings = this.timings with { DecodeImage = this.timings.DecodeImage + stage.Elapsed };
        return decoded;
    }

    /// <summary>Decodes latents to alpha and colour.</summary>
    private float[][] DecodeTransparent(TransparencyDefinition transparency, float[] latents, int rows) =>
        this.model.StaysOnDevice && this.trace is null && this.Tiles().Count == 1
            ? this.DecodeOnDevice(transparency, latents, rows)
            : this.DecodeTransparency(transparency, latents, this.DecodeImages(latents, rows), [.. Enumerable.Range(0, rows)]);

    private float[][] DecodeOnDevice(TransparencyDefinition transparency, float[] latents, int rows)
    {
        (int height, int width) = (this.size.NetworkHeight / 8, this.size.NetworkWidth / 8);
        int rowLength = latents.Length / rows;
        AlphaAugmentation augmentation = this.options.AlphaAugmentation;
        List<DeviceTensor> decoded = [];
        try
        {
            using (Stage stage = this.Begin(GenerationStage.DecodingImage, rows))
            {
                for (int row = 0; row < rows; row++)
                {
                    decoded.Add(DeviceDecoding.DecodeImage(
                        this.Open(this.model.Package.VaeDecoder), this.Unscale(latents.AsSpan(row * rowLength, rowLength)), height, width, this.cancellationToken));
                    stage.Advance();
                }

                this.timings = this.timings with { DecodeImage = this.timings.DecodeImage + stage.Elapsed };
            }

            using (Stage stage = this.Begin(GenerationStage.DecodingTransparency, rows * TransparencyDecoder.Transforms(augmentation).Length))
            {
                GraphSession decoder = this.Open(transparency.Decoder);
                GraphSession views = this.model.Open(DeviceDecoding.Views(this.Open(this.model.Package.VaeDecoder), decoder, augmentation), this.cancellationToken);
                GraphSession median = this.model.Open(DeviceDecoding.Median(decoder, augmentation), this.cancellationToken);
                float[][] argb = [.. decoded.Select((picture, row) => DeviceDecoding.DecodeTransparency(
                    views, decoder, median, picture, this.Unscale(latents.AsSpan(row * rowLength, rowLength)), height, width, augmentation, stage.Advance, this.cancellationToken))];
                this.timings = this.timings with { DecodeTransparency = this.timings.DecodeTransparency + stage.Elapsed };
                return argb;
            }
        }
        finally
        {
            decoded.ForEach(picture => picture.Dispose());
        }
    }

    /// <summary>Decodes one unscaled latent, in tiles where the options ask for them.</summary>
    private float[] DecodeImage(float[] unscaled, Action tileDone) => this.InTiles(3, 1, tile =>
    {
        float[] decoded = VaeDecoder.Decode(this.Open(this.model.Package.VaeDecoder), this.Cut(unscaled, tile, 8), tile.Height / 8, tile.Width / 8, this.cancellationToken);
        tileDone();
        return decoded;
    });

    /// <summary>Draws alpha and colour of one picture, in tiles where the options ask for them.</summary>
    private float[] DecodeArgb(TransparencyDefinition transparency, float[] pixel, float[] unscaled, AlphaAugmentation augmentation, Action? viewDone = null, Action<float[][]>? passesDone = null) =>
        this.InTiles(4, 1, tile =>
        {
            float[][] passes = TransparencyDecoder.DecodePasses(
                this.Open(transparency.Decoder),
                this.Cut(pixel, tile, 1),
                this.Cut(unscaled, tile, 8),
                tile.Height,
                tile.Width,
                augmentation,
                viewDone,
                this.cancellationToken);
            float[] argb = new float[passes[0].Length];
            LowerMedian.Of(passes, argb);
            if (this.IsWhole(tile))
            {
                passesDone?.Invoke(passes);
            }

            return argb;
        });

    private float[][] DecodeTransparency(TransparencyDefinition transparency, float[] latents, float[][] decoded, int[] rows)
    {
        int views = TransparencyDecoder.Transforms(this.options.AlphaAugmentation).Length;
        using Stage stage = this.Begin(GenerationStage.DecodingTransparency, rows.Length * views * this.Tiles().Count);
        int rowLength = latents.Length / decoded.Length;
        float[][] argb = new float[rows.Length][];
        for (int i = 0; i < rows.Length; i++)
        {
            float[] latent = this.Unscale(latents.AsSpan(rows[i] * rowLength, rowLength));
            argb[i] = this.DecodeArgb(
                transparency,
                PixelPlanes.ToUnit(decoded[rows[i]]),
                latent,
                this.options.AlphaAugmentation,
                stage.Advance,
                rows.Length > 1 ? null : passes => this.trace?.Add("argb.passes", [.. passes.SelectMany(pass => pass)], views, 4, this.size.NetworkHeight, this.size.NetworkWidth));
        }

        this.trace?.Add("argb", [.. argb.SelectMany(planes => planes)], rows.Length, 4, this.size.NetworkHeight, this.size.NetworkWidth);
        this.timings = this.timings with { DecodeTransparency = this.timings.DecodeTransparency + stage.Elapsed };
        return argb;
    }

    private RgbaFloatImage ToTransparent(float[] argb) => PixelPlanes.FromArgb(this.Crop(argb), this.size.Height, this.size.Width);

    private RgbaImage ToOpaque(float[] decoded) => PixelPlanes.FromRgb(this.Crop(PixelPlanes.ToUnit(decoded)), this.size.Height, this.size.Width);

    private float[] Crop(float[] planes) => this.size.IsCropped
        ? PixelPlanes.Crop(planes, this.size.NetworkHeight, this.size.NetworkWidth, this.size.Top, this.size.Left, this.size.Height, this.size.Width)
        : planes;
}
