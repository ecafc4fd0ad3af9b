namespace LayerDiffusion.Onnx.IO;

/// <summary>What a safetensors header says of one tensor.</summary>
/// <param name="Name">Key of the tensor.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Extents, outermost first; empty for a scalar.</param>
/// <param name="Offset">First byte, counted from the start of the file.</param>
/// <param name="ByteCount">Length in bytes.</param>
internal sealed record SafetensorsTensor(string Name, SafetensorsType Type, long[] Shape, long Offset, long ByteCount);
