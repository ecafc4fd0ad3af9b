using System.Diagnostics;
using System.Numerics.Tensors;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.IO;
using LayerDiffusion.Onnx.Packages;
using LayerDiffusion.Onnx.Prompting;
using LayerDiffusion.Onnx.Runtime;
using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx;

/// <summary>One generation: it runs the stages one after the other and keeps time, progress and trace.</summary>
internal sealed partial class GenerationJob
{
    private readonly LoadedModel model;
    private readonly GenerationOptions options;
    private readonly IProgress<GenerationProgress>? progress;
    private readonly CancellationToken cancellationToken;
    private readonly GenerationTrace? trace;
    private readonly Stopwatch stopwatch = Stopwatch.StartNew();
    private readonly List<string> warnings = [];
    private readonly PictureSize size;
    private GenerationTimings timings;
    private string mode = string.Empty;

    /// <summary>Initializes a new instance of the <see cref="GenerationJob"/> class.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">Effective options: nothing that matters is <see langword="null"/>.</param>
    /// <param name="progress">Told of each step.</param>
    /// <param name="cancellationToken">Cancels at the next node of a graph.</param>
    public GenerationJob(LoadedModel model, GenerationOptions options, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        this.model = model;
        this.options = options;
        this.progress = progress;
        this.cancellationToken = cancellationToken;
        if (options.TraceFile is not null)
        {
            AtomicFile.CheckWritable(options.TraceFile);
            this.trace = new GenerationTrace();
        }

        this.size = new PictureSize(options.Width!.Value, options.Height!.Value, model.Package.SizeMultiple);
    }

    private static Conditioning ToConditioning(PromptEmbeddings embeddings) =>
        new(embeddings.Hidden, embeddings.SequenceLength, embeddings.Width, embeddings.Pooled);

    private UnetDefinition Choose(string mode)
    {
        UnetDefinition unet = this.model.FindUnet(mode);
        this.mode = unet.Mode;
        return unet;
    }

    private GenerationDetails Describe(string prompt, string mode, int index)
    {
        bool isReproducedAlone = this.options.IsVariation || this.options.BatchSeeding == BatchSeeding.PerImage;
        GenerationOptions own = (isReproducedAlone ? this.options.ForImage(index) : this.options) with { Count = isReproducedAlone ? 1 : this.options.Count };
        return new GenerationDetails(prompt, own, this.timings, this.model.Device, this.model.Package.Name, mode, [.. this.warnings]);
    }

    private float[] Denoise(DenoisingRequest request)
    {
        int frames = Math.Max(request.Unet.Frames.Count, 1);
        LatentShape shape = this.size.LatentShape(request.Images * frames, this.model.Package.LatentChannels);
        Scheduler scheduler = Scheduler.Create(this.options.Scheduler!);
        SchedulerRun run = scheduler.CreateRun(this.options.Steps!.Value, shape.Length, request.Strength, shape.Rows);
        PromptPlan prompts = PromptPlan.Create(request.Prompts, this.options.NegativePrompt, this.options.Prompting, this.options.Steps.Value);
        Guidance guidance = new(
            this.options.Guidance,
            this.options.GuidanceScale!.Value,
            prompts.PositiveWeights,
            hasNegativePrompt: !string.IsNullOrEmpty(this.options.NegativePrompt),
            shape.Rows,
            shape.RowLength);
        UnetInputs inputs = this.EncodePrompts(prompts, guidance, shape);

        using Stage stage = this.Begin(GenerationStage.Denoising, run.EvaluationCount);
        INoiseSource noise = this.CreateNoise(request.Images, shape);
        noise = this.trace?.Record(noise, shape) ?? noise;
        float[] initialNoise = new float[shape.Length];
        noise.NextNormal(initialNoise);
        float[] latents = new float[shape.Length];
        float[]? original = request.InitialLatent is null ? null : Repeat(request.InitialLatent, shape.Rows);

        // Repainting at full strength leaves nothing of the picture in the start, as in diffusers.
        if (original is null || (request.IsRepainting && request.Strength >= 1))
        {
            TensorPrimitives.Multiply(initialNoise, run.InitialNoiseScale, latents);
        }
        else
        {
            run.AddNoise(original, initialNoise, 0, latents);
        }

        List<IDenoisingObserver> observers = [];
        if (request.LatentMask is not null)
        {
            observers.Add(new MaskKeeper(request.LatentMask, original!, initialNoise, shape));
        }

        if (this.trace is not null)
        {
            observers.Add(new TraceObserver(this.trace, shape));
            this.TraceSchedule(run);
        }

        double end = ConditioningEnd.NoiseLevel(scheduler.Options, request.EndConditioningAt);
        using (UnetDenoiser conditioned = new(this.model.Open(request.Unet.Graph, this.cancellationToken), shape, inputs with { ChannelConditions = request.ChannelConditions, Controls = request.Controls }))
        using (UnetDenoiser? plain = request.EndConditioningAt < 1 ? new(this.model.Open(this.model.FindUnet("base").Graph, this.cancellationToken), shape, inputs) : null)
        {
            DenoisingLoop loop = new(
                run,
                scheduler.Options.PredictionType!.Value,
                guidance,
                evaluation => plain is not null && run.NoiseLevel(evaluation) < end ? plain : conditioned,
                evaluation => prompts.WordingAt(1 + (evaluation * this.options.Steps.Value / run.EvaluationCount)));
            while (!run.IsFinished)
            {
                long begin = Telemetry.Begin(Telemetry.StepDuration);
                loop.Step(latents, noise, observers, this.cancellationToken);
                Telemetry.End(Telemetry.StepDuration, begin);
                bool wantsPreview = this.options.PreviewInterval > 0 && run.Index % this.options.PreviewInterval == 0 && !run.IsFinished;
                stage.Report(run.Index, wantsPreview ? this.Preview(run.PredictedOriginal[..shape.RowLength], request.IsOpaque) : null);
            }
        }

        this.trace?.Add("final", latents, shape.Rows, shape.Channels, shape.Height, shape.Width);
        this.timings = this.timings with { Denoise = this.timings.Denoise + stage.Elapsed };
        return latents;
    }

    private INoiseSource CreateNoise(int images, LatentShape shape)
    {
        long seed = this.options.Seed!.Value;
        return this.options.IsVariation
            ? BatchNoise.CreateVariations(seed, this.options.VariationSeed!.Value, (float)this.options.VariationStrength, images, shape.Height, shape.Width, Generator)
            : BatchNoise.Create(seed, images, this.options.BatchSeeding, Generator);

        BrownianTreeNoise Generator(long ofImage) => new(ofImage, this.options.NoiseGenerator == NoiseGenerator.TorchCuda ? new TorchCudaRandom(ofImage) : new TorchRandom(ofImage));
    }

    private static float[] Repeat(float[] row, int rows)
    {
        float[] repeated = new float[row.Length * rows];
        for (int i = 0; i < rows; i++)
        {
            row.CopyTo(repeated, i * row.Length);
        }

        return repeated;
    }

    private UnetInputs EncodePrompts(PromptPlan plan, Guidance guidance, LatentShape shape)
    {
        using Stage stage = this.Begin(GenerationStage.EncodingPrompt, plan.Wordings.Count);
        PromptEncoder encoder = this.model.CreatePromptEncoder(this.options.ClipSkip, this.cancellationToken);
        int firstPositive = guidance.SetCount - plan.PositiveWeights.Length;
        string? empty = this.model.Package.ForceZerosForEmptyPrompt ? null : string.Empty;
        List<IReadOnlyList<ConditionSet?>> wordings = [];
        foreach (PromptWording wording in plan.Wordings)
        {
            // The sets that are not positive: the negative prompt last, an empty one before it.
            List<string?> texts = [];
            if (guidance.UsesNegative)
            {
                texts.AddRange(Enumerable.Repeat(empty, firstPositive - 1));
                texts.Add(wording.Negative ?? empty);
            }

            int negatives = texts.Count;
            texts.AddRange(wording.Positive.SelectMany(part => part));
            this.WarnOfTruncation(encoder, texts);
            PromptEmbeddings[] embeddings = encoder.EncodeTogether(texts, this.options.Prompting);
            List<ConditionSet?> sets = [.. embeddings[..negatives].Select(negative => new ConditionSet([ToConditioning(negative)]))];
            while (sets.Count < firstPositive)
            {
                sets.Add(null);
            }

            int frames = wording.Positive[0].Count;
            sets.AddRange(wording.Positive.Select((_, part) => new ConditionSet([.. embeddings.AsSpan(negatives + (part * frames), frames).ToArray().Select(ToConditioning)])));
            wordings.Add(sets);
            stage.Report(wordings.Count);
        }

        float[] timeIds = [this.size.NetworkHeight, this.size.NetworkWidth, 0, 0, this.size.NetworkHeight, this.size.NetworkWidth];
        if (this.trace is not null)
        {
            this.TracePrompts(encoder, plan, guidance, wordings[0], timeIds, shape);
        }

        this.timings = this.timings with { EncodePrompt = this.timings.EncodePrompt + stage.Elapsed };
        return new UnetInputs { Wordings = wordings, TimeIds = timeIds };
    }

    private void WarnOfTruncation(PromptEncoder encoder, IEnumerable<string?> texts)
    {
        foreach (string text in texts.OfType<string>().Distinct())
        {
            if (encoder.Tokenize(text, this.options.Prompting).FirstOrDefault(prompt => prompt.Truncated is not null)?.Truncated is { } truncated)
            {
                string warning = $"A prompt is longer than the text encoder takes: the last {truncated.TokenCount} tokens, '{truncated.Text}', were left out. {nameof(PromptOptions)}.{nameof(PromptOptions.LongPrompts)} can keep them.";
                if (!this.warnings.Contains(warning))
                {
                    this.warnings.Add(warning);
                }
            }
        }
    }

    private void SaveTrace() => this.trace?.Save(this.options.TraceFile!);

    private Stage Begin(GenerationStage stage, int totalSteps)
    {
        this.cancellationToken.ThrowIfCancellationRequested();
        Stage begun = new(this, stage, totalSteps);
        begun.Report(0);
        return begun;
    }

    /// <summary>A stage under way; when it ends, the memory policy may unload its networks.</summary>
    private sealed class Stage(GenerationJob job, GenerationStage stage, int totalSteps) : IDisposable
    {
        private readonly TimeSpan begin = job.stopwatch.Elapsed;
        private readonly Activity? span = Telemetry.Source.StartActivity(stage switch
        {
            GenerationStage.EncodingPrompt => "encode_prompt",
            GenerationStage.EncodingImage => "encode_image",
            GenerationStage.Denoising => "denoise",
            GenerationStage.DecodingImage => "decode_image",
            _ => "decode_transparency",
        });

        private int done;

        public TimeSpan Elapsed => job.stopwatch.Elapsed - this.begin;

        public void Advance() => this.Report(++this.done);

        public void Report(int step, RgbaImage? preview = null) =>
            job.progress?.Report(new GenerationProgress(stage, step, totalSteps, job.stopwatch.Elapsed, preview, job.mode));

        public void Dispose()
        {
            job.model.EndStage();
            this.span?.Dispose();
        }
    }
}
