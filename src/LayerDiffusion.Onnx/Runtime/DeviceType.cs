namespace LayerDiffusion.Onnx.Runtime;

/// <summary>Kinds of hardware, each reached through one ONNX Runtime execution provider.</summary>
public enum DeviceType
{
    /// <summary>The fastest of the devices that the native runtime beside the application offers.</summary>
    Auto,

    /// <summary>The processor; always there.</summary>
    Cpu,

    /// <summary>An NVIDIA GPU through CUDA and cuDNN.</summary>
    Cuda,

    /// <summary>An NVIDIA GPU through TensorRT, which compiles each graph before its first run.</summary>
    TensorRT,

    /// <summary>Any Direct3D 12 GPU on Windows.</summary>
    DirectML,

    /// <summary>The GPU and neural engine of Apple devices.</summary>
    CoreML,
}
