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
        ["text, sdxl"] = new(true, "transparent", ModeSizing.Asked, Text) { Method = "GenerateTransparent(String)", Many = TextMany },
        ["text, sd15"] = new(false, "transparent", ModeSizing.Asked, Text) { Method = "GenerateTransparent(String)", Many = TextMany },
        ["ordinary text, sdxl"] = new(true, "base", ModeSizing.Asked, OrdinaryText) { Method = "GenerateImage(String)", Many = OrdinaryTextMany },
        ["ordinary text, sd15"] = new(false, "base", ModeSizing.Asked, OrdinaryText) { Method = "GenerateImage(String)", Many = OrdinaryTextMany },
        ["image to image, sdxl"] = new(true, "transparent", ModeSizing.LikeThePicture, ImageToImage) { Method = "GenerateTransparent(RgbaImage)", Many = ImageToImageMany },
        ["image to image, sd15"] = new(false, "transparent", ModeSizing.LikeThePicture, ImageToImage) { Method = "GenerateTransparent(RgbaImage)", Many = ImageToImageMany },
        ["inpaint, sdxl"] = new(true, "transparent", ModeSizing.LikeThePicture, Inpaint) { Method = "Inpaint(RgbaImage)", Many = InpaintMany },
        ["inpaint, sd15"] = new(false, "transparent", ModeSizing.LikeThePicture, Inpaint) { Method = "Inpaint(RgbaImage)", Many = InpaintMany },
        ["outpaint, sdxl"] = new(true, "transparent", ModeSizing.Larger, Outpaint) { Method = "Outpaint(RgbaImage)", Many = OutpaintMany },
        ["ordinary image to image, sdxl"] = new(true, "base", ModeSizing.LikeThePicture, OrdinaryImageToImage) { Method = "GenerateImage(RgbaImage)", Many = OrdinaryImageToImageMany },
        ["ordinary image to image, sd15"] = new(false, "base", ModeSizing.LikeThePicture, OrdinaryImageToImage) { Method = "GenerateImage(RgbaImage)", Many = OrdinaryImageToImageMany },
        ["blend foreground"] = new(true, "fg2ble", ModeSizing.LikeThePicture, async (pipeline, image, options, isAsync, progress, token) =>
            [(isAsync ? await pipeline.BlendForegroundAsync(image, "a", options, progress, token) : pipeline.BlendForeground(image, "a", options, progress, token)).Image])
        {
            Method = "BlendForeground(RgbaImage)",
            Many = (pipeline, image, options) => One(pipeline.BlendForegroundManyAsync(image, "a", options)),
        },
        ["blend background"] = new(true, "bg2ble", ModeSizing.LikeThePicture, async (pipeline, image, options, isAsync, progress, token) =>
            [(isAsync
                ? await pipeline.BlendBackgroundAsync(Opaque(image), "a", options, progress, token)
                : pipeline.BlendBackground(Opaque(image), "a", options, progress, token)).Image])
        {
            Method = "BlendBackground(RgbaImage)",
            Many = (pipeline, image, options) => One(pipeline.BlendBackgroundManyAsync(Opaque(image), "a", options)),
        },
        ["extract foreground"] = new(true, "bgble2fg", ModeSizing.LikeThePicture, async (pipeline, image, options, isAsync, progress, token) =>
            [(isAsync
                ? await pipeline.ExtractForegroundAsync(Opaque(image), OtherSize, "a", options, progress, token)
                : pipeline.ExtractForeground(Opaque(image), OtherSize, "a", options, progress, token)).Image])
        {
            Method = "ExtractForeground(RgbaImage)",
            Many = (pipeline, image, options) => One(pipeline.ExtractForegroundManyAsync(Opaque(image), OtherSize, "a", options)),
        },
        ["extract background"] = new(true, "fgble2bg", ModeSizing.LikeThePicture, async (pipeline, image, options, isAsync, progress, token) =>
            [(isAsync
                ? await pipeline.ExtractBackgroundAsync(image, OtherSize, "a", options, progress, token)
                : pipeline.ExtractBackground(image, OtherSize, "a", options, progress, token)).Image])
        {
            Method = "ExtractBackground(RgbaImage)",
            Many = (pipeline, image, options) => One(pipeline.ExtractBackgroundManyAsync(image, OtherSize, "a", options)),
        },
        ["layers together, sd15"] = new(false, "joint", ModeSizing.Asked, GenerateLayers) { Method = "GenerateLayers(LayerPrompts)", Many = GenerateLayersMany },
        ["layers in steps, sdxl"] = new(true, "joint", ModeSizing.Asked, GenerateLayers) { Method = "GenerateLayers(LayerPrompts)", Many = GenerateLayersMany },
        ["background together, sd15"] = new(false, "fg2bg", ModeSizing.LikeThePicture, GenerateBackground) { Method = "GenerateBackground(RgbaImage)", Many = GenerateBackgroundMany },
        ["background in steps, sdxl"] = new(true, "fg2bg", ModeSizing.LikeThePicture, GenerateBackground) { Method = "GenerateBackground(RgbaImage)", Many = GenerateBackgroundMany },
        ["foreground together, sd15"] = new(false, "bg2fg", ModeSizing.LikeThePicture, GenerateForeground) { Method = "GenerateForeground(RgbaImage)", Many = GenerateForegroundMany },
        ["foreground in steps, sdxl"] = new(true, "bg2fg", ModeSizing.LikeThePicture, GenerateForeground) { Method = "GenerateForeground(RgbaImage)", Many = GenerateForegroundMany },
        ["add layer, sd15"] = new(false, "transparent", ModeSizing.Canvas, AddLayer) { Method = "AddLayer(LayerStack)" },
        ["add layer, sdxl"] = new(true, "transparent", ModeSizing.Canvas, AddLayer) { Method = "AddLayer(LayerStack)" },
        ["redraw layer, sd15"] = new(false, "transparent", ModeSizing.Canvas, RedrawLayer) { Method = "RedrawLayer(LayerStack)" },
        ["redraw layer, sdxl"] = new(true, "transparent", ModeSizing.Canvas, RedrawLayer) { Method = "RedrawLayer(LayerStack)" },
        ["codec, sdxl"] = new(true, "transparency_decoder", ModeSizing.LikeThePicture, EncodeAndDecode) { Method = "EncodeTransparent(RgbaImage)" },
        ["decoder, sd15"] = new(false, "transparency_decoder", ModeSizing.Canvas, Decode) { Method = "DecodeTransparent(TransparentLatent)" },
    };

    public static TheoryData<string> Names => [.. All.Keys];

    /// <summary>Gets the cases that make several when asked to.</summary>
    public static TheoryData<string> NamesOfMany => [.. All.Where(mode => mode.Value.Many is not null).Select(mode => mode.Key)];

    /// <summary>Gets the method with the type of its first parameter.</summary>
    public required string Method { get; init; }

    /// <summary>Gets what makes several at once: the pictures of each result.</summary>
    public Func<LayerDiffusionPipeline, RgbaImage, GenerationOptions, IAsyncEnumerable<RgbaImage[]>>? Many { get; init; }

    private static RgbaImage OtherSize => Pictures.OpaqueNoise(50, 37, 2);

    /// <summary>The least work for a method: those with a size of their own get none.</summary>
    public GenerationOptions Quick(int? width = null, int? height = null) => TinyPipelines.Quick with
    {
        Width = this.Sizing == ModeSizing.Asked ? width ?? 64 : width,
        Height = this.Sizing == ModeSizing.Asked ? height ?? 64 : height,
        GuidanceScale = 1,
    };

    public LayerDiffusionPipeline PipelineOf(TinyPipelines pipelines) => this.IsSdxl ? pipelines.Sdxl : pipelines.Sd15;

    private static RgbaImage Opaque(RgbaImage image) => Pictures.OpaqueNoise(image.Width, image.Height, 1);

    private static IAsyncEnumerable<RgbaImage[]> One(IAsyncEnumerable<GenerationResult> results) => results.Select(result => new[] { result.Image });

    private static Mask Middle(RgbaImage image) => Mask.Rectangle(image.Width, image.Height, image.Width / 4, image.Height / 4, image.Width / 2, image.Height / 2);

    private static async Task<RgbaImage[]> Text(
        LayerDiffusionPipeline pipeline, RgbaImage image, GenerationOptions options, bool isAsync, IProgress<GenerationProgress>? progress, CancellationToken token) =>
        [(isAsync ? await pipeline.GenerateTransparentAsync("a", options, progress, token) : pipeline.GenerateTransparent("a", options, progress, token)).Image];

    private static IAsyncEnumerable<RgbaImage[]> TextMany(LayerDiffusionPipeline pipeline, RgbaImage image, GenerationOptions options) => One(pipeline.GenerateManyAsync("a", options));

    private static async Task<RgbaImage[]> OrdinaryText(
        LayerDiffusionPipeline pipeline, RgbaImage image, GenerationOptions options, bool isAsync, IProgress<GenerationProgress>? progress, CancellationToken token) =>
        [(isAsync ? await pipeline.GenerateImageAsync("a", options, progress, token) : pipeline.GenerateImage("a", options, progress, token)).Image];

    private static IAsyncEnumerable<RgbaImage[]> OrdinaryTextMany(LayerDiffusionPipeline pipeline, RgbaImage image, GenerationOptions options) =>
        One(pipeline.GenerateImageManyAsync("a", options));

    private static IAsyncEnumerable<RgbaImage[]> ImageToImageMany(LayerDiffusionPipeline pipeline, RgbaImage image, GenerationOptions options) =>
        One(pipeline.GenerateManyAsync(image, "a", options));

    private static IAsyncEnumerable<RgbaImage[]> OrdinaryImageToImageMany(LayerDiffusionPipeline pipeline, RgbaImage image, GenerationOptions options) =>
        One(pipeline.GenerateImageManyAsync(image, "a", options));

    private static IAsyncEnumerable<RgbaImage[]> InpaintMany(LayerDiffusionPipeline pipeline, RgbaImage image, GenerationOptions options) =>
        One(pipeline.InpaintManyAsync(image, Middle(image), "a", options));

    private static IAsyncEnumerable<RgbaImage[]> OutpaintMany(LayerDiffusionPipeline pipeline, RgbaImage image, GenerationOptions options) =>
        One(pipeline.OutpaintManyAsync(image, Added.Left, Added.Top, Added.Right, Added.Bottom, "a", options));

    private static IAsyncEnumerable<RgbaImage[]> GenerateLayersMany(LayerDiffusionPipeline pipeline, RgbaImage image, GenerationOptions options) =>
        pipeline.GenerateLayersManyAsync(Prompts, options).Select(PicturesOf);

    private static IAsyncEnumerable<RgbaImage[]> GenerateBackgroundMany(LayerDiffusionPipeline pipeline, RgbaImage image, GenerationOptions options) =>
        pipeline.GenerateBackgroundManyAsync(image, Prompts, options).Select(PicturesOf);

    private static IAsyncEnumerable<RgbaImage[]> GenerateForegroundMany(LayerDiffusionPipeline pipeline, RgbaImage image, GenerationOptions options) =>
        pipeline.GenerateForegroundManyAsync(Opaque(image), Prompts, options).Select(PicturesOf);

    private static async Task<RgbaImage[]> EncodeAndDecode(
        LayerDiffusionPipeline pipeline, RgbaImage image, GenerationOptions options, bool isAsync, IProgress<GenerationProgress>? progress, CancellationToken token)
    {
        TransparentLatent latent = isAsync ? await pipeline.EncodeTransparentAsync(image, options, progress, token) : pipeline.EncodeTransparent(image, options, progress, token);
        return [(isAsync ? await pipeline.DecodeTransparentAsync(latent, options, progress, token) : pipeline.DecodeTransparent(latent, options, progress, token)).ToImageTruncated()];
    }

    private static async Task<RgbaImage[]> Decode(
        LayerDiffusionPipeline pipeline, RgbaImage image, GenerationOptions options, bool isAsync, IProgress<GenerationProgress>? progress, CancellationToken token)
    {
        int width = (image.Width + 63) / 64 * 8;
        int height = (image.Height + 63) / 64 * 8;
        TransparentLatent latent = new(new float[4 * height * width], 4, height, width, image.Width, image.Height);
        return [(isAsync ? await pipeline.DecodeTransparentAsync(latent, options, progress, token) : pipeline.DecodeTransparent(latent, options, progress, token)).ToImageTruncated()];
    }

    private static async Task<RgbaImage[]> ImageToImage(
        LayerDiffusionPipeline pipeline, RgbaImage image, GenerationOptions options, bool isAsync, IProgress<GenerationProgress>? progress, CancellationToken token) =>
        [(isAsync ? await pipeline.GenerateTransparentAsync(image, "a", options, progress, token) : pipeline.GenerateTransparent(image, "a", options, progress, token)).Image];

    private static async Task<RgbaImage[]> OrdinaryImageToImage(
        LayerDiffusionPipeline pipeline, RgbaImage image, GenerationOptions options, bool isAsync, IProgress<GenerationProgress>? progress, CancellationToken token) =>
        [(isAsync ? await pipeline.GenerateImageAsync(image, "a", options, progress, token) : pipeline.GenerateImage(image, "a", options, progress, token)).Image];

    private static async Task<RgbaImage[]> Inpaint(
        LayerDiffusionPipeline pipeline, RgbaImage image, GenerationOptions options, bool isAsync, IProgress<GenerationProgress>? progress, CancellationToken token)
    {
        Mask mask = Middle(image);
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
        LayerStackResult result = isAsync ? await pipeline.AddLayerAsync(stack, "a", options, progress, token) : pipeline.AddLayer(stack, "a", options, progress, token);
        return [result.Stack.Layers[1].Image];
    }

    private static async Task<RgbaImage[]> RedrawLayer(
        LayerDiffusionPipeline pipeline, RgbaImage image, GenerationOptions options, bool isAsync, IProgress<GenerationProgress>? progress, CancellationToken token)
    {
        LayerStack stack = new(image.Width, image.Height, [new Layer("below", Opaque(image)), new Layer("old", image) { Id = "id", Prompt = "a" }]);
        LayerStackResult result = isAsync ? await pipeline.RedrawLayerAsync(stack, "id", options, progress, token) : pipeline.RedrawLayer(stack, "id", options, progress, token);
        return [result.Stack["id"].Image];
    }

    private static RgbaImage[] PicturesOf(LayersResult result) => [result.Foreground, result.Background, result.Blended];
}
