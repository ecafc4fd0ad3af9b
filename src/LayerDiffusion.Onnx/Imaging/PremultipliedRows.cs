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
    /// <summary>Reads a row of bytes.</summary>
    /// <param name="source">Pixels of four bytes.</param>
    /// <param name="mode">How their colour relates to alpha.</param>
    /// <param name="linearLight">Whether to undo the sRGB transfer function.</param>
    /// <param name="target">Receives as many floats.</param>
    // Loops over whole pictures are compiled with all optimizations at once: in a first call, slow code would run for longer than that takes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Read(ReadOnlySpan<byte> source, AlphaMode mode, bool linearLight, Span<float> target)
    {
        if (linearLight)
        {
            ReadLinear(source, mode, target);
            return;
        }

        // Two pixels at a time.
        ReadOnlySpan<ulong> pairs = MemoryMarshal.Cast<byte, ulong>(source);
        Span<Vector256<float>> results = MemoryMarshal.Cast<float, Vector256<float>>(target)[..pairs.Length];
        bool multiply = mode == AlphaMode.Straight;
        for (int i = 0; i < pairs.Length; i++)
        {
            results[i] = ReadPair(pairs[i], multiply);
        }

        if (source.Length % 8 != 0)
        {
            ReadPair(MemoryMarshal.Read<uint>(source[^4..]), multiply).GetLower().CopyTo(target[(source.Length - 4)..]);
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
        if (linearLight)
        {
            WriteLinear(source, mode, target);
            return;
        }

        ReadOnlySpan<Vector256<float>> pairs = MemoryMarshal.Cast<float, Vector256<float>>(source);
        Span<ulong> results = MemoryMarshal.Cast<byte, ulong>(target)[..pairs.Length];
        bool divide = mode == AlphaMode.Straight;
        for (int i = 0; i < pairs.Length; i++)
        {
            results[i] = WritePair(pairs[i], divide);
        }

        if (source.Length % 8 != 0)
        {
            Vector256<float> last = Vector128.LoadUnsafe(in source[^4]).ToVector256();
            MemoryMarshal.Write(target[(source.Length - 4)..], (uint)WritePair(last, divide));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> ReadPair(ulong pixels, bool multiply)
    {
        Vector128<ushort> wide = Vector128.WidenLower(Vector128.CreateScalar(pixels).AsByte());
        Vector256<float> pair = Vector256.ConvertToSingle(Vector256.WidenLower(wide.ToVector256Unsafe()).AsInt32()) * (1 / 255f);
        return multiply ? pair * Vector256.ConditionalSelect(AlphaMask(), Vector256<float>.One, AlphaOf(pair)) : pair;
    }

    // Nothing here is not-a-number, so that the native comparisons serve.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong WritePair(Vector256<float> pair, bool divide)
    {
        Vector256<float> alpha = Vector256.MinNative(Vector256.MaxNative(AlphaOf(pair), Vector256<float>.Zero), Vector256<float>.One);
        pair = Vector256.MinNative(Vector256.MaxNative(pair, Vector256<float>.Zero), alpha);
        Vector256<float> scale = Vector256.Create(255f);
        if (divide)
        {
            Vector256<float> keep = AlphaMask() | Vector256.Equals(alpha, Vector256<float>.Zero);
            scale /= Vector256.ConditionalSelect(keep, Vector256<float>.One, alpha);
        }

        Vector256<int> rounded = Vector256.ConvertToInt32Native(Vector256.MinNative((pair * scale) + Vector256.Create(0.5f), Vector256.Create(255f)));
        Vector128<ushort> narrow = Vector128.Narrow(rounded.GetLower().AsUInt32(), rounded.GetUpper().AsUInt32());
        return Vector128.Narrow(narrow, narrow).AsUInt64()[0];
    }

    private static Vector256<float> AlphaOf(Vector256<float> pair) => Vector256.Shuffle(pair, Vector256.Create(3, 3, 3, 3, 7, 7, 7, 7));

    private static Vector256<float> AlphaMask() => Vector256.Create(0, 0, 0, -1, 0, 0, 0, -1).AsSingle();

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

    private static void WriteLinear(ReadOnlySpan<float> source, AlphaMode mode, Span<byte> target)
    {
        for (int i = 0; i < source.Length; i += 4)
        {
            float alpha = Math.Clamp(source[i + 3], 0f, 1f);
            for (int channel = 0; channel < 3; channel++)
            {
                float linear = alpha == 0 ? 0 : Math.Clamp(source[i + channel], 0f, alpha) / alpha;
                target[i + channel] = mode == AlphaMode.Straight
                    ? SrgbTransfer.ToByte(linear)
                    : (byte)((SrgbTransfer.FromLinear(linear) * alpha * 255) + 0.5);
            }

            target[i + 3] = (byte)((alpha * 255) + 0.5f);
        }
    }
}
