namespace LayerDiffusion.Onnx.Delivery;

/// <summary>The two kinds of Photoshop files.</summary>
public enum PsdVariant
{
    /// <summary>PSD where its limits allow, else PSB.</summary>
    Automatic,

    /// <summary>PSD: sides up to 30,000 pixels, files up to 2 GiB.</summary>
    Psd,

    /// <summary>PSB ("large document"): sides up to 300,000 pixels. Unity's importer wants this one.</summary>
    Psb,
}
