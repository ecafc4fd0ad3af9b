namespace LayerDiffusion.Onnx.IO;

/// <summary>Element types of the safetensors format that this library reads and writes.</summary>
internal enum SafetensorsType
{
    UInt8,
    Int32,
    Int64,
    Float16,
    BFloat16,
    Float32,
    Float64,
}
