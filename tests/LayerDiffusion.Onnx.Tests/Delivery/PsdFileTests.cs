using LayerDiffusion.Onnx.Delivery;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Delivery;

public sealed class PsdFileTests
{
    [Theory]
    [InlineData(PsdCompression.Raw, PsdVariant.Psd)]
    [InlineData(PsdCompression.Rle, PsdVariant.Automatic)]
    [InlineData(PsdCompression.Zip, PsdVariant.Psd)]
    [InlineData(PsdCompression.ZipWithPrediction, PsdVariant.Psd)]
    [InlineData(PsdCompression.Raw, PsdVariant.Psb)]
    [InlineData(PsdCompression.Rle, PsdVariant.Psb)]
    [InlineData(PsdCompression.Zip, PsdVariant.Psb)]
    [InlineData(PsdCompression.ZipWithPrediction, PsdVariant.Psb)]
    public void Write_EveryForm_IsReadBackWhole(PsdCompression compression, PsdVariant variant)
    {
        LayeredDocument document = Documents.Rich() with { Merged = Pictures.Pattern(61, 47, 9) };
        byte[] bytes = Bytes(document, new PsdOptions { Compression = compression, Variant = variant });

        Assert.Equal(variant == PsdVariant.Psb ? 2 : 1, bytes[5]);
        LayeredDocument back = PsdFile.Read(new MemoryStream(bytes));
        Documents.AssertEqual(document, back);
        Assert.Equal(document.Merged.ToArray(), back.Merged!.ToArray());
        Assert.Equal(bytes, Bytes(document, new PsdOptions { Compression = compression, Variant = variant }));
    }

    [Fact]
    public void Write_MergedWithTransparency_ComesBackWithinTheLossOfTheWhiteMatte()
    {
        RgbaImage merged = Pictures.NoisyPattern(61, 47, 5);
        RgbaImage back = PsdFile.Read(new MemoryStream(Bytes(Documents.Rich() with { Merged = merged }, new PsdOptions()))).Merged!;

        for (int i = 0; i < back.Pixels.Length; i += 4)
        {
            int alpha = merged.Pixels.Span[i + 3];
            Assert.Equal(alpha, back.Pixels.Span[i + 3]);
            for (int channel = 0; channel < 3 && alpha > 0; channel++)
            {
                // Half a step over the matte is half a step divided by alpha without it, and half a step for rounding again.
                double allowed = (0.5 * 255 / alpha) + 0.5;
                Assert.True(Math.Abs(merged.Pixels.Span[i + channel] - back.Pixels.Span[i + channel]) <= allowed);
            }
        }
    }

    [Fact]
    public void Write_SideBeyondPsd_BecomesPsb()
    {
        LayeredDocument document = new(30_001, 2, [new DocumentLayer("wide", Pictures.NoisyPattern(30_001, 2, 1))]);
        byte[] bytes = Bytes(document, new PsdOptions());

        Assert.Equal(2, bytes[5]);
        Documents.AssertEqual(document, PsdFile.Read(new MemoryStream(bytes)));
        Assert.Contains("30000", Assert.Throws<ArgumentException>(() => Bytes(document, new PsdOptions { Variant = PsdVariant.Psd })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_LayerBeyondPsdInASmallDocument_BecomesPsb()
    {
        // Its rows can be longer than the two bytes that PSD files have for their lengths.
        LayeredDocument document = new(10, 10, [new DocumentGroup("g", [new DocumentLayer("wide", Pictures.NoisyPattern(70_000, 1, 1), -5)])]);
        byte[] bytes = Bytes(document, new PsdOptions());

        Assert.Equal(2, bytes[5]);
        Documents.AssertEqual(document, PsdFile.Read(new MemoryStream(bytes)));
    }

    [Fact]
    public void Write_PremultipliedLayer_IsWrittenStraight()
    {
        RgbaImage straight = Pictures.NoisyPattern(8, 8, 1);
        LayeredDocument back = PsdFile.Read(new MemoryStream(Bytes(new LayeredDocument(8, 8, [new DocumentLayer("a", straight.ToPremultiplied())]), new PsdOptions())));

        Assert.Equal(straight.ToPremultiplied().ToStraight().ToArray(), ((DocumentLayer)back.Nodes[0]).Image.ToArray());
    }

    [Fact]
    public void Write_BadDocuments_SayWhatIsWrong()
    {
        RgbaImage image = new(2, 2);
        Throws("layer", new LayeredDocument(2, 2, []));
        Throws("opacity of 'a'", new LayeredDocument(2, 2, [new DocumentLayer("a", image) { Opacity = 1.5 }]));
        Throws("opacity of 'a'", new LayeredDocument(2, 2, [new DocumentLayer("a", image) { Opacity = double.NaN }]));
        Throws("blend mode of 'a'", new LayeredDocument(2, 2, [new DocumentLayer("a", image) { BlendMode = (BlendMode)99 }]));
        Throws("character", new LayeredDocument(2, 2, [new DocumentLayer("a\0", image)]));
        Throws("300 characters", new LayeredDocument(2, 2, [new DocumentLayer(new string('n', 300), image)]));
        Throws("place", new LayeredDocument(2, 2, [new DocumentLayer("a", image, int.MaxValue)]));
        Throws("merged picture is 3×2", new LayeredDocument(2, 2, [new DocumentLayer("a", image)]) { Merged = new RgbaImage(3, 2) });
        Throws("PixelsPerInch", new LayeredDocument(2, 2, [new DocumentLayer("a", image)]) { PixelsPerInch = 0 });
        DocumentNode deep = new DocumentLayer("a", image);
        for (int i = 0; i < 11; i++)
        {
            deep = new DocumentGroup("g", [deep]);
        }

        Throws("deep", new LayeredDocument(2, 2, [deep]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LayeredDocument(300_001, 2, []));

        static void Throws(string part, LayeredDocument document)
        {
            Assert.Contains(part, Assert.ThrowsAny<ArgumentException>(() => Bytes(document, new PsdOptions())).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Read_DamagedFiles_ThrowOnlyImageFormatException()
    {
        byte[] whole = Bytes(Documents.Rich() with { Merged = Pictures.Pattern(61, 47, 9) }, new PsdOptions { Compression = PsdCompression.Zip });
        for (int length = 0; length < whole.Length; length += length < 4000 ? 7 : 401)
        {
            Assert.Throws<ImageFormatException>(() => PsdFile.Read(new MemoryStream(whole[..length])));
        }

        uint state = 7;
        for (int round = 0; round < 2000; round++)
        {
            byte[] damaged = [.. whole];
            for (int i = 0; i < 3; i++)
            {
                state = (state * 1664525) + 1013904223;
                damaged[(state >> 8) % (uint)(round % 2 == 0 ? 3000 : damaged.Length)] = (byte)(state >> 16);
            }

            try
            {
                PsdFile.Read(new MemoryStream(damaged));
            }
            catch (ImageFormatException)
            {
                // What damage is for.
            }
        }
    }

    [Fact]
    public void Save_FailingDocument_LeavesTheOldFile()
    {
        string path = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N") + ".psd");
        try
        {
            File.WriteAllText(path, "old");
            Assert.ThrowsAny<ArgumentException>(() => PsdFile.Save(new LayeredDocument(2, 2, []), path));
            Assert.Equal("old", File.ReadAllText(path));
            Assert.Contains(path, Assert.Throws<ImageFormatException>(() => PsdFile.Load(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(1000)]
    public void PackBits_AnyBytes_RoundTrip(int length)
    {
        for (int seed = 0; seed < 20; seed++)
        {
            byte[] source = new byte[length];
            uint state = (uint)seed;
            for (int i = 0; i < length; i++)
            {
                state = (state * 1664525) + 1013904223;
                source[i] = (byte)((state >> 24) % (uint)(seed + 1));
            }

            byte[] packed = new byte[PackBits.MaximumLength(length)];
            int packedLength = PackBits.Encode(source, packed);
            byte[] back = new byte[length];
            Assert.True(PackBits.TryDecode(packed.AsSpan(0, packedLength), back));
            Assert.Equal(source, back);
        }
    }

    private static byte[] Bytes(LayeredDocument document, PsdOptions options)
    {
        using MemoryStream stream = new();
        PsdFile.Write(document, stream, options);
        return stream.ToArray();
    }
}
