using System.Buffers.Binary;

namespace LayerDiffusion.Onnx.Imaging;

/// <summary>Writes the chunks of an animated PNG file. Of each frame after the first only the rectangle that changes is stored, and replaces what was there.</summary>
internal sealed class ApngEncoder(Stream stream, ApngOptions options)
{
    private const int FrameControlLength = 26;

    private uint sequenceNumber;

    /// <summary>Checks what <see cref="Write"/> will be given.</summary>
    public static void Check(IReadOnlyList<AnimationFrame> frames, ApngOptions options)
    {
        ArgumentNullException.ThrowIfNull(frames);
        ArgumentOutOfRangeException.ThrowIfNegative(options.PlayCount, $"{nameof(ApngOptions)}.{nameof(ApngOptions.PlayCount)}");
        if (frames.Count == 0)
        {
            throw new ArgumentException("An animation needs one frame or more; there is none.", nameof(frames));
        }

        for (int i = 0; i < frames.Count; i++)
        {
            RgbaImage image = frames[i]?.Image ?? throw new ArgumentException($"Frame {i} has no picture.", nameof(frames));
            RgbaImage first = frames[0].Image;
            if ((image.Width, image.Height) != (first.Width, first.Height))
            {
                throw new ArgumentException($"Frame {i} is {image.Width}×{image.Height} pixels large, frame 0 {first.Width}×{first.Height}; all must be alike.", nameof(frames));
            }

            if (frames[i].Delay < TimeSpan.Zero || frames[i].Delay > TimeSpan.FromSeconds(ushort.MaxValue))
            {
                throw new ArgumentOutOfRangeException(nameof(frames), frames[i].Delay, $"The delay of frame {i} must be from 0 to {ushort.MaxValue} seconds.");
            }
        }
    }

    /// <summary>Gets a delay as a fraction of two 16-bit numbers: one second over a whole rate if that is what it is, else with as many decimals as fit.</summary>
    internal static (ushort Numerator, ushort Denominator) Fraction(TimeSpan delay)
    {
        double rate = TimeSpan.TicksPerSecond / (double)delay.Ticks;
        if (rate is >= 1 and <= ushort.MaxValue && Math.Abs((delay.Ticks * Math.Round(rate)) - TimeSpan.TicksPerSecond) <= Math.Round(rate))
        {
            return (1, (ushort)Math.Round(rate));
        }

        int denominator = 1000;
        while (Math.Round(delay.TotalSeconds * denominator) > ushort.MaxValue)
        {
            denominator /= 10;
        }

        return ((ushort)Math.Round(delay.TotalSeconds * denominator), (ushort)denominator);
    }

    /// <summary>Writes the whole file.</summary>
    public void Write(IReadOnlyList<AnimationFrame> frames)
    {
        RgbaImage image = frames[0].Image.ToStraight();
        PngHeader header = new(image.Width, image.Height, 8, PngColorType.Rgba, Interlaced: false);
        Span<byte> control = stackalloc byte[8];
        BinaryPrimitives.WriteInt32BigEndian(control, frames.Count);
        BinaryPrimitives.WriteInt32BigEndian(control[4..], options.PlayCount);
        PngEncoder.WriteStart(stream, header, options.Png, control);
        this.WriteFrameControl(0, 0, image.Width, image.Height, frames[0].Delay);
        using (PngDataWriter data = new(stream))
        {
            PngEncoder.WriteRows(data, header, options.Png, (y, row) => image.GetRow(y).CopyTo(row));
        }

        for (int i = 1; i < frames.Count; i++)
        {
            RgbaImage next = frames[i].Image.ToStraight();
            (int left, int top, int width, int height) = Changed(image, next);
            this.WriteFrameControl(left, top, width, height, frames[i].Delay);
            using (PngDataWriter data = new(stream, () => this.sequenceNumber++))
            {
                PngEncoder.WriteRows(
                    data, header with { Width = width, Height = height }, options.Png, (y, row) => next.GetRow(top + y).Slice(4 * left, 4 * width).CopyTo(row));
            }

            image = next;
        }

        PngEncoder.WriteChunk(stream, PngFormat.End, []);
    }

    // The smallest rectangle outside which two pictures are alike; one pixel if they are alike everywhere, because a frame must have some.
    private static (int Left, int Top, int Width, int Height) Changed(RgbaImage before, RgbaImage after)
    {
        (int left, int right, int top, int bottom) = (int.MaxValue, -1, -1, -1);
        for (int y = 0; y < after.Height; y++)
        {
            ReadOnlySpan<byte> row = after.GetRow(y);
            ReadOnlySpan<byte> old = before.GetRow(y);
            int same = row.CommonPrefixLength(old);
            if (same == row.Length)
            {
                continue;
            }

            int last = row.Length - 1;
            while (row[last] == old[last])
            {
                last--;
            }

            (left, right) = (Math.Min(left, same / 4), Math.Max(right, last / 4));
            (top, bottom) = (top < 0 ? y : top, y);
        }

        return top < 0 ? (0, 0, 1, 1) : (left, top, right - left + 1, bottom - top + 1);
    }

    private void WriteFrameControl(int left, int top, int width, int height, TimeSpan delay)
    {
        Span<byte> content = stackalloc byte[FrameControlLength];
        (ushort numerator, ushort denominator) = Fraction(delay);
        BinaryPrimitives.WriteUInt32BigEndian(content, this.sequenceNumber++);
        BinaryPrimitives.WriteInt32BigEndian(content[4..], width);
        BinaryPrimitives.WriteInt32BigEndian(content[8..], height);
        BinaryPrimitives.WriteInt32BigEndian(content[12..], left);
        BinaryPrimitives.WriteInt32BigEndian(content[16..], top);
        BinaryPrimitives.WriteUInt16BigEndian(content[20..], numerator);
        BinaryPrimitives.WriteUInt16BigEndian(content[22..], denominator);

        // Disposal 0: the frame stays. Blending 0: it replaces what was there, alpha included.
        content[24..].Clear();
        PngEncoder.WriteChunk(stream, PngFormat.FrameControl, content);
    }
}
