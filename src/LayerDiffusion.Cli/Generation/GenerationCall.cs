using LayerDiffusion.Cli.Requests;
using LayerDiffusion.Onnx;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Cli.Generation;

/// <summary>What a mode is called with.</summary>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="Request">The request.</param>
/// <param name="Progress">Told of each step.</param>
/// <param name="DoLast">Takes what is to be done when all files are in their places.</param>
/// <param name="CancellationToken">Cancels.</param>
internal sealed record GenerationCall(
    LayerDiffusionPipeline Pipeline, GenerationRequest Request, IProgress<GenerationProgress> Progress, Action<Action> DoLast, CancellationToken CancellationToken)
{
    /// <summary>Gets the options.</summary>
    public GenerationOptions Options => this.Request.Options;

    /// <summary>Gets the prompt.</summary>
    public string Prompt => this.Request.Prompt;

    /// <summary>Gets what the mode works on.</summary>
    public ModeInputs Inputs => this.Request.Inputs;

    /// <summary>Loads a picture that the request names.</summary>
    public RgbaImage Picture(string key) => RgbaImage.LoadPng(this.Inputs.Paths[key]);
}
