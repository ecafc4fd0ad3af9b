using System.Globalization;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>Where the values of a tensor lie outside its graph.</summary>
/// <param name="Location">The file, relative to the graph's folder.</param>
/// <param name="Offset">The first byte.</param>
/// <param name="Length">The number of bytes; <see langword="null"/> for all from there on.</param>
internal sealed record OnnxExternalValues(string Location, long Offset, long? Length)
{
    /// <summary>Reads where a tensor's values lie.</summary>
    /// <exception cref="InvalidDataException">No file is given, or a number is none.</exception>
    public static OnnxExternalValues Read(ReadOnlySpan<byte> file, Range tensor)
    {
        Dictionary<string, string> facts = new(StringComparer.Ordinal);
        OnnxFields fields = new(file, tensor);
        while (fields.Next())
        {
            if (fields is { Number: OnnxSchema.Tensor.ExternalData, IsBlock: true }
                && OnnxFields.TryFind(file, fields.Content, OnnxSchema.Entry.Key, out Range key)
                && OnnxFields.TryFind(file, fields.Content, OnnxSchema.Entry.Value, out Range value))
            {
                facts[OnnxNode.Text(file, key)] = OnnxNode.Text(file, value);
            }
        }

        return facts.TryGetValue("location", out string? location)
            ? new OnnxExternalValues(location, Number("offset") ?? 0, Number("length"))
            : throw new InvalidDataException("The ONNX graph has external weights without a file.");

        long? Number(string key) => !facts.TryGetValue(key, out string? text)
            ? null
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                ? number
                : throw new InvalidDataException($"The ONNX graph has external weights whose {key} is '{text}'; wanted a number of 0 or more.");
    }
}
