using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx;

/// <summary>What a caller should know about pictures that came out, or went in, unlike what the method is made for.</summary>
internal static class ResultWarnings
{
    // A few stray pixels do not make a picture transparent or visible.
    private const double NearlyAll = 0.999;

    // LayerDiffuse represents transparency as mid-grey; a checkpoint that never learned it leaves that grey visible. The band is what users of derived checkpoints report.
    private const int GreyFrom = 0x60;
    private const int GreyTo = 0x90;
    private const int GreySpread = 12;

    /// <summary>Looks at a transparent result.</summary>
    public static IEnumerable<string> OfTransparent(RgbaImage image)
    {
        int opaque = 0;
        int empty = 0;
        int greyBorder = 0;
        int border = 0;
        for (int y = 0; y < image.Height; y++)
        {
            ReadOnlySpan<byte> row = image.GetRow(y);
            for (int x = 0; x < image.Width; x++)
            {
                ReadOnlySpan<byte> pixel = row.Slice(x * 4, 4);
                opaque += pixel[3] >= 250 ? 1 : 0;
                empty += pixel[3] <= 5 ? 1 : 0;
                if (y == 0 || x == 0 || y == image.Height - 1 || x == image.Width - 1)
                {
                    border++;
                    greyBorder += IsMidGrey(pixel) ? 1 : 0;
                }
            }
        }

        double pixels = (double)image.Width * image.Height;
        if (empty >= NearlyAll * pixels)
        {
            yield return "The picture is transparent everywhere: nothing was drawn, or the checkpoint's greys read as transparency.";
        }
        else if (opaque >= NearlyAll * pixels)
        {
            yield return greyBorder > border / 2
                ? "The picture is opaque everywhere and its border is mid-grey: the checkpoint seems to ignore the transparency that was trained into it."
                : "The picture is opaque everywhere: the checkpoint drew no transparency; a prompt that asks for a single object helps.";
        }
    }

    /// <summary>Looks at a picture given as a condition.</summary>
    /// <param name="name">What it is called, such as "foreground".</param>
    /// <param name="image">The picture.</param>
    /// <param name="width">Width of the result.</param>
    /// <param name="height">Height of the result.</param>
    /// <param name="fit">How it is brought to that size.</param>
    /// <param name="wantsTransparency">Whether transparency is the point of it.</param>
    public static IEnumerable<string> OfCondition(string name, RgbaImage image, int width, int height, ImageFit fit, bool wantsTransparency)
    {
        double ratio = (double)image.Width * height / ((double)image.Height * width);
        if (Math.Abs(Math.Log(ratio)) > 0.02 && (fit != ImageFit.Fit || !wantsTransparency))
        {
            string change = fit switch
            {
                ImageFit.Fill => "was cropped",
                ImageFit.Fit => "has bars of mid-grey now",
                _ => "was distorted",
            };
            yield return $"The {name} is {image.Width}×{image.Height} and the result {width}×{height}: of another shape, so that it {change}.";
        }

        bool isOpaque = IsOpaque(image);
        if (wantsTransparency && isOpaque)
        {
            yield return $"The {name} is opaque everywhere; its transparency is what tells it from the rest.";
        }
        else if (!wantsTransparency && !isOpaque)
        {
            yield return $"The {name} has transparent parts; the networks see mid-grey there.";
        }
    }

    private static bool IsMidGrey(ReadOnlySpan<byte> pixel)
    {
        int low = Math.Min(pixel[0], Math.Min(pixel[1], pixel[2]));
        int high = Math.Max(pixel[0], Math.Max(pixel[1], pixel[2]));
        return low >= GreyFrom && high <= GreyTo && high - low <= GreySpread;
    }

    private static bool IsOpaque(RgbaImage image)
    {
        ReadOnlySpan<byte> pixels = image.Pixels.Span;
        for (int i = 3; i < pixels.Length; i += 4)
        {
            if (pixels[i] != 255)
            {
                return false;
            }
        }

        return true;
    }
}
