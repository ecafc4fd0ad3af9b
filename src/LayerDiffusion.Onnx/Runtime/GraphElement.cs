using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>Moves float32 values into and out of the element types that graphs declare.</summary>
internal static class GraphElement
{
    /// <summary>Bytes of one element.</summary>
    /// <exception cref="NotSupportedException">The type is none that model packages use.</exception>
    public static int SizeOf(TensorElementType type) => type switch
    {
        TensorElementType.Float or TensorElementType.Int32 => 4,
        TensorElementType.Float16 => 2,
        TensorElementType.Double or TensorElementType.Int64 => 8,
        _ => throw new NotSupportedException($"Tensors of {type} are not used by model packages; wanted float32, float16, float64, int32 or int64."),
    };

    /// <summary>Writes values; whole-number types truncate towards zero, as diffusers does with fractional timesteps.</summary>
    public static void FromSingle(ReadOnlySpan<float> values, Span<byte> destination, TensorElementType type)
    {
        switch (type)
        {
            case TensorElementType.Float:
                values.CopyTo(MemoryMarshal.Cast<byte, float>(destination));
                break;
            case TensorElementType.Float16:
                TensorPrimitives.ConvertToHalf(values, MemoryMarshal.Cast<byte, Half>(destination));
                break;
            case TensorElementType.Double:
                TensorPrimitives.ConvertChecked<float, double>(values, MemoryMarshal.Cast<byte, double>(destination));
                break;
            case TensorElementType.Int32:
                TensorPrimitives.ConvertSaturating<float, int>(values, MemoryMarshal.Cast<byte, int>(destination));
                break;
            case TensorElementType.Int64:
                TensorPrimitives.ConvertSaturating<float, long>(values, MemoryMarshal.Cast<byte, long>(destination));
                break;
            default:
                _ = SizeOf(type);
                break;
        }
    }

    /// <summary>Reads values of a floating type.</summary>
    public static void ToSingle(ReadOnlySpan<byte> values, Span<float> destination, TensorElementType type)
    {
        switch (type)
        {
            case TensorElementType.Float:
                MemoryMarshal.Cast<byte, float>(values).CopyTo(destination);
                break;
            case TensorElementType.Float16:
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(values), destination);
                break;
            case TensorElementType.Double:
                TensorPrimitives.ConvertTruncating<double, float>(MemoryMarshal.Cast<byte, double>(values), destination);
                break;
            default:
                throw new NotSupportedException($"An output of {type} is none of a model package's; wanted float32 or float16.");
        }
    }
}
