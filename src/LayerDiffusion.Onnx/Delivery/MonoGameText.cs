using System.Globalization;
using System.Text;
using System.Xml;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>
/// The TextureAtlas XML of MonoGame's 2D guide (its loader ignores the attributes for trimming and pivot that are added here)
/// and the content-builder entry that keeps the pixels as they were delivered.
/// </summary>
internal static class MonoGameText
{
    public static List<AtlasFile> Write(SpriteAtlas atlas, string name)
    {
        List<AtlasFile> files = [];
        IReadOnlyList<string> pages = AtlasExporter.PageNames(atlas, name);
        StringBuilder content = new("#----------------------------- Global Properties ----------------------------#\n\n/outputDir:bin\n/intermediateDir:obj\n/platform:DesktopGL\n/profile:Reach\n/compress:False\n\n#---------------------------------- Content ---------------------------------#\n");
        for (int page = 0; page < pages.Count; page++)
        {
            string xmlName = AtlasExporter.PageBaseName(atlas, name, page) + ".xml";
            files.Add(new AtlasFile(xmlName, Describe(atlas, page, AtlasExporter.PageBaseName(atlas, name, page))));
            bool premultiplied = atlas.Pages[page].Image.AlphaMode == AlphaMode.Premultiplied;
            content.Append(CultureInfo.InvariantCulture, $"\n#begin {pages[page]}\n/importer:TextureImporter\n/processor:TextureProcessor\n/processorParam:ColorKeyEnabled=False\n/processorParam:GenerateMipmaps=False\n");
            content.Append(CultureInfo.InvariantCulture, $"/processorParam:PremultiplyAlpha={(premultiplied ? "False" : "True")}\n/processorParam:ResizeToPowerOfTwo=False\n/processorParam:MakeSquare=False\n/processorParam:TextureFormat=Color\n/build:{pages[page]}\n");
            content.Append(CultureInfo.InvariantCulture, $"\n#begin {xmlName}\n/copy:{xmlName}\n");
        }

        files.Add(new AtlasFile(name + ".mgcb", content.ToString()));
        return files;
    }

    private static string Describe(SpriteAtlas atlas, int page, string texture)
    {
        using MemoryStream stream = new();
        XmlWriterSettings settings = new() { Indent = true, NewLineChars = "\n", Encoding = new UTF8Encoding(false) };
        using (XmlWriter xml = XmlWriter.Create(stream, settings))
        {
            xml.WriteStartElement("TextureAtlas");
            xml.WriteElementString("Texture", texture);
            xml.WriteStartElement("Regions");
            HashSet<string> here = new(StringComparer.Ordinal);
            foreach (AtlasRegion region in atlas.Regions)
            {
                if (region.Page == page)
                {
                    here.Add(region.Name);
                    WriteRegion(xml, region);
                }
            }

            xml.WriteEndElement();
            WriteAnimations(xml, atlas, here);
            xml.WriteEndElement();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length) + "\n";
    }

    private static void WriteRegion(XmlWriter xml, AtlasRegion region)
    {
        xml.WriteStartElement("Region");
        xml.WriteAttributeString("name", region.Name);
        Write(xml, "x", region.X);
        Write(xml, "y", region.Y);
        Write(xml, "width", region.Width);
        Write(xml, "height", region.Height);
        if (region.Trimmed)
        {
            Write(xml, "trimLeft", region.TrimLeft);
            Write(xml, "trimTop", region.TrimTop);
            Write(xml, "sourceWidth", region.SourceWidth);
            Write(xml, "sourceHeight", region.SourceHeight);
        }

        Write(xml, "pivotX", region.PivotX);
        Write(xml, "pivotY", region.PivotY);
        if (region.NineSlice is { } slice)
        {
            Write(xml, "borderLeft", slice.Left);
            Write(xml, "borderTop", slice.Top);
            Write(xml, "borderRight", slice.Right);
            Write(xml, "borderBottom", slice.Bottom);
        }

        xml.WriteEndElement();
    }

    /// <summary>Writes the animations whose frames are all on this page; the format has no way to name another page.</summary>
    private static void WriteAnimations(XmlWriter xml, SpriteAtlas atlas, HashSet<string> here)
    {
        bool started = false;
        foreach (SpriteAnimation animation in atlas.Animations)
        {
            bool complete = true;
            foreach (string frame in animation.Frames)
            {
                complete &= here.Contains(frame);
            }

            if (!complete)
            {
                continue;
            }

            if (!started)
            {
                xml.WriteStartElement("Animations");
                started = true;
            }

            xml.WriteStartElement("Animation");
            xml.WriteAttributeString("name", animation.Name);
            Write(xml, "delay", animation.MillisecondsPerFrame);
            foreach (string frame in animation.Frames)
            {
                xml.WriteStartElement("Frame");
                xml.WriteAttributeString("region", frame);
                xml.WriteEndElement();
            }

            xml.WriteEndElement();
        }

        if (started)
        {
            xml.WriteEndElement();
        }
    }

    private static void Write(XmlWriter xml, string name, double value) => xml.WriteAttributeString(name, value.ToString(CultureInfo.InvariantCulture));
}
