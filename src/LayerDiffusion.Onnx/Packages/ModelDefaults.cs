namespace LayerDiffusion.Onnx.Packages;

/// <summary>Settings that suit a model; <see langword="null"/> where its package recommends nothing.</summary>
/// <param name="Scheduler">The name of a scheduler.</param>
/// <param name="Steps">The number of steps.</param>
/// <param name="Guidance">The guidance scale.</param>
internal sealed record ModelDefaults(string? Scheduler, int? Steps, double? Guidance);
