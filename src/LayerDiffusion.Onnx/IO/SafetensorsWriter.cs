using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace LayerDiffusion.Onnx.IO;

/// <summary>Collects tensors and writes them as one safetensors file.</summary>
internal sealed class SafetensorsWriter
{
    private readonly List<(string Name, SafetensorsType Type, long[] Shape, byte[] Data)> tensors = [];
    private readonly List<(string Key, string Value)> metadata = [];

    /// <summary>Adds a text about the file; the format knows no other kind of value.</summary>
    public void AddMetadata(string key, string value) => this.metadata.Add((key, value));

    /// <summary>Adds a copy of a tensor.</summary>
    /// <exception cref="ArgumentException">The name is taken, or <paramref name="shape"/> does not hold as many elements as <paramref name="values"/>.</exception>
    public void Add<T>(string name, ReadOnlySpan<T> values, params long[] shape)
        where T : unmanaged
    {
        if (this.tensors.Exists(tensor => tensor.Name == name))
        {
            throw new ArgumentException($"There is a tensor '{name}' already.", nameof(name));
        }

        long count = shape.Aggregate(1L, (product, extent) => product * extent);
        if (count != values.Length)
        {
            throw new ArgumentException($"Shape [{string.Join(',', shape)}] of tensor '{name}' holds {count} elements, given were {values.Length}.", nameof(shape));
        }

        this.tensors.Add((name, SafetensorsFormat.TypeOf<T>(), [.. shape], MemoryMarshal.AsBytes(values).ToArray()));
    }

    /// <summary>Writes the file, all or nothing.</summary>
    public void Save(string path) => AtomicFile.Write(path, this.Write);

    private void Write(Stream stream)
    {
        ArrayBufferWriter<byte> header = new();
        using (Utf8JsonWriter json = new(header))
        {
            json.WriteStartObject();
            if (this.metadata.Count > 0)
            {
                json.WriteStartObject(SafetensorsFormat.MetadataKey);
                foreach ((string key, string value) in this.metadata)
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            long offset = 0;
            foreach ((string name, SafetensorsType type, long[] shape, byte[] data) in this.tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", SafetensorsFormat.NameOf(type));
                json.WriteStartArray("shape");
                foreach (long extent in shape)
                {
                    json.WriteNumberValue(extent);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                offset += data.Length;
                json.WriteNumberValue(offset);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        // Spaces after the header keep the data aligned to eight bytes.
        int padding = (8 - (header.WrittenCount % 8)) % 8;
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.WrittenCount + padding);
        stream.Write(length);
        stream.Write(header.WrittenSpan);
        for (int i = 0; i < padding; i++)
        {
            stream.WriteByte((byte)' ');
        }

        foreach ((_, _, _, byte[] data) in this.tensors)
        {
            stream.Write(data);
        }
    }
}
