using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Packages;

namespace LayerDiffusion.Onnx;

/// <content>What each mode runs.</content>
internal sealed partial class GenerationJob
{
    private const string Transparent = "transparent";
    private const string Base = "base";
    private const string Inpainting = "inpaint";

    /// <summary>Makes transparent pictures of a prompt.</summary>
    public TransparentResult[] TextToTransparent(string prompt, int images)
    {
        UnetDefinition unet = this.Choose(Transparent);
        TransparencyDefinition transparency = this.model.FindTransparency();
        float[] latents = this.Denoise(new DenoisingRequest { Unet = unet, Prompts = [prompt], Images = images });
        return this.FinishTransparent(transparency, latents, images, prompt, unet.Mode);
    }

    /// <summary>Makes ordinary pictures of a prompt.</summary>
    public ImageResult[] TextToImage(string prompt, int images)
    {
        UnetDefinition unet = this.Choose(Base);
        float[] latents = this.Denoise(new DenoisingRequest { Unet = unet, Prompts = [prompt], Images = images, IsOpaque = true });
        return this.FinishOpaque(latents, images, prompt, unet.Mode);
    }

    /// <summary>Redraws a transparent picture.</summary>
    public TransparentResult[] ImageToTransparent(RgbaImage image, string prompt, int images)
    {
        UnetDefinition unet = this.Choose(Transparent);
        TransparencyDefinition transparency = this.model.FindTransparency();
        float[] latent = this.EncodeTransparent(transparency, this.Fit(image));
        float[] latents = this.Denoise(new DenoisingRequest
        {
            Unet = unet,
            Prompts = [prompt],
            Images = images,
            InitialLatent = latent,
            Strength = this.options.Strength!.Value,
        });
        return this.FinishTransparent(transparency, latents, images, prompt, unet.Mode);
    }

    /// <summary>Redraws an ordinary picture.</summary>
    public ImageResult[] ImageToImage(RgbaImage image, string prompt, int images)
    {
        UnetDefinition unet = this.Choose(Base);
        float[] latent = this.EncodeOpaque(this.Fit(image), null);
        float[] latents = this.Denoise(new DenoisingRequest
        {
            Unet = unet,
            Prompts = [prompt],
            Images = images,
            IsOpaque = true,
            InitialLatent = latent,
            Strength = this.options.Strength!.Value,
        });
        return this.FinishOpaque(latents, images, prompt, unet.Mode);
    }

    /// <summary>Repaints what a mask covers, alpha included.</summary>
    public TransparentResult[] Inpaint(RgbaImage image, Mask mask, string prompt, int images)
    {
        UnetDefinition unet = this.Choose(this.model.Package.Unets.ContainsKey(Inpainting) ? Inpainting : Transparent);
        bool seesTheMask = unet.InputChannels > this.model.Package.LatentChannels;
        TransparencyDefinition transparency = this.model.FindTransparency();
        RgbaImage fitted = this.Fit(image);
        RgbaImage fittedMask = this.Fit(mask.ToImage(), inLinearLight: false);
        float[] latentMask = this.ReduceMask(fittedMask);
        if (!latentMask.AsSpan().ContainsAnyExcept(0f))
        {
            this.warnings.Add($"The mask is so small that no latent sample, one for 8×8 pixels, is repainted; {nameof(Mask)}.{nameof(Mask.Grow)} or {nameof(GenerationOptions)}.{nameof(GenerationOptions.SoftMask)} helps.");
        }

        (float[] latent, float[]? offset) = this.EncodeWithOffset(transparency, fitted);
        DenoisingRequest request = new()
        {
            Unet = unet,
            Prompts = [prompt],
            Images = images,
            InitialLatent = latent,
            IsRepainting = true,
            Strength = this.options.Strength!.Value,
        };

        // A UNet of nine channels sees mask and masked picture, in this order behind the noisy latent, and needs nothing put back.
        request = seesTheMask
            ? request with { ChannelConditions = [latentMask, this.EncodeMasked(transparency, ClearMasked(fitted, fittedMask), offset)] }
            : request with { LatentMask = latentMask };
        float[] latents = this.Denoise(request);
        return this.FinishTransparent(transparency, latents, images, prompt, unet.Mode, this.options.KeepUnmasked ? pixels => this.KeepUnmasked(image, mask, pixels) : null);
    }

    /// <summary>What is left of a picture: mid-grey where it is repainted, as in diffusers' inpainting pipelines.</summary>
    private static RgbaImage ClearMasked(RgbaImage image, RgbaImage mask)
    {
        RgbaImage cleared = image.Clone();
        Span<byte> pixels = cleared.Span;
        ReadOnlySpan<byte> masked = mask.Span;
        for (int i = 0; i < pixels.Length; i += 4)
        {
            if (masked[i] >= 128)
            {
                pixels.Slice(i, 4).Clear();
            }
        }

        return cleared;
    }

    private TransparentResult[] FinishTransparent(
        TransparencyDefinition transparency, float[] latents, int images, string prompt, string mode, Func<RgbaFloatImage, RgbaFloatImage>? retouch = null)
    {
        float[][] argb = this.DecodeTransparent(transparency, latents, images);
        this.SaveTrace();
        return [.. argb.Select((planes, index) => this.ToResult(planes, prompt, mode, index, retouch))];
    }

    private TransparentResult ToResult(float[] argb, string prompt, string mode, int image, Func<RgbaFloatImage, RgbaFloatImage>? retouch = null)
    {
        RgbaFloatImage pixels = this.ToTransparent(argb);
        pixels = retouch?.Invoke(pixels) ?? pixels;
        GenerationDetails details = this.Describe(prompt, mode, image);
        string[] warnings = [.. details.Warnings, .. ResultWarnings.OfTransparent(pixels.ToImageTruncated())];
        return new TransparentResult(pixels, details with { Warnings = warnings });
    }

    private ImageResult[] FinishOpaque(float[] latents, int images, string prompt, string mode)
    {
        float[][] decoded = this.DecodeImages(latents, images);
        this.SaveTrace();
        return [.. decoded.Select((planes, index) => new ImageResult(this.ToOpaque(planes), this.Describe(prompt, mode, index)))];
    }

    /// <summary>Puts the original samples back where the mask is 0, and mixes by the mask in premultiplied form where it is between.</summary>
    private RgbaFloatImage KeepUnmasked(RgbaImage image, Mask mask, RgbaFloatImage generated)
    {
        RgbaImage original = image.FitTo(this.size.Width, this.size.Height, this.options.ImageFit, this.options.ResampleInLinearLight).ToStraight();
        RgbaImage inside = mask.ToImage().FitTo(this.size.Width, this.size.Height, this.options.ImageFit);
        RgbaFloatImage kept = generated.Clone();
        Span<float> pixels = kept.Span;
        ReadOnlySpan<byte> known = original.Span;
        ReadOnlySpan<byte> masked = inside.Span;
        for (int i = 0; i < pixels.Length; i += 4)
        {
            float share = this.options.SoftMask ? masked[i] / 255f : masked[i] >= 128 ? 1 : 0;
            if (share == 1)
            {
                continue;
            }

            float knownAlpha = known[i + 3] / 255f;
            float alpha = ((1 - share) * knownAlpha) + (share * pixels[i + 3]);
            for (int channel = 0; channel < 3; channel++)
            {
                float knownColor = known[i + channel] / 255f;
                pixels[i + channel] = share == 0 || alpha == 0
                    ? knownColor
                    : (((1 - share) * knownColor * knownAlpha) + (share * pixels[i + channel] * pixels[i + 3])) / alpha;
            }

            pixels[i + 3] = alpha;
        }

        return kept;
    }
}
