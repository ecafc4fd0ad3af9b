using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Cli.Tests;

public sealed class InfoTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => this.folder.Dispose();

    [Fact]
    public void Info_EmbeddedModel_ShowsModesGraphsShapesSizesAndLicence()
    {
        Tool tool = Tool.Run("info");

        Assert.Equal(ExitCode.Done, tool.ExitCode);
        Assert.Empty(tool.Error);
        Assert.All(
            ["licence    MIT", "modes      transparent", "pictures   128×128", " MB in 6 graphs", "unet/model.onnx  11.5 MB", "float32 [batch,4,height,width]"],
            text => Assert.Contains(text, tool.Out, StringComparison.Ordinal));
    }

    [Fact]
    public void Info_Folder_ShowsItsModes() => Assert.Contains("modes      transparent, base, joint, fg2bg, bg2fg", Tool.Run("info", Tool.SmallModel).Out, StringComparison.Ordinal);

    [Fact]
    public void Info_Picture_TellsHowItWasMade()
    {
        string picture = this.folder.PathOf("a.png");
        Tool.Generate("blue star", "--seed", "5", "--negative", "fox", "--out", picture);

        Tool tool = Tool.Run("info", picture);

        Assert.Equal(ExitCode.Done, tool.ExitCode);
        Assert.All(
            ["picture    64×64", "prompt     blue star", "negative   fox", "seed       5", "steps      2", "guidance   4", "scheduler  DPMSolverMultistepScheduler", "alphaAugmentation \"fast\""],
            text => Assert.Contains(text, tool.Out, StringComparison.Ordinal));
    }

    [Fact]
    public void Info_PictureOfOtherMaking_SaysSo()
    {
        string picture = this.folder.PathOf("a.png");
        new RgbaImage(2, 1).SavePng(picture);

        Assert.Contains("does not tell", Tool.Run("info", picture).Out, StringComparison.Ordinal);
        Tool request = Tool.Run("info", picture, "--request");
        Assert.Equal(ExitCode.Failed, request.ExitCode);
        Assert.Contains("does not tell", request.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("text.png")]
    [InlineData("cut.png")]
    public void Info_NoModelAndNoPicture_FailsWithOneLine(string name)
    {
        this.folder.Write("text.png", "no picture");
        File.WriteAllBytes(this.folder.PathOf("cut.png"), new RgbaImage(2, 1).EncodePng()[..40]);

        Tool tool = Tool.Run("info", this.folder.PathOf(name));

        Assert.Equal(ExitCode.Failed, tool.ExitCode);
        Assert.Single(tool.Error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }
}
