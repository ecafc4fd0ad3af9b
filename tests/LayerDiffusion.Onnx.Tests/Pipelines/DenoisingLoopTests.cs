using LayerDiffusion.Onnx.Packages;
using LayerDiffusion.Onnx.Runtime;
using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>The loop over a real UNet: what it allocates and what it evaluates.</summary>
[Collection(nameof(Undisturbed))]
public sealed class DenoisingLoopTests : IDisposable
{
    private static readonly LatentShape Shape = new(1, 4, 8, 8);

    private readonly ModelPackage package = ModelPackage.Open(Fixtures.PathOf("packages", "tiny-sdxl"));
    private readonly GraphSession unet;

    public DenoisingLoopTests()
    {
        ModelGraph graph = this.package.Unets["transparent"].Graph;
        this.unet = GraphSession.Load(new GraphFile(graph.FullName, graph.FilePath, graph.ReadAllBytes), new SessionSettings(Device.Cpu, 1, AllowSpinning: false), default);
    }

    public static TheoryData<string> Schedulers => [.. SchedulerType.All.Select(type => type.Name)];

    public void Dispose()
    {
        this.unet.Dispose();
        this.package.Dispose();
    }

    [Theory]
    [MemberData(nameof(Schedulers))]
    public void Step_AfterWarmUp_AllocatesNothing(string scheduler)
    {
        SchedulerOptions options = SchedulerOptions.Parse(scheduler + "Scheduler").Over(SchedulerOptions.FromModelConfig(this.package.SchedulerConfig.Span, out _));
        this.AssertNoAllocation(options, new GuidanceOptions());
    }

    [Fact]
    public void Step_EveryRefinementOfGuidance_AllocatesNothing() => this.AssertNoAllocation(
        SchedulerOptions.EulerAncestral,
        new GuidanceOptions { Rescale = 0.5, PerpendicularNegative = 1, DynamicThresholding = new DynamicThresholding { Limit = 0.1 } });

    [Fact]
    public void Step_OutsideTheInterval_EvaluatesThePositivePromptAlone()
    {
        Scheduler scheduler = Scheduler.Create(SchedulerOptions.Euler);
        SchedulerRun run = scheduler.CreateRun(10, Shape.Length);
        Guidance guidance = new(new GuidanceOptions { IntervalLow = 0.28, IntervalHigh = 5.42 }, 5, [1], hasNegativePrompt: true, 1, Shape.RowLength);
        using UnetDenoiser denoiser = new(this.unet, Shape, Inputs(guidance.SetCount));
        DenoisingLoop loop = new(run, PredictionType.Epsilon, guidance, _ => denoiser, static _ => 0);
        EvaluationCounter counter = new();
        float[] latent = new float[Shape.Length];
        List<int> expected = [];
        while (!run.IsFinished)
        {
            expected.Add(run.NoiseLevel(run.Index) is > 0.28 and <= 5.42 ? 2 : 1);
            loop.Step(latent, new TorchRandom(1L), [counter], default);
        }

        Assert.Equal(expected, counter.Rows);
        Assert.Equal([1, 2], expected.Distinct().Order());
    }

    private static UnetInputs Inputs(int sets)
    {
        TorchRandom random = new(3L);
        return new UnetInputs
        {
            Wordings = [[.. Enumerable.Range(0, sets).Select(_ => new ConditionSet([new Conditioning(Normal(random, 77 * 80), 77, 80, Normal(random, 40))]))]],
            TimeIds = [64, 64, 0, 0, 64, 64],
        };
    }

    private static float[] Normal(TorchRandom random, int length)
    {
        float[] values = new float[length];
        random.NextNormal(values);
        return values;
    }

    private void AssertNoAllocation(SchedulerOptions options, GuidanceOptions guidanceOptions)
    {
        Scheduler scheduler = Scheduler.Create(options);
        SchedulerRun run = scheduler.CreateRun(20, Shape.Length);
        Guidance guidance = new(guidanceOptions, 5, [1], hasNegativePrompt: true, 1, Shape.RowLength);
        using UnetDenoiser denoiser = new(this.unet, Shape, Inputs(guidance.SetCount));
        DenoisingLoop loop = new(run, scheduler.Options.PredictionType!.Value, guidance, _ => denoiser, static _ => 0);
        BrownianTreeNoise noise = new(5, new TorchRandom(5L));
        List<IDenoisingObserver> observers = [];
        using CancellationTokenSource source = new();
        float[] latent = new float[Shape.Length];
        noise.NextNormal(latent);

        // Multistep methods reach their full order, and everything is compiled, within 8 calls.
        for (int i = 0; i < 8; i++)
        {
            loop.Step(latent, noise, observers, source.Token);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        while (run.Index < 18)
        {
            loop.Step(latent, noise, observers, source.Token);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private sealed class EvaluationCounter : IDenoisingObserver
    {
        public List<int> Rows { get; } = [];

        public void Predicted(int evaluation, UnetDenoiser denoiser, float timestep, GuidancePlan plan, int wording, ReadOnlySpan<float> output)
        {
            this.Rows.Add(plan.Terms.Length);
            Assert.Equal(plan.Terms.Length * Shape.Length, output.Length);
        }

        public void Stepped(int evaluation, SchedulerRun run, Span<float> latent) => Assert.Equal(evaluation + 1, run.Index);
    }
}
