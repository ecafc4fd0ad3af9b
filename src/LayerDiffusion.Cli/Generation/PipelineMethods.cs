using LayerDiffusion.Onnx;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Layers;
using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Cli.Generation;

/// <summary>The methods of the pipeline, called with what a request says.</summary>
internal static class PipelineMethods
{
    public static IAsyncEnumerable<IReadOnlyList<MadePicture>> GenerateTransparent(GenerationCall call)
    {
        IAsyncEnumerable<TransparentResult> results = call.Inputs.Paths.ContainsKey("image")
            ? call.Pipeline.GenerateManyAsync(call.Picture("image"), call.Prompt, call.Options, call.Progress, call.CancellationToken)
            : call.Pipeline.GenerateManyAsync(call.Prompt, call.Options, call.Progress, call.CancellationToken);
        return results.Select(MadePicture.Of);
    }

    public static IAsyncEnumerable<IReadOnlyList<MadePicture>> GenerateImage(GenerationCall call) => Each(call, options => call.Inputs.Paths.ContainsKey("image")
        ? call.Pipeline.GenerateImageAsync(call.Picture("image"), call.Prompt, options, call.Progress, call.CancellationToken)
        : call.Pipeline.GenerateImageAsync(call.Prompt, options, call.Progress, call.CancellationToken));

    public static IAsyncEnumerable<IReadOnlyList<MadePicture>> Inpaint(GenerationCall call) => Each(
        call, options => call.Pipeline.InpaintAsync(call.Picture("image"), Mask.FromImage(call.Picture("mask")), call.Prompt, options, call.Progress, call.CancellationToken));

    public static IAsyncEnumerable<IReadOnlyList<MadePicture>> Outpaint(GenerationCall call) => Each(
        call,
        options => call.Pipeline.OutpaintAsync(
            call.Picture("image"), call.Inputs.Left, call.Inputs.Top, call.Inputs.Right, call.Inputs.Bottom, call.Prompt, options, call.Progress, call.CancellationToken));

    public static IAsyncEnumerable<IReadOnlyList<MadePicture>> BlendForeground(GenerationCall call) => Each(
        call, options => call.Pipeline.BlendForegroundAsync(call.Picture("foreground"), call.Prompt, options, call.Progress, call.CancellationToken));

    public static IAsyncEnumerable<IReadOnlyList<MadePicture>> BlendBackground(GenerationCall call) => Each(
        call, options => call.Pipeline.BlendBackgroundAsync(call.Picture("background"), call.Prompt, options, call.Progress, call.CancellationToken));

    public static IAsyncEnumerable<IReadOnlyList<MadePicture>> ExtractForeground(GenerationCall call) => Each(
        call, options => call.Pipeline.ExtractForegroundAsync(call.Picture("background"), call.Picture("blended"), call.Prompt, options, call.Progress, call.CancellationToken));

    public static IAsyncEnumerable<IReadOnlyList<MadePicture>> ExtractBackground(GenerationCall call) => Each(
        call, options => call.Pipeline.ExtractBackgroundAsync(call.Picture("foreground"), call.Picture("blended"), call.Prompt, options, call.Progress, call.CancellationToken));

    public static IAsyncEnumerable<IReadOnlyList<MadePicture>> GenerateLayers(GenerationCall call) => EachSet(
        call, options => call.Pipeline.GenerateLayersAsync(call.Inputs.Prompts, options, call.Progress, call.CancellationToken));

    public static IAsyncEnumerable<IReadOnlyList<MadePicture>> GenerateBackground(GenerationCall call) => EachSet(
        call, options => call.Pipeline.GenerateBackgroundAsync(call.Picture("foreground"), call.Inputs.Prompts, options, call.Progress, call.CancellationToken));

    public static IAsyncEnumerable<IReadOnlyList<MadePicture>> GenerateForeground(GenerationCall call) => EachSet(
        call, options => call.Pipeline.GenerateForegroundAsync(call.Picture("background"), call.Inputs.Prompts, options, call.Progress, call.CancellationToken));

    public static IAsyncEnumerable<IReadOnlyList<MadePicture>> AddLayer(GenerationCall call)
    {
        string folder = call.Inputs.Paths["stack"];
        GenerationOptions options = call.Options;
        LayerStack stack;
        if (File.Exists(Path.Combine(folder, "stack.json")))
        {
            stack = LayerStack.Load(folder);
        }
        else
        {
            stack = new LayerStack(options.Width ?? call.Pipeline.Info.DefaultWidth, options.Height ?? call.Pipeline.Info.DefaultHeight);
            options = options with { Width = null, Height = null };
        }

        return ChangeStack(call, folder, () => call.Pipeline.AddLayerAsync(stack, call.Prompt, options, call.Progress, call.CancellationToken));
    }

    public static IAsyncEnumerable<IReadOnlyList<MadePicture>> RedrawLayer(GenerationCall call)
    {
        string folder = call.Inputs.Paths["stack"];
        LayerStack stack = LayerStack.Load(folder);
        string? name = call.Inputs.Layer;
        Layer layer = stack.Layers.LastOrDefault(layer => name is null || layer.Id == name || layer.Name == name)
            ?? throw new UsageException(
                $"{call.Request.NameOf("layer")} is '{name}'; wanted the id or the name of a layer: {string.Join(", ", stack.Layers.Select(layer => $"{layer.Id} ('{layer.Name}')"))}.");
        GenerationOptions options = call.Options with { NegativePrompt = call.Options.NegativePrompt ?? layer.NegativePrompt };
        return ChangeStack(call, folder, () => call.Pipeline.RedrawLayerAsync(stack, layer.Id, options, call.Progress, call.CancellationToken));
    }

    /// <summary>The stack is saved when its picture has been written.</summary>
    private static async IAsyncEnumerable<IReadOnlyList<MadePicture>> ChangeStack(GenerationCall call, string folder, Func<Task<LayerStack>> change)
    {
        LayerStack stack = await change().ConfigureAwait(false);
        yield return [new MadePicture(stack.Flatten(), null)];
        call.CancellationToken.ThrowIfCancellationRequested();
        stack.Save(folder);
    }

    private static IAsyncEnumerable<IReadOnlyList<MadePicture>> Each<T>(GenerationCall call, Func<GenerationOptions, Task<T>> make)
        where T : GenerationResult =>
        OneByOne(call, async options => MadePicture.Of(await make(options).ConfigureAwait(false)));

    private static IAsyncEnumerable<IReadOnlyList<MadePicture>> EachSet(GenerationCall call, Func<GenerationOptions, Task<LayersResult>> make) =>
        OneByOne(call, async options => MadePicture.Of(await make(options).ConfigureAwait(false), call.Inputs.Recompose));

    /// <summary>Makes as many as wanted, seeds counting up, by a method that makes one.</summary>
    private static async IAsyncEnumerable<IReadOnlyList<MadePicture>> OneByOne(GenerationCall call, Func<GenerationOptions, Task<IReadOnlyList<MadePicture>>> make)
    {
        GenerationOptions options = call.Options;
        bool takesTogether = options.TraceFile is not null || options.BatchSeeding == BatchSeeding.Shared;
        if (options.Count < 1 || (options.Count > 1 && takesTogether))
        {
            throw new UsageException(
                $"{call.Request.NameOf("count")} is {options.Count}; wanted is 1 or more, and 1 with a trace or with shared seeding, as {call.Request.Mode.Name} makes them one by one.");
        }

        long? seed = options.Seed;
        for (int index = 0; index < options.Count; index++)
        {
            IReadOnlyList<MadePicture> made = await make(options with { Count = 1, Seed = seed }).ConfigureAwait(false);
            seed = unchecked(made.First(picture => picture.Result is not null).Result!.Seed + 1);
            yield return made;
        }
    }
}
