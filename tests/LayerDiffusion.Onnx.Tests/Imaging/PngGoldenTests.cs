using System.Text.Json;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Tests.Imaging;

/// <summary>Pixels and rejections recorded in tests/fixtures/components/imaging/png.json.</summary>
public sealed class PngGoldenTests
{
    private static readonly string Folder = Fixtures.PathOf("components", "imaging");
    private static readonly SafetensorsFile Pixels = Fixtures.Tensors("components", "imaging", "png.safetensors");

    public static TheoryData<string, string> Decodable => [.. Cases("decodable").Select(item => (Text(item, "file"), Text(item, "tensor")))];

    public static TheoryData<string> Damaged => [.. Cases("damaged").Select(item => Text(item, "file"))];

    [Theory]
    [MemberData(nameof(Decodable))]
    public void LoadPng_EveryKind_GivesTheRecordedPixels(string file, string tensor)
    {
        RgbaImage image = RgbaImage.LoadPng(Path.Combine(Folder, file));

        AssertPixels(tensor, image);
        Assert.Equal(AlphaMode.Straight, image.AlphaMode);
    }

    [Theory]
    [MemberData(nameof(Decodable))]
    public void FloatLoadPng_EveryKind_AgreesWithTheBytes(string file, string tensor)
    {
        RgbaFloatImage image = RgbaFloatImage.LoadPng(Path.Combine(Folder, file));

        // The bytes of 16-bit files are the high bytes; rounding 16 bits to 8 may differ from them by 1, and a value by 1/255 at most.
        float[] expected = [.. Pixels.Read<byte>(tensor).Select(value => value / 255f)];
        Close.Assert(expected, image.Pixels.Span, 1.0 / 255, what: file);
    }

    [Theory]
    [MemberData(nameof(Damaged))]
    public void LoadPng_DamagedFile_IsRejectedOrExact(string file)
    {
        JsonElement item = Cases("damaged").Single(item => Text(item, "file") == file);
        string path = Path.Combine(Folder, file);
        RgbaImage image;
        try
        {
            image = RgbaImage.LoadPng(path);
        }
        catch (ImageFormatException exception)
        {
            Assert.Equal(path, exception.FileName);
            Assert.StartsWith(path + ": ", exception.Message, StringComparison.Ordinal);
            return;
        }

        Assert.Contains("or decode", Text(item, "expectation"), StringComparison.Ordinal);
        AssertPixels(Text(item, "tensor"), image);
    }

    [Theory]
    [MemberData(nameof(Damaged))]
    public void DecodePng_DamagedFile_AllocatesInProportion(string file)
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(Folder, file));
        long before = GC.GetAllocatedBytesForCurrentThread();

        Record.Exception(() => RgbaImage.DecodePng(bytes));

        // 16 MiB of text is the default limit, its buffer doubles while it grows, and the rest is small change.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }

    private static void AssertPixels(string tensor, RgbaImage image)
    {
        Assert.Equal([image.Height, image.Width, 4], Pixels.Tensors[tensor].Shape);
        Assert.Equal(Pixels.Read<byte>(tensor), image.ToArray());
    }

    private static JsonElement[] Cases(string list)
        => [.. Fixtures.Json("components", "imaging", "png.json").GetProperty(list).EnumerateArray()];

    private static string Text(JsonElement item, string name) => item.GetProperty(name).GetString()!;
}
