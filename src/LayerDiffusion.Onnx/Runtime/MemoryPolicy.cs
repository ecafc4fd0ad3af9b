namespace LayerDiffusion.Onnx.Runtime;

/// <summary>How long the networks stay in memory. Each is loaded when it is first needed.</summary>
public enum MemoryPolicy
{
    /// <summary>Whatever was loaded stays until the pipeline is disposed: fastest when many pictures are made.</summary>
    KeepAll,

    /// <summary>Each stage's networks are unloaded when the stage is over: the peak is that of the largest stage alone.</summary>
    Sequential,
}
