namespace LayerDiffusion.Onnx.Packages;

/// <summary>Which state of a text encoder the UNet was trained with.</summary>
internal enum HiddenState
{
    /// <summary><c>last_hidden_state</c>, after the final layer norm.</summary>
    Last,

    /// <summary><c>hidden_states.{N-1}</c> of N layers, without the final layer norm.</summary>
    Penultimate,
}
