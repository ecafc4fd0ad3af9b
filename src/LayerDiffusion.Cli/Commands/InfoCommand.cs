using LayerDiffusion.Cli.Arguments;
using LayerDiffusion.Cli.Requests;
using LayerDiffusion.Onnx;
using LayerDiffusion.Onnx.Delivery;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Models.Tiny;
using LayerDiffusion.Onnx.Packages;
using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Cli.Commands;

/// <summary><c>info</c>: what a model package holds, or how a picture was made.</summary>
internal sealed class InfoCommand : Command
{
    /// <inheritdoc/>
    public override CommandSyntax Syntax { get; } = new(
        "info",
        "DIR|PICTURE.png",
        NeedsArgument: false,
        "Tells what a model package holds (the embedded one without an argument), or how a picture was made.",
        [
            new CommandOption("--request", null, "for a picture: the request that makes it again"),
            new CommandOption("--model", "DIR", "with --request: where the picture's model is"),
        ]);

    /// <inheritdoc/>
    public override void Execute(ParsedArguments arguments, CommandConsole console, CancellationToken cancellationToken)
    {
        bool wantsRequest = arguments.Has("--request");
        string? model = arguments.Find("--model");
        if (model is not null && !wantsRequest)
        {
            throw new UsageException("--model goes with --request; for a model package write: layerdiffusion info DIR");
        }

        if (arguments.Argument is { } path && IsPng(path))
        {
            ShowPicture(path, wantsRequest, model, console);
            return;
        }

        if (wantsRequest)
        {
            throw arguments.Argument is { } missing && !Path.Exists(missing)
                ? new FileNotFoundException($"There is no picture '{missing}'.")
                : new UsageException($"--request wants a PNG picture; found {(arguments.Argument is { } other ? $"'{other}'" : "none")}.");
        }

        // No graph is run, so any device will do.
        PipelineOptions options = new() { Device = Device.Cpu };
        using LayerDiffusionPipeline pipeline = arguments.Argument is { } folder ? LayerDiffusionPipeline.Load(folder, options) : TinyModel.LoadPipeline(options);
        ShowModel(pipeline.Info, console.Out);
    }

    private static bool IsPng(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        ReadOnlySpan<byte> signature = [0x89, (byte)'P', (byte)'N', (byte)'G'];
        Span<byte> start = stackalloc byte[signature.Length];
        using FileStream stream = File.OpenRead(path);
        return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual(signature);
    }

    private static void ShowPicture(string path, bool wantsRequest, string? model, CommandConsole console)
    {
        RgbaImage image = RgbaImage.LoadPng(path, out PngMetadata png);
        GenerationMetadata? metadata = GenerationMetadata.Find(png);
        if (wantsRequest)
        {
            metadata = metadata ?? throw new InvalidDataException($"'{path}' does not tell how it was made.");
            console.Out.WriteLine(RequestMetadata.ToRequest(metadata, model ?? FindModel(metadata, console)));
            return;
        }

        Line(console.Out, "picture", Invariant($"{image.Width}×{image.Height}, {TransparentShare(image):P1} of its pixels fully transparent"));
        if (metadata is null)
        {
            console.Out.WriteLine("It does not tell how it was made.");
            return;
        }

        Line(console.Out, "prompt", metadata.Prompt);
        Line(console.Out, "negative", metadata.NegativePrompt);
        Line(console.Out, "seed", Invariant($"{metadata.Seed}"));
        Line(console.Out, "steps", Invariant($"{metadata.Steps}"));
        Line(console.Out, "guidance", Invariant($"{metadata.GuidanceScale}"));
        if (metadata.Strength is { } strength)
        {
            Line(console.Out, "strength", Invariant($"{strength}"));
        }

        Line(console.Out, "size", Invariant($"{metadata.Width}×{metadata.Height}"));
        Line(console.Out, "scheduler", metadata.Scheduler);
        Line(console.Out, "model", metadata.Model);
        Line(console.Out, "mode", metadata.Mode);
        foreach ((string name, string value) in metadata.Extras.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            Line(console.Out, name, value);
        }

        Line(console.Out, "version", metadata.LibraryVersion);
    }

    /// <summary>A picture tells its model's name, not where it is.</summary>
    private static string? FindModel(GenerationMetadata metadata, CommandConsole console)
    {
        using LayerDiffusionPipeline embedded = TinyModel.LoadPipeline(new PipelineOptions { Device = Device.Cpu });
        if (metadata.Model.Length == 0 || metadata.Model == embedded.Info.Name)
        {
            return null;
        }

        console.Error.WriteLine($"The picture's model is '{metadata.Model}'; --model DIR tells the request where that is.");
        return metadata.Model;
    }

    private static void ShowModel(ModelInfo info, TextWriter output)
    {
        Line(output, "name", info.Name);
        Line(output, "location", info.Location);
        Line(output, "licence", info.License ?? "not stated");
        Line(output, "family", info.Family.ToString());
        Line(output, "modes", string.Join(", ", info.Modes));
        Line(output, "alpha", info.HasTransparency ? "yes" : "no: opaque pictures only");
        Line(output, "pictures", Invariant($"{info.DefaultWidth}×{info.DefaultHeight}; networks work at multiples of {info.SizeMultiple}"));
        Line(output, "size", Invariant($"{Size(info.SizeInBytes)} in {info.Graphs.Count} graphs"));
        foreach (ModelGraphInfo graph in info.Graphs)
        {
            output.WriteLine();
            output.WriteLine($"{graph.Name}  {Size(graph.SizeInBytes)}");
            ShowTensors("in ", graph.Inputs, output);
            ShowTensors("out", graph.Outputs, output);
        }
    }

    private static void ShowTensors(string direction, IReadOnlyList<ModelTensorInfo> tensors, TextWriter output)
    {
        foreach (ModelTensorInfo tensor in tensors)
        {
            output.WriteLine($"  {direction}  {tensor.Name,-24} {tensor.ElementType} {tensor.Shape}{(tensor.IsOptional ? " optional" : string.Empty)}");
        }
    }

    private static double TransparentShare(RgbaImage image)
    {
        long transparent = 0;
        ReadOnlySpan<byte> pixels = image.Pixels.Span;
        for (int index = 3; index < pixels.Length; index += 4)
        {
            transparent += pixels[index] == 0 ? 1 : 0;
        }

        return transparent / ((double)image.Width * image.Height);
    }

    private static void Line(TextWriter output, string name, string value)
    {
        if (value.Length > 0)
        {
            output.WriteLine($"{name,-10} {value.ReplaceLineEndings(" ")}");
        }
    }

    private static string Size(long bytes) => bytes < 1 << 20 ? Invariant($"{bytes / 1024.0:F1} KB") : Invariant($"{bytes / 1048576.0:F1} MB");

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
