using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx;

/// <summary>What every generation tells beside its picture. Nothing in it holds native memory.</summary>
public abstract class GenerationResult
{
    private protected GenerationResult(RgbaImage image, GenerationDetails details)
    {
        this.Image = image;
        this.Details = details;
    }

    /// <summary>Gets the picture, straight alpha.</summary>
    public RgbaImage Image { get; }

    /// <summary>Gets the prompt.</summary>
    public string Prompt => this.Details.Prompt;

    /// <summary>Gets the seed that reproduces this picture, drawn if none was given: alone, or with its whole batch where one generator served all (<see cref="Sampling.BatchSeeding.Shared"/>).</summary>
    public long Seed => this.Details.Options.Seed!.Value;

    /// <summary>Gets the options in effect: nothing that matters is <see langword="null"/> any more.</summary>
    public GenerationOptions Options => this.Details.Options;

    /// <summary>Gets where the time went; a batch shares the time of its loop.</summary>
    public GenerationTimings Timings => this.Details.Timings;

    /// <summary>Gets the device that was really used.</summary>
    public Device Device => this.Details.Device;

    /// <summary>Gets the name of the model.</summary>
    public string Model => this.Details.Model;

    /// <summary>Gets the mode: the UNet's name in the model package.</summary>
    public string Mode => this.Details.Mode;

    /// <summary>Gets what the caller should know about this picture; empty when all went as asked.</summary>
    public IReadOnlyList<string> Warnings => this.Details.Warnings;

    private protected GenerationDetails Details { get; }
}
