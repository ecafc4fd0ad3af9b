namespace LayerDiffusion.Onnx.Imaging;

/// <summary>How a PNG writer predicts a row from its neighbours before compression (PNG specification, "Filtering").</summary>
public enum PngFilter
{
    /// <summary>No prediction.</summary>
    None = 0,

    /// <summary>From the pixel to the left.</summary>
    Sub = 1,

    /// <summary>From the pixel above.</summary>
    Up = 2,

    /// <summary>From the mean of the left pixel and the one above.</summary>
    Average = 3,

    /// <summary>From the neighbour nearest to left + above − above left.</summary>
    Paeth = 4,

    /// <summary>For every row the filter with the least sum of absolute differences, as the PNG specification recommends.</summary>
    Adaptive = 5,
}
