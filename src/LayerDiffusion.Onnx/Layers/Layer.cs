using System.Globalization;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Layers;

/// <summary>One picture of a <see cref="LayerStack"/>, with how it is placed and how it was made.</summary>
/// <remarks>What a stack holds is checked when it enters: the stack's methods throw for values outside the ranges told here.</remarks>
public sealed record Layer
{
    /// <summary>Most characters of an id or a name.</summary>
    internal const int MaximumNameLength = 255;

    /// <summary>Farthest that a layer may lie from the canvas' corner, in pixels.</summary>
    internal const int MaximumOffset = 300_000;

    /// <summary>Initializes a new instance of the <see cref="Layer"/> class.</summary>
    /// <param name="name">Name for people.</param>
    /// <param name="image">The picture.</param>
    /// <param name="x">Column of the canvas where the picture's left edge lies.</param>
    /// <param name="y">Row of the canvas where the picture's top edge lies.</param>
    public Layer(string name, RgbaImage image, int x = 0, int y = 0)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(image);
        this.Name = name;
        this.Image = image;
        this.X = x;
        this.Y = y;
    }

    /// <summary>Gets what names the layer in its stack, once only; "" lets the stack choose "layer-1", "layer-2" and so on. One line, at most 255 characters.</summary>
    public string Id { get; init; } = string.Empty;

    /// <summary>Gets the name for people; it need not be unique. One line, not blank, at most 255 characters.</summary>
    public string Name { get; init; }

    /// <summary>Gets the picture, of any size; a stack makes a premultiplied one straight. Its samples must not be written to any more.</summary>
    public RgbaImage Image { get; init; }

    /// <summary>Gets the column of the canvas where the picture's left edge lies, −300,000 to 300,000; what lies outside the canvas is kept but not seen.</summary>
    public int X { get; init; }

    /// <summary>Gets the row of the canvas where the picture's top edge lies, −300,000 to 300,000.</summary>
    public int Y { get; init; }

    /// <summary>Gets the prompt that made it, or <see langword="null"/> if none did.</summary>
    public string? Prompt { get; init; }

    /// <summary>Gets the negative prompt that made it; <see langword="null"/> is not the same as "".</summary>
    public string? NegativePrompt { get; init; }

    /// <summary>Gets the seed that made it, or <see langword="null"/> if none did.</summary>
    public long? Seed { get; init; }

    /// <summary>Gets the mode that made it (the name of the UNet in the model package), or <see langword="null"/> if none did.</summary>
    public string? Mode { get; init; }

    /// <summary>Gets the factor to its alpha, 0 to 1.</summary>
    public double Opacity { get; init; } = 1;

    /// <summary>Gets how its colours mix with what lies below.</summary>
    public BlendMode BlendMode { get; init; }

    /// <summary>Gets a value indicating whether it is shown.</summary>
    public bool IsVisible { get; init; } = true;

    /// <summary>Gets a value indicating whether the stack refuses to replace or remove it.</summary>
    public bool IsLocked { get; init; }

    /// <summary>Gets further settings that made it: a JSON object of the caller's own design, kept letter by letter but for white space around it, or "".</summary>
    public string Settings { get; init; } = string.Empty;

    /// <summary>Makes the form that a stack keeps, which has been checked.</summary>
    /// <param name="id">The id to give it if it has none.</param>
    /// <exception cref="ArgumentException">A property is outside its range; the exception names it.</exception>
    internal Layer ToChecked(string id)
    {
        id = string.IsNullOrEmpty(this.Id) ? id : this.Id;
        LayerText.CheckLine(id, nameof(this.Id));
        LayerText.CheckLine(this.Name, nameof(this.Name));
        LayerText.Check(this.Prompt, nameof(this.Prompt));
        LayerText.Check(this.NegativePrompt, nameof(this.NegativePrompt));
        LayerText.Check(this.Mode, nameof(this.Mode));
        LayerText.CheckSettings(this.Settings);
        ArgumentNullException.ThrowIfNull(this.Image, nameof(this.Image));
        CheckRange(this.X is >= -MaximumOffset and <= MaximumOffset, nameof(this.X), this.X, "from −300000 to 300000");
        CheckRange(this.Y is >= -MaximumOffset and <= MaximumOffset, nameof(this.Y), this.Y, "from −300000 to 300000");
        CheckRange(this.Opacity is >= 0 and <= 1, nameof(this.Opacity), this.Opacity, "from 0 to 1");
        CheckRange(Enum.IsDefined(this.BlendMode), nameof(this.BlendMode), (int)this.BlendMode, "a blend mode");
        RgbaImage image = this.Image.AlphaMode == AlphaMode.Straight ? this.Image : this.Image.ToStraight();
        return this with { Id = id, Image = image, Settings = this.Settings.Trim() };
    }

    private static void CheckRange(bool valid, string property, object value, string range)
    {
        if (!valid)
        {
            throw new ArgumentOutOfRangeException(property, value, string.Create(CultureInfo.InvariantCulture, $"Layer.{property} is {value}; wanted is {range}."));
        }
    }
}
