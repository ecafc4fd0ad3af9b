using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>What is needed to make a picture again, as it is stored in the texts of a PNG file.</summary>
public sealed record GenerationMetadata
{
    /// <summary>Keyword of the text in the form of the AUTOMATIC1111 web UI.</summary>
    public const string ParametersKeyword = "parameters";

    /// <summary>Keyword of the text with our JSON.</summary>
    public const string JsonKeyword = "layerdiffusion";

    /// <summary>Gets the prompt.</summary>
    public string Prompt { get; init; } = string.Empty;

    /// <summary>Gets the negative prompt.</summary>
    public string NegativePrompt { get; init; } = string.Empty;

    /// <summary>Gets the seed that was really used.</summary>
    public long Seed { get; init; }

    /// <summary>Gets the number of denoising steps.</summary>
    public int Steps { get; init; }

    /// <summary>Gets the guidance scale; 1 means none.</summary>
    public double GuidanceScale { get; init; }

    /// <summary>Gets the width of the generated picture in pixels.</summary>
    public int Width { get; init; }

    /// <summary>Gets the height of the generated picture in pixels.</summary>
    public int Height { get; init; }

    /// <summary>Gets the scheduler's name in diffusers, for example <c>DPMSolverMultistepScheduler</c>; after reading only the web UI's form, the sampler's name there.</summary>
    public string Scheduler { get; init; } = string.Empty;

    /// <summary>Gets the scheduler's settings as a JSON object, as in <c>scheduler_config.json</c>; empty if not known.</summary>
    public string SchedulerConfig { get; init; } = string.Empty;

    /// <summary>Gets the name of the model package.</summary>
    public string Model { get; init; } = string.Empty;

    /// <summary>Gets the mode of generation, for example <c>transparent</c>.</summary>
    public string Mode { get; init; } = string.Empty;

    /// <summary>Gets how far an initial picture was changed, 0 to 1; <see langword="null"/> if there was none.</summary>
    public double? Strength { get; init; }

    /// <summary>Gets the version of this library that made the picture.</summary>
    public string LibraryVersion { get; init; } = string.Empty;

    /// <summary>
    /// Gets further values by name, written in ordinal order of the names. A name has at least two letters, digits, underscores, spaces, dashes or slashes,
    /// begins with one of the first three and is not one that the web UI's form has for another property.
    /// </summary>
    public IReadOnlyDictionary<string, string> Extras { get; init; } = new Dictionary<string, string>();

    /// <summary>Finds out how a picture was made: from our JSON if it is there and whole, else from the web UI's form.</summary>
    /// <param name="metadata">What the PNG file says.</param>
    /// <returns>The data, or <see langword="null"/> if neither text is there or can be understood.</returns>
    public static GenerationMetadata? Find(PngMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        if (metadata.FindText(JsonKeyword) is { } json)
        {
            try
            {
                return FromJson(json);
            }
            catch (FormatException)
            {
                // Whoever edited the text may have left the other one whole.
            }
        }

        try
        {
            return metadata.FindText(ParametersKeyword) is { } parameters ? FromParameters(parameters) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Reads our JSON.</summary>
    /// <param name="json">The text.</param>
    /// <returns>The data; what is missing has its default.</returns>
    /// <exception cref="FormatException">The text is no such JSON; the message names the field.</exception>
    public static GenerationMetadata FromJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return GenerationMetadataJson.Read(json);
    }

    /// <summary>Reads the form of the AUTOMATIC1111 web UI as its own reader does: prompt, a line that starts with <c>Negative prompt:</c>, a last line of <c>Name: value</c> pairs.</summary>
    /// <param name="parameters">The text.</param>
    /// <returns>The data; pairs that are no property are in <see cref="Extras"/>.</returns>
    /// <exception cref="FormatException">A number cannot be read; the message names it.</exception>
    public static GenerationMetadata FromParameters(string parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return GenerationParameters.Read(parameters);
    }

    /// <summary>Takes the texts about its making out of what a PNG file says.</summary>
    /// <param name="metadata">What the file says.</param>
    /// <returns>The same without those texts.</returns>
    public static PngMetadata Remove(PngMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        List<PngText> kept = [];
        foreach (PngText text in metadata.Texts)
        {
            if (text.Keyword is not (ParametersKeyword or JsonKeyword))
            {
                kept.Add(text);
            }
        }

        return metadata with { Texts = kept };
    }

    /// <summary>Writes our JSON on one line.</summary>
    /// <returns>The text; equal data give equal text.</returns>
    /// <exception cref="InvalidOperationException"><see cref="SchedulerConfig"/> is no JSON object or a number is not finite.</exception>
    public string ToJson() => GenerationMetadataJson.Write(this);

    /// <summary>Writes the form of the AUTOMATIC1111 web UI. Line ends become LF.</summary>
    /// <returns>The text; equal data give equal text.</returns>
    /// <exception cref="InvalidOperationException">A name in <see cref="Extras"/> cannot be written or <see cref="SchedulerConfig"/> is no JSON object.</exception>
    public string ToParameters() => GenerationParameters.Write(this);

    /// <summary>Puts the data into what a PNG file says, in place of texts of the same keywords.</summary>
    /// <param name="metadata">What the file says so far.</param>
    /// <param name="parts">Which texts to write; <see cref="GenerationMetadataParts.None"/> only takes old ones out.</param>
    /// <returns>The description with the texts.</returns>
    /// <exception cref="InvalidOperationException">A value cannot be written.</exception>
    public PngMetadata AddTo(PngMetadata metadata, GenerationMetadataParts parts = GenerationMetadataParts.All)
    {
        PngMetadata clean = Remove(metadata);
        List<PngText> texts = [.. clean.Texts];
        if (parts.HasFlag(GenerationMetadataParts.Parameters))
        {
            texts.Add(new PngText(ParametersKeyword, this.ToParameters()));
        }

        if (parts.HasFlag(GenerationMetadataParts.Json))
        {
            texts.Add(new PngText(JsonKeyword, this.ToJson()));
        }

        return clean with { Texts = texts };
    }
}
