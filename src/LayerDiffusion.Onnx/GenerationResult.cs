using LayerDiffusion.Onnx.Delivery;
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

    /// <summary>Says how the picture was made, as its file may say it: everything that a prompt's picture needs to be made again. Pictures that were given are not in it.</summary>
    /// <returns>The description; options that are not the default are among its extras.</returns>
    public GenerationMetadata Describe() => GenerationDescription.Of(this);

    /// <summary>Saves the picture as a PNG file with straight alpha that says how it was made, all or nothing. <see cref="RgbaImage.SavePng(string, PngOptions?)"/> of <see cref="Image"/> saves it without.</summary>
    /// <param name="path">The file; an existing one is replaced when the new one is complete.</param>
    /// <param name="metadata">In which forms the file says it; <see cref="GenerationMetadataParts.None"/> for none.</param>
    /// <param name="options">How to write; null means <see cref="PngOptions.Default"/>.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void SavePng(string path, GenerationMetadataParts metadata = GenerationMetadataParts.All, PngOptions? options = null)
    {
        options ??= PngOptions.Default;
        this.Image.SavePng(path, options with { Metadata = this.Describe().AddTo(options.Metadata, metadata) });
    }
}
