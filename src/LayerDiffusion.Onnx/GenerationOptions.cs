using System.Globalization;
using LayerDiffusion.Onnx.Autoencoding;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Prompting;
using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx;

/// <summary>How a picture is made. Whatever is <see langword="null"/> comes from the model; the result tells what it was.</summary>
public sealed record GenerationOptions
{
    /// <summary>Smallest side of a picture in pixels.</summary>
    internal const int MinimumSide = 64;

    /// <summary>Largest side of a picture in pixels.</summary>
    internal const int MaximumSide = 8192;

    /// <summary>Gets the width in pixels, 64 to 8192. Sizes between multiples of the model's (64) are made a little larger and cropped about the centre.</summary>
    public int? Width { get; init; }

    /// <summary>Gets the height in pixels, 64 to 8192. Sizes between multiples of the model's (64) are made a little larger and cropped about the centre.</summary>
    public int? Height { get; init; }

    /// <summary>Gets the number of inference steps, 1 to 1000.</summary>
    public int? Steps { get; init; }

    /// <summary>Gets how strongly the prompt is followed, 0 to 100: ε = ε(negative) + scale·(ε(prompt) − ε(negative)) (Ho &amp; Salimans 2022). Up to 1 the negative prompt is not evaluated at all.</summary>
    public double? GuidanceScale { get; init; }

    /// <summary>Gets refinements of guidance; none by default.</summary>
    public GuidanceOptions Guidance { get; init; } = GuidanceOptions.Default;

    /// <summary>Gets the seed of torch's generator; the same seed gives the same picture as diffusers on a CPU. <see langword="null"/> draws one.</summary>
    public long? Seed { get; init; }

    /// <summary>Gets the scheduler. What its own properties leave open comes from the model's scheduler_config.json.</summary>
    public SchedulerOptions? Scheduler { get; init; }

    /// <summary>Gets what should not be in the picture. <see langword="null"/> is not the same as "": SDXL then uses zeros in place of an encoded prompt.</summary>
    public string? NegativePrompt { get; init; }

    /// <summary>Gets how prompts are read: literally and cut to 77 tokens, as in diffusers, or with the web UI's attention syntax and of any length.</summary>
    public PromptOptions Prompting { get; init; } = PromptOptions.Diffusers;

    /// <summary>Gets the number of last layers of the text encoder that are skipped beyond the model's own choice, 0 to 11 (diffusers' <c>clip_skip</c>).</summary>
    public int ClipSkip { get; init; }

    /// <summary>
    /// Gets how far a picture given is redrawn, above 0 to 1: that part of the steps is run (diffusers' rule: int(steps · strength) steps, from the noise level there).
    /// <see langword="null"/> for 0.75, and 1 where a mask is given.
    /// </summary>
    public double? Strength { get; init; }

    /// <summary>Gets how pictures given are brought to the size of the result, when theirs is another. Without <see cref="Width"/> and <see cref="Height"/> the result has the size of the picture given.</summary>
    public ImageFit ImageFit { get; init; }

    /// <summary>Gets a value indicating whether pictures given are resampled as light rather than as sRGB values. Colour is weighted by alpha either way.</summary>
    public bool ResampleInLinearLight { get; init; }

    /// <summary>Gets what the transparency encoder's offset is multiplied by, −1000 to 1000: 300 in LayerDiffuse's reference code, 1 in its web UI extension. <see langword="null"/> for the model's own.</summary>
    public double? OffsetGain { get; init; }

    /// <summary>Gets a value indicating whether grey values of a mask mix old and new; otherwise a mask is cut at one half.</summary>
    public bool SoftMask { get; init; }

    /// <summary>Gets a value indicating whether samples outside a mask come back exactly as they were, which is the default; otherwise they are what the decoder makes of the kept latent.</summary>
    public bool KeepUnmasked { get; init; } = true;

    /// <summary>
    /// Gets after which fraction of the training timesteps, 0 to 1, the base UNet goes on without the condition pictures ("stop at" in LayerDiffuse's web UI extension).
    /// <see langword="null"/> for the mode's own: 0.5 for the background of a foreground and a blend, otherwise 1.
    /// </summary>
    public double? EndConditioningAt { get; init; }

    /// <summary>Gets how many pictures are made, 1 to 10000; more than one by the methods that give many.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Gets how many pictures go through the UNet together, 1 to 64: faster on a GPU, and more memory.</summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>Gets how the pictures of a batch get their noise.</summary>
    public BatchSeeding BatchSeeding { get; init; }

    /// <summary>Gets how many views of the picture the transparency decoder looks at.</summary>
    public AlphaAugmentation AlphaAugmentation { get; init; }

    /// <summary>
    /// Gets the largest side of a tile that the VAE and the transparency networks see at once, in encoding pictures given and in decoding, a multiple of 64 from 128 on; 0 shows them pictures as
    /// a whole, which is exact and needs the most memory. UNets and control encoders always see the whole.
    /// </summary>
    public int TileSize { get; init; }

    /// <summary>Gets the least overlap of neighbouring tiles in pixels, a multiple of 8 up to half of <see cref="TileSize"/>: the more, the less a seam shows.</summary>
    public int TileOverlap { get; init; } = 64;

    /// <summary>Gets whose random numbers the noise is made of: torch's on a CPU, or torch's on an NVIDIA GPU, so that seeds found on a GPU reproduce.</summary>
    public NoiseGenerator NoiseGenerator { get; init; }

    /// <summary>Gets the seed of a variation: the start noise is that of <see cref="Seed"/> turned towards that of this seed. <see langword="null"/> for none.</summary>
    public long? VariationSeed { get; init; }

    /// <summary>Gets how far the start noise is turned towards <see cref="VariationSeed"/>, 0 to 1: 0 is the picture of <see cref="Seed"/>, 1 that of the other.</summary>
    public double VariationStrength { get; init; }

    /// <summary>
    /// Gets after how many steps each a preview is reported, 1 or more; 0 for never. Previews of pictures above 128 pixels have a quarter of their sides, and an eighth where they come more often
    /// than every fifth step: at 512 pixels they take 3 % of the time at most. After each step their colour is a little softer.
    /// </summary>
    public int PreviewInterval { get; init; }

    /// <summary>Gets the path of a .safetensors file that receives the tensors of every stage, for comparison with other implementations; <see langword="null"/> for none.</summary>
    public string? TraceFile { get; init; }

    /// <summary>Gets a value indicating whether the start noise is a variation of a seed's.</summary>
    internal bool IsVariation => this.VariationSeed is not null && this.VariationStrength > 0;

    /// <summary>The options of a later image of a batch: the next seeds, or the next variation seeds of the same seed.</summary>
    internal GenerationOptions ForImage(int index) => this.IsVariation
        ? this with { VariationSeed = unchecked(this.VariationSeed!.Value + index) }
        : this with { Seed = unchecked(this.Seed!.Value + index) };

    /// <summary>Checks every property.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A property is outside its range; the exception names it and the range.</exception>
    internal void Validate()
    {
        Check(this.Width is null or (>= MinimumSide and <= MaximumSide), nameof(this.Width), this.Width, "from 64 to 8192 pixels");
        Check(this.Height is null or (>= MinimumSide and <= MaximumSide), nameof(this.Height), this.Height, "from 64 to 8192 pixels");
        Check(this.Steps is null or (>= 1 and <= 1000), nameof(this.Steps), this.Steps, "from 1 to 1000");
        Check(this.GuidanceScale is null or (>= 0 and <= 100), nameof(this.GuidanceScale), this.GuidanceScale, "from 0 to 100");
        Check(this.ClipSkip is >= 0 and <= 11, nameof(this.ClipSkip), this.ClipSkip, "from 0 to 11");
        Check(this.Strength is null or (> 0 and <= 1), nameof(this.Strength), this.Strength, "above 0 to 1");
        Check(Enum.IsDefined(this.ImageFit), nameof(this.ImageFit), this.ImageFit, $"one of {string.Join(", ", Enum.GetNames<ImageFit>())}");
        Check(this.OffsetGain is null or (>= -1000 and <= 1000), nameof(this.OffsetGain), this.OffsetGain, "from -1000 to 1000");
        Check(this.EndConditioningAt is null or (>= 0 and <= 1), nameof(this.EndConditioningAt), this.EndConditioningAt, "from 0 to 1");
        Check(this.Count is >= 1 and <= 10000, nameof(this.Count), this.Count, "from 1 to 10000");
        Check(this.BatchSize is >= 1 and <= 64, nameof(this.BatchSize), this.BatchSize, "from 1 to 64");
        Check(this.TileSize == 0 || (this.TileSize >= 128 && this.TileSize % 64 == 0), nameof(this.TileSize), this.TileSize, "0, or a multiple of 64 from 128 on");
        Check(
            this.TileOverlap >= 0 && this.TileOverlap % 8 == 0 && (this.TileSize == 0 || this.TileOverlap <= this.TileSize / 2),
            nameof(this.TileOverlap), this.TileOverlap, "a multiple of 8 from 0 to half of TileSize");
        Check(Enum.IsDefined(this.NoiseGenerator), nameof(this.NoiseGenerator), this.NoiseGenerator, $"one of {string.Join(", ", Enum.GetNames<NoiseGenerator>())}");
        Check(this.VariationStrength is >= 0 and <= 1, nameof(this.VariationStrength), this.VariationStrength, "from 0 to 1");
        Check(this.PreviewInterval >= 0, nameof(this.PreviewInterval), this.PreviewInterval, "0 or more");
        Check(Enum.IsDefined(this.AlphaAugmentation), nameof(this.AlphaAugmentation), this.AlphaAugmentation, $"one of {string.Join(", ", Enum.GetNames<AlphaAugmentation>())}");
        Check(Enum.IsDefined(this.BatchSeeding), nameof(this.BatchSeeding), this.BatchSeeding, $"one of {string.Join(", ", Enum.GetNames<BatchSeeding>())}");
        Check(this.BatchSeeding == BatchSeeding.PerImage || this.Count <= 64, nameof(this.Count), this.Count, $"from 1 to 64 with {nameof(BatchSeeding)}.{nameof(BatchSeeding.Shared)}, which makes all in one batch");
        Check(this.TraceFile is null || !string.IsNullOrWhiteSpace(this.TraceFile), nameof(this.TraceFile), "empty", "a path or null");
        Check(this.Guidance is not null, nameof(this.Guidance), "null", $"a {nameof(GuidanceOptions)}");
        Check(this.Prompting is not null, nameof(this.Prompting), "null", $"a {nameof(PromptOptions)}");
        this.Guidance!.Validate();
        this.Prompting!.Validate();
        this.Scheduler?.Validate();
    }

    private static void Check(bool valid, string property, object? value, string range)
    {
        if (!valid)
        {
            throw new ArgumentOutOfRangeException(
                property, value, string.Create(CultureInfo.InvariantCulture, $"{nameof(GenerationOptions)}.{property} is {value}; wanted is {range}."));
        }
    }
}
