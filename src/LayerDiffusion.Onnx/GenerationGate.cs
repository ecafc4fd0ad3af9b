namespace LayerDiffusion.Onnx;

/// <summary>
/// Lets a fixed number of generations in at once, the others in the order in which they came, whether they wait blocking or not.
/// </summary>
internal sealed class GenerationGate
{
    private readonly Lock gate = new();
    private readonly LinkedList<TaskCompletionSource> waiting = new();
    private readonly TaskCompletionSource empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HashSet<int> threads = [];
    private readonly Type owner;
    private int free;
    private int inside;
    private bool isClosed;

    /// <summary>Initializes a new instance of the <see cref="GenerationGate"/> class.</summary>
    /// <param name="places">How many may be inside at once.</param>
    /// <param name="owner">The type that a closed gate speaks for.</param>
    public GenerationGate(int places, Type owner)
    {
        this.free = places;
        this.owner = owner;
    }

    /// <summary>Gets the number of callers that wait for their turn.</summary>
    public int Waiting
    {
        get
        {
            lock (this.gate)
            {
                return this.waiting.Count;
            }
        }
    }

    /// <summary>Waits for a place, blocking.</summary>
    /// <exception cref="InvalidOperationException">The thread works inside already.</exception>
    /// <exception cref="ObjectDisposedException">The gate is or was closed meanwhile.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while waiting.</exception>
    public void Wait(CancellationToken cancellationToken)
    {
        if (this.Enter(cancellationToken) is { } place)
        {
            // No continuation is involved, so callers that fill the thread pool do not lock themselves out.
            using (this.GiveUpOn(place, cancellationToken))
            {
                place.Value.Task.GetAwaiter().GetResult();
            }
        }
    }

    /// <summary>Waits for a place.</summary>
    /// <exception cref="InvalidOperationException">The thread works inside already.</exception>
    /// <exception cref="ObjectDisposedException">The gate is or was closed meanwhile.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while waiting.</exception>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        if (this.Enter(cancellationToken) is { } place)
        {
            using (this.GiveUpOn(place, cancellationToken))
            {
                await place.Value.Task.ConfigureAwait(false);
            }
        }
    }

    /// <summary>The caller's thread works inside now, until <see cref="Release"/>.</summary>
    public void Begin()
    {
        lock (this.gate)
        {
            this.threads.Add(Environment.CurrentManagedThreadId);
        }
    }

    /// <summary>Refuses a thread that works inside already: what it waits for would wait for it.</summary>
    /// <exception cref="InvalidOperationException">It does.</exception>
    public void RefuseOwnCallback()
    {
        lock (this.gate)
        {
            if (this.threads.Contains(Environment.CurrentManagedThreadId))
            {
                throw new InvalidOperationException(
                    $"The {this.owner.Name} was called by a progress callback of its own, on the generating thread, and would wait for the generation that waits for the callback. Call it from another thread or when the generation is over; {nameof(Progress<int>)}<T> runs callbacks on other threads.");
            }
        }
    }

    /// <summary>Gives a place back, on the thread that worked inside; the caller that waits longest gets it.</summary>
    public void Release()
    {
        lock (this.gate)
        {
            this.threads.Remove(Environment.CurrentManagedThreadId);
            if (this.waiting.First is { } next)
            {
                this.waiting.RemoveFirst();
                next.Value.SetResult();
                return;
            }

            this.inside--;
            this.free++;
            if (this.isClosed && this.inside == 0)
            {
                this.empty.TrySetResult();
            }
        }
    }

    /// <summary>Lets nobody in any more, turns away who waits, and ends when all who are inside have left.</summary>
    public Task CloseAsync()
    {
        lock (this.gate)
        {
            this.isClosed = true;
            foreach (TaskCompletionSource place in this.waiting)
            {
                place.SetException(new ObjectDisposedException(this.owner.FullName));
            }

            this.waiting.Clear();
            if (this.inside == 0)
            {
                this.empty.TrySetResult();
            }
        }

        return this.empty.Task;
    }

    // Null where there is a free place.
    private LinkedListNode<TaskCompletionSource>? Enter(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        this.RefuseOwnCallback();
        lock (this.gate)
        {
            ObjectDisposedException.ThrowIf(this.isClosed, this.owner);
            if (this.free > 0)
            {
                this.free--;
                this.inside++;
                return null;
            }

            return this.waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }
    }

    private CancellationTokenRegistration GiveUpOn(LinkedListNode<TaskCompletionSource> place, CancellationToken cancellationToken) => cancellationToken.UnsafeRegister(
        _ =>
        {
            lock (this.gate)
            {
                // Whoever has a place already keeps it; the generation itself then sees the cancellation.
                if (place.List is not null)
                {
                    this.waiting.Remove(place);
                    place.Value.SetCanceled(cancellationToken);
                }
            }
        },
        null);
}
