namespace LayerDiffusion.Onnx.Prompting;

/// <summary>What happens to the tokens of a prompt that a text encoder cannot take at once (CLIP takes 75 beside start and end).</summary>
public enum LongPrompts
{
    /// <summary>They are dropped and reported as a <see cref="TruncatedPrompt"/>, as diffusers does.</summary>
    Truncate,

    /// <summary>They go into further chunks of 75, each encoded on its own, as the AUTOMATIC1111 web UI does.</summary>
    Chunk,
}
