namespace LayerDiffusion.Onnx.Packages;

/// <summary>A text encoder and its tokenizer.</summary>
/// <param name="Graph">The graph.</param>
/// <param name="Tokenizer">The files of the tokenizer.</param>
/// <param name="LayerCount">The number N of layers, whose states are the outputs <c>hidden_states.0</c> to <c>hidden_states.N</c>; 0 if the graph does not give them.</param>
/// <param name="HiddenOutput">The output that becomes the UNet's context.</param>
/// <param name="PooledOutput">The output that is the pooled embedding, or <see langword="null"/> if it comes from another encoder or from none.</param>
internal sealed record TextEncoderDefinition(
    ModelGraph Graph,
    TokenizerFiles Tokenizer,
    int LayerCount,
    string HiddenOutput,
    string? PooledOutput);
