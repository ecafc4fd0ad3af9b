using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LayerDiffusion.Onnx.Imaging;

/// <summary>
/// Rows of premultiplied floats, the form in which pictures are filtered: colour that was multiplied by its alpha mixes in proportion to how
/// visible it is. Optionally colour is taken to linear light first.
/// </summary>
internal static class PremultipliedRows
{
    /// <summary>Reads a row of bytes.</summary>
    /// <param name="source">Pixels of four bytes.</param>
    /// <param name="mode">How their colour relates to alpha.</param>
    /// <param name="linearLight">Whether to undo the sRGB transfer function.</param>
    /// <param name="target">Receives as many floats.</param>
    public static void Read(ReadOnlySpan<byte> source, AlphaMode mode, bool linearLight, Span<float> target)
    {
        if (linearLight)
        {
            ReadLinear(source, mode, target);
            return;
        }

        ReadOnlySpan<uint> pixels = MemoryMarshal.Cast<byte, uint>(source);
        Span<Vector128<float>> results = MemoryMarshal.Cast<float, Vector128<float>>(target)[..pixels.Length];
        bool multiply = mode == AlphaMode.Straight;
        for (int i = 0; i < pixels.Length; i++)
        {
            Vector128<ushort> wide = Vector128.WidenLower(Vector128.CreateScalar(pixels[i]).AsByte());
            Vector128<float> pixel = Vector128.ConvertToSingle(Vector128.WidenLower(wide).AsInt32()) * (1 / 255f);
            results[i] = multiply ? (pixel * pixel[3]).WithElement(3, pixel[3]) : pixel;
        }
    }

    /// <summary>Writes a row as bytes: alpha is clipped to 0…1, colour to 0…alpha, both are rounded once.</summary>
    /// <param name="source">Premultiplied pixels of four floats.</param>
    /// <param name="mode">How the bytes' colour shall relate to alpha.</param>
    /// <param name="linearLight">Whether to apply the sRGB transfer function.</param>
    /// <param name="target">Receives as many bytes.</param>
    public static void Write(ReadOnlySpan<float> source, AlphaMode mode, bool linearLight, Span<byte> target)
    {
        ReadOnlySpan<Vector128<float>> pixels = MemoryMarshal.Cast<float, Vector128<float>>(source);
        Span<uint> results = MemoryMarshal.Cast<byte, uint>(target)[..pixels.Length];
        for (int i = 0; i < pixels.Length; i++)
        {
            Vector128<float> pixel = pixels[i];
            float alpha = Math.Clamp(pixel[3], 0f, 1f);
            pixel = Vector128.Min(Vector128.Max(pixel, Vector128<float>.Zero), Vector128.Create(alpha));
            if (linearLight)
            {
                WriteLinear(pixel, alpha, mode, target.Slice(4 * i, 4));
                continue;
            }

            float divisor = mode == AlphaMode.Premultiplied || alpha == 0 ? 1 : alpha;
            Vector128<float> scale = Vector128.Create(255f / divisor).WithElement(3, 255f);
            Vector128<int> rounded = Vector128.ConvertToInt32(Vector128.Min((pixel * scale) + Vector128.Create(0.5f), Vector128.Create(255f)));
            Vector128<ushort> narrow = Vector128.Narrow(rounded.AsUInt32(), rounded.AsUInt32());
            results[i] = Vector128.Narrow(narrow, narrow).AsUInt32()[0];
        }
    }

    private static void ReadLinear(ReadOnlySpan<byte> source, AlphaMode mode, Span<float> target)
    {
        for (int i = 0; i < source.Length; i += 4)
        {
            int alpha = source[i + 3];
            for (int channel = 0; channel < 3; channel++)
            {
                byte stored = source[i + channel];
                float linear = mode == AlphaMode.Straight
                    ? SrgbTransfer.ToLinear(stored)
                    : (float)SrgbTransfer.ToLinear(alpha == 0 ? 0 : Math.Min(1.0, (double)stored / alpha));
                target[i + channel] = linear * alpha / 255f;
            }

            target[i + 3] = alpha / 255f;
        }
    }

    private static void WriteLinear(Vector128<float> pixel, float alpha, AlphaMode mode, Span<byte> target)
    {
        for (int channel = 0; channel < 3; channel++)
        {
            float linear = alpha == 0 ? 0 : pixel[channel] / alpha;
            target[channel] = mode == AlphaMode.Straight
                ? SrgbTransfer.ToByte(linear)
                : (byte)((SrgbTransfer.FromLinear(linear) * alpha * 255) + 0.5);
        }

        target[3] = (byte)((alpha * 255) + 0.5f);
    }
}
