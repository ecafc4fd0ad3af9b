using System.Globalization;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx;

/// <summary>A transparent picture as the networks see it: a latent with alpha written into it.</summary>
public sealed class TransparentLatent
{
    private const string Format = "layerdiffusion.latent";
    private const string Tensor = "latent";

    private readonly float[] values;

    /// <summary>Initializes a new instance of the <see cref="TransparentLatent"/> class.</summary>
    /// <param name="values">The unscaled latent, <c>[channels,latentHeight,latentWidth]</c>; it is copied.</param>
    /// <param name="channels">Channels, 4 for Stable Diffusion.</param>
    /// <param name="latentHeight">An eighth of the networks' height.</param>
    /// <param name="latentWidth">An eighth of the networks' width.</param>
    /// <param name="width">Width of the picture in pixels, at most eight times <paramref name="latentWidth"/>.</param>
    /// <param name="height">Height of the picture in pixels, at most eight times <paramref name="latentHeight"/>.</param>
    /// <exception cref="ArgumentException">There are not channels × latentHeight × latentWidth values.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An extent is below 1, or the picture is larger than the latent.</exception>
    public TransparentLatent(ReadOnlySpan<float> values, int channels, int latentHeight, int latentWidth, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(latentHeight, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(latentWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, latentWidth * 8L);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(height, latentHeight * 8L);
        if (values.Length != (long)channels * latentHeight * latentWidth)
        {
            throw new ArgumentException($"A latent of [{channels},{latentHeight},{latentWidth}] has {(long)channels * latentHeight * latentWidth} values, given were {values.Length}.", nameof(values));
        }

        this.values = values.ToArray();
        this.Channels = channels;
        this.LatentHeight = latentHeight;
        this.LatentWidth = latentWidth;
        this.Width = width;
        this.Height = height;
    }

    /// <summary>Gets the unscaled latent, <c>[channels,latentHeight,latentWidth]</c>: multiplied by the VAE's scaling factor it is what a UNet denoises.</summary>
    public ReadOnlyMemory<float> Values => this.values;

    /// <summary>Gets the channels.</summary>
    public int Channels { get; }

    /// <summary>Gets an eighth of the networks' height.</summary>
    public int LatentHeight { get; }

    /// <summary>Gets an eighth of the networks' width.</summary>
    public int LatentWidth { get; }

    /// <summary>Gets the width of the picture; the networks' is the next multiple of 64, and what is too much is cropped about the centre.</summary>
    public int Width { get; }

    /// <summary>Gets the height of the picture.</summary>
    public int Height { get; }

    internal float[] Array => this.values;

    /// <summary>Reads a latent that <see cref="Save"/> or another program wrote.</summary>
    /// <param name="path">
    /// A .safetensors file with a tensor <c>latent</c> of a floating type, <c>[1,channels,h,w]</c> or <c>[channels,h,w]</c>, unscaled. Metadata <c>width</c> and
    /// <c>height</c> tell the size of the picture; without them it is eight times the latent's.
    /// </param>
    /// <returns>The latent.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file is no safetensors file or holds no such latent; the message names what was found and what is wanted.</exception>
    public static TransparentLatent Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        SafetensorsFile file = SafetensorsFile.Open(path);
        if (file.Metadata.GetValueOrDefault("scaled", "false") != "false")
        {
            throw new InvalidDataException($"'{path}': scaled is '{file.Metadata["scaled"]}'; wanted is 'false', a latent that is not multiplied by the VAE's scaling factor.");
        }

        float[] values = file.ReadSingle(Tensor);
        if (file.Tensors[Tensor].Shape is not ([1, > 0 and <= int.MaxValue, > 0 and <= int.MaxValue / 8, > 0 and <= int.MaxValue / 8] or [> 0 and <= int.MaxValue, > 0 and <= int.MaxValue / 8, > 0 and <= int.MaxValue / 8]))
        {
            throw new InvalidDataException($"'{path}': tensor '{Tensor}' is [{string.Join(',', file.Tensors[Tensor].Shape)}]; wanted is [1,channels,h,w] or [channels,h,w].");
        }

        if (values.AsSpan().ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
        {
            throw new InvalidDataException($"'{path}': tensor '{Tensor}' has a value that is no finite number.");
        }

        int[] shape = [.. file.Tensors[Tensor].Shape[^3..].Select(extent => (int)extent)];
        int width = Read("width", 1, 8 * shape[2], 8 * shape[2]);
        int height = Read("height", 1, 8 * shape[1], 8 * shape[1]);
        int left = ((8 * shape[2]) - width) / 2;
        int top = ((8 * shape[1]) - height) / 2;
        Read("left", left, left, left);
        Read("top", top, top, top);
        return new TransparentLatent(values, shape[0], shape[1], shape[2], width, height);

        int Read(string key, int least, int most, int missing)
        {
            if (!file.Metadata.TryGetValue(key, out string? text))
            {
                return missing;
            }

            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
                ? number
                : throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"'{path}': {key} is '{text}'; wanted is {(least == most ? $"{least}" : $"{least} to {most}")}."));
        }
    }

    /// <summary>
    /// Writes the latent to a .safetensors file, all or nothing: the tensor <c>latent</c>, float32 <c>[1,channels,h,w]</c>, unscaled, and as metadata
    /// <c>width</c> and <c>height</c> of the picture, <c>left</c> and <c>top</c> of its place in the networks' picture, <c>scaled</c> ("false") and <c>format</c>.
    /// </summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <exception cref="IOException">The file cannot be written; an existing one is untouched.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public void Save(string path)
    {
        SafetensorsWriter writer = new();
        writer.AddMetadata("format", Format);
        writer.AddMetadata("scaled", "false");
        AddNumber("width", this.Width);
        AddNumber("height", this.Height);
        AddNumber("left", ((8 * this.LatentWidth) - this.Width) / 2);
        AddNumber("top", ((8 * this.LatentHeight) - this.Height) / 2);
        writer.Add<float>(Tensor, this.values, 1, this.Channels, this.LatentHeight, this.LatentWidth);
        writer.Save(path);

        void AddNumber(string key, int value) => writer.AddMetadata(key, value.ToString(CultureInfo.InvariantCulture));
    }
}
