using System.Buffers.Binary;
using System.Text;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Imaging;

public sealed class ApngTests
{
    [Fact]
    public void Save_ChangingFrames_PlayBackEqual()
    {
        RgbaImage first = Pictures.Noise(50, 40, 1);
        RgbaImage second = first.Clone();
        second.GetRow(7)[40..48].Fill(1);
        second.GetRow(9)[30..32].Fill(9);
        RgbaImage[] frames = [first, second, second.Clone(), Pictures.Noise(50, 40, 2, AlphaMode.Premultiplied)];
        using MemoryStream stream = new();

        ApngEncoder.Save(stream, frames, new ApngOptions { FrameDelay = TimeSpan.FromSeconds(1.5), PlayCount = 3 });

        List<(string Type, byte[] Content)> chunks = Chunks(stream.ToArray());
        byte[] control = chunks.Single(chunk => chunk.Type == "acTL").Content;
        Assert.Equal([0, 0, 0, 4, 0, 0, 0, 3], control);
        Assert.True(chunks.FindIndex(chunk => chunk.Type == "acTL") < chunks.FindIndex(chunk => chunk.Type == "IDAT"), "acTL must come before IDAT");
        int[] numbers = [.. chunks.Where(chunk => chunk.Type is "fcTL" or "fdAT").Select(chunk => BinaryPrimitives.ReadInt32BigEndian(chunk.Content))];
        Assert.Equal(Enumerable.Range(0, numbers.Length), numbers);
        Assert.Equal(frames.Select(frame => frame.ToStraight().ToArray()), Play(chunks));
        Assert.Equal(first.ToArray(), RgbaImage.DecodePng(stream.ToArray()).ToArray());

        byte[][] areas = [.. chunks.Where(chunk => chunk.Type == "fcTL").Select(chunk => chunk.Content)];
        Assert.Equal((5, 3, 7, 7), (Number(areas[1], 4), Number(areas[1], 8), Number(areas[1], 12), Number(areas[1], 16)));
        Assert.Equal((1, 1), (Number(areas[2], 4), Number(areas[2], 8)));
        Assert.Equal([1500 >> 8, 1500 & 255, 1000 >> 8, 1000 & 255, 0, 0], areas[3][20..]);
    }

    [Fact]
    public void Save_BadArguments_Throw()
    {
        using MemoryStream stream = new();
        RgbaImage image = new(2, 2);

        Assert.Throws<ArgumentException>(() => ApngEncoder.Save(stream, []));
        Assert.Throws<ArgumentException>(() => ApngEncoder.Save(stream, [image, new RgbaImage(2, 3)]));
        Assert.Throws<ArgumentOutOfRangeException>(() => ApngEncoder.Save(stream, [image], new ApngOptions { FrameDelay = TimeSpan.FromSeconds(66) }));
        Assert.Throws<ArgumentOutOfRangeException>(() => ApngEncoder.Save(stream, [image], new ApngOptions { PlayCount = -1 }));
        Assert.Equal(0, stream.Length);
    }

    // An independent player: every frame becomes a PNG file of its own and is put where its control chunk says.
    private static List<byte[]> Play(List<(string Type, byte[] Content)> chunks)
    {
        List<byte[]> shown = [];
        byte[] header = chunks[0].Content;
        RgbaImage canvas = new(Number(header, 0), Number(header, 4));
        for (int i = 0; i < chunks.Count; i++)
        {
            if (chunks[i].Type != "fcTL")
            {
                continue;
            }

            byte[] control = chunks[i].Content;
            byte[] data = [.. chunks.Skip(i + 1).TakeWhile(chunk => chunk.Type is "IDAT" or "fdAT").SelectMany(chunk => chunk.Type == "IDAT" ? chunk.Content : chunk.Content[4..])];
            using MemoryStream file = new();
            file.Write(PngFormat.Signature);
            PngEncoder.WriteChunk(file, PngFormat.Header, [.. control[4..12], .. header[8..]]);
            PngEncoder.WriteChunk(file, PngFormat.Data, data);
            PngEncoder.WriteChunk(file, PngFormat.End, []);
            RgbaImage frame = RgbaImage.DecodePng(file.ToArray());
            for (int y = 0; y < frame.Height; y++)
            {
                frame.GetRow(y).CopyTo(canvas.GetRow(Number(control, 16) + y)[(4 * Number(control, 12))..]);
            }

            shown.Add(canvas.ToArray());
        }

        return shown;
    }

    private static List<(string Type, byte[] Content)> Chunks(byte[] file)
    {
        List<(string Type, byte[] Content)> chunks = [];
        for (int at = 8; at < file.Length;)
        {
            int length = Number(file, at);
            chunks.Add((Encoding.ASCII.GetString(file, at + 4, 4), file[(at + 8)..(at + 8 + length)]));
            at += length + 12;
        }

        return chunks;
    }

    private static int Number(byte[] bytes, int at) => BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at));
}
