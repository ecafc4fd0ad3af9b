using System.Globalization;
using System.Text;
using System.Xml;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>Writes OpenRaster files by draft 0.0.5: the mimetype first, the topmost layer first in the stack, PNG pictures with their colours described.</summary>
internal static class OpenRasterWriter
{
    /// <summary>What the first entry must hold.</summary>
    public const string MimeType = "image/openraster";

    private const int ThumbnailSide = 256;

    public static void Write(LayeredDocument document, Stream stream)
    {
        RgbaImage merged = document.Merged ?? document.Flatten();
        PngOptions png = new()
        {
            Metadata = document.IccProfile.IsEmpty ? PngMetadata.Srgb : new PngMetadata { IccProfile = new PngIccProfile("ICC profile", document.IccProfile) },
        };
        List<DocumentLayer> layers = [];
        byte[] stack = Stack(document, layers);
        StoredZipWriter zip = new(stream);
        zip.Add("mimetype", Encoding.ASCII.GetBytes(MimeType));
        zip.Add("stack.xml", stack);
        for (int i = 0; i < layers.Count; i++)
        {
            zip.Add(SourceOf(i), layers[i].Image.EncodePng(png));
        }

        zip.Add("Thumbnails/thumbnail.png", Thumbnail(merged).EncodePng(png));
        zip.Add("mergedimage.png", merged.EncodePng(png));
        zip.Finish();
    }

    private static string SourceOf(int layer) => string.Create(CultureInfo.InvariantCulture, $"data/layer{layer:D4}.png");

    private static byte[] Stack(LayeredDocument document, List<DocumentLayer> layers)
    {
        using MemoryStream stream = new();
        XmlWriterSettings settings = new() { Indent = true, NewLineChars = "\n", Encoding = new UTF8Encoding(false) };
        using (XmlWriter xml = XmlWriter.Create(stream, settings))
        {
            xml.WriteStartElement("image");
            xml.WriteAttributeString("version", "0.0.5");
            Write(xml, "w", document.Width);
            Write(xml, "h", document.Height);
            Write(xml, "xres", Math.Round(document.PixelsPerInch));
            Write(xml, "yres", Math.Round(document.PixelsPerInch));
            xml.WriteStartElement("stack");
            WriteNodes(xml, document.Nodes, layers);
            xml.WriteEndElement();
            xml.WriteEndElement();
        }

        return stream.ToArray();
    }

    private static void WriteNodes(XmlWriter xml, IReadOnlyList<DocumentNode> nodes, List<DocumentLayer> layers)
    {
        for (int i = nodes.Count - 1; i >= 0; i--)
        {
            DocumentNode node = nodes[i];
            xml.WriteStartElement(node is DocumentGroup ? "stack" : "layer");
            xml.WriteAttributeString("name", node.Name);
            if (node is DocumentLayer layer)
            {
                xml.WriteAttributeString("src", SourceOf(layers.Count));
                Write(xml, "x", layer.X);
                Write(xml, "y", layer.Y);
                layers.Add(layer);
            }
            else
            {
                xml.WriteAttributeString("isolation", "isolate");
            }

            Write(xml, "opacity", node.Opacity);
            xml.WriteAttributeString("visibility", node.Visible ? "visible" : "hidden");
            xml.WriteAttributeString("composite-op", OpenRasterBlendModes.NameOf(node.BlendMode));
            if (node is DocumentGroup group)
            {
                WriteNodes(xml, group.Children, layers);
            }

            xml.WriteEndElement();
        }
    }

    private static void Write(XmlWriter xml, string name, double value) => xml.WriteAttributeString(name, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Makes the picture for file browsers: as large as fits 256×256, never larger than the document.</summary>
    private static RgbaImage Thumbnail(RgbaImage merged)
    {
        int longer = Math.Max(merged.Width, merged.Height);
        if (longer <= ThumbnailSide)
        {
            return merged;
        }

        int width = Math.Max(1, (int)(((long)merged.Width * ThumbnailSide) / longer));
        int height = Math.Max(1, (int)(((long)merged.Height * ThumbnailSide) / longer));
        return merged.Resize(width, height, ResamplingFilter.Box);
    }
}
