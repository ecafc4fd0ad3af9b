using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx.Tests.Sampling;

/// <summary>Hands out noise recorded before, draw by draw.</summary>
internal sealed class RecordedNoise(float[] draws, int sampleLength) : INoiseSource
{
    public int Drawn { get; set; }

    public int Count => draws.Length / sampleLength;

    public void NextNormal(Span<float> destination)
    {
        Assert.Equal(sampleLength, destination.Length);
        Assert.True(this.Drawn < this.Count, $"draw {this.Drawn} of {this.Count}");
        draws.AsSpan(this.Drawn * sampleLength, sampleLength).CopyTo(destination);
        this.Drawn++;
    }
}
