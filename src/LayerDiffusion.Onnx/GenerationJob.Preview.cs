using LayerDiffusion.Onnx.Autoencoding;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx;

/// <content>What the picture looks like between two steps.</content>
internal sealed partial class GenerationJob
{
    // Large pictures are shown smaller: decoding at full size would cost more than the step itself.
    private RgbaImage Preview(ReadOnlySpan<float> latent, bool isOpaque)
    {
        long begin = Telemetry.Begin(Telemetry.PreviewDuration);
        (int Height, int Width) whole = (this.size.NetworkHeight / 8, this.size.NetworkWidth / 8);
        int factor = PreviewLatent.FactorFor(this.options.PreviewInterval);
        (int Height, int Width) small = (PreviewLatent.SideOf(whole.Height, factor), PreviewLatent.SideOf(whole.Width, factor));
        (int height, int width) = (small.Height * 8, small.Width * 8);
        float[] unscaled = this.Unscale(latent);
        (int Height, int Width) colour = (ColourSide(whole.Height, small.Height), ColourSide(whole.Width, small.Width));
        float[] reduced = PreviewLatent.Reduce(unscaled, whole, colour);
        float[] decoded = VaeDecoder.Decode(this.Open(this.model.Package.VaeDecoder), reduced, colour.Height, colour.Width, this.cancellationToken);
        float[] pixel = PreviewLatent.Enlarge(PixelPlanes.ToUnit(decoded), (colour.Height * 8, colour.Width * 8), (height, width));
        (int top, int croppedHeight) = Part(this.size.Top, this.size.Height, this.size.NetworkHeight, height);
        (int left, int croppedWidth) = Part(this.size.Left, this.size.Width, this.size.NetworkWidth, width);
        RgbaImage preview;
        if (!isOpaque && this.model.Package.Transparency is { } transparency)
        {
            float[] argb = TransparencyDecoder.DecodePasses(
                this.Open(transparency.Decoder), pixel, colour == small ? reduced : PreviewLatent.Reduce(unscaled, whole, small), height, width, AlphaAugmentation.Fast, null, this.cancellationToken)[0];
            preview = PixelPlanes.FromArgb(PixelPlanes.Crop(argb, height, width, top, left, croppedHeight, croppedWidth), croppedHeight, croppedWidth).ToImageTruncated();
        }
        else
        {
            preview = PixelPlanes.FromRgb(PixelPlanes.Crop(pixel, height, width, top, left, croppedHeight, croppedWidth), croppedHeight, croppedWidth);
        }

        // Sides in multiples of the networks' do not quite keep the proportions.
        double scale = small == whole ? 1 : Math.Max((double)height / this.size.NetworkHeight, (double)width / this.size.NetworkWidth);
        (int Width, int Height) shown = ((int)Math.Max(1, Math.Round(this.size.Width * scale)), (int)Math.Max(1, Math.Round(this.size.Height * scale)));
        if ((preview.Width, preview.Height) != shown)
        {
            preview = preview.Resize(shown.Width, shown.Height);
        }

        Telemetry.End(Telemetry.PreviewDuration, begin);
        return preview;

        // A side that is shown as it is stays so.
        int ColourSide(int side, int small) => small < side ? PreviewLatent.ColourSideOf(small, this.options.PreviewInterval) : small;

        // The part of the whole side that is kept, measured on the small side.
        static (int Begin, int Length) Part(int begin, int length, int whole, int small)
        {
            int smallBegin = (int)((long)begin * small / whole);
            int smallLength = (int)Math.Max(1, (((long)length * small) + (whole / 2)) / whole);
            return (smallBegin, Math.Min(smallLength, small - smallBegin));
        }
    }
}
