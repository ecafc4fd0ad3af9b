namespace LayerDiffusion.Onnx.Tests.Architecture.WrongRooms.IO;

/// <summary>What every room may use.</summary>
internal sealed class Shared;
