using System.Text;

namespace LayerDiffusion.Onnx.Packages;

/// <summary>Holds what a graph declares against what it must, and remembers where they differ.</summary>
internal sealed class GraphComparison
{
    private readonly List<(string Expected, string Found)> rows = [];

    /// <summary>Gets what should have been there.</summary>
    public List<string> Expected { get; } = [];

    /// <summary>Gets what was there instead, item by item.</summary>
    public List<string> Found { get; } = [];

    /// <summary>Gets all inputs and outputs side by side, as lines of text that begin with a line break.</summary>
    public string Table
    {
        get
        {
            int width = this.rows.Max(row => row.Expected.Length);
            StringBuilder text = new();
            foreach ((string expected, string found) in this.rows.Prepend(("expected", "found")))
            {
                text.Append("\n  ").Append(expected.PadRight(width)).Append("  ").Append(found);
            }

            return text.ToString();
        }
    }

    /// <summary>Compares all inputs or all outputs of a graph.</summary>
    public void Compare(string kind, IEnumerable<TensorRequirement> requirements, IReadOnlyList<OnnxTensor> declared)
    {
        bool isInput = kind == "input";
        HashSet<string> known = new(StringComparer.Ordinal);
        foreach (TensorRequirement requirement in requirements)
        {
            known.Add(requirement.Name);
            OnnxTensor? tensor = declared.FirstOrDefault(tensor => tensor.Name == requirement.Name);
            string found = tensor is null ? "missing" : PackagePath.Shorten(tensor.ToString());
            this.rows.Add(($"{kind} {requirement}", found));
            if (tensor is null || !requirement.Accepts(tensor, isInput))
            {
                this.Expected.Add($"the {kind} {requirement}");
                this.Found.Add(tensor is null ? $"no {kind} {requirement.Name}" : found);
            }
        }

        foreach (OnnxTensor tensor in declared)
        {
            if (known.Contains(tensor.Name))
            {
                continue;
            }

            // More outputs do no harm, nor does an input with a default value. Any other input would stay without one.
            string text = PackagePath.Shorten(tensor.ToString());
            this.rows.Add((string.Empty, $"{kind} {text}"));
            if (isInput && !tensor.IsOptional)
            {
                this.Expected.Add("no further input without a default value");
                this.Found.Add($"the input {text}");
            }
        }
    }
}
