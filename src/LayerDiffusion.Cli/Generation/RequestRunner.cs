using System.Globalization;
using System.Text.Json;
using LayerDiffusion.Cli.Requests;
using LayerDiffusion.Onnx;
using LayerDiffusion.Onnx.Models.Tiny;

namespace LayerDiffusion.Cli.Generation;

/// <summary>Does what a request says: the one path of <c>run</c> and of every command that writes a request.</summary>
internal sealed class RequestRunner(CommandConsole console)
{
    /// <summary>Makes the pictures and writes all files, or none.</summary>
    /// <exception cref="UsageException">A value of the request is wrong.</exception>
    /// <exception cref="OperationCanceledException">Interrupted.</exception>
    public void Run(GenerationRequest request, CancellationToken cancellationToken)
    {
        try
        {
            this.RunAsync(request, cancellationToken).GetAwaiter().GetResult();
        }
        catch (ArgumentException exception)
        {
            throw Explain(exception, request);
        }
    }

    private static LayerDiffusionPipeline Load(GenerationRequest request) =>
        request.Model is null ? TinyModel.LoadPipeline(request.Pipeline) : LayerDiffusionPipeline.Load(request.Model, request.Pipeline);

    /// <summary>Says what the library refuses in the words of the request.</summary>
    private static UsageException Explain(ArgumentException exception, GenerationRequest request)
    {
        string message = UsageException.TextOf(exception);
        if (exception.ParamName is not { } name)
        {
            return new UsageException(message, exception);
        }

        string known = request.NameOf(JsonNamingPolicy.CamelCase.ConvertName(name));
        string full = message.Split(' ')[0];
        bool namesProperty = full.EndsWith("Options." + name, StringComparison.Ordinal) || full == $"DynamicThresholding.{name}";
        return new UsageException(namesProperty ? known + message[full.Length..] : message, exception);
    }

    private static string Numbered(string path, int index, int count)
    {
        string digits = new('0', count.ToString(CultureInfo.InvariantCulture).Length);
        return WithPart(path, count == 1 ? string.Empty : (index + 1).ToString(digits, CultureInfo.InvariantCulture));
    }

    private static string WithPart(string path, string part) =>
        part.Length == 0 ? path : Path.Combine(Path.GetDirectoryName(path)!, $"{Path.GetFileNameWithoutExtension(path)}-{part}{Path.GetExtension(path)}");

    /// <summary>Layers that are made in steps have a trace each, named after this one.</summary>
    private static string PlaceOfTrace(OutputFiles files, string path) => Path.Combine(files.AddFolder(Path.GetDirectoryName(path)!), Path.GetFileName(path));

    private async Task RunAsync(GenerationRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        LayerDiffusionPipeline pipeline = Load(request);
        await using (pipeline.ConfigureAwait(false))
        {
            using OutputFiles files = new();
            // Before any work is done: places that cannot be written to show here.
            PictureFiles[] first = Reserve(0);
            GenerationRequest reserved = request.Options.TraceFile is { } trace ? request with { Options = request.Options with { TraceFile = PlaceOfTrace(files, trace) } } : request;
            ProgressDisplay display = new(console);
            int made = 0;
            Action? last = null;
            try
            {
                PreviewWriter progress = new(display, files, request, () => Numbered(request.Out, made, request.Options.Count));
                await foreach (IReadOnlyList<Made> things in request.Mode.Generate(new GenerationCall(pipeline, reserved, progress, action => last += action, cancellationToken)).ConfigureAwait(false))
                {
                    display.Clear();
                    PictureFiles[] places = made == 0 ? first : Reserve(made);
                    for (int part = 0; part < places.Length; part++)
                    {
                        things[part].Write(places[part], request);
                    }

                    made++;
                    foreach (GenerationResult result in things.SelectMany(thing => thing.Generations))
                    {
                        this.Tell(result);
                    }
                }
            }
            finally
            {
                display.Clear();
            }

            cancellationToken.ThrowIfCancellationRequested();
            files.Commit(last);
            foreach (string path in files.Paths)
            {
                console.Out.WriteLine(path);
            }

            PictureFiles[] Reserve(int index) =>
                [.. request.Mode.Parts.Select(part => PictureFiles.Reserve(files, request, path => WithPart(Numbered(path, index, request.Options.Count), part)))];
        }
    }

    private void Tell(GenerationResult result)
    {
        GenerationOptions options = result.Options;
        console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Image.Width}×{result.Image.Height}, seed {result.Seed}, {options.Steps} steps, guidance {options.GuidanceScale}, model {result.Model}, {result.Timings.Total.TotalSeconds:F1} s on {result.Device}"));
        foreach (string warning in result.Warnings)
        {
            console.Error.WriteLine($"warning: {warning}");
        }
    }

    /// <summary>Writes the previews among the reports and passes them all on.</summary>
    private sealed class PreviewWriter(ProgressDisplay display, OutputFiles files, GenerationRequest request, Func<string> picture) : IProgress<GenerationProgress>
    {
        public void Report(GenerationProgress value)
        {
            if (value.Preview is { } preview)
            {
                string name = Path.GetFileNameWithoutExtension(picture()) + (request.Mode.MayTakeSteps ? $"-{value.Mode}" : string.Empty);
                name = string.Create(CultureInfo.InvariantCulture, $"{name}-step-{value.Step:D4}.png");
                preview.SavePng(files.Add(Path.Combine(request.Previews!, name)));
            }

            display.Report(value);
        }
    }
}
