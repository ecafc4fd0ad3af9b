using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx.Tests.Runtime;

public class RunThreadTests
{
    [Fact]
    public async Task Run_FromSeveralThreads_IsAlwaysOnTheSame()
    {
        using RunThread thread = new();
        int[] ids = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(IdOf, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        Assert.Single(ids.Distinct());
        Assert.DoesNotContain(Environment.CurrentManagedThreadId, ids);

        int IdOf()
        {
            int id = 0;
            thread.Run(() => id = Environment.CurrentManagedThreadId);
            return id;
        }
    }

    [Fact]
    public void Run_ThatThrows_ThrowsToTheCallerAndGoesOn()
    {
        using RunThread thread = new();
        bool hasRun = false;
        Assert.Equal("wrong", Assert.Throws<InvalidDataException>(() => thread.Run(() => throw new InvalidDataException("wrong"))).Message);
        thread.Run(() => hasRun = true);
        Assert.True(hasRun);
    }
}
