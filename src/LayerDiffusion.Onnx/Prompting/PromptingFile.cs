namespace LayerDiffusion.Onnx.Prompting;

/// <summary>Reads the small files of a tokenizer, from disk or out of an archive, without trusting their length.</summary>
internal static class PromptingFile
{
    /// <summary>Reads a stream to its end.</summary>
    /// <param name="stream">The stream; it is not closed.</param>
    /// <param name="usualName">Name for messages, where the stream is no file of its own.</param>
    /// <param name="limit">Most bytes that are accepted.</param>
    /// <param name="fileName">The path of the file, or <paramref name="usualName"/>.</param>
    /// <exception cref="InvalidDataException">The stream is longer than <paramref name="limit"/>.</exception>
    public static byte[] ReadAll(Stream stream, string usualName, int limit, out string fileName)
    {
        fileName = stream is FileStream file ? file.Name : usualName;
        using MemoryStream content = new();
        byte[] buffer = new byte[81920];
        for (int read = stream.Read(buffer); read > 0; read = stream.Read(buffer))
        {
            if (content.Length + read > limit)
            {
                throw new InvalidDataException($"'{fileName}' is longer than {limit} bytes; that is no file of a CLIP tokenizer.");
            }

            content.Write(buffer, 0, read);
        }

        return content.ToArray();
    }

    /// <summary>Cuts off the UTF-8 byte order mark that some editors write.</summary>
    public static ReadOnlyMemory<byte> WithoutByteOrderMark(byte[] bytes) =>
        bytes is [0xEF, 0xBB, 0xBF, ..] ? bytes.AsMemory(3) : bytes;
}
