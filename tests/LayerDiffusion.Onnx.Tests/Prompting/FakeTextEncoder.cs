using LayerDiffusion.Onnx.Prompting;

namespace LayerDiffusion.Onnx.Tests.Prompting;

/// <summary>A text encoder whose hidden state tells which id stood where: hidden[s, d] = id + position/100 + d·scale.</summary>
internal sealed class FakeTextEncoder(int width, float scale, bool pooled) : ITextEncoder
{
    public List<int[]> Calls { get; } = [];

    public List<TextualInversionTable?> Tables { get; } = [];

    public List<int> EndIndices { get; } = [];

    public TextEncoding Encode(ReadOnlySpan<int> ids, int endIndex, TextualInversionTable? textualInversions)
    {
        this.Calls.Add(ids.ToArray());
        this.EndIndices.Add(endIndex);
        this.Tables.Add(textualInversions);
        return new TextEncoding(this.HiddenOf(ids), pooled ? [ids[1], endIndex] : null);
    }

    public float[] HiddenOf(ReadOnlySpan<int> ids)
    {
        float[] hidden = new float[ids.Length * width];
        for (int i = 0; i < hidden.Length; i++)
        {
            hidden[i] = ids[i / width] + (i / width / 100f) + (i % width * scale);
        }

        return hidden;
    }
}
