namespace LayerDiffusion.Onnx.Delivery;

/// <summary>Which of the free rectangles a cell goes to.</summary>
internal enum MaxRectsHeuristic
{
    /// <summary>The one whose shorter leftover side is smallest.</summary>
    BestShortSide,

    /// <summary>The one that leaves the least area.</summary>
    BestArea,

    /// <summary>The one where the cell's lower edge ends up highest, then the leftmost.</summary>
    BottomLeft,
}
