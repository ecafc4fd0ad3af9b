using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Layers;

namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>One method that is given pictures or makes several, on one family of models, so that the same demands can be made of all.</summary>
/// <param name="IsSdxl">Whether tiny-sdxl or tiny-sd15 has it.</param>
/// <param name="Mode">What a package without it is said to lack.</param>
/// <param name="Sizing">Where the size of the result comes from.</param>
/// <param name="Call">Calls the method, waiting or not, and gives the pictures that it made.</param>
internal sealed record ModeCase(bool IsSdxl, string Mode, ModeSizing Sizing, ModeCall Call)
{
    /// <summary>What outpainting adds: left, top, right, bottom.</summary>
    public static readonly (int Left, int Top, int Right, int Bottom) Added = (3, 5, 9, 0);

    private static readonly LayerPrompts Prompts = new() { Foreground = "a", Background = "b", Blended = "c" };

    public static IReadOnlyDictionary<string, ModeCase> All { get; } = new Dictionary<string, ModeCase>
    {
        ["image to image, sdxl"] = new(true, "transparent", ModeSizing.LikeThePicture, ImageToImage),
        ["image to image, sd15"] = new(false, "transparent", ModeSizing.LikeThePicture, ImageToImage),
        ["inpaint, sdxl"] = new(true, "transparent", ModeSizing.LikeThePicture, Inpaint),
        ["inpaint, sd15"] = new(false, "transparent", ModeSizing.LikeThePicture, Inpaint),
        ["outpaint, sdxl"] = new(true, "transparent", ModeSizing.Larger, Outpaint),
        ["ordinary image to image, sdxl"] = new(true, "base", ModeSizing.LikeThePicture, OrdinaryImageToImage),
        ["ordinary image to image, sd15"] = new(false, "base", ModeSizing.LikeThePicture, OrdinaryImageToImage),
        ["blend foreground"] = new(true, "fg2ble", ModeSizing.LikeThePicture, async (pipeline, image, options, isAsync, progress, token) =>
            [(isAsync ? await pipeline.BlendForegroundAsync(image, "a", options, progress, token) : pipeline.BlendForeground(image, "a", options, progress, token)).Image]),
        ["blend background"] = new(true, "bg2ble", ModeSizing.LikeThePicture, async (pipeline, image, options, isAsync, progress, token) =>
            [(isAsync
                ? await pipeline.BlendBackgroundAsync(Opaque(image), "a", options, progress, token)
                : pipeline.BlendBackground(Opaque(image), "a", options, progress, token)).Image]),
        ["extract foreground"] = new(true, "bgble2fg", ModeSizing.LikeThePicture, async (pipeline, image, options, isAsync, progress, token) =>
            [(isAsync
                ? await pipeline.ExtractForegroundAsync(Opaque(image), OtherSize, "a", options, progress, token)
                : pipeline.ExtractForeground(Opaque(image), OtherSize, "a", options, progress, token)).Image]),
        ["extract background"] = new(true, "fgble2bg", ModeSizing.LikeThePicture, async (pipeline, image, options, isAsync, progress, token) =>
            [(isAsync
                ? await pipeline.ExtractBackgroundAsync(image, OtherSize, "a", options, progress, token)
                : pipeline.ExtractBackground(image, OtherSize, "a", options, progress, token)).Image]),
        ["layers together, sd15"] = new(false, "joint", ModeSizing.Asked, GenerateLayers),
        ["layers in steps, sdxl"] = new(true, "joint", ModeSizing.Asked, GenerateLayers),
        ["background together, sd15"] = new(false, "fg2bg", ModeSizing.LikeThePicture, GenerateBackground),
        ["background in steps, sdxl"] = new(true, "fg2bg", ModeSizing.LikeThePicture, GenerateBackground),
        ["foreground together, sd15"] = new(false, "bg2fg", ModeSizing.LikeThePicture, GenerateForeground),
        ["foreground in steps, sdxl"] = new(true, "bg2fg", ModeSizing.LikeThePicture, GenerateForeground),
        ["add layer, sd15"] = new(false, "transparent", ModeSizing.Canvas, AddLayer),
        ["add layer, sdxl"] = new(true, "transparent", ModeSizing.Canvas, AddLayer),
        ["redraw layer, sd15"] = new(false, "transparent", ModeSizing.Canvas, RedrawLayer),
        ["redraw layer, sdxl"] = new(true, "transparent", ModeSizing.Canvas, RedrawLayer),
    };

    public static TheoryData<string> Names => [.. All.Keys];

    private static RgbaImage OtherSize => Layers.LayerPictures.Opaque(50, 37, 2);

    /// <summary>The least work for a method: those with a size of their own get none.</summary>
    public GenerationOptions Quick(int? width = null, int? height = null) => TinyPipelines.Quick with
    {
        Width = this.Sizing == ModeSizing.Asked ? width ?? 64 : width,
        Height = this.Sizing == ModeSizing.Asked ? height ?? 64 : height,
        GuidanceScale = 1,
    };

    public LayerDiffusionPipeline PipelineOf(TinyPipelines pipelines) => this.IsSdxl ? pipelines.Sdxl : pipelines.Sd15;

    private static RgbaImage Opaque(RgbaImage image) => Layers.LayerPictures.Opaque(image.Width, image.Height, 1);

    private static async Task<RgbaImage[]> ImageToImage(
        LayerDiffusionPipeline pipeline, RgbaImage image, GenerationOptions options, bool isAsync, IProgress<GenerationProgress>? progress, CancellationToken token) =>
        [(isAsync ? await pipeline.GenerateTransparentAsync(image, "a", options, progress, token) : pipeline.GenerateTransparent(image, "a", options, progress, token)).Image];

    private static async Task<RgbaImage[]> OrdinaryImageToImage(
        LayerDiffusionPipeline pipeline, RgbaImage image, GenerationOptions options, bool isAsync, IProgress<GenerationProgress>? progress, CancellationToken token) =>
        [(isAsync ? await pipeline.GenerateImageAsync(image, "a", options, progress, token) : pipeline.GenerateImage(image, "a", options, progress, token)).Image];

    private static async Task<RgbaImage[]> Inpaint(
        LayerDiffusionPipeline pipeline, RgbaImage image, GenerationOptions options, bool isAsync, IProgress<GenerationProgress>? progress, CancellationToken token)
    {
        Mask mask = Mask.Rectangle(image.Width, image.Height, image.Width / 4, image.Height / 4, image.Width / 2, image.Height / 2);
        return [(isAsync ? await pipeline.InpaintAsync(image, mask, "a", options, progress, token) : pipeline.Inpaint(image, mask, "a", options, progress, token)).Image];
    }

    private static async Task<RgbaImage[]> Outpaint(
        LayerDiffusionPipeline pipeline, RgbaImage image, GenerationOptions options, bool isAsync, IProgress<GenerationProgress>? progress, CancellationToken token)
    {
        (int left, int top, int right, int bottom) = Added;
        return [(isAsync
            ? await pipeline.OutpaintAsync(image, left, top, right, bottom, "a", options, progress, token)
            : pipeline.Outpaint(image, left, top, right, bottom, "a", options, progress, token)).Image];
    }

    private static async Task<RgbaImage[]> GenerateLayers(
        LayerDiffusionPipeline pipeline, RgbaImage image, GenerationOptions options, bool isAsync, IProgress<GenerationProgress>? progress, CancellationToken token) =>
        PicturesOf(isAsync ? await pipeline.GenerateLayersAsync(Prompts, options, progress, token) : pipeline.GenerateLayers(Prompts, options, progress, token));

    private static async Task<RgbaImage[]> GenerateBackground(
        LayerDiffusionPipeline pipeline, RgbaImage image, GenerationOptions options, bool isAsync, IProgress<GenerationProgress>? progress, CancellationToken token) =>
        PicturesOf(isAsync ? await pipeline.GenerateBackgroundAsync(image, Prompts, options, progress, token) : pipeline.GenerateBackground(image, Prompts, options, progress, token));

    private static async Task<RgbaImage[]> GenerateForeground(
        LayerDiffusionPipeline pipeline, RgbaImage image, GenerationOptions options, bool isAsync, IProgress<GenerationProgress>? progress, CancellationToken token) =>
        PicturesOf(isAsync
            ? await pipeline.GenerateForegroundAsync(Opaque(image), Prompts, options, progress, token)
            : pipeline.GenerateForeground(Opaque(image), Prompts, options, progress, token));

    private static async Task<RgbaImage[]> AddLayer(
        LayerDiffusionPipeline pipeline, RgbaImage image, GenerationOptions options, bool isAsync, IProgress<GenerationProgress>? progress, CancellationToken token)
    {
        LayerStack stack = new(image.Width, image.Height, [new Layer("below", Opaque(image))]);
        stack = isAsync ? await pipeline.AddLayerAsync(stack, "a", options, progress, token) : pipeline.AddLayer(stack, "a", options, progress, token);
        return [stack.Layers[1].Image];
    }

    private static async Task<RgbaImage[]> RedrawLayer(
        LayerDiffusionPipeline pipeline, RgbaImage image, GenerationOptions options, bool isAsync, IProgress<GenerationProgress>? progress, CancellationToken token)
    {
        LayerStack stack = new(image.Width, image.Height, [new Layer("below", Opaque(image)), new Layer("old", image) { Id = "id", Prompt = "a" }]);
        stack = isAsync ? await pipeline.RedrawLayerAsync(stack, "id", options, progress, token) : pipeline.RedrawLayer(stack, "id", options, progress, token);
        return [stack["id"].Image];
    }

    private static RgbaImage[] PicturesOf(LayersResult result) => [result.Foreground, result.Background, result.Blended];
}
