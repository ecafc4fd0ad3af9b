using System.Buffers.Binary;
using System.IO.Compression;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>Writes single channels of straight pictures in the forms that Photoshop files have for them.</summary>
internal static class PsdChannels
{
    /// <summary>Gets the bytes of one channel, without the two that name the compression.</summary>
    public static long Measure(RgbaImage image, int channel, PsdCompression compression, bool large)
    {
        if (compression == PsdCompression.Rle)
        {
            long total = 0;
            foreach (int length in RowLengths(image, channel, PsdMatte.None))
            {
                total += length + (large ? 4 : 2);
            }

            return total;
        }

        using CountingStream counter = new();
        Write(counter, image, channel, compression, large);
        return counter.Length;
    }

    /// <summary>Writes one channel, without the two bytes that name the compression.</summary>
    public static void Write(Stream stream, RgbaImage image, int channel, PsdCompression compression, bool large)
    {
        switch (compression)
        {
            case PsdCompression.Rle:
                WriteRowLengths(stream, RowLengths(image, channel, PsdMatte.None), large);
                WriteRuns(stream, image, channel, PsdMatte.None);
                break;
            case PsdCompression.Raw:
                WriteRows(stream, image, channel, predict: false);
                break;
            default:
                using (ZLibStream deflate = new(stream, CompressionLevel.Optimal, leaveOpen: true))
                {
                    WriteRows(deflate, image, channel, predict: compression == PsdCompression.ZipWithPrediction);
                }

                break;
        }
    }

    /// <summary>Gets the run-length coded size of each row.</summary>
    public static int[] RowLengths(RgbaImage image, int channel, PsdMatte matte)
    {
        int[] lengths = new int[image.Height];
        byte[] row = new byte[image.Width];
        byte[] packed = new byte[PackBits.MaximumLength(row.Length)];
        for (int y = 0; y < lengths.Length; y++)
        {
            Gather(image.GetRow(y), channel, matte, row);
            lengths[y] = PackBits.Encode(row, packed);
        }

        return lengths;
    }

    public static void WriteRowLengths(Stream stream, int[] lengths, bool large)
    {
        int size = large ? 4 : 2;
        byte[] table = new byte[lengths.Length * size];
        for (int y = 0; y < lengths.Length; y++)
        {
            if (large)
            {
                BinaryPrimitives.WriteInt32BigEndian(table.AsSpan(y * size), lengths[y]);
            }
            else
            {
                BinaryPrimitives.WriteUInt16BigEndian(table.AsSpan(y * size), (ushort)lengths[y]);
            }
        }

        stream.Write(table);
    }

    public static void WriteRuns(Stream stream, RgbaImage image, int channel, PsdMatte matte)
    {
        byte[] row = new byte[image.Width];
        byte[] packed = new byte[PackBits.MaximumLength(row.Length)];
        for (int y = 0; y < image.Height; y++)
        {
            Gather(image.GetRow(y), channel, matte, row);
            stream.Write(packed, 0, PackBits.Encode(row, packed));
        }
    }

    private static void WriteRows(Stream stream, RgbaImage image, int channel, bool predict)
    {
        byte[] row = new byte[image.Width];
        for (int y = 0; y < image.Height; y++)
        {
            Gather(image.GetRow(y), channel, PsdMatte.None, row);
            if (predict)
            {
                for (int x = row.Length - 1; x > 0; x--)
                {
                    row[x] -= row[x - 1];
                }
            }

            stream.Write(row);
        }
    }

    /// <summary>Takes one channel out of a row of pixels.</summary>
    private static void Gather(ReadOnlySpan<byte> pixels, int channel, PsdMatte matte, Span<byte> row)
    {
        if (matte == PsdMatte.None || channel == 3)
        {
            for (int x = 0, at = channel; x < row.Length; x++, at += 4)
            {
                row[x] = pixels[at];
            }

            return;
        }

        for (int x = 0, at = 0; x < row.Length; x++, at += 4)
        {
            int alpha = pixels[at + 3];
            row[x] = (byte)(((pixels[at + channel] * alpha) + (255 * (255 - alpha)) + 127) / 255);
        }
    }
}
