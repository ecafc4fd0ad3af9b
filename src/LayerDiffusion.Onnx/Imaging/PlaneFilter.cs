namespace LayerDiffusion.Onnx.Imaging;

/// <summary>Convolution of planes of doubles with kernels of one dimension.</summary>
internal static class PlaneFilter
{
    /// <summary>Convolves along rows or columns; beyond the border the border value repeats.</summary>
    /// <param name="plane">Values, row after row.</param>
    /// <param name="width">Values of a row.</param>
    /// <param name="kernel">An odd number of weights.</param>
    /// <param name="alongRows">Whether along rows.</param>
    /// <returns>As many values.</returns>
    public static double[] Convolve(ReadOnlySpan<double> plane, int width, ReadOnlySpan<double> kernel, bool alongRows)
    {
        int height = plane.Length / width;
        int radius = kernel.Length / 2;
        (int length, int step) = alongRows ? (width, 1) : (height, width);
        double[] result = new double[plane.Length];
        for (int i = 0; i < result.Length; i++)
        {
            int position = alongRows ? i % width : i / width;
            int start = i - (position * step);
            double sum = 0;
            for (int k = 0; k < kernel.Length; k++)
            {
                sum += kernel[k] * plane[start + (Math.Clamp(position + radius - k, 0, length - 1) * step)];
            }

            result[i] = sum;
        }

        return result;
    }
}
