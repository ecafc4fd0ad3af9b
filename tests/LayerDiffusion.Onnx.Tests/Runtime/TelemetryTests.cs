using System.Diagnostics;
using System.Diagnostics.Metrics;
using LayerDiffusion.Onnx.Runtime;
using LayerDiffusion.Onnx.Sampling;
using Microsoft.Extensions.Logging;

namespace LayerDiffusion.Onnx.Tests.Runtime;

/// <summary>What listeners hear is of the whole process, so nothing else may run meanwhile.</summary>
[Collection(nameof(Undisturbed))]
public sealed class TelemetryTests
{
    private const string Prompt = "a secret fox";

    [Fact]
    public void Generate_SpansListenedTo_OneForEachStageWithinTheGeneration()
    {
        List<Activity> spans = [];
        using ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == "LayerDiffusion.Onnx",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(Small.Package, Small.OneThread);
        pipeline.GenerateTransparent(Prompt, Small.Options(1));

        Activity generate = spans[^1];
        Assert.Equal("generate", generate.OperationName);
        Assert.Equal("transparent", generate.GetTagItem("layerdiffusion.mode"));
        Assert.Equal(["encode_prompt", "denoise", "decode_image", "decode_transparency"], spans.Where(span => span.ParentSpanId == generate.SpanId).Select(span => span.OperationName));
        Assert.Equal(5, spans.Count(span => span.OperationName == "load_graph"));
        Assert.All(spans, span => Assert.Equal(generate.TraceId, span.TraceId));
        Assert.DoesNotContain(spans.SelectMany(span => span.TagObjects), tag => tag.Value?.ToString()?.Contains("secret", StringComparison.Ordinal) == true);

        Assert.Throws<ArgumentOutOfRangeException>(() => pipeline.GenerateTransparent(Prompt, Small.Options(1) with { ClipSkip = 3 }));
        Assert.Equal((ActivityStatusCode.Error, nameof(ArgumentOutOfRangeException)), (spans[^1].Status, spans[^1].StatusDescription));
    }

    [Fact]
    public void Generate_HistogramsListenedTo_HaveOneValueEach()
    {
        Dictionary<string, int> counts = new(StringComparer.Ordinal);
        using MeterListener listener = new()
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == "LayerDiffusion.Onnx")
                {
                    Assert.Equal("ms", instrument.Unit);
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
        {
            Assert.True(value > 0);
            string name = $"{instrument.Name}{(tags.Length > 0 ? $" {tags[0].Value}" : string.Empty)}";
            counts[name] = counts.GetValueOrDefault(name) + 1;
        });
        listener.Start();
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(Small.Package, Small.OneThread);
        pipeline.GenerateTransparent(Prompt, Small.Options(1, steps: 3) with { PreviewInterval = 2 });

        Assert.Equal(1, counts["layerdiffusion.generation.duration transparent"]);
        Assert.Equal(3, counts["layerdiffusion.step.duration"]);
        Assert.Equal(3, counts["layerdiffusion.graph.run.duration unet"]);
        Assert.Equal(1, counts["layerdiffusion.graph.load.duration unet"]);
        Assert.Equal(1, counts["layerdiffusion.preview.duration"]);
    }

    [Fact]
    public void Generate_Logged_NoPromptAboveTrace()
    {
        using Recorder recorder = new();
        using (LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(Small.Package, Small.OneThread with { LoggerFactory = recorder, MemoryPolicy = MemoryPolicy.Sequential }))
        {
            pipeline.GenerateTransparent(Prompt, Small.Options(1));
            Assert.Throws<ArgumentOutOfRangeException>(() => pipeline.GenerateTransparent(Prompt, Small.Options(1) with { ClipSkip = 3 }));
            using CancellationTokenSource source = new();
            Assert.Throws<OperationCanceledException>(() => pipeline.GenerateTransparent(Prompt, Small.Options(1), new Canceller(source), source.Token));
        }

        Assert.Equal([1, 2, 3, 4, 5, 10, 11], recorder.Entries.Select(entry => entry.Id).Distinct().Order());
        Assert.Contains("secret", Assert.Single(recorder.Entries, entry => entry.Level == LogLevel.Trace).Text, StringComparison.Ordinal);
        Assert.All(recorder.Entries.Where(entry => entry.Level > LogLevel.Trace), entry => Assert.DoesNotContain("secret", entry.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void Step_NobodyListens_AllocatesNothing()
    {
        LatentShape shape = new(1, 4, 8, 8);
        Scheduler scheduler = Scheduler.Create(SchedulerOptions.DpmPlusPlus2MKarras with { PredictionType = PredictionType.Epsilon });
        SchedulerRun run = scheduler.CreateRun(8, shape.Length, strength: 1, rows: 1);
        Guidance guidance = new(GuidanceOptions.Default, 7, [1], hasNegativePrompt: true, shape.Rows, shape.RowLength);
        ConditionSet set = new([new Conditioning(new float[77 * 80], 77, 80, new float[40])]);
        UnetInputs inputs = new() { Wordings = [[set, set]], TimeIds = [64, 64, 0, 0, 64, 64] };
        using GraphSession graph = GraphSession.Load(
            new GraphFile("unet", Fixtures.PathOf("packages", "tiny-sdxl", "unet", "model.onnx"), null), new SessionSettings(Device.Cpu, 1, AllowSpinning: false), default);
        using UnetDenoiser denoiser = new(graph, shape, inputs);
        DenoisingLoop loop = new(run, PredictionType.Epsilon, guidance, _ => denoiser, _ => 0);
        float[] latents = new float[shape.Length];
        TorchRandom noise = new(1);
        noise.NextNormal(latents);
        using CancellationTokenSource source = new();
        List<IDenoisingObserver> observers = [];
        long allocated = 0;
        while (!run.IsFinished)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            long begin = Telemetry.Begin(Telemetry.StepDuration);
            loop.Step(latents, noise, observers, source.Token);
            Telemetry.End(Telemetry.StepDuration, begin);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (run.Index > 3)
            {
                Assert.Equal(0, allocated);
            }
        }
    }

    private sealed class Canceller(CancellationTokenSource source) : IProgress<GenerationProgress>
    {
        public void Report(GenerationProgress value)
        {
            if (value.Stage == GenerationStage.Denoising)
            {
                source.Cancel();
            }
        }
    }

    private sealed class Recorder : ILoggerFactory, ILogger
    {
        public List<(int Id, LogLevel Level, string Text)> Entries { get; } = [];

        public ILogger CreateLogger(string categoryName)
        {
            Assert.Equal("LayerDiffusion.Onnx", categoryName);
            return this;
        }

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            this.Entries.Add((eventId.Id, logLevel, formatter(state, exception) + exception));

        public void Dispose()
        {
        }
    }
}
