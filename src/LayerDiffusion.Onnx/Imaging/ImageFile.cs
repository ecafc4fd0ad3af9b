namespace LayerDiffusion.Onnx.Imaging;

/// <summary>Files of any image format.</summary>
internal static class ImageFile
{
    /// <summary>Opens a file for a reader; its name enters what the reader throws.</summary>
    public static T Read<T>(string path, Func<Stream, T> read)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStream stream = File.OpenRead(path);
        try
        {
            return read(stream);
        }
        catch (ImageFormatException exception)
        {
            throw ImageFormatException.InFile(path, exception);
        }
    }
}
