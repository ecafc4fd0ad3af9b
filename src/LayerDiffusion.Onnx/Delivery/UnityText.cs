using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>
/// Unity's <c>.png.meta</c>: the import settings of the page with its sprites, so that Unity slices the sheet without a plug-in.
/// Unity counts from the bottom left; pivots are in parts of the trimmed rectangle. Identifiers are hashes of the names, so the same sprite keeps its references.
/// </summary>
internal static class UnityText
{
    public static List<AtlasFile> Write(SpriteAtlas atlas, string name)
    {
        List<AtlasFile> files = [];
        IReadOnlyList<string> pages = AtlasExporter.PageNames(atlas, name);
        for (int page = 0; page < pages.Count; page++)
        {
            files.Add(new AtlasFile(pages[page] + ".meta", WritePage(atlas, page, pages[page])));
        }

        return files;
    }

    private static string WritePage(SpriteAtlas atlas, int page, string pageName)
    {
        RgbaImage image = atlas.Pages[page].Image;
        StringBuilder sprites = new();
        StringBuilder table = new();
        StringBuilder identifiers = new();
        foreach (AtlasRegion region in atlas.Regions)
        {
            if (region.Page != page)
            {
                continue;
            }

            string quoted = Quote(region.Name);
            long id = BinaryPrimitives.ReadInt64BigEndian(Hash("sprite " + region.Name)) | 1;
            WriteSprite(sprites, region, quoted, id, image.Height);
            table.Append(CultureInfo.InvariantCulture, $"      {quoted}: {id}\n");
            identifiers.Append(CultureInfo.InvariantCulture, $"  - first:\n      213: {id}\n    second: {quoted}\n");
        }

        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"fileFormatVersion: 2\nguid: {Convert.ToHexStringLower(Hash("page " + pageName)[..16])}\nTextureImporter:\n");
        text.Append("  internalIDToNameTable:\n").Append(identifiers);
        text.Append("  externalObjects: {}\n  serializedVersion: 12\n  mipmaps:\n    mipMapMode: 0\n    enableMipMap: 0\n    sRGBTexture: 1\n    linearTexture: 0\n    fadeOut: 0\n    borderMipMap: 0\n    mipMapsPreserveCoverage: 0\n");
        text.Append("  isReadable: 0\n  textureSettings:\n    serializedVersion: 2\n    filterMode: 1\n    aniso: 1\n    mipBias: 0\n    wrapU: 1\n    wrapV: 1\n    wrapW: 1\n");
        text.Append("  nPOTScale: 0\n  lightmap: 0\n  compressionQuality: 50\n  spriteMode: 2\n  spriteExtrude: 1\n  spriteMeshType: 1\n  alignment: 0\n  spritePivot: {x: 0.5, y: 0.5}\n  spritePixelsToUnits: 100\n  spriteBorder: {x: 0, y: 0, z: 0, w: 0}\n");
        text.Append("  spriteGenerateFallbackPhysicsShape: 1\n  alphaUsage: 1\n  alphaIsTransparency: 0\n  textureType: 8\n  textureShape: 1\n  singleChannelComponent: 0\n  maxTextureSizeSet: 0\n  compressionQualitySet: 0\n  textureFormatSet: 0\n  applyGammaDecoding: 0\n");
        text.Append("  spriteSheet:\n    serializedVersion: 2\n    sprites:\n").Append(sprites);
        text.Append("    outline: []\n    physicsShape: []\n    bones: []\n    spriteID: \n    internalID: 0\n    vertices: []\n    indices: \n    edges: []\n    weights: []\n    secondaryTextures: []\n    nameFileIdTable:\n").Append(table);
        text.Append("  spritePackingTag: \n  pSDRemoveMatte: 0\n  userData: \n  assetBundleName: \n  assetBundleVariant: \n");
        return text.ToString();
    }

    private static void WriteSprite(StringBuilder text, AtlasRegion region, string name, long id, int pageHeight)
    {
        double pivotX = ((region.PivotX * region.SourceWidth) - region.TrimLeft) / region.Width;
        double pivotY = 1 - (((region.PivotY * region.SourceHeight) - region.TrimTop) / region.Height);
        NineSlice border = region.NineSlice ?? default;
        text.Append(CultureInfo.InvariantCulture, $"    - serializedVersion: 2\n      name: {name}\n      rect:\n        serializedVersion: 2\n");
        text.Append(CultureInfo.InvariantCulture, $"        x: {region.X}\n        y: {pageHeight - region.Y - region.Height}\n        width: {region.Width}\n        height: {region.Height}\n");
        text.Append(CultureInfo.InvariantCulture, $"      alignment: 9\n      pivot: {{x: {Number(pivotX)}, y: {Number(pivotY)}}}\n      border: {{x: {border.Left}, y: {border.Bottom}, z: {border.Right}, w: {border.Top}}}\n");
        text.Append("      outline: []\n      physicsShape: []\n      tessellationDetail: 0\n      bones: []\n");
        text.Append(CultureInfo.InvariantCulture, $"      spriteID: {Convert.ToHexStringLower(Hash("id " + region.Name)[..16])}\n      internalID: {id}\n      vertices: []\n      indices: \n      edges: []\n      weights: []\n");
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    // Adding zero turns a negative zero into a plain one.
    private static string Number(double value) => (Math.Round(value, 7) + 0.0).ToString("0.#######", CultureInfo.InvariantCulture);

    /// <summary>Writes a YAML plain scalar where that is safe, else one in double quotes.</summary>
    private static string Quote(string name)
    {
        bool plain = char.IsAsciiLetter(name[0]);
        foreach (char c in name)
        {
            plain &= char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '/' or '.';
        }

        bool word = name.ToLowerInvariant() is "true" or "false" or "yes" or "no" or "on" or "off" or "null" or "y" or "n";
        return plain && !word ? name : $"\"{name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
    }
}
