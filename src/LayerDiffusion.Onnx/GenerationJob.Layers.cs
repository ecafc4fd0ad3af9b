using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Packages;

namespace LayerDiffusion.Onnx;

/// <content>Modes that are given layers or make several.</content>
internal sealed partial class GenerationJob
{
    // The author of the method stops the conditions halfway there, lest the background repeat the blend.
    private const string BackgroundOfForegroundAndBlend = "fgble2bg";
    private const double DefaultEndOfBackground = 0.5;

    /// <summary>Makes an opaque layer from other layers.</summary>
    public ImageResult[] LayersToImage(string mode, IReadOnlyDictionary<LayerRole, RgbaImage> layers, string prompt, int images)
    {
        UnetDefinition unet = this.Choose(mode);
        return this.FinishOpaque(this.DenoiseConditioned(unet, layers, [prompt], images, isOpaque: true), images, prompt, mode);
    }

    /// <summary>Makes a transparent layer from other layers.</summary>
    public TransparentResult[] LayersToTransparent(string mode, IReadOnlyDictionary<LayerRole, RgbaImage> layers, string prompt, int images)
    {
        UnetDefinition unet = this.Choose(mode);
        TransparencyDefinition transparency = this.model.FindTransparency();
        return this.FinishTransparent(transparency, this.DenoiseConditioned(unet, layers, [prompt], images, isOpaque: false), images, prompt, mode);
    }

    /// <summary>Makes several layers at once with a UNet whose frames share attention.</summary>
    /// <param name="unet">The UNet.</param>
    /// <param name="given">The layer that its control encoder sees, if it has one.</param>
    /// <param name="promptOf">The prompt of each frame.</param>
    /// <param name="images">How many sets, in one batch.</param>
    /// <returns>The frames of the first set in the UNet's order, then those of the next.</returns>
    public GenerationResult[] LayersTogether(UnetDefinition unet, RgbaImage? given, Func<LayerRole, string> promptOf, int images)
    {
        this.mode = unet.Mode;
        IReadOnlyList<LayerRole> frames = unet.Frames;
        TransparencyDefinition? transparency = frames.Contains(LayerRole.Foreground) ? this.model.FindTransparency() : null;
        Dictionary<LayerRole, RgbaImage> layers = unet.Control is null ? [] : new() { [unet.Control.Image] = given! };
        string[] prompts = [.. frames.Select(promptOf)];

        // One prompt for all frames needs encoding once.
        IReadOnlyList<string> distinct = Array.TrueForAll(prompts, prompt => prompt == prompts[0]) ? prompts[..1] : prompts;
        float[] latents = this.DenoiseConditioned(unet, layers, distinct, images, isOpaque: frames[0] != LayerRole.Foreground);
        float[][] decoded = this.DecodeImages(latents, images * frames.Count);
        int[] foregroundRows = [.. Enumerable.Range(0, decoded.Length).Where(row => frames[row % frames.Count] == LayerRole.Foreground)];
        float[][] argb = transparency is null ? [] : this.DecodeTransparency(transparency, latents, decoded, foregroundRows);
        this.SaveTrace();
        return [.. decoded.Select(GenerationResult (planes, row) =>
        {
            string prompt = prompts[row % frames.Count];
            int image = row / frames.Count;
            int foreground = Array.IndexOf(foregroundRows, row);
            return foreground < 0
                ? new ImageResult(this.ToOpaque(planes), this.Describe(prompt, unet.Mode, image))
                : this.ToResult(argb[foreground], prompt, unet.Mode, image);
        })];
    }

    private float[] DenoiseConditioned(UnetDefinition unet, IReadOnlyDictionary<LayerRole, RgbaImage> layers, IReadOnlyList<string> prompts, int images, bool isOpaque)
    {
        double ownEnd = unet.Mode == BackgroundOfForegroundAndBlend && this.model.Package.Unets.ContainsKey(Base) ? DefaultEndOfBackground : 1;
        double end = this.options.EndConditioningAt ?? ownEnd;
        if (end < 1)
        {
            // What goes on without conditions is told to be missing before anything is done.
            this.model.FindUnet(Base);
        }

        foreach ((LayerRole role, RgbaImage layer) in layers)
        {
            this.warnings.AddRange(ResultWarnings.OfCondition(
                role.ToString().ToLowerInvariant(), layer, this.size.Width, this.size.Height, this.options.ImageFit, wantsTransparency: role == LayerRole.Foreground));
        }

        return this.Denoise(new DenoisingRequest
        {
            Unet = unet,
            Prompts = prompts,
            Images = images,
            IsOpaque = isOpaque,
            ChannelConditions = [.. unet.Conditions.Select(role => this.EncodeOpaque(this.Fit(layers[role]), $"condition.{role.ToString().ToLowerInvariant()}"))],
            Controls = unet.Control is null ? new Dictionary<string, (float[], long[])>() : this.EncodeControl(unet.Control, this.Fit(layers[unet.Control.Image])),
            EndConditioningAt = end,
        });
    }
}
