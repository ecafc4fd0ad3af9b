namespace LayerDiffusion.Onnx;

/// <summary>What a call is going to make: checked and completed before its turn comes, the same whether the caller waits, awaits or enumerates.</summary>
/// <typeparam name="T">A picture, or a set of pictures that belong together.</typeparam>
/// <param name="Options">Effective options of the whole call: nothing that matters is <see langword="null"/>.</param>
/// <param name="Make">Makes as many as it is told to in one batch.</param>
internal sealed record GenerationPlan<T>(GenerationOptions Options, Func<GenerationRun, int, T[]> Make)
{
    /// <summary>Gets a value indicating whether a batch holds one only, because later steps depend on what earlier ones made.</summary>
    public bool IsOneByOne { get; init; }

    /// <summary>The same with something else made of each result.</summary>
    public GenerationPlan<TOther> Select<TOther>(Func<T, TOther> convert) =>
        new(this.Options, (run, images) => Array.ConvertAll(this.Make(run, images), result => convert(result))) { IsOneByOne = this.IsOneByOne };
}
