namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>A generation that has begun and waits inside its loop until it is told to go on.</summary>
internal sealed class PausedGeneration : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly ManualResetEventSlim begun = new();
    private readonly ManualResetEventSlim mayGoOn = new();

    public PausedGeneration(LayerDiffusionPipeline pipeline)
    {
        this.Result = pipeline.GenerateTransparentAsync("a", TinyPipelines.Quick, new Watcher(report =>
        {
            if (report is { Stage: GenerationStage.Denoising, Step: 1 })
            {
                this.begun.Set();
                Assert.True(this.mayGoOn.Wait(Patience));
            }
        }));
        Assert.True(this.begun.Wait(Patience));
    }

    public Task<TransparentResult> Result { get; }

    public void GoOn() => this.mayGoOn.Set();

    public void Dispose()
    {
        this.GoOn();
        Assert.True(((IAsyncResult)this.Result).AsyncWaitHandle.WaitOne(Patience));
        this.begun.Dispose();
        this.mayGoOn.Dispose();
    }
}
