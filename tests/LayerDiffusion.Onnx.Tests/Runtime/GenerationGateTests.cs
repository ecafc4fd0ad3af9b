namespace LayerDiffusion.Onnx.Tests.Runtime;

public class GenerationGateTests
{
    [Fact]
    public async Task Wait_ManyCallers_AreServedInTheOrderInWhichTheyCame()
    {
        GenerationGate gate = new(1, typeof(LayerDiffusionPipeline));
        gate.Wait(default);
        List<int> order = [];
        List<Task> callers = [];
        for (int i = 0; i < 20; i++)
        {
            int number = i;
            callers.Add(i % 2 == 0
                ? Task.Factory.StartNew(() => { gate.Wait(default); Served(number); }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                : Task.Run(async () => { await gate.WaitAsync(default); Served(number); }));
            SpinWait.SpinUntil(() => gate.Waiting == number + 1);
        }

        gate.Release();
        await Task.WhenAll(callers);
        Assert.Equal(Enumerable.Range(0, 20), order);

        void Served(int number)
        {
            order.Add(number);
            gate.Release();
        }
    }

    [Fact]
    public async Task Wait_TwoPlaces_LetsTwoInAtOnce()
    {
        GenerationGate gate = new(2, typeof(LayerDiffusionPipeline));
        gate.Wait(default);
        gate.Wait(default);
        Task third = gate.WaitAsync(default);
        Assert.False(third.IsCompleted);
        gate.Release();
        await third;
        Assert.Equal(0, gate.Waiting);
    }

    [Fact]
    public async Task Wait_Cancelled_LeavesTheQueueAndKeepsThePlaceForTheNext()
    {
        GenerationGate gate = new(1, typeof(LayerDiffusionPipeline));
        gate.Wait(default);
        using CancellationTokenSource source = new();
        Task cancelled = gate.WaitAsync(source.Token);
        Task next = gate.WaitAsync(default);
        source.Cancel();
        Assert.Equal(source.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled)).CancellationToken);
        Assert.False(next.IsCompleted);
        gate.Release();
        await next;
    }

    [Fact]
    public async Task Close_WhileInside_WaitsForThemAndTurnsTheOthersAway()
    {
        GenerationGate gate = new(1, typeof(LayerDiffusionPipeline));
        gate.Wait(default);
        Task waiting = gate.WaitAsync(default);
        Task closed = gate.CloseAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        Assert.Throws<ObjectDisposedException>(() => gate.Wait(default));
        Assert.False(closed.IsCompleted);
        gate.Release();
        await closed;
        await gate.CloseAsync();
    }
}
