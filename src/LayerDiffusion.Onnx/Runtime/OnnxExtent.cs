namespace LayerDiffusion.Onnx.Runtime;

/// <summary>An extent of a tensor: a number times extents that only a run tells.</summary>
/// <param name="Factor">The number.</param>
/// <param name="Unknowns">Names of the unknown extents, in order; one of a power comes as often.</param>
internal sealed record OnnxExtent(long Factor, params string[] Unknowns)
{
    private const int MostUnknowns = 16;

    /// <summary>The extent 1.</summary>
    public static readonly OnnxExtent One = new(1);

    /// <summary>Gets a value indicating whether it is a number.</summary>
    public bool IsKnown => this.Unknowns.Length == 0;

    /// <summary>Multiplies two extents.</summary>
    /// <returns><see langword="null"/> if that is a product of more unknown extents than tensors have axes.</returns>
    public static OnnxExtent? operator *(OnnxExtent first, OnnxExtent second) => first.Unknowns.Length + second.Unknowns.Length <= MostUnknowns
        ? new(first.Factor * second.Factor, [.. first.Unknowns.Concat(second.Unknowns).Order(StringComparer.Ordinal)])
        : null;

    /// <summary>Divides by another extent.</summary>
    /// <returns><see langword="null"/> if the quotient is not an extent.</returns>
    public OnnxExtent? DivideBy(OnnxExtent divisor)
    {
        List<string> rest = [.. this.Unknowns];
        return divisor.Factor > 0 && this.Factor % divisor.Factor == 0 && Array.TrueForAll(divisor.Unknowns, rest.Remove) ? new OnnxExtent(this.Factor / divisor.Factor, [.. rest]) : null;
    }

    /// <inheritdoc/>
    public bool Equals(OnnxExtent? other) => other is not null && other.Factor == this.Factor && this.Unknowns.SequenceEqual(other.Unknowns, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(this.Factor, this.Unknowns.Length);
}
