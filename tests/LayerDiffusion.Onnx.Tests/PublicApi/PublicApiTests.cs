using System.Reflection;

namespace LayerDiffusion.Onnx.Tests.PublicApi;

/// <summary>Every change of what users see is seen: it changes a committed file too.</summary>
public sealed class PublicApiTests
{
    private const string AcceptVariable = "ACCEPT_PUBLIC_API";

    public static TheoryData<string> ShippedAssemblies =>
        [.. Directory.GetFiles(AppContext.BaseDirectory, "LayerDiffusion.Onnx*.dll").Select(file => Path.GetFileNameWithoutExtension(file)).Where(name => !name.EndsWith(".Tests", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(ShippedAssemblies))]
    public void PublicApi_OfAShippedAssembly_IsApproved(string assembly)
    {
        string actual = PublicApiPrinter.Print(Assembly.Load(assembly));
        string approved = Path.Combine(Fixtures.RepositoryRoot(), "tests", "LayerDiffusion.Onnx.Tests", "PublicApi", $"{assembly}.approved.txt");
        if (Environment.GetEnvironmentVariable(AcceptVariable) == "1")
        {
            File.WriteAllText(approved, actual);
        }

        string expected = File.Exists(approved) ? File.ReadAllText(approved).ReplaceLineEndings("\n") : string.Empty;
        if (actual != expected)
        {
            string received = Path.Combine(Fixtures.RepositoryRoot(), "artifacts", "public-api", $"{assembly}.received.txt");
            Directory.CreateDirectory(Path.GetDirectoryName(received)!);
            File.WriteAllText(received, actual);
            Assert.Fail(
                $"The public API of {assembly} is not the approved one:\n{Difference(expected, actual)}\n"
                + $"If the change is meant, accept it and commit the file: {AcceptVariable}=1 dotnet run build.cs test --culture invariant PublicApi\n"
                + $"(or copy {received} to {approved})");
        }
    }

    [Fact]
    public void PipelineMethods_All_HaveATwinAndEndInOptionsProgressAndCancellation()
    {
        MethodInfo[] methods = [.. typeof(LayerDiffusionPipeline).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(method => !method.IsSpecialName && !method.Name.StartsWith("Dispose", StringComparison.Ordinal))];
        HashSet<string> signatures = [.. methods.Select(method => Signature(method, method.Name, method.ReturnType))];

        Assert.True(methods.Length > 20, "The generating methods should have been found.");
        foreach (MethodInfo method in methods)
        {
            ParameterInfo[] last = method.GetParameters()[^3..];
            Assert.Equal([typeof(GenerationOptions), typeof(IProgress<GenerationProgress>), typeof(CancellationToken)], last.Select(parameter => parameter.ParameterType));
            Assert.All(last, parameter => Assert.True(parameter.IsOptional, $"{method.Name} should not demand {parameter.Name}."));

            // What streams has no twin that waits for all.
            if (method.ReturnType.Name != "IAsyncEnumerable`1")
            {
                string twin = method.Name.EndsWith("Async", StringComparison.Ordinal)
                    ? Signature(method, method.Name[..^"Async".Length], method.ReturnType.GetGenericArguments()[0])
                    : Signature(method, $"{method.Name}Async", typeof(Task<>).MakeGenericType(method.ReturnType));
                Assert.Contains(twin, signatures);
            }
        }

        static string Signature(MethodInfo method, string name, Type result) => $"{result} {name}({string.Join(", ", method.GetParameters().AsEnumerable())})";
    }

    [Fact]
    public void Print_OfEveryKindOfMember_SaysWhatAUserMayDo() =>
        Assert.Equal(
            """
            namespace LayerDiffusion.Onnx.Tests.PublicApi

            public abstract class Sample<T> : IDisposable where T : class, new()
                protected Sample(string? name, params int[] sizes)
                protected static readonly T[]? Shared
                public const string Word = "word"
                public IReadOnlyList<string?> Names { get; init; }
                public int Item { get; protected set; }
                public required (int, float?) Pair { get; set; }
                public string this[int index] { get; }
                public event EventHandler? Happened
                protected virtual Task<T?> FindAsync<TKey>(TKey key, CancellationToken cancellationToken = default) where TKey : struct, IComparable<TKey>
                public abstract bool TryTake(in long where, out T? found, DayOfWeek day = DayOfWeek.Sunday, double scale = 0.5)
                public override string ToString()
                public static Sample<T> op_UnaryNegation(Sample<T> sample)
                public void Dispose()

            public readonly record struct SampleRecord : IEquatable<SampleRecord>
                public SampleRecord(int X, string? Y)
                public int X { get; init; }
                public string? Y { get; init; }

            """.ReplaceLineEndings("\n"),
            PublicApiPrinter.Print([typeof(Sample<>), typeof(SampleRecord)]));

    private static string Difference(string expected, string actual)
    {
        string[] before = expected.Split('\n');
        string[] after = actual.Split('\n');
        return string.Join('\n', before.Except(after).Select(line => $"- {line}").Concat(after.Except(before).Select(line => $"+ {line}")));
    }
}
