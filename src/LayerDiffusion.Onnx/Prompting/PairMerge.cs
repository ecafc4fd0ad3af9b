namespace LayerDiffusion.Onnx.Prompting;

/// <summary>One line of <c>merges.txt</c>.</summary>
/// <param name="Rank">Place in the file; the lowest goes first.</param>
/// <param name="MergedId">Id of the two symbols joined.</param>
internal readonly record struct PairMerge(int Rank, int MergedId);
