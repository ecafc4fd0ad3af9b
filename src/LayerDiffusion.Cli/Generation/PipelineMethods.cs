using LayerDiffusion.Onnx;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Layers;

namespace LayerDiffusion.Cli.Generation;

/// <summary>The methods of the pipeline, called with what a request says.</summary>
internal static class PipelineMethods
{
    public static IAsyncEnumerable<IReadOnlyList<Made>> GenerateTransparent(GenerationCall call) => Pictures(call.Inputs.Paths.ContainsKey("image")
        ? call.Pipeline.GenerateManyAsync(call.Picture("image"), call.Prompt, call.Options, call.Progress, call.CancellationToken)
        : call.Pipeline.GenerateManyAsync(call.Prompt, call.Options, call.Progress, call.CancellationToken));

    public static IAsyncEnumerable<IReadOnlyList<Made>> GenerateImage(GenerationCall call) => Pictures(call.Inputs.Paths.ContainsKey("image")
        ? call.Pipeline.GenerateImageManyAsync(call.Picture("image"), call.Prompt, call.Options, call.Progress, call.CancellationToken)
        : call.Pipeline.GenerateImageManyAsync(call.Prompt, call.Options, call.Progress, call.CancellationToken));

    public static IAsyncEnumerable<IReadOnlyList<Made>> Inpaint(GenerationCall call) => Pictures(
        call.Pipeline.InpaintManyAsync(call.Picture("image"), Mask.FromImage(call.Picture("mask")), call.Prompt, call.Options, call.Progress, call.CancellationToken));

    public static IAsyncEnumerable<IReadOnlyList<Made>> Outpaint(GenerationCall call) => Pictures(call.Pipeline.OutpaintManyAsync(
        call.Picture("image"), call.Inputs.Left, call.Inputs.Top, call.Inputs.Right, call.Inputs.Bottom, call.Prompt, call.Options, call.Progress, call.CancellationToken));

    public static IAsyncEnumerable<IReadOnlyList<Made>> BlendForeground(GenerationCall call) => Pictures(
        call.Pipeline.BlendForegroundManyAsync(call.Picture("foreground"), call.Prompt, call.Options, call.Progress, call.CancellationToken));

    public static IAsyncEnumerable<IReadOnlyList<Made>> BlendBackground(GenerationCall call) => Pictures(
        call.Pipeline.BlendBackgroundManyAsync(call.Picture("background"), call.Prompt, call.Options, call.Progress, call.CancellationToken));

    public static IAsyncEnumerable<IReadOnlyList<Made>> ExtractForeground(GenerationCall call) => Pictures(
        call.Pipeline.ExtractForegroundManyAsync(call.Picture("background"), call.Picture("blended"), call.Prompt, call.Options, call.Progress, call.CancellationToken));

    public static IAsyncEnumerable<IReadOnlyList<Made>> ExtractBackground(GenerationCall call) => Pictures(
        call.Pipeline.ExtractBackgroundManyAsync(call.Picture("foreground"), call.Picture("blended"), call.Prompt, call.Options, call.Progress, call.CancellationToken));

    public static IAsyncEnumerable<IReadOnlyList<Made>> GenerateLayers(GenerationCall call) => Sets(
        call, call.Pipeline.GenerateLayersManyAsync(call.Inputs.Prompts, call.Options, call.Progress, call.CancellationToken));

    public static IAsyncEnumerable<IReadOnlyList<Made>> GenerateBackground(GenerationCall call) => Sets(
        call, call.Pipeline.GenerateBackgroundManyAsync(call.Picture("foreground"), call.Inputs.Prompts, call.Options, call.Progress, call.CancellationToken));

    public static IAsyncEnumerable<IReadOnlyList<Made>> GenerateForeground(GenerationCall call) => Sets(
        call, call.Pipeline.GenerateForegroundManyAsync(call.Picture("background"), call.Inputs.Prompts, call.Options, call.Progress, call.CancellationToken));

    public static IAsyncEnumerable<IReadOnlyList<Made>> EncodeTransparent(GenerationCall call) => Single(async () =>
        new MadeLatent(await call.Pipeline.EncodeTransparentAsync(call.Picture("image"), call.Options, call.Progress, call.CancellationToken).ConfigureAwait(false)));

    public static IAsyncEnumerable<IReadOnlyList<Made>> DecodeTransparent(GenerationCall call) => Single(async () =>
    {
        TransparentLatent latent = TransparentLatent.Load(call.Inputs.Paths["latent"]);
        RgbaFloatImage picture = await call.Pipeline.DecodeTransparentAsync(latent, call.Options, call.Progress, call.CancellationToken).ConfigureAwait(false);
        return new MadePicture(picture.ToImageTruncated(), null);
    });

    public static IAsyncEnumerable<IReadOnlyList<Made>> AddLayer(GenerationCall call)
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

    public static IAsyncEnumerable<IReadOnlyList<Made>> RedrawLayer(GenerationCall call)
    {
        string folder = call.Inputs.Paths["stack"];
        LayerStack stack = LayerStack.Load(folder);
        string? name = call.Inputs.Layer;
        Layer layer = stack.Layers.LastOrDefault(layer => name is null || layer.Id == name || layer.Name == name)
            ?? throw new UsageException(
                $"{call.Request.NameOf("layer")} is '{name}'; wanted the id or the name of a layer: {string.Join(", ", stack.Layers.Select(layer => $"{layer.Id} ('{layer.Name}')"))}.");
        return ChangeStack(call, folder, () => call.Pipeline.RedrawLayerAsync(stack, layer.Id, call.Options, call.Progress, call.CancellationToken));
    }

    /// <summary>The stack is saved with its picture, or neither.</summary>
    private static async IAsyncEnumerable<IReadOnlyList<Made>> ChangeStack(GenerationCall call, string folder, Func<Task<LayerStackResult>> change)
    {
        LayerStackResult result = await change().ConfigureAwait(false);
        call.DoLast(() => result.Stack.Save(folder));
        yield return MadePicture.Of(result);
    }

    private static IAsyncEnumerable<IReadOnlyList<Made>> Pictures(IAsyncEnumerable<GenerationResult> results) => results.Select(MadePicture.Of);

    private static IAsyncEnumerable<IReadOnlyList<Made>> Sets(GenerationCall call, IAsyncEnumerable<LayersResult> results) =>
        results.Select(set => MadePicture.Of(set, call.Inputs.Recompose));

    private static async IAsyncEnumerable<IReadOnlyList<Made>> Single(Func<Task<Made>> make)
    {
        yield return [await make().ConfigureAwait(false)];
    }
}
