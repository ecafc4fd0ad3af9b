namespace LayerDiffusion.Onnx.Sampling;

/// <summary>Whose random numbers the noise of a picture is made of.</summary>
public enum NoiseGenerator
{
    /// <summary>Torch's generator on a CPU (<see cref="TorchRandom"/>), which diffusers' examples and many user interfaces use.</summary>
    TorchCpu,

    /// <summary>Torch's generator on an NVIDIA GPU (<see cref="TorchCudaRandom"/>), the web UI's default.</summary>
    TorchCuda,
}
