namespace LayerDiffusion.Onnx.Packages;

/// <summary>The latent transparency codec.</summary>
/// <param name="Encoder">The graph from alpha and padded colour to the latent offset.</param>
/// <param name="Decoder">The graph from picture and latent to alpha and colour.</param>
/// <param name="OffsetGain">The factor of the encoder's output before it is added.</param>
internal sealed record TransparencyDefinition(ModelGraph Encoder, ModelGraph Decoder, double OffsetGain);
