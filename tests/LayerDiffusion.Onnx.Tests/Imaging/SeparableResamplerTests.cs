using System.Runtime.InteropServices;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Imaging;

public sealed class SeparableResamplerTests
{
    public static TheoryData<ResamplingFilter> Filters => [.. Enum.GetValues<ResamplingFilter>()];

    [Theory]
    [MemberData(nameof(Filters))]
    public void Run_AnyNumberOfBands_SameBytes(ResamplingFilter filter)
    {
        // Rows used in place, rows too short or too many for that, rows left unused between, height grown, width first; more bands than rows.
        foreach ((int width, int height, int newWidth, int newHeight) in new[] { (61, 47, 30, 23), (9, 8, 18, 17), (5, 400, 7, 9), (37, 301, 21, 60), (200, 2, 3, 301), (300, 290, 3, 5) })
        {
            float[] source = Pictures.Noise(width, height, 5).ToPremultiplied().ToFloat().Pixels.ToArray();
            (ResamplingWeights Horizontal, ResamplingWeights Vertical) weights = ResamplingWeights.ForPicture(filter, width, height, newWidth, newHeight);
            float[] expected = Resample(source, weights, bands: 1, inPlace: false);
            Assert.DoesNotContain(float.NaN, expected);
            foreach (int bands in new[] { 1, 2, 3, 7 })
            {
                foreach (bool inPlace in new[] { false, true })
                {
                    float[] actual = Resample(source, weights, bands, inPlace);

                    Assert.True(
                        MemoryMarshal.AsBytes<float>(expected).SequenceEqual(MemoryMarshal.AsBytes<float>(actual)),
                        $"{width}×{height} to {newWidth}×{newHeight} in {bands} bands{(inPlace ? ", in place" : string.Empty)} differs.");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Filters))]
    public void Resize_LargePicture_SameAsInOneBand(ResamplingFilter filter)
    {
        RgbaFloatImage image = Pictures.Noise(701, 613, 7).ToPremultiplied().ToFloat();

        RgbaFloatImage resized = image.Resize(355, 301, filter);

        Assert.Equal(Resample(image.Pixels.ToArray(), ResamplingWeights.ForPicture(filter, 701, 613, 355, 301), bands: 1, inPlace: false), resized.Pixels.ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Run_CallbackThrows_ItsOwnException(int bands)
    {
        (ResamplingWeights Horizontal, ResamplingWeights Vertical) weights = ResamplingWeights.ForPicture(ResamplingFilter.Box, 8, 8, 4, 4);

        Assert.Throws<InvalidDataException>(() => SeparableResampler.Run((_, _) => throw new InvalidDataException(), weights, (_, _) => { }, bands));
        Assert.Throws<InvalidDataException>(() => SeparableResampler.Run((_, row) => row.Clear(), weights, (_, _) => throw new InvalidDataException(), bands));
    }

    private static float[] Resample(float[] source, (ResamplingWeights Horizontal, ResamplingWeights Vertical) weights, int bands, bool inPlace)
    {
        // Not-a-number shows where a row is not written, or read after it was.
        float[] result = new float[weights.Horizontal.OutputLength * weights.Vertical.OutputLength * 4];
        Array.Fill(result, float.NaN);
        SeparableResampler.RowAction write = (y, row) =>
        {
            row.CopyTo(result.AsSpan(y * row.Length));
            row.Fill(float.NaN);
        };
        if (inPlace)
        {
            SeparableResampler.Run(source, weights, write, bands);
        }
        else
        {
            SeparableResampler.Run((y, row) => source.AsSpan(y * row.Length, row.Length).CopyTo(row), weights, write, bands);
        }

        return result;
    }
}
