using System.Text.RegularExpressions;

namespace LayerDiffusion.Onnx.Tests.Architecture;

/// <summary>What the documents point at is there.</summary>
public sealed partial class DocumentTests
{
    private static readonly string Root = Fixtures.RepositoryRoot();

    // Those of the fixtures are records, and what is built holds copies.
    public static TheoryData<string> Documents =>
        [.. Directory.GetFiles(Root, "*.md")
            .Concat(new[] { "docs", "onnx-export", "samples", "src" }.SelectMany(folder => Directory.GetFiles(Path.Combine(Root, folder), "*.md", SearchOption.AllDirectories)))
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Where(file => !file.Split('/').Any(part => part is "obj" or "bin"))
            .Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Links_OfADocument_LeadToFiles(string document)
    {
        string path = Path.Combine(Root, document);
        string folder = Path.GetDirectoryName(path)!;

        IEnumerable<string> lost = Link().Matches(File.ReadAllText(path))
            .Select(match => match.Groups["target"].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal) && target[0] != '#')
            .Where(target => !Path.Exists(Path.Combine(folder, target.Split('#')[0])));

        Assert.Empty(lost);
    }

    [Fact]
    public void FiveLines_OfTheReadme_AreTheSamplesThatIsCompiled()
    {
        string[] sample = File.ReadAllLines(Path.Combine(Root, "samples", "QuickStart", "Program.cs"));

        string block = CodeBlock().Match(File.ReadAllText(Path.Combine(Root, "README.md"))).Groups["code"].Value;
        string[] lines = block.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(5, lines.Length);
        Assert.All(lines, line => Assert.Contains(line, sample));
    }

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"```csharp\r?\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
