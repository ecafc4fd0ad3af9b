using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using LayerDiffusion.Onnx.Delivery;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Delivery;

public sealed class OpenRasterFileTests
{
    private static LayeredDocument Rich() => Documents.Rich() with { Merged = Pictures.NoisyPattern(61, 47, 9) };

    [Fact]
    public void Write_RichDocument_IsReadBackWhole()
    {
        LayeredDocument document = Rich();
        byte[] bytes = Bytes(document);
        LayeredDocument back = OpenRasterFile.Read(new MemoryStream(bytes));

        Documents.AssertEqual(document, back);
        Assert.Equal(document.Merged!.ToArray(), back.Merged!.ToArray());
        Assert.Equal(bytes, Bytes(document));
    }

    [Fact]
    public void Write_FileLayout_IsThatOfTheSpecification()
    {
        byte[] bytes = Bytes(Rich());

        // The first entry is stored and named so that the file's kind shows at a fixed place.
        Assert.Equal("PK\u0003\u0004", Encoding.Latin1.GetString(bytes, 0, 4));
        Assert.Equal(0, BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8)));
        Assert.Equal("mimetypeimage/openraster", Encoding.ASCII.GetString(bytes, 30, 24));
        using ZipArchive archive = new(new MemoryStream(bytes));
        string[] names = [.. archive.Entries.Select(entry => entry.FullName)];
        Assert.Equal("stack.xml", names[1]);
        Assert.Contains("mergedimage.png", names);
        Assert.Contains("Thumbnails/thumbnail.png", names);
        using StreamReader stack = new(archive.GetEntry("stack.xml")!.Open());
        string text = stack.ReadToEnd();
        Assert.StartsWith("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<image version=\"0.0.5\" w=\"61\" h=\"47\" xres=\"300\" yres=\"300\">\n  <stack>\n    <layer name=\"one pixel\" src=\"data/layer0000.png\" x=\"60\" y=\"46\" opacity=\"1\" visibility=\"visible\" composite-op=\"svg:src-over\" />\n    <stack name=\"Gruppe „außen“\" isolation=\"isolate\"", text, StringComparison.Ordinal);
        Assert.Contains("composite-op=\"svg:color-dodge\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_LargeDocument_HasASmallThumbnailOfItsShape()
    {
        LayeredDocument document = new(1000, 300, [new DocumentLayer("a", Pictures.Pattern(1000, 300, 1))]) { Merged = Pictures.Pattern(1000, 300, 1) };
        using ZipArchive archive = new(new MemoryStream(Bytes(document)));
        using Stream thumbnail = archive.GetEntry("Thumbnails/thumbnail.png")!.Open();
        RgbaImage image = RgbaImage.LoadPng(thumbnail);

        Assert.Equal((256, 76), (image.Width, image.Height));
        Assert.Equal(255, image.GetRow(40)[(100 * 4) + 3]);
    }

    [Fact]
    public void Read_FilesOfOthers_TakesDefaultsAndSkipsWhatItDoesNotKnow()
    {
        const string Stack = "<?xml version='1.0' encoding='UTF-8'?><!-- c --><image version='0.0.3' w='4' h='3'><stack><filter type='x'><params/></filter>"
            + "<layer src='data/a.png'/><layer src='data/a.png' name='' composite-op='krita:special' x='-2'/><stack><text x='1'/></stack></stack></image>";
        LayeredDocument document = OpenRasterFile.Read(Archive(Stack));

        Assert.Equal(["Group", "Layer", "Layer"], document.Nodes.Select(node => node.Name));
        Assert.Equal((-2, BlendMode.Normal, 1.0, true), (((DocumentLayer)document.Nodes[1]).X, document.Nodes[1].BlendMode, document.Nodes[1].Opacity, document.Nodes[1].Visible));
        Assert.Null(document.Merged);
    }

    [Theory]
    [InlineData("<image w='4' h='3'><stack><layer src='data/none.png'/></stack></image>", "data/none.png")]
    [InlineData("<image w='4' h='3'><stack><layer/></stack></image>", "src")]
    [InlineData("<image w='4' h='0'><stack/></image>", "4×0")]
    [InlineData("<image w='4' h='x'><stack/></image>", "h='x'")]
    [InlineData("<image w='4' h='4'/>", "stack")]
    [InlineData("<picture/>", "picture")]
    [InlineData("<image w='4' h='4'><stack><stack opacity='2'/></stack></image>", "opacity")]
    [InlineData("<!DOCTYPE image [<!ENTITY a 'b'>]><image w='4' h='4'><stack/></image>", "DTD")]
    [InlineData("<image w='4' h='4'><stack>", "damaged")]
    public void Read_BadStacks_SayWhatIsWrong(string stack, string part)
    {
        Assert.Contains(part, Assert.Throws<ImageFormatException>(() => OpenRasterFile.Read(Archive(stack))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_DamagedFiles_ThrowOnlyImageFormatException()
    {
        byte[] whole = Bytes(Rich());
        Assert.Throws<ImageFormatException>(() => OpenRasterFile.Read(new MemoryStream([1, 2, 3])));
        uint state = 3;
        for (int round = 0; round < 1000; round++)
        {
            byte[] damaged = [.. whole];
            for (int i = 0; i < 3; i++)
            {
                state = (state * 1664525) + 1013904223;
                uint place = (state >> 8) % (uint)(round % 2 == 0 ? 4000 : damaged.Length);
                damaged[round % 4 < 2 ? (int)place : damaged.Length - 1 - (int)(place % 4000)] = (byte)(state >> 16);
            }

            try
            {
                OpenRasterFile.Read(new MemoryStream(damaged));
            }
            catch (ImageFormatException)
            {
                // What damage is for.
            }
        }
    }

    private static MemoryStream Archive(string stack)
    {
        MemoryStream stream = new();
        StoredZipWriter zip = new(stream);
        zip.Add("mimetype", "image/openraster"u8);
        zip.Add("stack.xml", Encoding.UTF8.GetBytes(stack));
        zip.Add("data/a.png", Pictures.Pattern(4, 3, 1).EncodePng());
        zip.Finish();
        stream.Position = 0;
        return stream;
    }

    private static byte[] Bytes(LayeredDocument document)
    {
        using MemoryStream stream = new();
        OpenRasterFile.Write(document, stream);
        return stream.ToArray();
    }
}
