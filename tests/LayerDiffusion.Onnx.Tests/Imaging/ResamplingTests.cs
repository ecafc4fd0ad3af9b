using System.Text.Json;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Tests.Imaging;

public sealed class ResamplingTests
{
    private static readonly SafetensorsFile Golden = Fixtures.Tensors("components", "imaging", "resize.safetensors");
    private static readonly JsonElement[] Cases = [.. Fixtures.Json("components", "imaging", "resize.json").GetProperty("cases").EnumerateArray()];

    public static TheoryData<string> Pillow => Names("pillow");

    public static TheoryData<string> OpenCv => Names("opencv");

    public static TheoryData<ResamplingFilter> Filters => [.. Enum.GetValues<ResamplingFilter>()];

    [Theory]
    [MemberData(nameof(Pillow))]
    public void Resize_LikePillow_IsExact(string tensor)
    {
        JsonElement item = Cases.Single(item => item.GetProperty("tensor").GetString() == tensor);
        (byte[] source, int width, int height, int channels) = Source(item);
        (int newWidth, int newHeight) = (item.GetProperty("width").GetInt32(), item.GetProperty("height").GetInt32());
        ResamplingFilter filter = Enum.Parse<ResamplingFilter>(item.GetProperty("filter").GetString()!, ignoreCase: true);
        string kind = item.GetProperty("kind").GetString()!;

        if (kind == "float32")
        {
            float[] resized = FloatResizing.Resize(Floats(source), width, height, channels, newWidth, newHeight, filter);

            // float32 sums of values up to 1 (fixtures' README).
            Close.Assert(Golden.ReadSingle(tensor), resized, 1e-6, what: tensor);
        }
        else if (kind == "uint8" && channels == 4)
        {
            RgbaImage resized = RgbaImage.FromPixels(source, width, height).ResizeFixedPoint(newWidth, newHeight, filter);

            Assert.Equal(Golden.Read<byte>(tensor), resized.ToArray());
        }
        else
        {
            Assert.Equal(Golden.Read<byte>(tensor), ImageResampler.ResizeFixedPoint(source, width, height, channels, newWidth, newHeight, filter));
        }
    }

    [Theory]
    [MemberData(nameof(OpenCv))]
    public void Resize_LikeOpenCv_IsClose(string tensor)
    {
        JsonElement item = Cases.Single(item => item.GetProperty("tensor").GetString() == tensor);
        (byte[] source, int width, int height, int channels) = Source(item);
        ResamplingFilter filter = item.GetProperty("filter").GetString() switch
        {
            "NEAREST" => ResamplingFilter.NearestCorner,
            string name => Enum.Parse<ResamplingFilter>(name, ignoreCase: true),
            null => throw new InvalidDataException(tensor),
        };

        float[] resized = FloatResizing.Resize(
            Floats(source), width, height, channels, item.GetProperty("width").GetInt32(), item.GetProperty("height").GetInt32(), filter);

        // Tolerances of the fixtures' README.
        if (item.GetProperty("kind").GetString() == "float32")
        {
            Close.Assert(Golden.ReadSingle(tensor), resized, filter == ResamplingFilter.Lanczos4 ? 1e-5 : 1e-6, what: tensor);
        }
        else
        {
            float[] rounded = [.. resized.Select(value => MathF.Round(Math.Clamp(value * 255, 0, 255)))];
            float[] expected = [.. Golden.Read<byte>(tensor).Select(value => (float)value)];
            Close.Assert(expected, rounded, filter == ResamplingFilter.NearestCorner ? 0 : 1, what: tensor);
        }
    }

    [Theory]
    [MemberData(nameof(Filters))]
    public void FloatResize_AnySizes_IsTheWeightedSum(ResamplingFilter filter)
    {
        // Odd heights leave a row alone; a large step leaves rows unused between; many weights and short rows go in width first.
        foreach ((int width, int height, int newWidth, int newHeight) in new[] { (61, 47, 30, 23), (9, 8, 18, 17), (5, 400, 7, 9), (200, 2, 3, 300), (300, 290, 3, 4), (1, 1, 3, 2), (40, 3, 1, 1) })
        {
            RgbaFloatImage image = Pictures.Noise(width, height, 5).ToPremultiplied().ToFloat();
            (ResamplingWeights horizontal, ResamplingWeights vertical) = ResamplingWeights.ForPicture(filter, width, height, newWidth, newHeight);
            float[] expected = new float[newWidth * newHeight * 4];
            for (int i = 0; i < expected.Length; i++)
            {
                (int x, int y) = (i / 4 % newWidth, i / 4 / newWidth);
                double sum = 0;
                for (int k = 0; k < vertical.Counts[y]; k++)
                {
                    ReadOnlySpan<float> row = image.GetRow(vertical.Starts[y] + k);
                    for (int j = 0; j < horizontal.Counts[x]; j++)
                    {
                        sum += vertical.Values[(y * vertical.Taps) + k] * horizontal.Values[(x * horizontal.Taps) + j] * row[(4 * (horizontal.Starts[x] + j)) + (i % 4)];
                    }
                }

                expected[i] = (float)sum;
            }

            // float32 sums of values up to 1.
            Close.Assert(expected, image.Resize(newWidth, newHeight, filter).Pixels.Span, 1e-6, what: $"{width}×{height} to {newWidth}×{newHeight}");
        }
    }

    [Theory]
    [MemberData(nameof(Filters))]
    public void Resize_ColourUnderAlphaZero_NeverShows(ResamplingFilter filter)
    {
        RgbaImage clean = Pictures.Disc(61, 47);
        RgbaImage dirty = clean.Clone();
        Span<byte> pixels = dirty.Pixels.Span;
        for (int i = 0; i < pixels.Length; i += 4)
        {
            pixels[i] = pixels[i + 3] == 0 ? (byte)255 : pixels[i];
        }

        foreach ((int width, int height) in new[] { (20, 15), (100, 99), (61, 20), (1, 1) })
        {
            // Over black, colour under alpha 0 counts for nothing.
            byte[] expected = clean.Resize(width, height, filter).ToPremultiplied().ToArray();
            Assert.Equal(expected, dirty.Resize(width, height, filter).ToPremultiplied().ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Filters))]
    public void Resize_OneColour_StaysThatColour(ResamplingFilter filter)
    {
        RgbaImage image = new(37, 23);
        for (int i = 0; i < 37 * 23; i++)
        {
            new byte[] { 200, 3, 77, 128 }.CopyTo(image.Pixels.Span[(4 * i)..]);
        }

        foreach (bool linearLight in new[] { false, true })
        {
            foreach (RgbaImage form in new[] { image, image.ToPremultiplied() })
            {
                RgbaImage resized = form.Resize(50, 11, filter, linearLight);

                Assert.Equal(form.AlphaMode, resized.AlphaMode);
                Assert.Equal(Enumerable.Repeat(form.ToArray()[..4], 550).SelectMany(pixel => pixel), resized.ToArray());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Filters))]
    public void ResizeTo_ImageInUse_HoldsWhatResizeGives(ResamplingFilter filter)
    {
        foreach (AlphaMode mode in Enum.GetValues<AlphaMode>())
        {
            RgbaImage image = RgbaImage.FromPixels(Pictures.Noise(19, 11, 2).Pixels.Span, 19, 11, mode);
            RgbaImage used = RgbaImage.FromPixels(Pictures.Noise(7, 23, 3).Pixels.Span, 7, 23, mode);
            RgbaFloatImage usedFloats = used.ToFloat();
            foreach (bool linearLight in (ReadOnlySpan<bool>)[false, true])
            {
                image.ResizeTo(used, filter, linearLight);
                Assert.Equal(image.Resize(7, 23, filter, linearLight).ToArray(), used.ToArray());
            }

            image.ToFloat().ResizeTo(usedFloats, filter);
            Assert.Equal(image.ToFloat().Resize(7, 23, filter).Pixels.ToArray(), usedFloats.Pixels.ToArray());
        }
    }

    [Fact]
    public void ResizeTo_DestinationThatDoesNotFit_SaysSo()
    {
        RgbaImage image = new(4, 4);
        RgbaFloatImage floats = image.ToFloat();
        Assert.Equal("destination", Assert.Throws<ArgumentNullException>(() => image.ResizeTo(null!)).ParamName);
        Assert.Equal("destination", Assert.Throws<ArgumentNullException>(() => floats.ResizeTo(null!)).ParamName);
        Assert.Contains("itself", Assert.Throws<ArgumentException>("destination", () => image.ResizeTo(image)).Message, StringComparison.Ordinal);
        Assert.Contains("itself", Assert.Throws<ArgumentException>("destination", () => floats.ResizeTo(floats)).Message, StringComparison.Ordinal);
        Assert.Contains("Premultiplied; wanted that of the picture, Straight", Assert.Throws<ArgumentException>("destination", () => image.ResizeTo(image.ToPremultiplied())).Message, StringComparison.Ordinal);
        Assert.Contains("Premultiplied", Assert.Throws<ArgumentException>("destination", () => floats.ResizeTo(floats.ToPremultiplied())).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>("filter", () => image.ResizeTo(new RgbaImage(2, 2), (ResamplingFilter)99));
    }

    [Fact]
    public void Resize_LinearLight_MeanOfBlackAndWhiteIsLighter()
    {
        RgbaImage image = RgbaImage.FromPixels([0, 0, 0, 255, 255, 255, 255, 255], 2, 1);

        Assert.Equal([128, 128, 128, 255], image.Resize(1, 1, ResamplingFilter.Box).ToArray());
        Assert.Equal([188, 188, 188, 255], image.Resize(1, 1, ResamplingFilter.Box, linearLight: true).ToArray());
    }

    [Fact]
    public void FloatResize_AgreesWithBytes()
    {
        RgbaImage image = Pictures.Noise(40, 30, 3);

        RgbaImage expected = image.Resize(17, 22, ResamplingFilter.Bilinear);
        RgbaImage actual = image.ToFloat().Resize(17, 22, ResamplingFilter.Bilinear).ToImage();

        // The two round ties differently.
        Close.Assert([.. expected.ToArray().Select(value => (float)value)], [.. actual.ToArray().Select(value => (float)value)], 1);
    }

    [Fact]
    public void SrgbTransfer_EveryByte_ComesBack()
    {
        for (int value = 0; value < 256; value++)
        {
            Assert.Equal(value, SrgbTransfer.ToByte(SrgbTransfer.ToLinear((byte)value)));
        }

        for (int i = 0; i <= 100_000; i++)
        {
            double wanted = SrgbTransfer.FromLinear(i / 100_000.0) * 255;

            // Half a unit of rounding; thresholds are float32.
            Assert.InRange(SrgbTransfer.ToByte(i / 100_000f), wanted - 0.5001, wanted + 0.5001);
        }
    }

    [Fact]
    public void Resize_BadArguments_Throw()
    {
        RgbaImage image = new(4, 4);

        Assert.Throws<ArgumentOutOfRangeException>(() => image.Resize(0, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => image.Resize(4, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => image.Resize(100_000, 100_000));
        Assert.Throws<ArgumentOutOfRangeException>(() => image.Resize(4, 4, (ResamplingFilter)99));
        Assert.Throws<ArgumentOutOfRangeException>(() => image.ResizeFixedPoint(2, 2, ResamplingFilter.Area));
        Assert.Throws<ArgumentOutOfRangeException>(() => image.ToFloat().Resize(0, 1));
    }

    private static TheoryData<string> Names(string engine)
        => [.. Cases.Where(item => item.GetProperty("engine").GetString() == engine).Select(item => item.GetProperty("tensor").GetString()!)];

    private static (byte[] Pixels, int Width, int Height, int Channels) Source(JsonElement item)
    {
        string name = item.GetProperty("source").GetString()!;
        long[] shape = Golden.Tensors[name].Shape;
        return (Golden.Read<byte>(name), (int)shape[1], (int)shape[0], (int)shape[2]);
    }

    private static float[] Floats(byte[] bytes) => [.. bytes.Select(value => value / 255f)];
}
