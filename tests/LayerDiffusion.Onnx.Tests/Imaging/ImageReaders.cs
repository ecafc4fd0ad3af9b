using System.Text;
using LayerDiffusion.Onnx.Tests.Delivery;

namespace LayerDiffusion.Onnx.Tests.Imaging;

/// <summary>Programs of others that read the pictures we write. A test whose tool is missing is skipped and says what to install.</summary>
internal static class ImageReaders
{
    /// <summary>Decodes a WebP file with libwebp's dwebp into a PAM file, which holds straight RGBA after a header of text.</summary>
    public static byte[] WebPToPam(string path) => ExternalTool.Run(Tool("dwebp"), [path, "-quiet", "-pam", "-o", "-"]);

    /// <summary>Describes a WebP file with libwebp's webpinfo, which fails where it finds an error.</summary>
    public static string WebPInfo(string path) => Encoding.UTF8.GetString(ExternalTool.Run(Tool("webpinfo"), ["-diag", path]));

    /// <summary>Runs a script beside the tests with Node.js and the npm package upng-js.</summary>
    public static string[] Apng(string path) => ExternalTool.Node("Imaging/read-apng.cjs", ["upng-js"], path);

    private static string Tool(string name)
    {
        string path = $"/usr/bin/{name}";
        Assert.SkipUnless(File.Exists(path), $"{name} is not installed (Debian: apt-get install webp).");
        return path;
    }
}
