namespace LayerDiffusion.Onnx.Sampling;

/// <summary>The parts of a sample from first to last; a <c>foreach</c> over them allocates nothing.</summary>
/// <param name="length">Number of values in the sample.</param>
/// <param name="partLength">Number of values in a part; the last may have fewer.</param>
internal struct StepParts(int length, int partLength)
{
    /// <summary>Part length of which seven tensors, those of the largest step, stay in a first-level cache of 32 KiB: a page of each.</summary>
    public const int CacheLength = 1024;

    /// <summary>Gets the part that <see cref="MoveNext"/> went to.</summary>
    public StepPart Current { get; private set; }

    /// <summary>Gets the parts to go through.</summary>
    public readonly StepParts GetEnumerator() => this;

    /// <summary>Goes on to the next part.</summary>
    public bool MoveNext()
    {
        int start = this.Current.Start + this.Current.Length;
        this.Current = new StepPart(start, Math.Min(partLength, length - start));
        return start < length;
    }
}
