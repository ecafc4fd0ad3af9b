using System.Globalization;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>Where the graphs run.</summary>
/// <param name="Type">Kind of hardware.</param>
/// <param name="Index">Which one of several alike, 0 is the first; without meaning for <see cref="Cpu"/>, <see cref="Auto"/> and <see cref="CoreML"/>.</param>
public readonly record struct Device(DeviceType Type, int Index = 0)
{
    /// <summary>Gets the fastest device that is there: TensorRT is never chosen, because it compiles for minutes.</summary>
    public static Device Auto => new(DeviceType.Auto);

    /// <summary>Gets the processor.</summary>
    public static Device Cpu => new(DeviceType.Cpu);

    /// <summary>Gets Apple's accelerators.</summary>
    public static Device CoreML => new(DeviceType.CoreML);

    /// <summary>An NVIDIA GPU through CUDA.</summary>
    /// <param name="index">Which GPU, as CUDA counts them.</param>
    /// <returns>The device.</returns>
    public static Device Cuda(int index = 0) => new(DeviceType.Cuda, index);

    /// <summary>An NVIDIA GPU through TensorRT.</summary>
    /// <param name="index">Which GPU, as CUDA counts them.</param>
    /// <returns>The device.</returns>
    public static Device TensorRT(int index = 0) => new(DeviceType.TensorRT, index);

    /// <summary>A Direct3D 12 GPU.</summary>
    /// <param name="index">Which GPU, as DXGI counts adapters.</param>
    /// <returns>The device.</returns>
    public static Device DirectML(int index = 0) => new(DeviceType.DirectML, index);

    /// <summary>The name that users write: <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>.</summary>
    /// <returns>The name; <see cref="Parse"/> reads it.</returns>
    public override string ToString() =>
        this.Index == 0 ? NameOf(this.Type) : string.Create(CultureInfo.InvariantCulture, $"{NameOf(this.Type)}:{this.Index}");

    /// <summary>Reads a name such as <c>cpu</c>, <c>cuda:1</c>, <c>directml</c>; case does not matter.</summary>
    /// <param name="text">The name.</param>
    /// <returns>The device.</returns>
    /// <exception cref="FormatException">The name is not known.</exception>
    public static Device Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string name = colon < 0 ? text : text[..colon];
        int index = 0;
        if (colon >= 0 && !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out index))
        {
            throw new FormatException($"'{text}' is no device: after the colon stands '{text[(colon + 1)..]}', wanted a number of 0 or more.");
        }

        foreach (DeviceType type in Enum.GetValues<DeviceType>())
        {
            if (string.Equals(NameOf(type), name, StringComparison.OrdinalIgnoreCase))
            {
                return new Device(type, index);
            }
        }

        throw new FormatException($"'{text}' is no device; wanted one of {string.Join(", ", Enum.GetValues<DeviceType>().Select(NameOf))}, or one of them with :n.");
    }

    private static string NameOf(DeviceType type) => type.ToString().ToLowerInvariant();
}
