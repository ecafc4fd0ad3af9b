namespace LayerDiffusion.Onnx.IO;

/// <summary>How the value of a protobuf field is stored (https://protobuf.dev/programming-guides/encoding/).</summary>
internal static class ProtobufWireType
{
    public const int Varint = 0;
    public const int Fixed64 = 1;
    public const int LengthDelimited = 2;
    public const int Fixed32 = 5;
}
