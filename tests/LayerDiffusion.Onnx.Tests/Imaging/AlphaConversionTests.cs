using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Tests.Imaging;

/// <summary>Values recorded in tests/fixtures/components/transparency: <c>bytes.*</c>, <c>float.*</c>, <c>quantize.*</c>.</summary>
public sealed class AlphaConversionTests
{
    private static readonly SafetensorsFile Golden = Fixtures.Tensors("components", "transparency", "transparency.safetensors");

    [Fact]
    public void ToPremultiplied_AllPairsOfBytes_IsExact()
    {
        byte[] alpha = Golden.Read<byte>("bytes.alpha");
        RgbaImage straight = Grey(Golden.Read<byte>("bytes.colour"), alpha, AlphaMode.Straight);

        RgbaImage premultiplied = straight.ToPremultiplied();

        Assert.Equal(AlphaMode.Premultiplied, premultiplied.AlphaMode);
        AssertGrey(Golden.Read<byte>("bytes.premultiplied"), alpha, premultiplied);
        AssertGrey(Golden.Read<byte>("bytes.round_trip"), alpha, premultiplied.ToStraight());
    }

    [Fact]
    public void ToStraight_AllPairsOfBytes_IsExact()
    {
        byte[] alpha = Golden.Read<byte>("bytes.alpha");

        RgbaImage straight = Grey(Golden.Read<byte>("bytes.stored"), alpha, AlphaMode.Premultiplied).ToStraight();

        Assert.Equal(AlphaMode.Straight, straight.AlphaMode);
        AssertGrey(Golden.Read<byte>("bytes.unpremultiplied"), alpha, straight);
    }

    [Fact]
    public void FloatToPremultiplied_AndBack_IsExact()
    {
        float[] expected = Golden.ReadSingle("float.premultiplied");
        RgbaFloatImage straight = RgbaFloatImage.FromPixels(Golden.ReadSingle("float.straight"), 8, 8);

        RgbaFloatImage premultiplied = straight.ToPremultiplied();

        // The fixtures' README: 1e-6, relative where alpha is tiny.
        Close.Assert(expected, premultiplied.Pixels.Span, 1e-6);
        Close.Assert(Golden.ReadSingle("float.unpremultiplied"), premultiplied.ToStraight().Pixels.Span, 1e-6, 1e-6);
    }

    [Fact]
    public void ToImage_RecordedFloats_AreTruncatedOrRounded()
    {
        // 311 values in a row of 78 pixels; the last one is filled up with a zero.
        float[] input = [.. Golden.ReadSingle("quantize.input"), 0];
        RgbaFloatImage image = RgbaFloatImage.FromPixels(input, 78, 1);

        Assert.Equal([.. Golden.Read<byte>("quantize.truncated"), 0], image.ToImageTruncated().ToArray());
        Assert.Equal([.. Golden.Read<byte>("quantize.rounded"), 0], image.ToImage().ToArray());
    }

    [Fact]
    public void ToFloat_EveryByte_ComesBack()
    {
        RgbaImage image = Pictures.Noise(33, 21, 4, AlphaMode.Premultiplied);

        RgbaFloatImage wide = image.ToFloat();

        Assert.Equal(AlphaMode.Premultiplied, wide.AlphaMode);
        Assert.Equal(image.ToArray(), wide.ToImage().ToArray());
        Assert.Equal(image.ToArray(), wide.ToImageTruncated().ToArray());
    }

    [Fact]
    public void ToPremultiplied_AlreadyPremultiplied_IsACopy()
    {
        RgbaImage image = Pictures.Noise(3, 3, 4, AlphaMode.Premultiplied);
        RgbaImage copy = image.ToPremultiplied();
        copy.Pixels.Span.Clear();

        Assert.NotEqual(image.ToArray(), copy.ToArray());
        Assert.Equal(image.ToFloat().Pixels.ToArray(), image.ToFloat().ToPremultiplied().Pixels.ToArray());
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(100_000, 100_000)]
    public void FloatImage_BadSize_Throws(int width, int height)
        => Assert.Throws<ArgumentOutOfRangeException>(() => new RgbaFloatImage(width, height));

    [Fact]
    public void FloatFromPixels_WrongLength_Throws()
    {
        ArgumentException exception = Assert.Throws<ArgumentException>(() => RgbaFloatImage.FromPixels(new float[15], 2, 2));

        Assert.Contains("16 values", exception.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new RgbaFloatImage(2, 2).GetRow(2));
    }

    private static RgbaImage Grey(byte[] colour, byte[] alpha, AlphaMode mode)
    {
        RgbaImage image = new(256, 256, mode);
        Span<byte> pixels = image.Pixels.Span;
        for (int i = 0; i < colour.Length; i++)
        {
            pixels.Slice(4 * i, 3).Fill(colour[i]);
            pixels[(4 * i) + 3] = alpha[i];
        }

        return image;
    }

    private static void AssertGrey(byte[] colour, byte[] alpha, RgbaImage image)
        => Assert.Equal(Grey(colour, alpha, image.AlphaMode).ToArray(), image.ToArray());
}
