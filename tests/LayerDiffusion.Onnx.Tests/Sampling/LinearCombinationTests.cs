using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx.Tests.Sampling;

public sealed class LinearCombinationTests
{
    [Fact]
    public void Apply_EveryLengthTermCountAndAlias_IsTheWeightedSum()
    {
        double[] weights = [0.5, -2, 3, 0.25, -1.5];
        foreach (int length in Enumerable.Range(0, 70).Append(2047).Append(2049).Append(5000))
        {
            for (int terms = 0; terms < 1 << 5; terms++)
            {
                for (int alias = -1; alias < 5; alias++)
                {
                    float[][] x = [.. Enumerable.Range(0, 5).Select(k => Enumerable.Range(0, length).Select(i => MathF.Sin((i * 0.7f) + k)).ToArray())];
                    double[] w = [.. weights.Select((weight, k) => (terms >> k & 1) == 1 ? weight : 0)];
                    float[] expected = new float[length];
                    for (int i = 0; i < length; i++)
                    {
                        expected[i] = (float)w.Select((weight, k) => weight * x[k][i]).Sum();
                    }

                    float[] destination = alias < 0 ? new float[length] : x[alias];
                    LinearCombination.Apply(destination, w[0], x[0], w[1], x[1], w[2], x[2], w[3], x[3], w[4], x[4]);

                    // Five roundings of float32 at magnitudes up to 7.
                    Close.Assert(expected, destination, 3e-6, what: $"length {length}, terms {terms}, destination {alias}");
                }
            }
        }
    }

    [Fact]
    public void Move_IntoAnyOperand_IsTheStraightMove()
    {
        for (int alias = -1; alias < 3; alias++)
        {
            float[][] x = [.. Enumerable.Range(0, 3).Select(k => Enumerable.Range(0, 3000).Select(i => MathF.Cos((i * 0.3f) + k)).ToArray())];
            float[] expected = [.. Enumerable.Range(0, 3000).Select(i => x[0][i] + ((x[1][i] - x[2][i]) / 4f * -3f))];
            float[] destination = alias < 0 ? new float[3000] : x[alias];
            LinearCombination.Move(destination, x[0], x[1], x[2], 4, -3);

            Assert.Equal(expected, destination);
        }
    }
}
