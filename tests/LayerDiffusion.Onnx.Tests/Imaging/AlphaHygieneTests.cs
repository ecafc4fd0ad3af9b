using LayerDiffusion.Onnx.Autoencoding;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Imaging;

public sealed class AlphaHygieneTests
{
    [Fact]
    public void Bleed_OnePixel_FillsItsSurroundingsUpToTheDistance()
    {
        RgbaImage image = new(11, 9);
        new byte[] { 10, 20, 30, 200 }.CopyTo(image.GetRow(4)[20..]);

        RgbaImage bled = AlphaHygiene.Bleed(image, 3);

        for (int y = 0; y < 9; y++)
        {
            for (int x = 0; x < 11; x++)
            {
                bool near = Math.Max(Math.Abs(x - 5), Math.Abs(y - 4)) <= 3;
                byte alpha = (x, y) == (5, 4) ? (byte)200 : (byte)0;
                Assert.Equal(near ? [10, 20, 30, alpha] : [0, 0, 0, 0], bled.GetRow(y).Slice(4 * x, 4).ToArray());
            }
        }
    }

    [Fact]
    public void Bleed_WithoutLimit_FillsEverythingAndKeepsWhatIsVisible()
    {
        RgbaImage image = Pictures.Disc(70, 50);

        byte[] bled = AlphaHygiene.Bleed(image).ToArray();

        byte[] original = image.ToArray();
        for (int i = 0; i < original.Length; i += 4)
        {
            Assert.Equal(original[i + 3], bled[i + 3]);
            Assert.Equal(200, bled[i + 2]);
            if (original[i + 3] > 0)
            {
                Assert.Equal(original[i..(i + 4)], bled[i..(i + 4)]);
            }
        }
    }

    [Theory]
    [InlineData(1, 60, 3, 1)]
    [InlineData(60, 1, int.MaxValue, 1)]
    [InlineData(40, 35, int.MaxValue, 1)]
    [InlineData(33, 50, 5, 1)]
    [InlineData(50, 50, 4, 200)]
    public void BleedAndDefringe_AnyPicture_AreTheMeansOfTheRingBefore(int width, int height, int distance, byte solidAlpha)
    {
        Random random = new(width);
        RgbaImage image = Pictures.Noise(width, height, height);
        for (int i = 3; i < image.Pixels.Length; i += 4)
        {
            image.Pixels.Span[i] = random.Next(30) > 0 && solidAlpha == 1 ? (byte)0 : image.Pixels.Span[i];
        }

        RgbaImage actual = solidAlpha == 1 ? AlphaHygiene.Bleed(image, distance) : AlphaHygiene.Defringe(image, distance, solidAlpha);

        Assert.Equal(DilateRingByRing(image, distance, solidAlpha).ToArray(), actual.ToArray());
    }

    [Fact]
    public void Bleed_FirstRing_WeighsByAlpha()
    {
        RgbaImage image = RgbaImage.FromPixels([255, 0, 0, 255, 9, 9, 9, 0, 0, 255, 0, 51], 3, 1);

        Assert.Equal([213, 43, 0, 0], AlphaHygiene.Bleed(image).ToArray()[4..8]);
    }

    [Fact]
    public void Bleed_NothingVisibleOrNoDistance_ChangesNothing()
    {
        RgbaImage empty = new(5, 5);
        RgbaImage disc = Pictures.Disc(20, 20);

        Assert.Equal(empty.ToArray(), AlphaHygiene.Bleed(empty).ToArray());
        Assert.Equal(disc.ToArray(), AlphaHygiene.Bleed(disc, 0).ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(255)]
    public void Halo_BilinearHalf_RimIsWithinOneOfExactCompositing(int background)
    {
        foreach (RgbaImage image in new[] { Pictures.Disc(128, 128), RgbPadding.Pad(Pictures.Disc(128, 128)), AlphaHygiene.Bleed(Pictures.Noise(96, 64, 9), 4) })
        {
            float[] exact = FloatResizing.Resize(Composite(image, background), image.Width, image.Height, 3, image.Width / 2, image.Height / 2, ResamplingFilter.Bilinear);

            RgbaImage half = image.Resize(image.Width / 2, image.Height / 2, ResamplingFilter.Bilinear);

            // Half a unit of rounding for alpha and half for colour.
            Close.Assert(exact, Composite(half, background), 1.0 / 255, what: "rim");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(255)]
    public void Halo_FourMipLevels_RimIsWithinOneOfExactCompositing(int background)
    {
        RgbaImage image = RgbPadding.Pad(Pictures.Disc(128, 96));

        IReadOnlyList<RgbaImage> levels = MipChain.Create(image, new MipOptions { LinearLight = false, MaximumLevels = 4 });

        Assert.Equal(4, levels.Count);
        foreach (RgbaImage level in levels)
        {
            float[] exact = FloatResizing.Resize(Composite(image, background), 128, 96, 3, level.Width, level.Height, ResamplingFilter.Area);
            Close.Assert(exact, Composite(level, background), 1.0 / 255, what: $"rim of {level.Width}×{level.Height}");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(255)]
    public void Halo_FourMipLevelsInLinearLight_RimIsWithinRounding(int background)
    {
        RgbaImage image = RgbPadding.Pad(Pictures.Disc(128, 96));

        foreach (RgbaImage level in MipChain.Create(image, new MipOptions { MaximumLevels = 4 }))
        {
            float[] exact = FloatResizing.Resize(Composite(image, background, linear: true), 128, 96, 3, level.Width, level.Height, ResamplingFilter.Area);

            // Half a unit of alpha, and half a unit of stored colour, which sRGB stretches by up to 2.28 in linear light.
            Close.Assert(exact, Composite(level, background, linear: true), (0.5 + (0.5 * 2.28)) / 255, what: $"rim of {level.Width}×{level.Height}");
        }
    }

    [Fact]
    public void Halo_EngineThatFiltersStraight_NeedsBleeding()
    {
        // One colour, so that straight filtering of a bled sprite is exact.
        RgbaImage image = Pictures.Disc(64, 64);
        for (int i = 0; i < 64 * 64; i++)
        {
            Span<byte> pixel = image.Pixels.Span.Slice(4 * i, 4);
            (pixel[0], pixel[1], pixel[2]) = pixel[3] > 0 ? ((byte)230, (byte)180, (byte)60) : ((byte)0, (byte)0, (byte)0);
        }

        Assert.True(WorstRim(image) > 10 / 255.0, "without bleeding, black pulls the rim dark");

        // Half a unit of rounding for alpha and half for colour.
        Assert.InRange(WorstRim(AlphaHygiene.Bleed(image, 2)), 0, 1 / 255.0);
        Assert.InRange(WorstRim(RgbPadding.Pad(image)), 0, 1 / 255.0);

        static double WorstRim(RgbaImage image)
        {
            float[] straight = FloatResizing.Resize(image.ToFloat().Pixels.ToArray(), 64, 64, 4, 32, 32, ResamplingFilter.Bilinear);
            float[] exact = FloatResizing.Resize(Composite(image, 255), 64, 64, 3, 32, 32, ResamplingFilter.Bilinear);
            double worst = 0;
            for (int i = 0; i < exact.Length; i++)
            {
                float alpha = straight[(i / 3 * 4) + 3];
                worst = Math.Max(worst, Math.Abs((straight[(i / 3 * 4) + (i % 3)] * alpha) + (1 - alpha) - exact[i]));
            }

            return worst;
        }
    }

    [Fact]
    public void MipChain_OddSizes_GoDownToOne()
    {
        IReadOnlyList<RgbaImage> levels = MipChain.Create(Pictures.Noise(37, 5, 1));

        Assert.Equal([(18, 2), (9, 1), (4, 1), (2, 1), (1, 1)], levels.Select(level => (level.Width, level.Height)));
        Assert.Empty(MipChain.Create(new RgbaImage(1, 1)));
    }

    [Fact]
    public void MipChain_Coverage_IsKept()
    {
        // Thin lines lose their alpha when averaged.
        RgbaImage image = new(128, 128);
        for (int y = 0; y < 128; y++)
        {
            for (int x = 0; x < 128; x++)
            {
                image.GetRow(y)[(4 * x) + 3] = (x + (y / 3)) % 7 == 0 ? (byte)255 : (byte)(x * y % 60);
            }
        }

        double wanted = Coverage(image);
        RgbaImage plain = MipChain.Create(image, new MipOptions { MaximumLevels = 2 })[1];
        RgbaImage kept = MipChain.Create(image, new MipOptions { MaximumLevels = 2, CoverageCutoff = 0.5 })[1];

        Assert.True(Math.Abs(Coverage(plain) - wanted) > 0.1, "the plain level should lose coverage");

        // A level of 32×32 whose alpha takes few values can be this far from the wanted part.
        Assert.InRange(Coverage(kept), wanted - 0.05, wanted + 0.05);

        static double Coverage(RgbaImage image) => image.ToArray().Where((_, i) => i % 4 == 3).Average(alpha => alpha >= 127.5 ? 1.0 : 0.0);
    }

    [Fact]
    public void Defringe_RimOfOtherColour_TakesTheSolidColour()
    {
        // Solid red, then a rim cut out of a green background, then glass far away that stays.
        RgbaImage image = RgbaImage.FromPixels([255, 0, 0, 255, 128, 128, 0, 128, 30, 220, 0, 40, 7, 8, 9, 100], 4, 1);

        Assert.Equal([255, 0, 0, 255, 255, 0, 0, 128, 255, 0, 0, 40, 7, 8, 9, 100], AlphaHygiene.Defringe(image).ToArray());
    }

    [Fact]
    public void RemoveMatte_AfterCompositing_BringsColourBack()
    {
        RgbaImage image = RgbaImage.FromPixels([200, 100, 50, 128, 10, 250, 99, 200, 1, 2, 3, 255], 3, 1);
        RgbaImage matted = image.ToMattePreview(0, 255, 0);
        for (int i = 3; i < 12; i += 4)
        {
            matted.Pixels.Span[i] = image.Pixels.Span[i];
        }

        RgbaImage removed = AlphaHygiene.RemoveMatte(matted, 0, 255, 0);

        // Half a unit of the composite's rounding grows by 255/128, and the result is rounded again.
        Close.Assert([.. image.ToArray().Select(value => (float)value)], [.. removed.ToArray().Select(value => (float)value)], 1.5);
    }

    [Fact]
    public void AlphaCurves_KnownValues_AreMapped()
    {
        RgbaImage image = RgbaImage.FromPixels([9, 9, 9, 0, 9, 9, 9, 20, 9, 9, 9, 128, 9, 9, 9, 255], 4, 1);

        Assert.Equal([0, 0, 128, 255], Alpha(AlphaHygiene.ThresholdAlpha(image, 21)));
        Assert.Equal([0, 20, 128, 255], Alpha(AlphaHygiene.ThresholdAlpha(image, 20)));
        Assert.Equal([0, 255, 255, 255], Alpha(AlphaHygiene.ThresholdAlpha(image, 20, binary: true)));
        Assert.Equal([0, 0, 138, 255], Alpha(AlphaHygiene.StretchAlpha(image, 20, 220)));
        Assert.Equal([0, 0, 129, 255], Alpha(AlphaHygiene.AdjustAlphaContrast(image, 2)));
        Assert.Equal([0, 20, 128, 255], Alpha(AlphaHygiene.AdjustAlphaContrast(image, 1)));
        Assert.Equal(image.ToArray().Where((_, i) => i % 4 != 3), AlphaHygiene.ThresholdAlpha(image, 200).ToArray().Where((_, i) => i % 4 != 3));
        Assert.Equal(AlphaMode.Premultiplied, AlphaHygiene.ThresholdAlpha(image.ToPremultiplied(), 5).AlphaMode);

        static byte[] Alpha(RgbaImage image) => [.. image.ToArray().Where((_, i) => i % 4 == 3)];
    }

    [Fact]
    public void Trim_VisiblePart_IsCutOutAndRestored()
    {
        RgbaImage image = new(20, 10);
        image.GetRow(2)[(4 * 5) + 3] = 255;
        image.GetRow(6)[(4 * 11) + 3] = 3;

        TrimmedImage trimmed = image.Trim();
        TrimmedImage strict = image.Trim(alphaThreshold: 4, margin: 1, pivotY: 1);

        Assert.Equal((5, 2, 7, 5, 20, 10), (trimmed.X, trimmed.Y, trimmed.Image.Width, trimmed.Image.Height, trimmed.OriginalWidth, trimmed.OriginalHeight));
        Assert.Equal(5 / 7.0, trimmed.TrimmedPivotX, 12);
        Assert.Equal(3 / 5.0, trimmed.TrimmedPivotY, 12);
        Assert.Equal(image.ToArray(), trimmed.Restore().ToArray());
        Assert.Equal((4, 1, 3, 3), (strict.X, strict.Y, strict.Image.Width, strict.Image.Height));
        Assert.Equal(3, strict.TrimmedPivotY, 12);
    }

    [Fact]
    public void Trim_NothingVisible_IsOnePixel()
    {
        TrimmedImage trimmed = new RgbaImage(9, 7).Trim(margin: 3);

        Assert.Equal((0, 0, 1, 1), (trimmed.X, trimmed.Y, trimmed.Image.Width, trimmed.Image.Height));
        Assert.Equal(9 * 7 * 4, trimmed.Restore().ToArray().Length);
    }

    [Fact]
    public void Extrude_Corners_AreRepeated()
    {
        RgbaImage image = Pictures.Noise(3, 2, 1);

        RgbaImage extruded = AlphaHygiene.Extrude(image, 2);

        Assert.Equal((7, 6), (extruded.Width, extruded.Height));
        for (int y = 0; y < 6; y++)
        {
            for (int x = 0; x < 7; x++)
            {
                byte[] expected = image.GetRow(Math.Clamp(y - 2, 0, 1)).Slice(4 * Math.Clamp(x - 2, 0, 2), 4).ToArray();
                Assert.Equal(expected, extruded.GetRow(y).Slice(4 * x, 4).ToArray());
            }
        }
    }

    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(5, 8, 8, 8)]
    [InlineData(64, 65, 64, 128)]
    public void PadToPowerOfTwo_AnySize_KeepsThePictureAtTheTopLeft(int width, int height, int newWidth, int newHeight)
    {
        RgbaImage image = Pictures.Noise(width, height, 1);

        RgbaImage padded = AlphaHygiene.PadToPowerOfTwo(image);

        Assert.Equal((newWidth, newHeight), (padded.Width, padded.Height));
        Assert.Equal(image.ToArray(), padded.Crop(0, 0, width, height).ToArray());
    }

    [Fact]
    public void PadToMultiple_AnySize_IsMultiple()
    {
        RgbaImage padded = AlphaHygiene.PadToMultiple(Pictures.Noise(5, 8, 1));

        Assert.Equal((8, 8), (padded.Width, padded.Height));
        Assert.Equal((6, 9), (AlphaHygiene.PadToMultiple(Pictures.Noise(5, 8, 1), 3).Width, AlphaHygiene.PadToMultiple(Pictures.Noise(5, 8, 1), 3).Height));
    }

    [Fact]
    public void BadArguments_Throw()
    {
        RgbaImage image = new(4, 4);

        Assert.Throws<ArgumentOutOfRangeException>(() => AlphaHygiene.Bleed(image, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => AlphaHygiene.Defringe(image, 1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => AlphaHygiene.StretchAlpha(image, 9, 9));
        Assert.Throws<ArgumentOutOfRangeException>(() => AlphaHygiene.AdjustAlphaContrast(image, double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => AlphaHygiene.Extrude(image, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => AlphaHygiene.Extrude(image, int.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>(() => AlphaHygiene.PadToMultiple(image, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => AlphaHygiene.PadToMultiple(image, int.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>(() => image.Crop(1, 0, 4, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => image.Crop(-1, 0, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => image.Crop(0, int.MaxValue, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => image.Extend(int.MaxValue, 0, int.MaxValue, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => image.Trim(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => image.Trim(1, 0, double.PositiveInfinity));
        Assert.Throws<ArgumentOutOfRangeException>(() => MipChain.Create(image, new MipOptions { CoverageCutoff = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => MipChain.Create(image, new MipOptions { MaximumLevels = -1 }));
    }

    // Laid over grey, three values a pixel, in floats.
    // The definition, word for word: every ring looks at all pixels.
    private static RgbaImage DilateRingByRing(RgbaImage image, int distance, int solidAlpha)
    {
        RgbaImage result = image.Clone();
        int[] rings = new int[image.Width * image.Height];
        for (int i = 0; i < rings.Length; i++)
        {
            rings[i] = image.Pixels.Span[(4 * i) + 3] >= solidAlpha ? 0 : int.MaxValue;
        }

        for (int ring = 1; ring <= Math.Min(distance, image.Width + image.Height); ring++)
        {
            for (int i = 0; i < rings.Length; i++)
            {
                int[] sums = new int[4];
                for (int dy = -1; dy <= 1; dy++)
                {
                    for (int dx = -1; dx <= 1; dx++)
                    {
                        (int x, int y) = ((i % image.Width) + dx, (i / image.Width) + dy);
                        if (x < 0 || y < 0 || x >= image.Width || y >= image.Height || rings[(y * image.Width) + x] != ring - 1)
                        {
                            continue;
                        }

                        ReadOnlySpan<byte> neighbour = result.GetRow(y).Slice(4 * x, 4);
                        int weight = (dx == 0 || dy == 0 ? 2 : 1) * (ring == 1 ? neighbour[3] : 1);
                        (sums[0], sums[1], sums[2], sums[3]) = (sums[0] + (weight * neighbour[0]), sums[1] + (weight * neighbour[1]), sums[2] + (weight * neighbour[2]), sums[3] + weight);
                    }
                }

                if (rings[i] == int.MaxValue && sums[3] > 0)
                {
                    rings[i] = ring;
                    for (int channel = 0; channel < 3; channel++)
                    {
                        result.Pixels.Span[(4 * i) + channel] = (byte)((sums[channel] + (sums[3] / 2)) / sums[3]);
                    }
                }
            }
        }

        return result;
    }

    private static float[] Composite(RgbaImage image, int background, bool linear = false)
    {
        byte[] pixels = image.ToArray();
        float[] result = new float[pixels.Length / 4 * 3];
        for (int i = 0; i < result.Length; i++)
        {
            double alpha = pixels[(i / 3 * 4) + 3] / 255.0;
            double color = pixels[(i / 3 * 4) + (i % 3)] / 255.0;
            result[i] = (float)(((linear ? SrgbTransfer.ToLinear(color) : color) * alpha) + (background / 255.0 * (1 - alpha)));
        }

        return result;
    }
}
