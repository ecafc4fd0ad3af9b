using System.Globalization;
using Microsoft.Extensions.Logging;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>Loads graphs when they are first asked for and unloads them by the memory policy. Generations on several threads may share one store.</summary>
/// <remarks>
/// Running an ONNX Runtime session is thread-safe, so generations share sessions, and with them the weights, and have bindings of their own.
/// A generation keeps its thread from begin to end: the thread tells whose stage ends.
/// </remarks>
internal sealed partial class GraphStore : IDisposable
{
    // The set of threads is guarded by the gate, loading by the other one: a long load keeps nobody from graphs that are there.
    private readonly Lock gate = new();
    private readonly SemaphoreSlim loading = new(1, 1);
    private readonly Dictionary<string, Entry> loaded = new(StringComparer.Ordinal);
    private readonly SessionSettings settings;
    private readonly MemoryPolicy policy;
    private readonly long budget;
    private readonly ILogger logger;

    /// <summary>Initializes a new instance of the <see cref="GraphStore"/> class.</summary>
    /// <param name="settings">How sessions are made.</param>
    /// <param name="policy">When they are unloaded.</param>
    /// <param name="budget">The bytes of weights that may be loaded at once.</param>
    /// <param name="logger">Told of loading and unloading.</param>
    public GraphStore(SessionSettings settings, MemoryPolicy policy, long budget, ILogger logger)
    {
        this.settings = settings;
        this.policy = policy;
        this.budget = budget;
        this.logger = logger;
    }

    /// <summary>Gets the names of the graphs that are in memory.</summary>
    public IReadOnlyCollection<string> Loaded
    {
        get
        {
            lock (this.gate)
            {
                return [.. this.loaded.Keys];
            }
        }
    }

    /// <summary>Gets a graph, loading it if need be. It stays at least until this thread's stage ends.</summary>
    /// <exception cref="InsufficientMemoryException">The graph does not fit the budget.</exception>
    public GraphSession Get(GraphFile file, CancellationToken cancellationToken)
    {
        if (this.Find(file) is { } there)
        {
            return there;
        }

        this.loading.Wait(cancellationToken);
        try
        {
            return this.Find(file) ?? this.Load(file, cancellationToken);
        }
        finally
        {
            this.loading.Release();
        }
    }

    /// <summary>A stage of the generation on this thread is over: under <see cref="MemoryPolicy.Sequential"/> what no other generation uses is unloaded.</summary>
    public void EndStage()
    {
        lock (this.gate)
        {
            foreach (Entry entry in this.loaded.Values)
            {
                entry.Users.Remove(Environment.CurrentManagedThreadId);
            }

            if (this.policy == MemoryPolicy.Sequential)
            {
                this.UnloadIdle();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (this.gate)
        {
            foreach (Entry entry in this.loaded.Values)
            {
                entry.Session.Dispose();
            }

            this.loaded.Clear();
        }
    }

    private GraphSession? Find(GraphFile file)
    {
        lock (this.gate)
        {
            if (!this.loaded.TryGetValue(file.Name, out Entry? entry))
            {
                return null;
            }

            entry.Users.Add(Environment.CurrentManagedThreadId);
            return entry.Session;
        }
    }

    private GraphSession Load(GraphFile file, CancellationToken cancellationToken)
    {
        this.MakeRoomFor(file);
        long begin = TimeProvider.System.GetTimestamp();
        GraphSession session = GraphSession.Load(file, this.settings, cancellationToken);
        Log.Loaded(this.logger, file.Label, session.Device, session.Origin, TimeProvider.System.GetElapsedTime(begin).TotalMilliseconds);
        lock (this.gate)
        {
            Entry entry = new(session, file.SizeInBytes);
            entry.Users.Add(Environment.CurrentManagedThreadId);
            this.loaded.Add(file.Name, entry);
        }

        return session;
    }

    private void MakeRoomFor(GraphFile file)
    {
        lock (this.gate)
        {
            if (this.LoadedBytes() > this.budget - file.SizeInBytes)
            {
                this.UnloadIdle();
            }

            long used = this.LoadedBytes();
            if (used > this.budget - file.SizeInBytes)
            {
                throw new InsufficientMemoryException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"'{file.Name}' has {file.SizeInBytes} bytes of weights and {used} bytes are in use by this stage, but PipelineOptions.MemoryBudget is {this.budget}. Raise the budget, take MemoryPolicy.Sequential, or use a smaller model."));
            }
        }
    }

    private long LoadedBytes()
    {
        long sum = 0;
        foreach (Entry entry in this.loaded.Values)
        {
            sum += entry.SizeInBytes;
        }

        return sum;
    }

    private void UnloadIdle()
    {
        foreach ((string name, Entry entry) in this.loaded)
        {
            if (entry.Users.Count == 0)
            {
                this.loaded.Remove(name);
                entry.Session.Dispose();
                Log.Unloaded(this.logger, entry.Session.Label);
            }
        }
    }

    private sealed record Entry(GraphSession Session, long SizeInBytes)
    {
        /// <summary>Gets the threads whose current stage uses the graph.</summary>
        public HashSet<int> Users { get; } = [];
    }

    private static partial class Log
    {
        [LoggerMessage(10, LogLevel.Debug, "Graph {Graph} loaded for {Device} from {Origin} in {Milliseconds:F0} ms.")]
        public static partial void Loaded(ILogger logger, string graph, Device device, GraphOrigin origin, double milliseconds);

        [LoggerMessage(11, LogLevel.Debug, "Graph {Graph} unloaded.")]
        public static partial void Unloaded(ILogger logger, string graph);
    }
}
