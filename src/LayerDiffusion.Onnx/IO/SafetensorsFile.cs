using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace LayerDiffusion.Onnx.IO;

/// <summary>
/// Reads a safetensors file: an 8-byte little-endian header length, a JSON header, raw little-endian row-major data.
/// Only the header is held; tensors are read when asked for.
/// </summary>
/// <remarks>Format: https://github.com/huggingface/safetensors#format.</remarks>
internal sealed class SafetensorsFile
{
    // The reference implementation refuses larger headers too.
    private const long MaximumHeaderLength = 100_000_000;

    private readonly Dictionary<string, SafetensorsTensor> tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);

    private SafetensorsFile(string path, JsonElement header, long dataStart, long fileLength)
    {
        this.Path = path;
        if (header.ValueKind != JsonValueKind.Object)
        {
            throw Invalid(path, $"the header is a JSON {header.ValueKind}, wanted an object");
        }

        foreach (JsonProperty property in header.EnumerateObject())
        {
            if (property.NameEquals(SafetensorsFormat.MetadataKey))
            {
                this.ReadMetadata(property.Value);
            }
            else
            {
                this.tensors[property.Name] = ReadEntry(path, property, dataStart, fileLength);
            }
        }
    }

    /// <summary>Gets the path of the file.</summary>
    public string Path { get; }

    /// <summary>Gets the tensors by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsTensor> Tensors => this.tensors;

    /// <summary>Gets the texts about the file.</summary>
    public IReadOnlyDictionary<string, string> Metadata => this.metadata;

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="InvalidDataException">The file is no safetensors file; the message names it and what is wrong.</exception>
    public static SafetensorsFile Open(string path)
    {
        using FileStream stream = File.OpenRead(path);
        Span<byte> lengthBytes = stackalloc byte[8];
        if (stream.ReadAtLeast(lengthBytes, 8, throwOnEndOfStream: false) < 8)
        {
            throw Invalid(path, "the file is shorter than the 8-byte header length");
        }

        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (headerLength > MaximumHeaderLength || (long)headerLength > stream.Length - 8)
        {
            throw Invalid(path, $"the header is said to be {headerLength} bytes long, the file has {stream.Length}");
        }

        byte[] header = new byte[headerLength];
        stream.ReadExactly(header);
        try
        {
            using JsonDocument document = JsonDocument.Parse(header);
            return new SafetensorsFile(path, document.RootElement, 8 + (long)headerLength, stream.Length);
        }

        // The second kind is for text that is no valid Unicode.
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"'{path}' is not a valid safetensors file: its header is not JSON ({exception.Message})", exception);
        }
    }

    /// <summary>Reads a tensor of any floating type as float32.</summary>
    /// <exception cref="InvalidDataException">There is no tensor of that name, or it is not of a floating type.</exception>
    public float[] ReadSingle(string name)
    {
        SafetensorsTensor tensor = this.Find(name);
        byte[] bytes = this.ReadBytes(tensor);
        switch (tensor.Type)
        {
            case SafetensorsType.Float32:
                return MemoryMarshal.Cast<byte, float>(bytes).ToArray();
            case SafetensorsType.Float16:
                float[] fromHalf = new float[bytes.Length / 2];
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(bytes), fromHalf);
                return fromHalf;
            case SafetensorsType.BFloat16:
                ReadOnlySpan<ushort> upper = MemoryMarshal.Cast<byte, ushort>(bytes);
                float[] fromBFloat = new float[upper.Length];
                for (int i = 0; i < upper.Length; i++)
                {
                    fromBFloat[i] = BitConverter.UInt32BitsToSingle((uint)upper[i] << 16);
                }

                return fromBFloat;
            case SafetensorsType.Float64:
                ReadOnlySpan<double> doubles = MemoryMarshal.Cast<byte, double>(bytes);
                float[] fromDouble = new float[doubles.Length];
                for (int i = 0; i < doubles.Length; i++)
                {
                    fromDouble[i] = (float)doubles[i];
                }

                return fromDouble;
            default:
                throw Invalid(this.Path, $"tensor '{name}' is {tensor.Type}, wanted a floating type");
        }
    }

    /// <summary>Reads a tensor whose element type is exactly <typeparamref name="T"/>.</summary>
    /// <exception cref="InvalidDataException">There is no tensor of that name, or its type is another.</exception>
    public T[] Read<T>(string name)
        where T : unmanaged
    {
        SafetensorsTensor tensor = this.Find(name);
        SafetensorsType wanted = SafetensorsFormat.TypeOf<T>();
        if (tensor.Type != wanted)
        {
            throw Invalid(this.Path, $"tensor '{name}' is {tensor.Type}, wanted {wanted}");
        }

        return MemoryMarshal.Cast<byte, T>(this.ReadBytes(tensor)).ToArray();
    }

    private static SafetensorsTensor ReadEntry(string path, JsonProperty property, long dataStart, long fileLength)
    {
        string name = property.Name;
        if (property.Value.ValueKind != JsonValueKind.Object
            || !property.Value.TryGetProperty("dtype", out JsonElement dtype) || dtype.ValueKind != JsonValueKind.String
            || !property.Value.TryGetProperty("shape", out JsonElement shape) || shape.ValueKind != JsonValueKind.Array
            || !property.Value.TryGetProperty("data_offsets", out JsonElement offsets) || offsets.ValueKind != JsonValueKind.Array
            || offsets.GetArrayLength() != 2
            || !TryGetWhole(offsets[0], out long begin) || !TryGetWhole(offsets[1], out long end))
        {
            throw Invalid(path, $"the entry of tensor '{name}' lacks dtype, shape or two data_offsets");
        }

        if (!SafetensorsFormat.TryParse(dtype.GetString()!, out SafetensorsType type))
        {
            throw Invalid(path, $"tensor '{name}' has the type '{dtype.GetString()}', wanted one of {SafetensorsFormat.TypeNames}");
        }

        long[] extents = new long[shape.GetArrayLength()];
        long byteCount = SafetensorsFormat.SizeOf(type);
        for (int i = 0; i < extents.Length; i++)
        {
            if (!TryGetWhole(shape[i], out extents[i]) || extents[i] < 0)
            {
                throw Invalid(path, $"tensor '{name}' has an extent that is no whole number of zero or more");
            }

            // A product beyond the file's length is wrong anyway; stopping there also keeps it from overflowing.
            byteCount = extents[i] != 0 && byteCount > fileLength / extents[i] ? fileLength + 1 : byteCount * extents[i];
        }

        if (begin < 0 || end < begin || end - begin != byteCount || end > fileLength - dataStart)
        {
            throw Invalid(path, $"tensor '{name}' of shape [{string.Join(',', extents)}] has data_offsets {begin}..{end} in {fileLength - dataStart} bytes of data");
        }

        return new SafetensorsTensor(name, type, extents, dataStart + begin, byteCount);
    }

    private static bool TryGetWhole(JsonElement element, out long value)
    {
        value = 0;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out value);
    }

    private static InvalidDataException Invalid(string path, string reason) =>
        new($"'{path}' is not a valid safetensors file: {reason}.");

    // Anything but texts is against the format, but no reason to refuse the tensors.
    private void ReadMetadata(JsonElement texts)
    {
        if (texts.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (JsonProperty text in texts.EnumerateObject().Where(text => text.Value.ValueKind == JsonValueKind.String))
        {
            this.metadata[text.Name] = text.Value.GetString()!;
        }
    }

    private SafetensorsTensor Find(string name) =>
        this.tensors.TryGetValue(name, out SafetensorsTensor? tensor)
            ? tensor
            : throw Invalid(this.Path, $"there is no tensor '{name}'; it holds {string.Join(", ", this.tensors.Keys.Take(20))}");

    private byte[] ReadBytes(SafetensorsTensor tensor)
    {
        if (tensor.ByteCount > Array.MaxLength)
        {
            throw Invalid(this.Path, $"tensor '{tensor.Name}' has {tensor.ByteCount} bytes, wanted at most {Array.MaxLength}");
        }

        byte[] bytes = new byte[tensor.ByteCount];
        using FileStream stream = File.OpenRead(this.Path);
        stream.Position = tensor.Offset;
        stream.ReadExactly(bytes);
        return bytes;
    }
}
