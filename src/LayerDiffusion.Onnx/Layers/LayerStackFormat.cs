using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Layers;

/// <summary>What the writer and the reader of stacks in folders share: names and limits.</summary>
internal static partial class LayerStackFormat
{
    public const string StackFile = "stack.json";

    public const string LayersFolder = "layers";

    public const int Version = 1;

    public const int MaximumStackFileBytes = 64 << 20;

    private const int MaximumSlugLength = 40;

    private const int HashBytes = 8;

    /// <summary>Gets the name of a blend mode in files: that of W3C Compositing and Blending, such as <c>color-dodge</c>.</summary>
    public static string NameOf(BlendMode mode) => JsonNamingPolicy.KebabCaseLower.ConvertName(mode.ToString());

    /// <summary>Gets the name of a layer's file: its place from 1, the letters and digits of its name, and a hash of the content. Copies are told apart by a number.</summary>
    public static string FileNameOf(int index, string name, ReadOnlySpan<byte> content, int copy)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, hash);
        string slug = copy == 1 ? SlugOf(name) : string.Create(CultureInfo.InvariantCulture, $"{SlugOf(name)}-{copy}");
        return string.Create(CultureInfo.InvariantCulture, $"{index + 1}-{slug}-{Convert.ToHexStringLower(hash[..HashBytes])}.png");
    }

    /// <summary>Whether the writer gives such names to files in the layers' folder, be they complete or not.</summary>
    public static bool IsWriterFileName(string fileName) => WriterFileName().IsMatch(fileName);

    /// <summary>Whether the writer gives such names to stack.json until it is complete.</summary>
    public static bool IsPartialStackFileName(string fileName) => PartialStackFileName().IsMatch(fileName);

    /// <summary>Whether <paramref name="file"/> is <c>layers/name.png</c> with a name that every operating system allows; if so, gives the name.</summary>
    public static bool TryParseFile(string file, out string fileName)
    {
        fileName = file.StartsWith(LayersFolder + "/", StringComparison.Ordinal) ? file[(LayersFolder.Length + 1)..] : string.Empty;
        return fileName.Length <= 255 && AllowedFileName().IsMatch(fileName);
    }

    private static string SlugOf(string name)
    {
        StringBuilder slug = new();
        foreach (char character in name)
        {
            if (char.IsAsciiLetterOrDigit(character))
            {
                slug.Append(char.ToLowerInvariant(character));
            }
            else if (slug.Length > 0 && slug[^1] != '-')
            {
                slug.Append('-');
            }

            if (slug.Length == MaximumSlugLength)
            {
                break;
            }
        }

        string result = slug.ToString().TrimEnd('-');
        return result.Length > 0 ? result : "layer";
    }

    [GeneratedRegex(@"\A[1-9][0-9]{0,4}-[a-z0-9-]{1,60}-[0-9a-f]{16}\.png(\.[0-9a-f]{32}\.partial)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex WriterFileName();

    [GeneratedRegex(@"\Astack\.json\.[0-9a-f]{32}\.partial\z", RegexOptions.CultureInvariant)]
    private static partial Regex PartialStackFileName();

    [GeneratedRegex(@"\A[^./\\:*?""<>|\x00-\x1F\x7F][^/\\:*?""<>|\x00-\x1F\x7F]*\.png\z", RegexOptions.CultureInvariant)]
    private static partial Regex AllowedFileName();
}
