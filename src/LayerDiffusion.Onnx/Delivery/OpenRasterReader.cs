using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Xml;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>Reads OpenRaster files.</summary>
internal sealed class OpenRasterReader
{
    private const long MaximumStackBytes = 16 << 20;

    private readonly ZipArchive archive;
    private readonly Dictionary<string, RgbaImage> images = new(StringComparer.Ordinal);
    private int count;
    private long pixels;

    private OpenRasterReader(ZipArchive archive) => this.archive = archive;

    public static LayeredDocument Read(Stream stream)
    {
        try
        {
            using ZipArchive archive = new(stream, ZipArchiveMode.Read, leaveOpen: true);
            return new OpenRasterReader(archive).Read();
        }
        catch (Exception error) when (error is InvalidDataException or XmlException or EndOfStreamException or NotSupportedException)
        {
            throw new ImageFormatException($"The OpenRaster file is damaged: {error.Message}", error);
        }
    }

    private LayeredDocument Read()
    {
        string mimeType = Encoding.UTF8.GetString(this.Bytes("mimetype", 256));
        if (mimeType.Trim() != OpenRasterWriter.MimeType)
        {
            throw new ImageFormatException($"The entry 'mimetype' says '{mimeType}'; wanted '{OpenRasterWriter.MimeType}'.");
        }

        XmlReaderSettings settings = new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, IgnoreComments = true, IgnoreWhitespace = true, IgnoreProcessingInstructions = true };
        using MemoryStream stack = new(this.Bytes("stack.xml", MaximumStackBytes));
        using XmlReader xml = XmlReader.Create(stack, settings);
        xml.MoveToContent();
        if (xml.LocalName != "image")
        {
            throw new ImageFormatException($"stack.xml starts with '{xml.LocalName}'; wanted 'image'.");
        }

        int width = Integer(xml, "w", null);
        int height = Integer(xml, "h", null);
        if (width is < 1 or > LayeredDocument.MaximumSide || height is < 1 or > LayeredDocument.MaximumSide)
        {
            throw new ImageFormatException($"stack.xml says that the canvas is {width}×{height}; wanted 1 to {LayeredDocument.MaximumSide} a side.");
        }

        int resolution = Math.Clamp(Integer(xml, "xres", 72), 1, short.MaxValue);
        if (!xml.ReadToDescendant("stack"))
        {
            throw new ImageFormatException("stack.xml has no element 'stack'.");
        }

        List<DocumentNode> nodes = this.ReadStack(xml, depth: 0);
        RgbaImage? merged = null;
        ReadOnlyMemory<byte> profile = default;
        if (this.archive.GetEntry("mergedimage.png") is { } entry)
        {
            merged = this.Image("mergedimage.png");
            using Stream png = entry.Open();
            profile = PngMetadata.Load(png).IccProfile?.Data ?? default;
        }

        if (merged is not null && (merged.Width != width || merged.Height != height))
        {
            throw new ImageFormatException($"mergedimage.png is {merged.Width}×{merged.Height}, the canvas {width}×{height}.");
        }

        return new LayeredDocument(width, height, nodes) { Merged = merged, PixelsPerInch = resolution, IccProfile = profile };
    }

    /// <summary>Reads the children of the element on which the reader stands; leaves it on that element's end.</summary>
    private List<DocumentNode> ReadStack(XmlReader xml, int depth)
    {
        List<DocumentNode> nodes = [];
        if (depth > LayeredDocument.MaximumDepth)
        {
            throw new ImageFormatException($"Groups lie more than {LayeredDocument.MaximumDepth} deep.");
        }

        if (xml.IsEmptyElement)
        {
            return nodes;
        }

        while (xml.Read() && xml.NodeType != XmlNodeType.EndElement)
        {
            if (xml.NodeType != XmlNodeType.Element)
            {
                continue;
            }

            if (++this.count > LayeredDocument.MaximumNodes)
            {
                throw new ImageFormatException($"The file has more than {LayeredDocument.MaximumNodes} layers and groups.");
            }

            if (xml.LocalName == "stack")
            {
                DocumentNode group = Common(new DocumentGroup(NameOf(xml, "Group"), []), xml);
                nodes.Add(((DocumentGroup)group) with { Children = this.ReadStack(xml, depth + 1) });
            }
            else if (xml.LocalName == "layer")
            {
                string source = xml.GetAttribute("src") ?? throw new ImageFormatException("A layer in stack.xml has no 'src'.");
                nodes.Add(Common(new DocumentLayer(NameOf(xml, "Layer"), this.Image(source), Integer(xml, "x", 0), Integer(xml, "y", 0)), xml));
                SkipChildren(xml);
            }
            else
            {
                SkipChildren(xml);
            }
        }

        // Files name the topmost first.
        nodes.Reverse();
        return nodes;
    }

    private static void SkipChildren(XmlReader xml)
    {
        if (xml.IsEmptyElement)
        {
            return;
        }

        int depth = xml.Depth;
        while (xml.Read() && xml.Depth > depth)
        {
        }
    }

    private static string NameOf(XmlReader xml, string otherwise) => xml.GetAttribute("name") is { Length: > 0 } name ? name : otherwise;

    private static DocumentNode Common(DocumentNode node, XmlReader xml)
    {
        string? opacity = xml.GetAttribute("opacity");
        double value = 1;
        if (opacity is not null && !(double.TryParse(opacity, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && value >= 0 && value <= 1))
        {
            throw new ImageFormatException($"The opacity of '{node.Name}' is '{opacity}'; wanted 0 to 1.");
        }

        return node with { Opacity = value, Visible = xml.GetAttribute("visibility") != "hidden", BlendMode = OpenRasterBlendModes.Parse(xml.GetAttribute("composite-op")) };
    }

    private static int Integer(XmlReader xml, string name, int? otherwise)
    {
        string? text = xml.GetAttribute(name);
        if (text is null && otherwise is { } value)
        {
            return value;
        }

        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new ImageFormatException($"'{xml.LocalName}' in stack.xml has {name}='{text}'; wanted a whole number.");
    }

    private RgbaImage Image(string source)
    {
        if (this.images.TryGetValue(source, out RgbaImage? image))
        {
            return image;
        }

        using Stream stream = this.Entry(source).Open();
        try
        {
            image = RgbaImage.LoadPng(stream);
        }
        catch (ImageFormatException error)
        {
            throw new ImageFormatException($"The entry '{source}': {error.Message}", error);
        }

        this.pixels += (long)image.Width * image.Height;
        if (this.pixels > RgbaImage.MaximumPixels)
        {
            throw new ImageFormatException($"The layers have more than {RgbaImage.MaximumPixels} pixels together.");
        }

        this.images.Add(source, image);
        return image;
    }

    private byte[] Bytes(string name, long maximum)
    {
        using Stream stream = this.Entry(name).Open();
        using MemoryStream bytes = new();
        byte[] buffer = new byte[4096];
        for (int read = stream.Read(buffer); read > 0; read = stream.Read(buffer))
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > maximum)
            {
                throw new ImageFormatException($"The entry '{name}' has more than {maximum} bytes.");
            }
        }

        return bytes.ToArray();
    }

    private ZipArchiveEntry Entry(string name) => this.archive.GetEntry(name) ?? throw new ImageFormatException($"The file has no entry '{name}'.");
}
