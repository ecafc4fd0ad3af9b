using System.Globalization;
using LayerDiffusion.Cli.Arguments;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Cli.Commands;

/// <summary><c>compare A.png B.png</c>: how far two pictures are apart.</summary>
internal sealed class CompareCommand : Command
{
    /// <inheritdoc/>
    public override CommandSyntax Syntax { get; } = new(
        "compare",
        "PICTURE.png TRUTH.png",
        NeedsArgument: true,
        "Measures how far a picture is from another, in alpha and in colour.",
        [],
        "sad, mse, gradient and connectivity are errors of alpha, best at 0; iou is best at 1; psnr is in dB; worst-psnr is the least over eight backgrounds.")
    {
        MostArguments = 2,
    };

    /// <inheritdoc/>
    public override void Execute(ParsedArguments arguments, CommandConsole console, CancellationToken cancellationToken)
    {
        if (arguments.Arguments.Count != 2)
        {
            throw new UsageException("TRUTH.png is missing.");
        }

        RgbaImage picture = RgbaImage.LoadPng(arguments.Arguments[0]);
        RgbaImage truth = RgbaImage.LoadPng(arguments.Arguments[1]);
        if (picture.Width != truth.Width || picture.Height != truth.Height)
        {
            throw new UsageException($"'{arguments.Arguments[0]}' is {picture.Width}×{picture.Height} and '{arguments.Arguments[1]}' {truth.Width}×{truth.Height}; wanted are pictures of one size.");
        }

        AlphaErrors alpha = AlphaMetrics.Measure(picture, truth);
        Line("sad", alpha.SumOfAbsoluteDifferences);
        Line("mse", alpha.MeanSquaredError);
        Line("gradient", alpha.Gradient);
        Line("connectivity", alpha.Connectivity);
        Line("iou", alpha.SoftIntersectionOverUnion);
        Line("psnr", ImageMetrics.PeakSignalToNoiseRatio(picture, truth));
        Line("ssim", ImageMetrics.StructuralSimilarity(picture, truth));
        Line("worst-psnr", ImageMetrics.WorstCompositePeakSignalToNoiseRatio(picture, truth));

        void Line(string name, double value) => console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-13}{value:0.########}"));
    }
}
