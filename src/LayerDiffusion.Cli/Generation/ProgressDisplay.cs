using System.Globalization;
using LayerDiffusion.Onnx;

namespace LayerDiffusion.Cli.Generation;

/// <summary>Shows how far a generation is: one line that redraws itself on a terminal, plain lines elsewhere.</summary>
internal sealed class ProgressDisplay(CommandConsole console) : IProgress<GenerationProgress>
{
    private const int BarWidth = 24;
    private const int PlainLinesPerStage = 5;

    // To the start of the line, and clear what is there.
    private const string StartOfLine = "\r\u001b[K";

    private bool isShown;

    /// <inheritdoc/>
    public void Report(GenerationProgress value)
    {
        string counter = string.Create(CultureInfo.InvariantCulture, $"{value.Step}/{value.TotalSteps}  {value.Elapsed.TotalSeconds:F1} s");
        if (console.IsTerminal)
        {
            int filled = value.TotalSteps == 0 ? 0 : BarWidth * value.Step / value.TotalSteps;
            console.Error.Write($"{StartOfLine}{NameOf(value.Stage),-22} [{new string('#', filled)}{new string('-', BarWidth - filled)}] {counter}");
            console.Error.Flush();
            this.isShown = true;
        }
        else if (value.Step > 0 && (value.Step == value.TotalSteps || value.Step % ((value.TotalSteps + PlainLinesPerStage - 1) / PlainLinesPerStage) == 0))
        {
            console.Error.WriteLine($"{NameOf(value.Stage)} {counter}");
        }
    }

    /// <summary>Takes the line away that redraws itself.</summary>
    public void Clear()
    {
        if (this.isShown)
        {
            console.Error.Write(StartOfLine);
            this.isShown = false;
        }
    }

    private static string NameOf(GenerationStage stage) => stage switch
    {
        GenerationStage.EncodingPrompt => "encoding prompt",
        GenerationStage.EncodingImage => "encoding image",
        GenerationStage.Denoising => "denoising",
        GenerationStage.DecodingImage => "decoding image",
        _ => "decoding transparency",
    };
}
