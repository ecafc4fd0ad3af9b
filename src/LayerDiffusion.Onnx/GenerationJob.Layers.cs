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
        UnetDefinition unet = this.model.FindUnet(mode);
        return this.FinishOpaque(this.DenoiseConditioned(unet, layers, [prompt], images, isOpaque: true), images, prompt, mode);
    }

    /// <summary>Makes a transparent layer from other layers.</summary>
    public TransparentResult[] LayersToTransparent(string mode, IReadOnlyDictionary<LayerRole, RgbaImage> layers, string prompt, int images)
    {
        TransparencyDefinition transparency = this.model.FindTransparency();
        UnetDefinition unet = this.model.FindUnet(mode);
        return this.FinishTransparent(transparency, this.DenoiseConditioned(unet, layers, [prompt], images, isOpaque: false), images, prompt, mode);
    }

    /// <summary>Makes several layers at once with a UNet whose frames share attention.</summary>
    /// <param name="mode">The mode.</param>
    /// <param name="layers">The layer that the control encoder sees, if the mode has one.</param>
    /// <param name="promptOf">The prompt of each frame.</param>
    /// <param name="images">How many sets, in one batch.</param>
    public LayerFrames[] Frames(string mode, IReadOnlyDictionary<LayerRole, RgbaImage> layers, Func<LayerRole, string> promptOf, int images)
    {
        UnetDefinition unet = this.model.FindUnet(mode);
        IReadOnlyList<LayerRole> frames = unet.Frames;
        TransparencyDefinition? transparency = frames.Contains(LayerRole.Foreground) ? this.model.FindTransparency() : null;
        string[] prompts = [.. frames.Select(promptOf)];

        // One prompt for all frames needs encoding once.
        float[] latents = this.DenoiseConditioned(unet, layers, prompts.Distinct().Count() == 1 ? prompts[..1] : prompts, images, isOpaque: frames[0] != LayerRole.Foreground);
        float[][] decoded = this.DecodeImages(latents, images * frames.Count);
        int[] foregroundRows = [.. Enumerable.Range(0, decoded.Length).Where(row => frames[row % frames.Count] == LayerRole.Foreground)];
        float[][] argb = transparency is null ? [] : this.DecodeTransparency(transparency, latents, decoded, foregroundRows);
        this.SaveTrace();
        return [.. Enumerable.Range(0, images).Select(image => new LayerFrames(
            argb.Length == 0 ? null : new TransparentResult(this.ToTransparent(argb[image]), this.Describe(promptOf(LayerRole.Foreground), mode, image)),
            Opaque(image, LayerRole.Background),
            Opaque(image, LayerRole.Blended)))];

        ImageResult? Opaque(int image, LayerRole role)
        {
            int frame = frames.ToList().IndexOf(role);
            return frame < 0 ? null : new ImageResult(this.ToOpaque(decoded[(image * frames.Count) + frame]), this.Describe(promptOf(role), mode, image));
        }
    }

    private float[] DenoiseConditioned(UnetDefinition unet, IReadOnlyDictionary<LayerRole, RgbaImage> layers, IReadOnlyList<string> prompts, int images, bool isOpaque)
    {
        double ownEnd = unet.Mode == BackgroundOfForegroundAndBlend && this.model.Package.Unets.ContainsKey(Base) ? DefaultEndOfBackground : 1;
        return this.Denoise(new DenoisingRequest
        {
            Unet = unet,
            Prompts = prompts,
            Images = images,
            IsOpaque = isOpaque,
            ChannelConditions = [.. unet.Conditions.Select(role => this.EncodeOpaque(this.Fit(layers[role]), $"condition.{role.ToString().ToLowerInvariant()}"))],
            Controls = unet.Control is null ? new Dictionary<string, (float[], long[])>() : this.EncodeControl(unet.Control, this.Fit(layers[unet.Control.Image])),
            EndConditioningAt = this.options.EndConditioningAt ?? ownEnd,
        });
    }
}
