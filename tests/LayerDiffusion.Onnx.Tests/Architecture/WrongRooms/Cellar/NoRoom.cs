namespace LayerDiffusion.Onnx.Tests.Architecture.WrongRooms.Cellar;

/// <summary>In a folder that is no room.</summary>
internal sealed class NoRoom;
