using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx.Tests.Sampling;

public sealed class StepPartsTests
{
    [Theory]
    [InlineData(1, 4, 1)]
    [InlineData(4, 4, 1)]
    [InlineData(5, 4, 2)]
    [InlineData(8, 4, 2)]
    [InlineData(11, 4, 3)]
    [InlineData(int.MaxValue, int.MaxValue - 1, 2)]
    public void GetEnumerator_AnyLength_CoversItOnceInOrder(int length, int partLength, int count)
    {
        List<StepPart> parts = [];
        foreach (StepPart part in new StepParts(length, partLength))
        {
            parts.Add(part);
        }

        Assert.Equal(count, parts.Count);
        Assert.Equal(0, parts[0].Start);
        Assert.All(parts.Zip(parts.Skip(1)), pair => Assert.Equal(pair.First.Start + pair.First.Length, pair.Second.Start));
        Assert.All(parts, part => Assert.InRange(part.Length, 1, partLength));
        Assert.Equal(length, parts[^1].Start + parts[^1].Length);
    }

    [Fact]
    public void Of_Tensor_IsTheStretchOfThePart()
    {
        float[] tensor = [0, 1, 2, 3, 4];
        StepPart part = new(2, 2);
        Assert.Equal([2, 3], part.Of(tensor).ToArray());
        Assert.Equal([2, 3], part.Of(tensor.AsSpan()).ToArray());
        Assert.Equal([2, 3], part.Of((ReadOnlySpan<float>)tensor).ToArray());
        Assert.True(part.Of(Array.Empty<float>()).IsEmpty);
        Assert.True(part.Of(ReadOnlySpan<float>.Empty).IsEmpty);
        Assert.Throws<ArgumentOutOfRangeException>(() => new StepPart(4, 2).Of(tensor).Length);
    }
}
