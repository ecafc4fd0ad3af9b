using System.Runtime.ExceptionServices;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>
/// One thread on which every run of a session happens: ONNX Runtime keeps CUDA graphs for the thread that captured them, and each generation has a thread of its own.
/// </summary>
internal sealed class RunThread : IDisposable
{
    private readonly Lock gate = new();
    private readonly SemaphoreSlim asked = new(0);
    private readonly SemaphoreSlim done = new(0);
    private readonly Thread thread;
    private Action? work;
    private ExceptionDispatchInfo? failure;

    public RunThread()
    {
        this.thread = new Thread(this.Work) { IsBackground = true, Name = "LayerDiffusion.Onnx CUDA graphs" };
        this.thread.Start();
    }

    /// <summary>Does something on the thread and waits for it; what it throws is thrown here. Callers come one after the other.</summary>
    public void Run(Action action)
    {
        lock (this.gate)
        {
            this.work = action;
            this.asked.Release();
            this.done.Wait();
            this.failure?.Throw();
        }
    }

    /// <summary>Ends the thread.</summary>
    public void Dispose()
    {
        this.work = null;
        this.asked.Release();
        this.thread.Join();
        this.asked.Dispose();
        this.done.Dispose();
    }

    private void Work()
    {
        while (true)
        {
            this.asked.Wait();
            if (this.work is not { } action)
            {
                return;
            }

            this.failure = null;
            try
            {
                action();
            }
            catch (Exception exception)
            {
                this.failure = ExceptionDispatchInfo.Capture(exception);
            }

            this.done.Release();
        }
    }
}
