using System.Buffers.Binary;
using System.IO.Compression;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>Reads channels in the four forms that Photoshop files have for them.</summary>
internal sealed class PsdDecoder(PsdInput input, int width, int height, long length, bool large)
{
    /// <summary>Checks that the data can be as many pixels as the picture has, before memory is taken for them.</summary>
    public void CheckSize(int compression)
    {
        // PackBits makes at most 64 bytes of one, Deflate 1032.
        long most = compression switch
        {
            0 => length,
            1 => length * 64,
            2 or 3 => length * 1032,
            _ => throw new ImageFormatException($"Pixels before byte {input.Position} have the compression {compression}, which is not known."),
        };
        if (most < (long)width * height)
        {
            throw new ImageFormatException($"{length} bytes cannot be {width}×{height} pixels (compression {compression}).");
        }
    }

    /// <summary>Reads one channel of a layer.</summary>
    public void Read(int compression, RgbaImage image, int channel)
    {
        this.CheckSize(compression);
        if (compression == 1)
        {
            this.ReadRuns(this.ReadRowLengths(height), 0, image, channel);
        }
        else
        {
            this.ReadPlane(compression, image, channel);
        }
    }

    /// <summary>Reads the merged picture: all channels with one table of row lengths.</summary>
    public void ReadAll(int compression, RgbaImage image, int channels)
    {
        int wanted = Math.Min(channels, 4);
        if (compression == 1)
        {
            int[] lengths = this.ReadRowLengths(checked(channels * height));
            for (int channel = 0; channel < wanted; channel++)
            {
                this.ReadRuns(lengths, channel * height, image, channel);
            }
        }
        else if (compression == 0)
        {
            for (int channel = 0; channel < wanted; channel++)
            {
                this.ReadPlane(compression, image, channel);
            }
        }
        else
        {
            throw new ImageFormatException($"The merged picture has the compression {compression}; wanted 0 or 1.");
        }
    }

    private int[] ReadRowLengths(int rows)
    {
        byte[] table = input.Bytes((long)rows * (large ? 4 : 2), "table of row lengths");
        int[] lengths = new int[rows];
        for (int y = 0; y < rows; y++)
        {
            lengths[y] = large ? BinaryPrimitives.ReadInt32BigEndian(table.AsSpan(y * 4)) : BinaryPrimitives.ReadUInt16BigEndian(table.AsSpan(y * 2));
        }

        return lengths;
    }

    private void ReadRuns(int[] lengths, int first, RgbaImage image, int channel)
    {
        byte[] row = new byte[width];
        for (int y = 0; y < height; y++)
        {
            int rowLength = lengths[first + y];
            if (!PackBits.TryDecode(input.Bytes(rowLength, "row"), row))
            {
                throw new ImageFormatException($"A row before byte {input.Position} is damaged: its {rowLength} bytes are not {width} pixels.");
            }

            Scatter(row, image.GetRow(y), channel);
        }
    }

    private void ReadPlane(int compression, RgbaImage image, int channel)
    {
        byte[] row = new byte[width];
        long start = input.Position;
        using Stream? inflate = compression == 0 ? null : new ZLibStream(input.Stream, CompressionMode.Decompress, leaveOpen: true);
        for (int y = 0; y < height; y++)
        {
            try
            {
                if ((inflate ?? input.Stream).ReadAtLeast(row, row.Length, throwOnEndOfStream: false) < row.Length)
                {
                    throw new ImageFormatException($"The pixels at byte {start} end in row {y} of {height}.");
                }
            }
            catch (InvalidDataException error)
            {
                throw new ImageFormatException($"The compressed pixels at byte {start} are damaged in row {y}.", error);
            }

            for (int x = 1; x < row.Length && compression == 3; x++)
            {
                row[x] += row[x - 1];
            }

            Scatter(row, image.GetRow(y), channel);
        }
    }

    private static void Scatter(ReadOnlySpan<byte> row, Span<byte> pixels, int channel)
    {
        for (int x = 0, at = channel; x < row.Length; x++, at += 4)
        {
            pixels[at] = row[x];
        }
    }
}
