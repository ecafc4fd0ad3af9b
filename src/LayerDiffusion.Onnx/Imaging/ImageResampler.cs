using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LayerDiffusion.Onnx.Imaging;

/// <summary>Resizes bytes of any number of interleaved channels, in fixed point or by copying whole pixels; knows nothing of alpha.</summary>
internal static class ImageResampler
{
    // Pillow keeps weights as whole numbers of 2⁻²².
    private const int WeightBits = 22;

    /// <summary>
    /// Resizes bytes as Pillow's <c>Image.resize</c> does, byte for byte: fixed-point weights, width first, rounded to bytes in between,
    /// a side that keeps its size skipped. Only Pillow's filters.
    /// </summary>
    public static byte[] ResizeFixedPoint(ReadOnlySpan<byte> source, int width, int height, int channels, int newWidth, int newHeight, ResamplingFilter filter)
    {
        (ResamplingWeights horizontal, ResamplingWeights vertical) = ResamplingWeights.ForPicture(filter, width, height, newWidth, newHeight);
        if (filter == ResamplingFilter.Nearest)
        {
            byte[] picked = GC.AllocateUninitializedArray<byte>(checked(newWidth * newHeight * channels));
            Pick(source, width, channels, horizontal.Starts, vertical.Starts, picked);
            return picked;
        }

        byte[] wide = source.ToArray();
        if (newWidth != width)
        {
            byte[] resized = GC.AllocateUninitializedArray<byte>(checked(newWidth * height * channels));
            int[] weights = ToFixedPoint(horizontal);
            for (int y = 0; y < height; y++)
            {
                ResizeRow(wide.AsSpan(y * width * channels, width * channels), resized.AsSpan(y * newWidth * channels, newWidth * channels), horizontal, weights, channels);
            }

            wide = resized;
        }

        if (newHeight == height)
        {
            return wide;
        }

        byte[] result = GC.AllocateUninitializedArray<byte>(checked(newWidth * newHeight * channels));
        int[] verticalWeights = ToFixedPoint(vertical);
        int[] sums = new int[newWidth * channels];
        for (int y = 0; y < newHeight; y++)
        {
            ReadOnlySpan<int> weights = verticalWeights.AsSpan(y * vertical.Taps, vertical.Counts[y]);
            Array.Fill(sums, 1 << (WeightBits - 1));
            for (int k = 0; k < weights.Length; k++)
            {
                AddScaled(wide.AsSpan((vertical.Starts[y] + k) * sums.Length, sums.Length), weights[k], sums);
            }

            Span<byte> row = result.AsSpan(y * sums.Length, sums.Length);
            for (int i = 0; i < row.Length; i++)
            {
                row[i] = Clip(sums[i]);
            }
        }

        return result;
    }

    /// <summary>Copies whole pixels: output (i, j) is input (<paramref name="columns"/>[i], <paramref name="rows"/>[j]).</summary>
    public static void Pick(ReadOnlySpan<byte> source, int width, int channels, int[] columns, int[] rows, Span<byte> destination)
    {
        for (int y = 0; y < rows.Length; y++)
        {
            ReadOnlySpan<byte> from = source.Slice(rows[y] * width * channels, width * channels);
            Span<byte> to = destination.Slice(y * columns.Length * channels, columns.Length * channels);
            for (int x = 0; x < columns.Length; x++)
            {
                from.Slice(columns[x] * channels, channels).CopyTo(to[(x * channels)..]);
            }
        }
    }

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> WeightBits, 0, 255);

    private static int[] ToFixedPoint(ResamplingWeights weights)
    {
        int[] result = new int[weights.Values.Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = (int)Math.Round(weights.Values[i] * (1 << WeightBits), MidpointRounding.AwayFromZero);
        }

        return result;
    }

    private static void AddScaled(ReadOnlySpan<byte> row, int weight, Span<int> sums)
    {
        int i = 0;
        for (; i <= row.Length - Vector128<byte>.Count; i += Vector128<byte>.Count)
        {
            Vector128<byte> bytes = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(row), (nuint)i);
            (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(bytes);
            AddProduct(Vector128.WidenLower(low), weight, sums[i..]);
            AddProduct(Vector128.WidenUpper(low), weight, sums[(i + 4)..]);
            AddProduct(Vector128.WidenLower(high), weight, sums[(i + 8)..]);
            AddProduct(Vector128.WidenUpper(high), weight, sums[(i + 12)..]);
        }

        for (; i < row.Length; i++)
        {
            sums[i] += row[i] * weight;
        }
    }

    private static void AddProduct(Vector128<uint> values, int weight, Span<int> sums)
    {
        ref int start = ref MemoryMarshal.GetReference(sums);
        (Vector128.LoadUnsafe(ref start) + (values.AsInt32() * weight)).StoreUnsafe(ref start);
    }

    private static void ResizeRow(ReadOnlySpan<byte> source, Span<byte> target, ResamplingWeights axis, int[] fixedWeights, int channels)
    {
        for (int x = 0; x < axis.OutputLength; x++)
        {
            ReadOnlySpan<int> weights = fixedWeights.AsSpan(x * axis.Taps, axis.Counts[x]);
            int start = axis.Starts[x] * channels;
            if (channels == 4)
            {
                ReadOnlySpan<uint> pixels = MemoryMarshal.Cast<byte, uint>(source.Slice(start, weights.Length * 4));
                Vector128<int> sums = Vector128.Create(1 << (WeightBits - 1));
                for (int k = 0; k < weights.Length; k++)
                {
                    Vector128<ushort> wide = Vector128.WidenLower(Vector128.CreateScalar(pixels[k]).AsByte());
                    sums += Vector128.WidenLower(wide).AsInt32() * weights[k];
                }

                for (int channel = 0; channel < 4; channel++)
                {
                    target[(x * 4) + channel] = Clip(sums[channel]);
                }

                continue;
            }

            for (int channel = 0; channel < channels; channel++)
            {
                int sum = 1 << (WeightBits - 1);
                for (int k = 0; k < weights.Length; k++)
                {
                    sum += source[start + (k * channels) + channel] * weights[k];
                }

                target[(x * channels) + channel] = Clip(sum);
            }
        }
    }
}
