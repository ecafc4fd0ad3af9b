namespace LayerDiffusion.Onnx.Tests;

/// <summary>
/// Tests that measure memory run one at a time: a collection that another test causes closes the thread's allocation context, whose rest, up to 8 kB, then
/// counts as allocated.
/// </summary>
[CollectionDefinition(nameof(Undisturbed), DisableParallelization = true)]
public sealed class Undisturbed;
