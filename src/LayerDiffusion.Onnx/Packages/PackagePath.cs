using System.Buffers;

namespace LayerDiffusion.Onnx.Packages;

/// <summary>Checks paths that come from a file: they must stay below the folder they start from, whatever the operating system.</summary>
internal static class PackagePath
{
    private static readonly SearchValues<char> Forbidden = SearchValues.Create(":*?\"<>|");

    /// <summary>Brings a relative path into the form <c>a/b/c</c>.</summary>
    /// <param name="path">The path as it was found; both kinds of slashes separate.</param>
    /// <param name="normalized">The path without empty and <c>.</c> parts.</param>
    /// <returns>Whether the path stays below its folder and is made of names that every operating system allows.</returns>
    public static bool TryNormalize(string path, out string normalized)
    {
        normalized = string.Empty;
        if (path.Length is 0 or > 1024 || path[0] is '/' or '\\' || path.AsSpan().ContainsAny(Forbidden) || path.Any(char.IsControl))
        {
            return false;
        }

        string[] parts = path.Split(['/', '\\'], StringSplitOptions.RemoveEmptyEntries);
        if (Array.Exists(parts, part => part == ".."))
        {
            return false;
        }

        normalized = string.Join('/', parts.Where(part => part != "."));
        return normalized.Length > 0;
    }

    /// <summary>Text from a file made fit for a message, in quotes: no control characters, and not too long.</summary>
    public static string Quote(string text) => $"'{Shorten(text)}'";

    /// <summary>Text from a file made fit for a message: no control characters, and not too long.</summary>
    public static string Shorten(string text) =>
        string.Concat((text.Length > 100 ? text[..100] + "…" : text).Select(character => char.IsControl(character) ? '?' : character));
}
