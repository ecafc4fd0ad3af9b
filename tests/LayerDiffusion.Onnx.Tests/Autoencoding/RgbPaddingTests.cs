using System.Text.Json;
using LayerDiffusion.Onnx.Autoencoding;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Tests.Autoencoding;

public sealed class RgbPaddingTests
{
    private static readonly string Folder = Fixtures.PathOf("components", "transparency");
    private static readonly SafetensorsFile Golden = Fixtures.Tensors("components", "transparency", "transparency.safetensors");

    public static TheoryData<string> Names => [.. Cases().Select(item => item.GetProperty("name").GetString()!)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Levels_RecordedSize_IsExact(string name)
    {
        JsonElement item = Case(name);
        (int, int)[] expected = [.. item.GetProperty("levels").EnumerateArray().Select(level => (level[0].GetInt32(), level[1].GetInt32()))];

        Assert.Equal(expected, RgbPadding.Levels(expected[0].Item1, expected[0].Item2));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void PadToRgb_RecordedPicture_IsClose(string name)
    {
        JsonElement item = Case(name);
        RgbaImage image = RgbaImage.LoadPng(Path.Combine(Folder, item.GetProperty("input").GetString()!));
        RgbaImage expected = RgbaImage.LoadPng(Path.Combine(Folder, item.GetProperty("expected_bytes").GetString()!));

        float[] padded = RgbPadding.PadToRgb(image);

        // Truncated to bytes, so a value next to a whole number may fall one lower or higher (fixtures' README).
        byte[] colour = [.. expected.ToArray().Where((_, i) => i % 4 != 3)];
        for (int i = 0; i < colour.Length; i++)
        {
            Assert.InRange((int)Math.Clamp(padded[i] * 255f, 0, 255), colour[i] - 1, colour[i] + 1);
        }

        if (item.GetProperty("float_tensor").GetString() is string tensor)
        {
            // float32 through as many levels as recorded (fixtures' README).
            Close.Assert(Golden.ReadSingle(tensor), padded, 2e-5, what: name);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Pad_RecordedPicture_KeepsWhatIsVisibleAndFillsTheRest(string name)
        => AssertKeepsWhatIsVisibleAndFillsTheRest(RgbaImage.LoadPng(Path.Combine(Folder, Case(name).GetProperty("input").GetString()!)));

    // Large enough for several threads.
    [Fact]
    public void Pad_LargePicture_KeepsWhatIsVisibleAndFillsTheRest() => AssertKeepsWhatIsVisibleAndFillsTheRest(Pictures.Noise(701, 613, 3));

    [Fact]
    public void Pad_Premultiplied_SameAsItsStraightForm()
    {
        RgbaImage image = Pictures.Disc(60, 45).ToPremultiplied();

        RgbaImage padded = RgbPadding.Pad(image);

        Assert.Equal(AlphaMode.Straight, padded.AlphaMode);
        Assert.Equal(RgbPadding.Pad(image.ToStraight()).ToArray(), padded.ToArray());
    }

    [Fact]
    public void Pad_OneColour_FillsWithThatColour()
    {
        RgbaImage image = new(257, 130);
        foreach (int x in new[] { 3, 100, 256 })
        {
            new byte[] { 255, 51, 102, 255 }.CopyTo(image.GetRow(x % 130)[(4 * x)..]);
        }

        byte[] padded = RgbPadding.Pad(image).ToArray();

        // One unit for the truncation of sums that end just below.
        for (int i = 0; i < padded.Length; i += 4)
        {
            Assert.InRange(padded[i], 254, 255);
            Assert.InRange(padded[i + 1], 50, 51);
            Assert.InRange(padded[i + 2], 101, 102);
        }
    }

    [Fact]
    public void Pad_ColourUnderAlphaZero_DoesNotMatter()
    {
        RgbaImage clean = Pictures.Disc(64, 64);
        RgbaImage dirty = clean.Clone();
        Span<byte> pixels = dirty.Pixels.Span;
        for (int i = 0; i < pixels.Length; i += 4)
        {
            pixels[i] = pixels[i + 3] == 0 ? (byte)255 : pixels[i];
        }

        Assert.Equal(RgbPadding.Pad(clean).ToArray(), RgbPadding.Pad(dirty).ToArray());
    }

    [Fact]
    public void Pad_NothingInvisible_IsACopy()
    {
        RgbaImage image = new(9, 9);
        image.Pixels.Span.Fill(77);

        RgbaImage padded = RgbPadding.Pad(image);

        Assert.Equal(image.ToArray(), padded.ToArray());
        Assert.NotSame(image, padded);
    }

    [Fact]
    public void Pad_Null_Throws()
    {
        Assert.Throws<ArgumentNullException>(() => RgbPadding.Pad(null!));
        Assert.Throws<ArgumentNullException>(() => RgbPadding.PadToRgb(null!));
    }

    private static void AssertKeepsWhatIsVisibleAndFillsTheRest(RgbaImage image)
    {
        byte[] padded = RgbPadding.Pad(image).ToArray();

        float[] colour = RgbPadding.PadToRgb(image);
        byte[] original = image.ToArray();
        for (int i = 0; i < original.Length; i++)
        {
            bool invisible = original[i | 3] == 0;
            if (i % 4 == 3 || !invisible)
            {
                Assert.Equal(original[i], padded[i]);
            }
            else
            {
                // Two roundings of the same sums: the pyramid's colour alone and laid under a colour of weight 0.
                Assert.InRange(padded[i], (colour[(i / 4 * 3) + (i % 4)] * 255) - 1.001, (colour[(i / 4 * 3) + (i % 4)] * 255) + 0.001);
            }
        }
    }

    private static JsonElement[] Cases()
        => [.. Fixtures.Json("components", "transparency", "transparency.json").GetProperty("pad_rgb").EnumerateArray()];

    private static JsonElement Case(string name) => Cases().Single(item => item.GetProperty("name").GetString() == name);
}
