using System.Globalization;

namespace LayerDiffusion.Onnx.Tests;

/// <summary>Comparisons of whole tensors that say where and by how much they differ.</summary>
internal static class Close
{
    /// <summary>Asserts |actual − expected| ≤ absolute + relative·|expected| for every element.</summary>
    public static void Assert(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double absolute, double relative = 0, string what = "tensor")
    {
        Xunit.Assert.True(expected.Length == actual.Length, $"{what}: {actual.Length} elements, wanted {expected.Length}");
        int worst = -1;
        double worstExcess = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double excess = Math.Abs((double)actual[i] - expected[i]) - (absolute + (relative * Math.Abs((double)expected[i])));
            if (!(excess <= worstExcess))
            {
                (worst, worstExcess) = (i, double.IsNaN(excess) ? double.MaxValue : excess);
            }
        }

        Xunit.Assert.True(
            worst < 0,
            worst < 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{what}[{worst}] is {actual[worst]}, wanted {expected[worst]} within {absolute} + {relative} relative"));
    }
}
