using System.Diagnostics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using LayerDiffusion.Onnx.Autoencoding;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Packages;
using LayerDiffusion.Onnx.Prompting;
using LayerDiffusion.Onnx.Runtime;
using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx;

/// <summary>One generation: it runs the stages one after the other and keeps time, progress and trace.</summary>
internal sealed class GenerationJob
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
        this.trace = options.TraceFile is null ? null : new GenerationTrace();
        this.size = new PictureSize(options.Width!.Value, options.Height!.Value, model.Package.SizeMultiple);
    }

    /// <summary>Makes transparent pictures of a prompt.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="images">How many, in one batch.</param>
    public TransparentResult[] TextToTransparent(string prompt, int images)
    {
        UnetDefinition unet = this.model.FindUnet("transparent");
        TransparencyDefinition transparency = this.model.FindTransparency();
        float[] latents = this.Denoise(new DenoisingRequest { Unet = unet, Prompts = [prompt], Images = images });
        float[][] decoded = this.DecodeImages(latents, images);
        float[][] argb = this.DecodeTransparency(transparency, latents, decoded, [.. Enumerable.Range(0, images)]);
        this.SaveTrace();
        return [.. argb.Select((planes, index) => new TransparentResult(this.ToTransparent(planes), this.Describe(prompt, unet.Mode, index)))];
    }

    /// <summary>Makes ordinary pictures of a prompt.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="images">How many, in one batch.</param>
    public ImageResult[] TextToImage(string prompt, int images)
    {
        UnetDefinition unet = this.model.FindUnet("base");
        float[] latents = this.Denoise(new DenoisingRequest { Unet = unet, Prompts = [prompt], Images = images });
        float[][] decoded = this.DecodeImages(latents, images);
        this.SaveTrace();
        return [.. decoded.Select((planes, index) => new ImageResult(this.ToOpaque(planes), this.Describe(prompt, unet.Mode, index)))];
    }

    private static Conditioning ToConditioning(PromptEmbeddings embeddings) =>
        new(embeddings.Hidden, embeddings.SequenceLength, embeddings.Width, embeddings.Pooled);

    private GenerationDetails Describe(string prompt, string mode, int index)
    {
        bool hasOwnSeed = this.options.BatchSeeding == BatchSeeding.PerImage;
        GenerationOptions own = this.options with
        {
            Seed = unchecked(this.options.Seed!.Value + (hasOwnSeed ? index : 0)),
            Count = hasOwnSeed ? 1 : this.options.Count,
        };
        return new GenerationDetails(prompt, own, this.timings, this.model.Device, this.model.Package.Name, mode, [.. this.warnings]);
    }

    private float[] Denoise(DenoisingRequest request)
    {
        int frames = Math.Max(request.Unet.Frames.Count, 1);
        LatentShape shape = this.size.LatentShape(request.Images * frames, this.model.Package.LatentChannels);
        Scheduler scheduler = Scheduler.Create(this.options.Scheduler!);
        SchedulerRun run = scheduler.CreateRun(this.options.Steps!.Value, shape.Length, strength: 1, rows: shape.Rows);
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
        INoiseSource noise = BatchNoise.Create(this.options.Seed!.Value, request.Images, this.options.BatchSeeding, static seed => new BrownianTreeNoise(seed, new TorchRandom(seed)));
        noise = this.trace?.Record(noise, shape) ?? noise;
        float[] latents = new float[shape.Length];
        noise.NextNormal(latents);
        TensorPrimitives.Multiply(latents, run.InitialNoiseScale, latents);
        this.trace?.Add("timesteps", CollectionsMarshal.AsSpan([.. run.Timesteps]), run.EvaluationCount);
        if (run.Sigmas.Count > 0)
        {
            this.trace?.Add("sigmas", CollectionsMarshal.AsSpan([.. run.Sigmas]), run.Sigmas.Count);
        }

        using (UnetDenoiser denoiser = new(this.model.Open(request.Unet.Graph, this.cancellationToken), shape, inputs))
        {
            DenoisingLoop loop = new(
                run, scheduler.Options.PredictionType!.Value, guidance, _ => denoiser, evaluation => prompts.WordingAt(1 + (evaluation * this.options.Steps.Value / run.EvaluationCount)));
            TraceObserver? observer = this.trace is null ? null : new TraceObserver(this.trace, shape);
            while (!run.IsFinished)
            {
                long begin = Telemetry.Begin(Telemetry.StepDuration);
                loop.Step(latents, noise, observer, this.cancellationToken);
                Telemetry.End(Telemetry.StepDuration, begin);
                bool wantsPreview = this.options.PreviewInterval > 0 && run.Index % this.options.PreviewInterval == 0 && !run.IsFinished;
                stage.Report(run.Index, wantsPreview ? this.Preview(run.PredictedOriginal[..shape.RowLength]) : null);
            }
        }

        this.trace?.Add("final", latents, shape.Rows, shape.Channels, shape.Height, shape.Width);
        this.timings = this.timings with { Denoise = stage.Elapsed };
        return latents;
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

        this.timings = this.timings with { EncodePrompt = stage.Elapsed };
        return new UnetInputs { Wordings = wordings, TimeIds = timeIds };
    }

    private void WarnOfTruncation(PromptEncoder encoder, IEnumerable<string?> texts)
    {
        foreach (string text in texts.OfType<string>().Distinct())
        {
            if (encoder.Tokenize(text, this.options.Prompting).FirstOrDefault(prompt => prompt.Truncated is not null)?.Truncated is { } truncated)
            {
                this.warnings.Add($"A prompt is longer than the text encoder takes: the last {truncated.TokenCount} tokens, '{truncated.Text}', were left out. {nameof(PromptOptions)}.{nameof(PromptOptions.LongPrompts)} can keep them.");
            }
        }
    }

    private void TracePrompts(PromptEncoder encoder, PromptPlan plan, Guidance guidance, IReadOnlyList<ConditionSet?> sets, float[] timeIds, LatentShape shape)
    {
        PromptWording first = plan.Wordings[0];
        AddRole(string.Empty, first.Positive[0], sets[^plan.PositiveWeights.Length]!);
        int blocks = 1;
        if (guidance.UsesNegative)
        {
            blocks = 2;
            ConditionSet negative = sets[guidance.SetCount - plan.PositiveWeights.Length - 1]!;
            AddRole("negative_", [first.Negative ?? string.Empty], negative);
        }

        if (this.model.Package.Family == ModelFamily.StableDiffusionXL)
        {
            float[] rows = [.. Enumerable.Repeat(timeIds, blocks * shape.Rows).SelectMany(row => row)];
            this.trace!.Add("time_ids", rows, blocks * shape.Rows, timeIds.Length);
        }

        void AddRole(string prefix, IReadOnlyList<string> texts, ConditionSet set)
        {
            for (int tokenizer = 0; tokenizer < this.model.Package.TextEncoders.Count; tokenizer++)
            {
                TokenizedPrompt[] prompts = [.. texts.Select(text => encoder.Tokenize(text, this.options.Prompting)[tokenizer])];
                long[] ids = [.. prompts.SelectMany(prompt => prompt.Chunks.SelectMany(chunk => chunk.Ids)).Select(id => (long)id)];
                this.trace!.Add($"{prefix}input_ids{(tokenizer == 0 ? string.Empty : "_2")}", ids, texts.Count, ids.Length / texts.Count);
            }

            Conditioning[] rows = [.. Enumerable.Range(0, shape.Rows).Select(set.ForRow)];
            this.trace!.Add($"{prefix}prompt_embeds", [.. rows.SelectMany(row => row.HiddenStates)], rows.Length, rows[0].SequenceLength, rows[0].Width);
            if (rows[0].TextEmbeds is { } pooled)
            {
                this.trace.Add($"{prefix.TrimEnd('_')}{(prefix.Length > 0 ? "_" : string.Empty)}pooled_prompt_embeds", [.. rows.SelectMany(row => row.TextEmbeds!)], rows.Length, pooled.Length);
            }
        }
    }

    private float[] Unscale(ReadOnlySpan<float> latent)
    {
        float[] unscaled = new float[latent.Length];
        TensorPrimitives.Divide(latent, (float)this.model.Package.VaeScalingFactor, unscaled);
        TensorPrimitives.Add(unscaled, (float)this.model.Package.VaeShiftFactor, unscaled);
        return unscaled;
    }

    private float[][] DecodeImages(float[] latents, int rows)
    {
        using Stage stage = this.Begin(GenerationStage.DecodingImage, rows);
        int rowLength = latents.Length / rows;
        float[][] decoded = new float[rows][];
        for (int row = 0; row < rows; row++)
        {
            decoded[row] = this.DecodeImage(this.Unscale(latents.AsSpan(row * rowLength, rowLength)));
            stage.Report(row + 1);
        }

        this.trace?.Add("decoded", [.. decoded.SelectMany(planes => planes)], rows, 3, this.size.NetworkHeight, this.size.NetworkWidth);
        this.timings = this.timings with { DecodeImage = stage.Elapsed };
        return decoded;
    }

    private float[] DecodeImage(float[] unscaled) => VaeDecoder.Decode(
        this.model.Open(this.model.Package.VaeDecoder, this.cancellationToken), unscaled, this.size.NetworkHeight / 8, this.size.NetworkWidth / 8, this.cancellationToken);

    private float[][] DecodeTransparency(TransparencyDefinition transparency, float[] latents, float[][] decoded, int[] rows)
    {
        int views = TransparencyDecoder.Transforms(this.options.AlphaAugmentation).Length;
        using Stage stage = this.Begin(GenerationStage.DecodingTransparency, rows.Length * views);
        int rowLength = latents.Length / decoded.Length;
        float[][] argb = new float[rows.Length][];
        for (int i = 0; i < rows.Length; i++)
        {
            float[] latent = this.Unscale(latents.AsSpan(rows[i] * rowLength, rowLength));
            int done = i * views;
            float[][] passes = this.DecodeTransparencyPasses(transparency, PixelPlanes.ToUnit(decoded[rows[i]]), latent, this.options.AlphaAugmentation, (pass, _) => stage.Report(done + pass));
            argb[i] = new float[passes[0].Length];
            LowerMedian.Of(passes, argb[i]);
            if (rows.Length == 1)
            {
                this.trace?.Add("argb.passes", [.. passes.SelectMany(pass => pass)], views, 4, this.size.NetworkHeight, this.size.NetworkWidth);
            }
        }

        this.trace?.Add("argb", [.. argb.SelectMany(planes => planes)], rows.Length, 4, this.size.NetworkHeight, this.size.NetworkWidth);
        this.timings = this.timings with { DecodeTransparency = stage.Elapsed };
        return argb;
    }

    private float[][] DecodeTransparencyPasses(TransparencyDefinition transparency, float[] pixel, float[] latent, AlphaAugmentation augmentation, Action<int, int>? passDone) =>
        TransparencyDecoder.DecodePasses(
            this.model.Open(transparency.Decoder, this.cancellationToken), pixel, latent, this.size.NetworkHeight, this.size.NetworkWidth, augmentation, passDone, this.cancellationToken);

    private RgbaImage Preview(ReadOnlySpan<float> latent)
    {
        long begin = Telemetry.Begin(Telemetry.PreviewDuration);
        float[] unscaled = this.Unscale(latent);
        float[] pixel = PixelPlanes.ToUnit(this.DecodeImage(unscaled));
        RgbaImage preview = this.model.Package.Transparency is { } transparency
            ? this.ToTransparent(this.DecodeTransparencyPasses(transparency, pixel, unscaled, AlphaAugmentation.Fast, null)[0]).ToImageTruncated()
            : PixelPlanes.FromRgb(this.Crop(pixel), this.size.Height, this.size.Width);
        Telemetry.End(Telemetry.PreviewDuration, begin);
        return preview;
    }

    private RgbaFloatImage ToTransparent(float[] argb) => PixelPlanes.FromArgb(this.Crop(argb), this.size.Height, this.size.Width);

    private RgbaImage ToOpaque(float[] decoded) => PixelPlanes.FromRgb(this.Crop(PixelPlanes.ToUnit(decoded)), this.size.Height, this.size.Width);

    private float[] Crop(float[] planes) => this.size.IsCropped
        ? PixelPlanes.Crop(planes, this.size.NetworkHeight, this.size.NetworkWidth, this.size.Top, this.size.Left, this.size.Height, this.size.Width)
        : planes;

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

        public TimeSpan Elapsed => job.stopwatch.Elapsed - this.begin;

        public void Report(int step, RgbaImage? preview = null) =>
            job.progress?.Report(new GenerationProgress(stage, step, totalSteps, job.stopwatch.Elapsed, preview));

        public void Dispose()
        {
            job.model.EndStage();
            this.span?.Dispose();
        }
    }

    /// <summary>Keeps the first UNet call and the latents after each step.</summary>
    private sealed class TraceObserver(GenerationTrace trace, LatentShape shape) : IDenoisingObserver
    {
        public void Predicted(int evaluation, UnetDenoiser denoiser, float timestep, GuidancePlan plan, int wording, ReadOnlySpan<float> output)
        {
            if (evaluation == 0)
            {
                (float[] values, long[] extents) = denoiser.ReadInput(plan, wording);
                trace.Add("unet.first.sample", values, extents);
                trace.Add("unet.first.timestep", [timestep], 1);
                trace.Add("unet.first.out", output, plan.Terms.Length * shape.Rows, shape.Channels, shape.Height, shape.Width);
            }
        }

        public void Stepped(int evaluation, SchedulerRun run, Span<float> latent) => trace.AddLatent(evaluation, latent, shape);
    }
}
