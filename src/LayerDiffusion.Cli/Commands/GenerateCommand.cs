using System.Text.Json;
using System.Text.Json.Nodes;
using LayerDiffusion.Cli.Arguments;
using LayerDiffusion.Cli.Generation;
using LayerDiffusion.Cli.Requests;

namespace LayerDiffusion.Cli.Commands;

/// <summary><c>generate PROMPT</c>: writes its arguments as a request and runs that.</summary>
internal sealed class GenerateCommand : Command
{
    private static readonly RequestOption[] RequestOptions =
    [
        RequestOption.Text("--model", "DIR", "model package, a folder or a zip; without it the embedded model", "model"),
        RequestOption.Text("--negative", "T", "what should not be in the picture", "negativePrompt"),
        RequestOption.Number("--seed", "makes the same picture again; drawn if left out", "seed"),
        RequestOption.Number("--steps", "denoising steps, 1 to 1000", "steps"),
        RequestOption.Number("--guidance", "how strongly the prompt is followed, 0 to 100", "guidanceScale") with { Placeholder = "X" },
        RequestOption.Number("--width", "pixels, 64 to 8192", "width"),
        RequestOption.Number("--height", "pixels, 64 to 8192", "height"),
        RequestOption.Text("--scheduler", "NAME", "such as euler-a or dpm++2m-karras, or a class of diffusers", "scheduler"),
        RequestOption.Number("--count", "several pictures, each of its own seed; files are numbered", "count"),
        RequestOption.Number("--batch-size", "pictures that go through the network together", "batchSize"),
        RequestOption.Number("--clip-skip", "last layers of the text encoder that are left out, 0 to 11", "clipSkip"),
        RequestOption.Text("--prompt-syntax", "plain|weighted", "whether (word:1.3) and the like have a meaning", "prompting.syntax"),
        RequestOption.Text("--long-prompts", "truncate|chunk", "what happens to tokens beyond 75", "prompting.longPrompts"),
        RequestOption.Text("--alpha-augmentation", "full|rotations|fast", "views of the picture from which alpha is drawn: 8, 4 or 1", "alphaAugmentation"),
        RequestOption.Switch("--opaque", "an ordinary opaque picture, by the package's base network", "mode", () => JsonValue.Create("generateImage")),
        RequestOption.Text("--device", "NAME", "cpu, cuda, cuda:1, tensorrt, directml, coreml; the fastest if left out", "device"),
        RequestOption.Text("--out", "FILE", "the picture, straight alpha; out.png if left out", "out"),
        RequestOption.Text("--premultiplied", "FILE", "the picture with colour multiplied by alpha", "premultiplied"),
        RequestOption.Text("--padded", "FILE", "the picture with colour bled under alpha 0", "padded"),
        RequestOption.Text("--checkerboard", "FILE", "the picture over a grey checkerboard, to look at", "checkerboard"),
        RequestOption.Text("--trace", "DIR", "a .safetensors file with the tensors of every stage", "trace"),
        RequestOption.Text("--previews", "DIR", "pictures of how the picture comes about", "previews"),
        RequestOption.Switch("--no-metadata", "keep out of the files how they were made", "metadata", () => JsonValue.Create(false)),
    ];

    /// <inheritdoc/>
    public override CommandSyntax Syntax { get; } = new("generate", "PROMPT", NeedsArgument: true, "Draws a picture with true transparency.", RequestOptions);

    /// <inheritdoc/>
    public override void Execute(ParsedArguments arguments, CommandConsole console, CancellationToken cancellationToken)
    {
        JsonObject request = new() { ["prompt"] = arguments.Argument! };
        foreach (RequestOption option in RequestOptions)
        {
            if (arguments.Find(option.Name) is { } text)
            {
                Set(request, option.Key, option.ToJson(text) ?? throw new UsageException($"{option.Name} is '{text}'; wanted a number."));
            }
        }

        using JsonDocument document = JsonDocument.Parse(request.ToJsonString());
        new RequestRunner(console).Run(RequestReader.Read(document.RootElement, Directory.GetCurrentDirectory(), NameOf), cancellationToken);
    }

    private static void Set(JsonObject target, string key, JsonValue value)
    {
        int dot = key.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0)
        {
            target[key] = value;
            return;
        }

        JsonObject inner = target[key[..dot]] as JsonObject ?? [];
        target[key[..dot]] = inner;
        Set(inner, key[(dot + 1)..], value);
    }

    /// <summary>What the user calls a key of the request.</summary>
    private static string NameOf(string key) => key == "prompt" ? "PROMPT" : RequestOptions.FirstOrDefault(option => option.Key == key)?.Name ?? key;
}
