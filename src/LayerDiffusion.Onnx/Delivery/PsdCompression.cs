namespace LayerDiffusion.Onnx.Delivery;

/// <summary>How the channels of layers are stored in PSD and PSB files; the numbers are the file's.</summary>
public enum PsdCompression
{
    /// <summary>Not compressed.</summary>
    Raw = 0,

    /// <summary>PackBits run lengths row by row: what Photoshop writes and every reader reads.</summary>
    Rle = 1,

    /// <summary>Deflate.</summary>
    Zip = 2,

    /// <summary>Deflate of the differences of neighbours in a row: smaller for photographs.</summary>
    ZipWithPrediction = 3,
}
