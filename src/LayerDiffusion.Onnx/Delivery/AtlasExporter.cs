using System.Globalization;
using System.Text;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>Describes atlases in the formats of engines. Equal atlases give equal bytes.</summary>
public static class AtlasExporter
{
    /// <summary>Names the picture files of an atlas.</summary>
    /// <param name="atlas">The atlas.</param>
    /// <param name="name">Base name of all files.</param>
    /// <returns><c>name.png</c>, or <c>name-0.png</c>, <c>name-1.png</c> and so on if there are several pages.</returns>
    public static IReadOnlyList<string> PageNames(SpriteAtlas atlas, string name)
    {
        ArgumentNullException.ThrowIfNull(atlas);
        CheckBaseName(name);
        string[] names = new string[atlas.Pages.Count];
        for (int i = 0; i < names.Length; i++)
        {
            names[i] = PageBaseName(atlas, name, i) + ".png";
        }

        return names;
    }

    /// <summary>Describes an atlas.</summary>
    /// <param name="atlas">The atlas.</param>
    /// <param name="name">Base name of all files, without folder or extension.</param>
    /// <param name="format">The format.</param>
    /// <returns>The text files that go beside the pictures of <see cref="PageNames"/>.</returns>
    /// <exception cref="ArgumentException">The name is no plain file name, or two sprites' names become the same file name.</exception>
    /// <exception cref="NotSupportedException">A sprite is turned in a way that the format cannot say.</exception>
    public static IReadOnlyList<AtlasFile> Describe(SpriteAtlas atlas, string name, AtlasFormat format)
    {
        ArgumentNullException.ThrowIfNull(atlas);
        CheckBaseName(name);
        SpriteRotation allowed = format switch
        {
            AtlasFormat.TexturePackerJsonHash or AtlasFormat.TexturePackerJsonArray or AtlasFormat.UnrealPaper2D => SpriteRotation.Clockwise,
            AtlasFormat.LibGdx => SpriteRotation.Counterclockwise,
            AtlasFormat.Godot or AtlasFormat.Unity or AtlasFormat.MonoGame => SpriteRotation.None,
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "No such atlas format."),
        };
        foreach (AtlasRegion region in atlas.Regions)
        {
            if (region.Rotation != SpriteRotation.None && region.Rotation != allowed)
            {
                throw new NotSupportedException(
                    $"Sprite '{region.Name}' is turned {region.Rotation.ToString().ToLowerInvariant()}; {format} takes {(allowed == SpriteRotation.None ? "no turned sprites" : $"only {allowed}")}. Pack with AtlasOptions.Rotation = {allowed}.");
            }
        }

        if (format == AtlasFormat.UnrealPaper2D)
        {
            CheckUnrealNames(atlas);
        }

        return format switch
        {
            AtlasFormat.LibGdx => [new AtlasFile(name + ".atlas", LibGdxText.Write(atlas, name))],
            AtlasFormat.Godot => GodotText.Write(atlas, name),
            AtlasFormat.Unity => UnityText.Write(atlas, name),
            AtlasFormat.MonoGame => MonoGameText.Write(atlas, name),
            _ => TexturePackerText.Write(atlas, name, format),
        };
    }

    /// <summary>Saves the pictures of an atlas and their description, each file all or nothing.</summary>
    /// <param name="atlas">The atlas. Premultiplied pages are saved as they are, although PNG means straight colour: the engine must know.</param>
    /// <param name="folder">Folder of the files; made if it does not exist.</param>
    /// <param name="name">Base name of all files, without folder or extension.</param>
    /// <param name="format">The format.</param>
    /// <param name="options">How the pictures are written.</param>
    /// <returns>Paths of the files, pictures first.</returns>
    /// <exception cref="ArgumentException">The name is no plain file name, or two sprites' names become the same file name; nothing was written.</exception>
    /// <exception cref="NotSupportedException">A sprite is turned in a way that the format cannot say; nothing was written.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static IReadOnlyList<string> Save(SpriteAtlas atlas, string folder, string name, AtlasFormat format, PngOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        IReadOnlyList<AtlasFile> files = Describe(atlas, name, format);
        IReadOnlyList<string> pageNames = PageNames(atlas, name);
        Directory.CreateDirectory(folder);
        List<string> paths = [];
        for (int page = 0; page < pageNames.Count; page++)
        {
            RgbaImage image = atlas.Pages[page].Image;
            RgbaImage stored = image.AlphaMode == AlphaMode.Straight ? image : RgbaImage.FromPixels(image.Span, image.Width, image.Height);
            paths.Add(Path.Combine(folder, pageNames[page]));
            stored.SavePng(paths[^1], options);
        }

        foreach (AtlasFile file in files)
        {
            paths.Add(Path.Combine(folder, file.Name));
            AtomicFile.Write(paths[^1], stream => stream.Write(Encoding.UTF8.GetBytes(file.Text)));
        }

        return paths;
    }

    /// <summary>Gets the base name of one page.</summary>
    internal static string PageBaseName(SpriteAtlas atlas, string name, int page) =>
        atlas.Pages.Count == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}-{page}");

    /// <summary>Makes a file name of a sprite's name: letters, digits, dot, dash and underscore stay, the rest becomes an underscore.</summary>
    internal static string FileNameOf(string spriteName)
    {
        StringBuilder text = new(spriteName.Length);
        foreach (char c in spriteName)
        {
            text.Append(char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '_');
        }

        return text.ToString();
    }

    private static void CheckUnrealNames(SpriteAtlas atlas)
    {
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
        foreach (AtlasRegion region in atlas.Regions)
        {
            if (!names.Add(region.Name))
            {
                throw new ArgumentException($"Unreal's names know no upper and lower case, and two sprites are called '{region.Name}'.", nameof(atlas));
            }
        }
    }

    private static void CheckBaseName(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (FileNameOf(name) != name || name[0] == '.')
        {
            throw new ArgumentException($"'{name}' is no plain file name of ASCII letters, digits, dots, dashes and underscores.", nameof(name));
        }
    }
}
