namespace LayerDiffusion.Onnx.Imaging;

/// <summary>How far an alpha channel is from the true one; 0 is best, except for <see cref="SoftIntersectionOverUnion"/>, whose best is 1.</summary>
/// <param name="SumOfAbsoluteDifferences">As <see cref="AlphaMetrics.SumOfAbsoluteDifferences"/>.</param>
/// <param name="MeanSquaredError">As <see cref="AlphaMetrics.MeanSquaredError"/>.</param>
/// <param name="Gradient">As <see cref="AlphaMetrics.GradientError"/>.</param>
/// <param name="Connectivity">As <see cref="AlphaMetrics.ConnectivityError"/>.</param>
/// <param name="SoftIntersectionOverUnion">As <see cref="AlphaMetrics.SoftIntersectionOverUnion"/>.</param>
public sealed record AlphaErrors(double SumOfAbsoluteDifferences, double MeanSquaredError, double Gradient, double Connectivity, double SoftIntersectionOverUnion);
