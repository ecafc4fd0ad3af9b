using System.Text.Json;
using System.Text.Json.Nodes;
using LayerDiffusion.Cli.Arguments;
using LayerDiffusion.Cli.Generation;
using LayerDiffusion.Cli.Requests;

namespace LayerDiffusion.Cli.Commands;

/// <summary>A command that writes its arguments as a request and runs that.</summary>
internal abstract class RequestCommand : Command
{
    private static readonly RequestOption[] CommonOptions =
    [
        RequestOption.Text("--model", "DIR", "model package, a folder or a zip; without it the embedded model", "model"),
        RequestOption.Text("--negative", "T", "what should not be in the picture", "negativePrompt"),
        RequestOption.Number("--seed", "makes the same picture again; drawn if left out", "seed"),
        RequestOption.Number("--steps", "denoising steps, 1 to 1000", "steps"),
        RequestOption.Number("--guidance", "how strongly the prompt is followed, 0 to 100", "guidanceScale") with { Placeholder = "X" },
        RequestOption.Number("--width", "pixels, 64 to 8192; those of the picture given, or the model's, if left out", "width"),
        RequestOption.Number("--height", "pixels, 64 to 8192; those of the picture given, or the model's, if left out", "height"),
        RequestOption.Text("--scheduler", "NAME", "such as euler-a or dpm++2m-karras, or a class of diffusers", "scheduler"),
        RequestOption.Number("--count", "several pictures, each of its own seed; files are numbered", "count"),
        RequestOption.Number("--batch-size", "pictures that go through the network together", "batchSize"),
        RequestOption.Number("--clip-skip", "last layers of the text encoder that are left out, 0 to 11", "clipSkip"),
        RequestOption.Text("--prompt-syntax", "plain|weighted", "whether (word:1.3) and the like have a meaning", "prompting.syntax"),
        RequestOption.Text("--long-prompts", "truncate|chunk", "what happens to tokens beyond 75", "prompting.longPrompts"),
        RequestOption.Text("--alpha-augmentation", "full|rotations|fast", "views of the picture from which alpha is drawn: 8, 4 or 1", "alphaAugmentation"),
        RequestOption.Number("--tile-size", "largest side that encoders and decoders see at once, a multiple of 64 from 128 on; 0, the whole picture, if left out", "tileSize"),
        RequestOption.Number("--tile-overlap", "pixels that tiles share, a multiple of 8; 64 if left out", "tileOverlap"),
        RequestOption.Text("--image-fit", "NAME", "how pictures given get the size wanted: fill, fit or stretch", "imageFit"),
        RequestOption.Text("--device", "NAME", "cpu, cuda, cuda:1, tensorrt, directml, coreml; the fastest if left out", "device"),
        RequestOption.Text("--unet-precision", "asExported|eightBit", "eightBit is faster on the CPU and draws a little differently", "unetPrecision"),
        RequestOption.Switch("--cuda-graphs", "faster steps with CUDA, after a longer first one of each size", "cudaGraphs", () => JsonValue.Create(true)),
        RequestOption.Text("--out", "FILE", "the picture, straight alpha; out.png if left out", "out"),
        RequestOption.Text("--premultiplied", "FILE", "the picture with colour multiplied by alpha; the file holds these numbers, though PNG means straight ones", "premultiplied"),
        RequestOption.Text("--padded", "FILE", "the picture with colour bled under alpha 0", "padded"),
        RequestOption.Text("--checkerboard", "FILE", "the picture over a grey checkerboard, to look at", "checkerboard"),
        RequestOption.Text("--trace", "DIR", "a .safetensors file with the tensors of every stage", "trace"),
        RequestOption.Text("--previews", "DIR", "pictures of how the picture comes about", "previews"),
        RequestOption.Switch("--no-metadata", "keep out of the files how they were made", "metadata", () => JsonValue.Create(false)),
    ];

    private readonly RequestOption[] options;
    private readonly string? mode;
    private readonly string argumentKey;

    /// <summary>Initializes a new instance of the <see cref="RequestCommand"/> class.</summary>
    /// <param name="name">The command.</param>
    /// <param name="mode">The request's mode; <see langword="null"/> where the arguments decide.</param>
    /// <param name="argument">What stands for its argument in help.</param>
    /// <param name="needsArgument">Whether the argument must be there.</param>
    /// <param name="summary">What it does, on one line.</param>
    /// <param name="options">Its options beside those of all such commands.</param>
    protected RequestCommand(string name, string? mode, string argument, bool needsArgument, string summary, params RequestOption[] options)
        : this(new CommandSyntax(name, argument, needsArgument, summary, [.. options, .. CommonOptions]), mode, "prompt")
    {
    }

    /// <summary>Initializes a new instance of the <see cref="RequestCommand"/> class whose argument is no prompt.</summary>
    /// <param name="syntax">What may follow its name; options are of the request.</param>
    /// <param name="mode">The request's mode; <see langword="null"/> where the arguments decide.</param>
    /// <param name="argumentKey">The request's key of its argument.</param>
    protected RequestCommand(CommandSyntax syntax, string? mode, string argumentKey)
    {
        this.options = [.. syntax.Options.Cast<RequestOption>()];
        this.mode = mode;
        this.argumentKey = argumentKey;
        this.Syntax = syntax;
    }

    /// <inheritdoc/>
    public override CommandSyntax Syntax { get; }

    /// <summary>The options of these names among those of all such commands.</summary>
    protected static IEnumerable<RequestOption> Common(params string[] names) => CommonOptions.Where(option => names.Contains(option.Name));

    /// <summary>Gets the options of a set of layers: their prompts, one by one, and whether they are fitted to each other.</summary>
    protected static RequestOption[] LayerOptions { get; } =
    [
        RequestOption.Text("--foreground-prompt", "T", "what the foreground shows, before PROMPT", "prompts.foreground"),
        RequestOption.Text("--background-prompt", "T", "what the background shows, before PROMPT", "prompts.background"),
        RequestOption.Text("--blended-prompt", "T", "what both together show, before PROMPT", "prompts.blended"),
        RequestOption.Switch("--recompose", "fit the layers so that they compose to exactly the blend that is written", "recompose", () => JsonValue.Create(true)),
    ];

    /// <inheritdoc/>
    public override void Execute(ParsedArguments arguments, CommandConsole console, CancellationToken cancellationToken)
    {
        JsonObject request = [];
        this.Start(request, arguments);
        foreach (RequestOption option in this.options)
        {
            if (arguments.Find(option.Name) is { } text)
            {
                Set(request, option.Key, option.ToJson(text) ?? throw new UsageException($"{option.Name} is '{text}'; wanted a number."));
            }
        }

        using JsonDocument document = JsonDocument.Parse(request.ToJsonString());
        new RequestRunner(console).Run(RequestReader.Read(document.RootElement, Directory.GetCurrentDirectory(), this.NameOf), cancellationToken);
    }

    /// <summary>Writes into the request what follows from the command and its argument.</summary>
    protected virtual void Start(JsonObject request, ParsedArguments arguments)
    {
        if (arguments.Argument is { } argument)
        {
            request[this.argumentKey] = argument;
        }

        if (this.mode is not null)
        {
            request["mode"] = this.mode;
        }
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
    private string NameOf(string key) => this.options.FirstOrDefault(option => option.Key == key)?.Name ?? (key == this.argumentKey ? this.Syntax.Argument : key);
}
