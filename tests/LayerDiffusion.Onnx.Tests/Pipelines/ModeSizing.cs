namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>Where the size of a result comes from.</summary>
internal enum ModeSizing
{
    /// <summary>From the options or else the picture.</summary>
    LikeThePicture,

    /// <summary>From the options: no picture is given.</summary>
    Asked,

    /// <summary>From the picture and what is added to it.</summary>
    Larger,

    /// <summary>From the canvas, as large as the picture.</summary>
    Canvas,
}
