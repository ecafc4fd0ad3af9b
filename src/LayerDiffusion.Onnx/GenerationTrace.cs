using System.Globalization;
using LayerDiffusion.Onnx.IO;
using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx;

/// <summary>Collects the tensors of a generation, so that they can be compared with another implementation's.</summary>
/// <remarks>
/// Names: <c>input_ids</c>, <c>prompt_embeds</c>, <c>pooled_prompt_embeds</c> and the same with <c>negative_</c>, <c>time_ids</c>,
/// <c>randn.00</c> … (every draw of noise), <c>timesteps</c>, <c>sigmas</c>, <c>unet.first.sample</c>, <c>unet.first.timestep</c>,
/// <c>unet.first.out</c>, <c>latent.00</c> … (after each evaluation), <c>final</c>, <c>decoded</c>, <c>argb.passes</c>, <c>argb</c>.
/// </remarks>
internal sealed class GenerationTrace
{
    private readonly SafetensorsWriter writer = new();
    private int draws;

    /// <summary>Keeps a tensor.</summary>
    public void Add<T>(string name, ReadOnlySpan<T> values, params long[] shape)
        where T : unmanaged => this.writer.Add(name, values, shape);

    /// <summary>Keeps the latents after an evaluation.</summary>
    public void AddLatent(int evaluation, ReadOnlySpan<float> latent, LatentShape shape) =>
        this.Add(string.Create(CultureInfo.InvariantCulture, $"latent.{evaluation:D2}"), latent, shape.Rows, shape.Channels, shape.Height, shape.Width);

    /// <summary>Keeps every draw from a source of noise.</summary>
    public INoiseSource Record(INoiseSource source, LatentShape shape) => new RecordingNoise(this, source, shape);

    /// <summary>Writes the file, all or nothing.</summary>
    public void Save(string path) => this.writer.Save(path);

    private sealed class RecordingNoise(GenerationTrace trace, INoiseSource source, LatentShape shape) : INoiseSource
    {
        public void NextNormal(Span<float> destination)
        {
            source.NextNormal(destination);
            this.Keep(destination);
        }

        public void NextBrownian(Span<float> destination, double sigma, double nextSigma)
        {
            source.NextBrownian(destination, sigma, nextSigma);
            this.Keep(destination);
        }

        private void Keep(ReadOnlySpan<float> draw) =>
            trace.Add(string.Create(CultureInfo.InvariantCulture, $"randn.{trace.draws++:D2}"), draw, draw.Length / shape.RowLength, shape.Channels, shape.Height, shape.Width);
    }
}
