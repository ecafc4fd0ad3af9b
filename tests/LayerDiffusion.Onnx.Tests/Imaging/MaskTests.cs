using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Imaging;

/// <summary>Masks: how they are drawn, taken from pictures and changed.</summary>
public sealed class MaskTests
{
    [Theory]
    [InlineData(1, 1, 2, 1, "....|.##.|....")]
    [InlineData(-1, -1, 3, 2, "##..|....|....")]
    [InlineData(2, 1, int.MaxValue, int.MaxValue, "....|..##|..##")]
    [InlineData(4, 0, 1, 1, "....|....|....")]
    [InlineData(0, 0, 0, 3, "....|....|....")]
    [InlineData(3, 2, -2, -2, "....|....|....")]
    [InlineData(int.MinValue, int.MinValue, int.MaxValue, int.MaxValue, "....|....|....")]
    public void Rectangle_AnyPlace_IsCutOffAtTheMask(int x, int y, int width, int height, string expected)
    {
        Mask mask = Mask.Rectangle(4, 3, x, y, width, height);

        Assert.Equal(expected, Draw(mask));
        Assert.Equal(!expected.Contains('#', StringComparison.Ordinal), mask.IsEmpty);
    }

    [Fact]
    public void Polygon_Triangle_HoldsThePixelsWhoseCentresAreInside() => Assert.Equal(
        "#....|##...|###..|####.|#####",
        Draw(Mask.Polygon(5, 5, (0, -0.25), (5.25, 5), (0, 5))));

    [Fact]
    public void Polygon_Rectangle_IsTheRectangle()
    {
        Mask polygon = Mask.Polygon(9, 7, (2, 1), (6, 1), (6, 5), (2, 5));

        Assert.Equal(Mask.Rectangle(9, 7, 2, 1, 4, 4).Values.ToArray(), polygon.Values.ToArray());
    }

    [Fact]
    public void Polygon_LineThatCrossesItself_IsHollowWhereItCoversTwice()
    {
        // Two squares in one line: what both cover is outside by the even-odd rule.
        Mask mask = Mask.Polygon(5, 5, (0, 0), (5, 0), (5, 5), (0, 5), (0, 0), (2, 2), (3, 2), (3, 3), (2, 3), (2, 2));

        Assert.Equal("#####|#####|##.##|#####|#####", Draw(mask));
    }

    [Fact]
    public void Polygon_EitherWayRoundAndFromAnyCorner_IsTheSame()
    {
        Mask mask = Mask.Polygon(20, 20, (1, 2), (18.5, 4), (15, 17), (3, 12));

        Assert.Equal(mask.Values.ToArray(), Mask.Polygon(20, 20, (3, 12), (15, 17), (18.5, 4), (1, 2)).Values.ToArray());
        Assert.Equal(mask.Values.ToArray(), Mask.Polygon(20, 20, (15, 17), (3, 12), (1, 2), (18.5, 4)).Values.ToArray());
    }

    [Fact]
    public void Polygon_CornersFarOutside_IsCutOff()
    {
        Assert.Equal("###|###", Draw(Mask.Polygon(3, 2, (-1e9, -1e9), (1e9, -1e9), (1e9, 1e9), (-1e9, 1e9))));
        Assert.True(Mask.Polygon(3, 2, (10, 10), (20, 10), (20, 20)).IsEmpty);
    }

    [Fact]
    public void Polygon_PointsThatCannotBe_AreRefused()
    {
        Assert.Equal("points", Assert.Throws<ArgumentException>(() => Mask.Polygon(4, 4, (0, 0), (1, 1))).ParamName);
        Assert.Equal("points", Assert.Throws<ArgumentException>(() => Mask.Polygon(4, 4, (0, 0), (1, 1), (double.NaN, 0))).ParamName);
        Assert.Equal("points", Assert.Throws<ArgumentException>(() => Mask.Polygon(4, 4, (0, 0), (1, 1), (0, double.MaxValue))).ParamName);
        Assert.Equal("points", Assert.Throws<ArgumentException>(() => Mask.Polygon(4, 4, (0, 0), (double.NegativeInfinity, 1), (0, 1))).ParamName);
    }

    [Fact]
    public void Make_SizeThatCannotBe_IsRefused()
    {
        Assert.Equal("width", Assert.Throws<ArgumentOutOfRangeException>(() => Mask.Rectangle(0, 4, 0, 0, 1, 1)).ParamName);
        Assert.Equal("height", Assert.Throws<ArgumentOutOfRangeException>(() => Mask.Polygon(4, -1, (0, 0), (1, 1), (0, 1))).ParamName);
        Assert.Throws<ArgumentOutOfRangeException>(() => Mask.Rectangle(int.MaxValue, int.MaxValue, 0, 0, 1, 1));
        Assert.Equal("values", Assert.Throws<ArgumentException>(() => Mask.FromValues([1, 2, 3], 2, 2)).ParamName);
        Assert.Equal("values", Assert.Throws<ArgumentException>(() => Mask.FromValues([], int.MaxValue, int.MaxValue)).ParamName);
        Assert.Equal("height", Assert.Throws<ArgumentOutOfRangeException>(() => Mask.FromValues([], 1, 0)).ParamName);
    }

    [Theory]
    [InlineData(255, 255, 255, 255, 255)]
    [InlineData(77, 77, 77, 255, 77)]
    [InlineData(0, 0, 0, 255, 0)]
    [InlineData(255, 255, 255, 0, 0)]
    [InlineData(255, 255, 255, 100, 100)]
    [InlineData(255, 0, 0, 255, 76)]
    [InlineData(0, 255, 0, 255, 150)]
    [InlineData(0, 0, 255, 255, 29)]
    public void FromImage_Colour_IsItsLuma(byte red, byte green, byte blue, byte alpha, byte expected) =>
        Assert.Equal([expected], Mask.FromImage(RgbaImage.FromPixels([red, green, blue, alpha], 1, 1)).Values.ToArray());

    [Fact]
    public void FromAlpha_Picture_IsItsAlpha()
    {
        RgbaImage image = Pictures.Noise(7, 5, 1);

        Assert.Equal(image.ToArray().Where((_, index) => index % 4 == 3), Mask.FromAlpha(image).Values.ToArray());
        Assert.Equal("image", Assert.Throws<ArgumentNullException>(() => Mask.FromAlpha(null!)).ParamName);
        Assert.Equal("image", Assert.Throws<ArgumentNullException>(() => Mask.FromImage(null!)).ParamName);
    }

    [Fact]
    public void ToImage_Mask_ComesBackFromItsLuma()
    {
        Mask mask = Mask.FromValues([.. Enumerable.Range(0, 256).Select(value => (byte)value)], 16, 16);

        Assert.Equal(mask.Values.ToArray(), Mask.FromImage(mask.ToImage()).Values.ToArray());
        Assert.All(Mask.FromAlpha(mask.ToImage()).Values.ToArray(), alpha => Assert.Equal(255, alpha));
    }

    [Fact]
    public void Invert_Twice_IsTheSame()
    {
        Mask mask = Mask.Rectangle(4, 3, 1, 1, 2, 1);

        Assert.Equal("####|#..#|####", Draw(mask.Invert()));
        Assert.Equal(mask.Values.ToArray(), mask.Invert().Invert().Values.ToArray());
    }

    [Theory]
    [InlineData(0, ".....|.....|..#..|.....|.....")]
    [InlineData(1, ".....|.###.|.###.|.###.|.....")]
    [InlineData(2, "#####|#####|#####|#####|#####")]
    [InlineData(int.MaxValue, "#####|#####|#####|#####|#####")]
    public void Grow_Point_BecomesASquare(int radius, string expected)
    {
        Mask mask = Mask.Rectangle(5, 5, 2, 2, 1, 1);

        Assert.Equal(expected, Draw(mask.Grow(radius)));
        Assert.Equal(".....|.....|..#..|.....|.....", Draw(mask));
    }

    [Fact]
    public void Feather_Edge_FallsEvenly()
    {
        byte[] row = Mask.Rectangle(9, 1, 4, 0, 5, 1).Feather(2).Values.ToArray();

        Assert.Equal([0, 0, 51, 102, 153, 204, 255, 255, 255], row);
    }

    [Fact]
    public void Feather_WholeOrEmptyMask_StaysSo()
    {
        Assert.Equal("###|###", Draw(Mask.Rectangle(3, 2, 0, 0, 3, 2).Feather(int.MaxValue)));
        Assert.True(Mask.Rectangle(3, 2, 3, 0, 1, 1).Feather(4).IsEmpty);
        byte[] values = [3, 200, 0, 255, 17, 99];
        Assert.Equal(values, Mask.FromValues(values, 2, 3).Feather(0).Values.ToArray());
    }

    [Fact]
    public void Change_NegativeRadius_IsRefused()
    {
        Mask mask = Mask.Rectangle(3, 3, 0, 0, 1, 1);

        Assert.Equal("radius", Assert.Throws<ArgumentOutOfRangeException>(() => mask.Grow(-1)).ParamName);
        Assert.Equal("radius", Assert.Throws<ArgumentOutOfRangeException>(() => mask.Feather(-1)).ParamName);
    }

    private static string Draw(Mask mask) => string.Join('|', mask.Values.ToArray().Chunk(mask.Width).Select(
        row => string.Concat(row.Select(value => value switch { 0 => '.', 255 => '#', _ => '+' }))));
}
