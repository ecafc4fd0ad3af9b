namespace LayerDiffusion.Onnx.Tests.PublicApi;

/// <summary>Shows the printer every kind of member.</summary>
public abstract class Sample<T> : IDisposable
    where T : class, new()
{
    public const string Word = "word";

    protected static readonly T[]? Shared = [];

    protected Sample(string? name, params int[] sizes) => this.Names = [name, $"{sizes.Length}"];

    public event EventHandler? Happened;

    public IReadOnlyList<string?> Names { get; init; }

    public required (int Left, float? Right) Pair { get; set; }

    public int Item { get; protected set; }

    internal int Hidden { get; set; }

    [System.Runtime.CompilerServices.IndexerName("At")]
    public string this[int index] => $"{index}";

    public static Sample<T> operator -(Sample<T> sample) => sample;

    public void Dispose()
    {
        this.Happened?.Invoke(this, EventArgs.Empty);
        GC.SuppressFinalize(this);
    }

    public abstract bool TryTake(in long where, out T? found, DayOfWeek day = DayOfWeek.Sunday, double scale = 0.5);

    public override string ToString() => Word;

    protected virtual Task<T?> FindAsync<TKey>(TKey key, CancellationToken cancellationToken = default)
        where TKey : struct, IComparable<TKey> => Task.FromResult<T?>(null);
}
