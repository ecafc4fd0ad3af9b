using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LayerDiffusion.Onnx.Imaging;

/// <summary>
/// Rows of premultiplied floats, the form in which pictures are filtered: colour that was multiplied by its alpha mixes in proportion to how
/// visible it is. Optionally colour is taken to linear light first.
/// </summary>
internal static class PremultipliedRows
{
    private static Vector128<float> AlphaLane => Vector128.Create(0, 0, 0, -1).AsSingle();

    /// <summary>Reads a row of bytes.</summary>
    /// <param name="source">Pixels of four bytes.</param>
    /// <param name="mode">How their colour relates to alpha.</param>
    /// <param name="linearLight">Whether to undo the sRGB transfer function.</param>
    /// <param name="target">Receives as many floats.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Read(ReadOnlySpan<byte> source, AlphaMode mode, bool linearLight, Span<float> target)
    {
        if (linearLight)
        {
            ReadLinear(source, mode, target);
            return;
        }

        if (target.Length < source.Length)
        {
            throw new ArgumentException($"{source.Length} samples do not fit {target.Length}.", nameof(target));
        }

        // Two pixels at once; a single last one is handled as if it were two.
        ref byte from = ref MemoryMarshal.GetReference(source);
        ref float to = ref MemoryMarshal.GetReference(target);
        bool multiply = mode == AlphaMode.Straight;
        int i = 0;
        for (; i <= source.Length - 8; i += 8)
        {
            ulong two = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref from, i));
            ToPremultiplied(two, multiply).StoreUnsafe(ref to, (nuint)i);
        }

        if (i < source.Length)
        {
            uint one = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref from, i));
            ToPremultiplied(one, multiply).GetLower().StoreUnsafe(ref to, (nuint)i);
        }
    }

    /// <summary>Writes a row as bytes: alpha is clipped to 0…1, colour to 0…alpha, both are rounded once.</summary>
    /// <param name="source">Premultiplied pixels of four floats.</param>
    /// <param name="mode">How the bytes' colour shall relate to alpha.</param>
    /// <param name="linearLight">Whether to apply the sRGB transfer function.</param>
    /// <param name="target">Receives as many bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Write(ReadOnlySpan<float> source, AlphaMode mode, bool linearLight, Span<byte> target)
    {
        ReadOnlySpan<Vector128<float>> pixels = MemoryMarshal.Cast<float, Vector128<float>>(source);
        Span<uint> results = MemoryMarshal.Cast<byte, uint>(target)[..pixels.Length];
        bool divide = mode == AlphaMode.Straight;
        for (int i = 0; i < pixels.Length; i++)
        {
            Vector128<float> pixel = pixels[i];
            Vector128<float> alpha = Vector128.Min(Vector128.Max(Vector128.Shuffle(pixel, Vector128.Create(3, 3, 3, 3)), Vector128<float>.Zero), Vector128<float>.One);
            pixel = Vector128.Min(Vector128.Max(pixel, Vector128<float>.Zero), alpha);
            if (linearLight)
            {
                WriteLinear(pixel, alpha[0], mode, target.Slice(4 * i, 4));
                continue;
            }

            if (divide)
            {
                // Nothing over nothing is no number, which becomes 0.
                pixel = Vector128.ConditionalSelect(AlphaLane, pixel, pixel / alpha);
            }

            Vector128<int> rounded = Vector128.ConvertToInt32((pixel * 255f) + Vector128.Create(0.5f));
            Vector128<ushort> narrow = Vector128.Narrow(rounded.AsUInt32(), rounded.AsUInt32());
            results[i] = Vector128.Narrow(narrow, narrow).AsUInt32()[0];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> ToPremultiplied(ulong pixels, bool multiply)
    {
        Vector128<ushort> wide = Vector128.WidenLower(Vector128.CreateScalar(pixels).AsByte());
        (Vector128<uint> low, Vector128<uint> high) = Vector128.Widen(wide);
        Vector256<float> values = Vector256.ConvertToSingle(Vector256.Create(low, high).AsInt32()) * (1 / 255f);
        Vector256<float> alpha = Vector256.Shuffle(values, Vector256.Create(3, 3, 3, 3, 7, 7, 7, 7));
        Vector256<float> factor = Vector256.ConditionalSelect(Vector256.Create(0, 0, 0, -1, 0, 0, 0, -1).AsSingle(), Vector256<float>.One, alpha);
        return multiply ? values * factor : values;
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
