using LayerDiffusion.Cli.Generation;
using LayerDiffusion.Onnx;

namespace LayerDiffusion.Cli.Requests;

/// <summary>One generation with its files. All paths are absolute.</summary>
internal sealed record GenerationRequest
{
    /// <summary>Gets the method.</summary>
    public required GenerationMode Mode { get; init; }

    /// <summary>Gets the prompt.</summary>
    public required string Prompt { get; init; }

    /// <summary>Gets what the method works on beside the prompt.</summary>
    public ModeInputs Inputs { get; init; } = new();

    /// <summary>Gets the model package; <see langword="null"/> for the embedded one.</summary>
    public string? Model { get; init; }

    /// <summary>Gets how the pipeline runs.</summary>
    public PipelineOptions Pipeline { get; init; } = new();

    /// <summary>Gets how the picture is made.</summary>
    public GenerationOptions Options { get; init; } = new();

    /// <summary>Gets the file of the picture.</summary>
    public required string Out { get; init; }

    /// <summary>Gets the file of the premultiplied picture, if wanted.</summary>
    public string? Premultiplied { get; init; }

    /// <summary>Gets the file of the padded picture, if wanted.</summary>
    public string? Padded { get; init; }

    /// <summary>Gets the file of the picture over a checkerboard, if wanted.</summary>
    public string? Checkerboard { get; init; }

    /// <summary>Gets the folder of previews, if wanted.</summary>
    public string? Previews { get; init; }

    /// <summary>Gets a value indicating whether the files tell how they were made.</summary>
    public bool Metadata { get; init; } = true;

    /// <summary>Gets what the user calls a key of the request.</summary>
    public required Func<string, string> NameOf { get; init; }
}
