namespace LayerDiffusion.Onnx.IO;

/// <summary>Names and sizes of the element types in safetensors files.</summary>
internal static class SafetensorsFormat
{
    /// <summary>The header's entry that is no tensor.</summary>
    public const string MetadataKey = "__metadata__";

    private static readonly (SafetensorsType Type, string Name, int Size)[] Known =
    [
        (SafetensorsType.UInt8, "U8", 1),
        (SafetensorsType.Int32, "I32", 4),
        (SafetensorsType.Int64, "I64", 8),
        (SafetensorsType.Float16, "F16", 2),
        (SafetensorsType.BFloat16, "BF16", 2),
        (SafetensorsType.Float32, "F32", 4),
        (SafetensorsType.Float64, "F64", 8),
    ];

    /// <summary>Gets the known type names, for messages.</summary>
    public static string TypeNames { get; } = string.Join(", ", Known.Select(known => known.Name));

    /// <summary>Bytes of one element.</summary>
    public static int SizeOf(SafetensorsType type) => Array.Find(Known, known => known.Type == type).Size;

    /// <summary>The name that stands in the header.</summary>
    public static string NameOf(SafetensorsType type) => Array.Find(Known, known => known.Type == type).Name;

    /// <summary>Finds the type with that name in the header.</summary>
    public static bool TryParse(string name, out SafetensorsType type)
    {
        int index = Array.FindIndex(Known, known => known.Name == name);
        type = index < 0 ? default : Known[index].Type;
        return index >= 0;
    }

    /// <summary>The type whose elements are <typeparamref name="T"/>.</summary>
    public static SafetensorsType TypeOf<T>()
        where T : unmanaged => default(T) switch
        {
            byte => SafetensorsType.UInt8,
            int => SafetensorsType.Int32,
            long => SafetensorsType.Int64,
            Half => SafetensorsType.Float16,
            float => SafetensorsType.Float32,
            double => SafetensorsType.Float64,
            _ => throw new ArgumentException($"{typeof(T)} is no element type of safetensors files."),
        };
}
