namespace LayerDiffusion.Onnx.Layers;

/// <summary>What the layers of one composition show. A layer's text is its own prompt, followed by the global one.</summary>
public sealed record LayerPrompts
{
    /// <summary>Gets the prompt that every layer gets after its own, such as "high quality, 4k"; <see langword="null"/> for none.</summary>
    public string? Global { get; init; }

    /// <summary>Gets what the foreground shows; <see langword="null"/> or blank leaves the global prompt alone.</summary>
    public string? Foreground { get; init; }

    /// <summary>Gets what the background shows; <see langword="null"/> or blank leaves the global prompt alone.</summary>
    public string? Background { get; init; }

    /// <summary>Gets what foreground and background together show; <see langword="null"/> or blank leaves the global prompt alone.</summary>
    public string? Blended { get; init; }

    /// <summary>Gets the text of the foreground: "foreground, global" as the Forge extension of LayerDiffuse joins them, or the one that is given.</summary>
    /// <returns>The text to encode.</returns>
    /// <exception cref="ArgumentException">Neither <see cref="Foreground"/> nor <see cref="Global"/> is given.</exception>
    public string ForegroundText() => this.Join(this.Foreground, nameof(this.Foreground));

    /// <summary>Gets the text of the background: "background, global" as the Forge extension of LayerDiffuse joins them, or the one that is given.</summary>
    /// <returns>The text to encode.</returns>
    /// <exception cref="ArgumentException">Neither <see cref="Background"/> nor <see cref="Global"/> is given.</exception>
    public string BackgroundText() => this.Join(this.Background, nameof(this.Background));

    /// <summary>Gets the text of the blended picture: "blended, global" as the Forge extension of LayerDiffuse joins them, or the one that is given.</summary>
    /// <returns>The text to encode.</returns>
    /// <exception cref="ArgumentException">Neither <see cref="Blended"/> nor <see cref="Global"/> is given.</exception>
    public string BlendedText() => this.Join(this.Blended, nameof(this.Blended));

    private string Join(string? own, string property)
    {
        if (string.IsNullOrWhiteSpace(own))
        {
            // A global prompt that is given as "" asks for an unguided picture; one that is not given was forgotten.
            return this.Global ?? throw new ArgumentException(
                $"{nameof(LayerPrompts)}.{property} is {(own is null ? "null" : "blank")} and {nameof(LayerPrompts)}.{nameof(this.Global)} is null; wanted is at least one of them.", property);
        }

        return string.IsNullOrWhiteSpace(this.Global) ? own : $"{own}, {this.Global}";
    }
}
