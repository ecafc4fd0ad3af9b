using System.Text.RegularExpressions;
using System.Xml.Linq;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Architecture;

public sealed partial class ArchitectureTests
{
    private const string Wrong = "LayerDiffusion.Onnx.Tests.Architecture.WrongRooms";

    [Fact]
    public void Rooms_OfTheLibrary_UseOnlyWhatTheyMay() =>
        Assert.Empty(RoomRules.Violations(typeof(RgbaImage).Assembly, "LayerDiffusion.Onnx"));

    [Fact]
    public void Rooms_ThatUseWhatTheyMayNot_AreAllFound() =>
        Assert.Equal(
            [
                $"{Wrong}.Cellar.NoRoom is in Cellar, which is no room.",
                $"{Wrong}.Imaging.BodyUse uses {Wrong}.Packages.Innocent, but Imaging may not use Packages.",
                $"{Wrong}.Imaging.ClosureUse uses {Wrong}.Packages.Innocent, but Imaging may not use Packages.",
                $"{Wrong}.Imaging.FieldUse uses {Wrong}.Packages.Innocent, but Imaging may not use Packages.",
                $"{Wrong}.Packages.RuntimeUse uses Microsoft.ML.OnnxRuntime.OrtValue of ONNX Runtime, which only Runtime may name.",
                $"{Wrong}.Sampling.RootUse uses {Wrong}.Facade, but Sampling may not use the root.",
            ],
            RoomRules.Violations(typeof(ArchitectureTests).Assembly, Wrong, Wrong));

    [Fact]
    public void Packages_OfTheLibrary_AreTheThreeItMayNeed()
    {
        XDocument project = XDocument.Load(Path.Combine(Fixtures.RepositoryRoot(), "src", "LayerDiffusion.Onnx", "LayerDiffusion.Onnx.csproj"));

        Assert.Equal(
            ["Microsoft.Extensions.Logging.Abstractions", "Microsoft.ML.OnnxRuntime.Managed", "System.Numerics.Tensors"],
            project.Descendants("PackageReference").Select(reference => reference.Attribute("Include")!.Value).Order(StringComparer.Ordinal));
        Assert.Empty(project.Descendants("ProjectReference"));
    }

    [Fact]
    public void SourceFiles_OfShippedProjects_HoldOnePublicTypeNamedAsTheFile()
    {
        string source = Path.Combine(Fixtures.RepositoryRoot(), "src");
        List<string> wrong = [];
        foreach (string file in Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories).Where(file => !IsBuilt(source, file)))
        {
            // A part of a partial type says after the dot what it is about.
            string expected = Path.GetFileName(file).Split('.')[0];
            string[] types = [.. PublicType().Matches(File.ReadAllText(file)).Select(match => match.Groups["name"].Value)];
            if (types.Length > 1 || types.Any(type => type != expected))
            {
                wrong.Add($"{Path.GetRelativePath(source, file)}: {string.Join(", ", types)}");
            }
        }

        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("public sealed class Name\n{", "Name")]
    [InlineData("public readonly record struct Name(int X);", "Name")]
    [InlineData("public static partial class Name", "Name")]
    [InlineData("public sealed record Name<T>(T X);", "Name")]
    [InlineData("public interface Name : IDisposable", "Name")]
    [InlineData("public delegate IReadOnlyList<float?> Name(int x);", "Name")]
    [InlineData("internal enum Name", null)]
    [InlineData("    public enum Nested", null)]
    public void PublicType_OfADeclaration_IsItsName(string source, string? expected) =>
        Assert.Equal(expected, PublicType().Match(source) is { Success: true } match ? match.Groups["name"].Value : null);

    private static bool IsBuilt(string source, string file) =>
        Path.GetRelativePath(source, file).Split(Path.DirectorySeparatorChar) is var parts && (parts.Contains("obj") || parts.Contains("bin"));

    // File-scoped namespaces leave top-level types, and only those, at the start of a line.
    [GeneratedRegex(@"^public (?:[a-z]+ )*?(?:class|struct|interface|enum|record(?: struct| class)?|delegate \S+) (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex PublicType();
}
