using LayerDiffusion.Onnx.Packages;

namespace LayerDiffusion.Onnx;

/// <summary>
/// A pipeline that makes several generations at once over the same weights: each network is in memory once, each generation has buffers of its own.
/// </summary>
/// <remarks>
/// Several at once use a GPU or many cores better than one after the other, and a short generation need not wait for a long one. On a few cores the sum of the
/// times stays what it is.
/// </remarks>
/// <example>
/// <code>
/// using LayerDiffusionPool pool = LayerDiffusionPool.Load("models/sdxl-transparent", size: 4);
/// TransparentResult[] results = await Task.WhenAll(prompts.Select(prompt => pool.Pipeline.GenerateTransparentAsync(prompt)));
/// </code>
/// </example>
public sealed class LayerDiffusionPool : IDisposable, IAsyncDisposable
{
    private LayerDiffusionPool(Func<ModelPackage> open, int size, PipelineOptions? options)
    {
        if (size is < 1 or > 1024)
        {
            throw new ArgumentOutOfRangeException(nameof(size), size, "A pool makes from 1 to 1024 generations at once.");
        }

        if (size > 1 && options is { CudaGraphs: true })
        {
            throw new ArgumentOutOfRangeException(
                nameof(size), size, $"{nameof(PipelineOptions)}.{nameof(PipelineOptions.CudaGraphs)} is true: CUDA captures no step while other generations use the GPU, so a pool must have the size 1.");
        }

        this.Size = size;
        this.Pipeline = LayerDiffusionPipeline.Load(open, options, size);
    }

    /// <summary>Gets how many generations run at once at most; further ones wait and are served in the order in which they came.</summary>
    public int Size { get; }

    /// <summary>Gets the pipeline, to be called from as many threads as one likes. Disposing it is disposing the pool.</summary>
    public LayerDiffusionPipeline Pipeline { get; }

    /// <summary>Opens a model package for several generations at once.</summary>
    /// <param name="path">A folder, or a zip of one.</param>
    /// <param name="size">How many at once, 1 to 1024.</param>
    /// <param name="options">How the pipeline runs; <see langword="null"/> for the defaults.</param>
    /// <returns>The pool.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The size or an option is outside its range, or the size is above 1 with <see cref="PipelineOptions.CudaGraphs"/>.</exception>
    /// <inheritdoc cref="LayerDiffusionPipeline.Load(string, PipelineOptions?)" path="/exception"/>
    public static LayerDiffusionPool Load(string path, int size, PipelineOptions? options = null) => new(() => ModelPackage.Open(path), size, options);

    /// <summary>Opens a zipped model package from a stream for several generations at once.</summary>
    /// <param name="zip">A stream that can seek; the pool owns it from now on.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="size">How many at once, 1 to 1024.</param>
    /// <param name="options">How the pipeline runs; <see langword="null"/> for the defaults.</param>
    /// <returns>The pool.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The size or an option is outside its range, or the size is above 1 with <see cref="PipelineOptions.CudaGraphs"/>.</exception>
    /// <inheritdoc cref="LayerDiffusionPipeline.Load(Stream, string, PipelineOptions?)" path="/exception"/>
    public static LayerDiffusionPool Load(Stream zip, string name, int size, PipelineOptions? options = null) => new(() => ModelPackage.OpenZip(zip, name), size, options);

    /// <summary>
    /// Waits for the generations that are under way and unloads every network. Callers that wait for their turn, and later ones, get an
    /// <see cref="ObjectDisposedException"/>.
    /// </summary>
    public void Dispose() => this.Pipeline.Dispose();

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync() => this.Pipeline.DisposeAsync();
}
