using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Imaging;

/// <summary>Resizes numbers that are no picture.</summary>
internal static class FloatResizing
{
    /// <summary>Resizes floats <c>[height, width, channels]</c>, up to four channels, which do not influence each other.</summary>
    public static float[] Resize(float[] values, int width, int height, int channels, int newWidth, int newHeight, ResamplingFilter filter)
    {
        RgbaFloatImage image = new(width, height, AlphaMode.Premultiplied);
        for (int i = 0; i < values.Length; i++)
        {
            image.Pixels.Span[(i / channels * 4) + (i % channels)] = values[i];
        }

        ReadOnlySpan<float> resized = image.Resize(newWidth, newHeight, filter).Pixels.Span;
        float[] result = new float[newWidth * newHeight * channels];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = resized[(i / channels * 4) + (i % channels)];
        }

        return result;
    }
}
