using System.Buffers.Binary;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Imaging;

/// <summary>Writes animated PNG files (PNG specification, third edition); readers that know no animation show the first frame.</summary>
public static class ApngEncoder
{
    private const int FrameControlLength = 26;

    /// <summary>Saves an animation, all or nothing.</summary>
    /// <param name="path">The file; an existing one is replaced when the new one is complete.</param>
    /// <param name="frames">The frames, 1 or more of the same size; premultiplied ones are divided by their alpha.</param>
    /// <param name="options">How to write; null means <see cref="ApngOptions.Default"/>.</param>
    /// <exception cref="ArgumentException">There is no frame, the sizes differ, or an option is out of range.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(string path, IReadOnlyList<RgbaImage> frames, ApngOptions? options = null)
        => AtomicFile.Write(path, stream => Save(stream, frames, options));

    /// <summary>Writes an animation.</summary>
    /// <param name="stream">Where to; it need not be seekable and stays open.</param>
    /// <param name="frames">The frames, 1 or more of the same size; premultiplied ones are divided by their alpha.</param>
    /// <param name="options">How to write; null means <see cref="ApngOptions.Default"/>.</param>
    /// <remarks>Of every frame after the first only the rectangle that changes is stored.</remarks>
    /// <exception cref="ArgumentException">There is no frame, the sizes differ, or an option is out of range.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public static void Save(Stream stream, IReadOnlyList<RgbaImage> frames, ApngOptions? options = null)
    {
        options ??= ApngOptions.Default;
        Check(frames, options);
        RgbaImage first = frames[0];
        PngEncoder.WriteHeader(stream, HeaderOf(first.Width, first.Height), options.Png);
        Span<byte> control = stackalloc byte[8];
        BinaryPrimitives.WriteInt32BigEndian(control, frames.Count);
        BinaryPrimitives.WriteInt32BigEndian(control[4..], options.PlayCount);
        PngEncoder.WriteChunk(stream, PngFormat.AnimationControl, control);

        ApngSequence sequence = new();
        RgbaImage? before = null;
        foreach (RgbaImage frame in frames)
        {
            RgbaImage straight = frame.AlphaMode == AlphaMode.Straight ? frame : frame.ToStraight();
            (int x, int y, int width, int height) = before is null ? (0, 0, first.Width, first.Height) : Changed(before, straight);
            WriteFrameControl(stream, sequence, (x, y, width, height), options.FrameDelay);
            using (PngDataWriter data = new(stream, before is null ? null : sequence))
            {
                PngEncoder.WriteRows(data, HeaderOf(width, height), options.Png, (row, target) => straight.GetRow(y + row).Slice(4 * x, 4 * width).CopyTo(target));
            }

            before = straight;
        }

        PngEncoder.WriteChunk(stream, PngFormat.End, []);
    }

    private static PngHeader HeaderOf(int width, int height) => new(width, height, 8, PngColorType.Rgba, Interlaced: false);

    private static void Check(IReadOnlyList<RgbaImage> frames, ApngOptions options)
    {
        ArgumentNullException.ThrowIfNull(frames);
        if (frames.Count == 0)
        {
            throw new ArgumentException("An animation needs at least one frame; there is none.", nameof(frames));
        }

        foreach (RgbaImage frame in frames)
        {
            if (frame.Width != frames[0].Width || frame.Height != frames[0].Height)
            {
                throw new ArgumentException($"The frames are {frames[0].Width}×{frames[0].Height} and {frame.Width}×{frame.Height}; they must have the same size.", nameof(frames));
            }
        }

        if (!(options.FrameDelay.TotalMilliseconds is >= 0 and <= ushort.MaxValue))
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.FrameDelay, $"{nameof(ApngOptions)}.{nameof(ApngOptions.FrameDelay)} must be from 0 to {ushort.MaxValue} ms.");
        }

        if (options.PlayCount < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.PlayCount, $"{nameof(ApngOptions)}.{nameof(ApngOptions.PlayCount)} must be 0 or more.");
        }
    }

    // The least rectangle that holds all pixels that differ; one pixel if none does, because a frame may not be empty.
    private static (int X, int Y, int Width, int Height) Changed(RgbaImage before, RgbaImage after)
    {
        (int left, int right, int top, int bottom) = (after.Width - 1, 0, -1, 0);
        for (int y = 0; y < after.Height; y++)
        {
            ReadOnlySpan<byte> old = before.GetRow(y);
            ReadOnlySpan<byte> current = after.GetRow(y);
            int same = current.CommonPrefixLength(old);
            if (same == current.Length)
            {
                continue;
            }

            int last = current.Length - 1;
            while (current[last] == old[last])
            {
                last--;
            }

            left = Math.Min(left, same / 4);
            right = Math.Max(right, last / 4);
            top = top < 0 ? y : top;
            bottom = y;
        }

        return top < 0 ? (0, 0, 1, 1) : (left, top, right - left + 1, bottom - top + 1);
    }

    private static void WriteFrameControl(Stream stream, ApngSequence sequence, (int X, int Y, int Width, int Height) area, TimeSpan delay)
    {
        Span<byte> control = stackalloc byte[FrameControlLength];
        sequence.WriteNext(control);
        BinaryPrimitives.WriteInt32BigEndian(control[4..], area.Width);
        BinaryPrimitives.WriteInt32BigEndian(control[8..], area.Height);
        BinaryPrimitives.WriteInt32BigEndian(control[12..], area.X);
        BinaryPrimitives.WriteInt32BigEndian(control[16..], area.Y);
        BinaryPrimitives.WriteUInt16BigEndian(control[20..], (ushort)Math.Round(delay.TotalMilliseconds));
        BinaryPrimitives.WriteUInt16BigEndian(control[22..], 1000);

        // The frame stays when the next one comes, and replaces what is under it.
        control[24] = 0;
        control[25] = 0;
        PngEncoder.WriteChunk(stream, PngFormat.FrameControl, control);
    }
}
