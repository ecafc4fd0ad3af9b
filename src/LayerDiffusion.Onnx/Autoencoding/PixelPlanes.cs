using System.Numerics.Tensors;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Autoencoding;

/// <summary>Between the networks' planes <c>[channels,H,W]</c> and interleaved pictures.</summary>
internal static class PixelPlanes
{
    /// <summary>The VAE's −1..1 becomes 0..1, clipped: what the transparency decoder sees.</summary>
    public static float[] ToUnit(ReadOnlySpan<float> decoded)
    {
        float[] pixel = new float[decoded.Length];
        TensorPrimitives.Multiply(decoded, 0.5f, pixel);
        TensorPrimitives.Add(pixel, 0.5f, pixel);
        TensorPrimitives.Clamp<float>(pixel, 0f, 1f, pixel);
        return pixel;
    }

    /// <summary>What the VAE encoder and control encoders see of a picture: (2·rgb − 1)·alpha, so that transparent parts are mid-grey.</summary>
    /// <returns><c>[3,H,W]</c> in −1..1.</returns>
    public static float[] OnGrey(RgbaImage image)
    {
        int plane = image.Width * image.Height;
        float[] planes = new float[3 * plane];
        ReadOnlySpan<byte> pixels = image.ToStraight().Span;
        for (int i = 0; i < plane; i++)
        {
            float alpha = pixels[(i * 4) + 3] / 255f;
            for (int channel = 0; channel < 3; channel++)
            {
                planes[(channel * plane) + i] = ((pixels[(i * 4) + channel] / 255f * 2f) - 1f) * alpha;
            }
        }

        return planes;
    }

    /// <summary>What the transparency encoder sees of a picture: alpha and the colour padded under it.</summary>
    /// <returns><c>[4,H,W]</c> in 0..1: alpha, red, green, blue.</returns>
    public static float[] PaddedArgb(RgbaImage image)
    {
        int plane = image.Width * image.Height;
        float[] planes = new float[4 * plane];
        float[] padded = RgbPadding.PadToRgb(image);
        ReadOnlySpan<byte> pixels = image.Span;
        for (int i = 0; i < plane; i++)
        {
            planes[i] = pixels[(i * 4) + 3] / 255f;
            for (int channel = 0; channel < 3; channel++)
            {
                planes[((channel + 1) * plane) + i] = padded[(i * 3) + channel];
            }
        }

        return planes;
    }

    /// <summary>Alpha, red, green, blue planes become a straight-alpha picture.</summary>
    public static RgbaFloatImage FromArgb(ReadOnlySpan<float> argb, int height, int width)
    {
        int plane = height * width;
        RgbaFloatImage image = new(width, height);
        Span<float> pixels = image.Span;
        ReadOnlySpan<float> alpha = argb[..plane];
        ReadOnlySpan<float> red = argb.Slice(plane, plane);
        ReadOnlySpan<float> green = argb.Slice(2 * plane, plane);
        ReadOnlySpan<float> blue = argb.Slice(3 * plane, plane);
        for (int i = 0, target = 0; i < alpha.Length; i++, target += 4)
        {
            pixels[target] = red[i];
            pixels[target + 1] = green[i];
            pixels[target + 2] = blue[i];
            pixels[target + 3] = alpha[i];
        }

        return image;
    }

    /// <summary>Red, green, blue planes in 0..1 become an opaque picture, rounded half to even as diffusers does.</summary>
    public static RgbaImage FromRgb(ReadOnlySpan<float> rgb, int height, int width)
    {
        int plane = height * width;
        RgbaImage image = new(width, height);
        Span<byte> pixels = image.Span;
        for (int channel = 0; channel < 3; channel++)
        {
            ReadOnlySpan<float> values = rgb.Slice(channel * plane, plane);
            for (int i = 0; i < values.Length; i++)
            {
                pixels[(i * 4) + channel] = (byte)MathF.Round(values[i] * 255f);
            }
        }

        for (int i = 3; i < pixels.Length; i += 4)
        {
            pixels[i] = 255;
        }

        return image;
    }

    /// <summary>Cuts a part out of planes.</summary>
    public static float[] Crop(ReadOnlySpan<float> planes, int height, int width, int top, int left, int croppedHeight, int croppedWidth)
    {
        int channels = planes.Length / (height * width);
        float[] cropped = new float[channels * croppedHeight * croppedWidth];
        for (int channel = 0; channel < channels; channel++)
        {
            for (int y = 0; y < croppedHeight; y++)
            {
                planes.Slice((((channel * height) + top + y) * width) + left, croppedWidth)
                    .CopyTo(cropped.AsSpan(((channel * croppedHeight) + y) * croppedWidth, croppedWidth));
            }
        }

        return cropped;
    }
}
