using LayerDiffusion.Onnx.Layers;

namespace LayerDiffusion.Onnx.Tests.Layers;

public sealed class LayerPromptsTests
{
    [Fact]
    public void Texts_OfTheReferencesExample_AreTheLayersPromptAndTheGlobalOne()
    {
        LayerPrompts prompts = new() { Global = "high quality, 4k", Foreground = "apple", Background = "floor in room", Blended = "apple on floor in room" };

        Assert.Equal("apple, high quality, 4k", prompts.ForegroundText());
        Assert.Equal("floor in room, high quality, 4k", prompts.BackgroundText());
        Assert.Equal("apple on floor in room, high quality, 4k", prompts.BlendedText());
    }

    [Theory]
    [InlineData(null, "global", "global")]
    [InlineData("", "global", "global")]
    [InlineData("  ", "global", "global")]
    [InlineData("apple", null, "apple")]
    [InlineData("apple", "", "apple")]
    [InlineData("apple", " ", "apple")]
    [InlineData(null, "", "")]
    public void ForegroundText_WithOnePromptAlone_IsThatPrompt(string? foreground, string? global, string expected) =>
        Assert.Equal(expected, new LayerPrompts { Foreground = foreground, Global = global }.ForegroundText());

    [Fact]
    public void Texts_WithoutAnyPrompt_NameTheMissingOne()
    {
        LayerPrompts prompts = new() { Foreground = " " };

        Assert.Contains("LayerPrompts.Foreground is blank and LayerPrompts.Global is null", Assert.Throws<ArgumentException>("Foreground", prompts.ForegroundText).Message, StringComparison.Ordinal);
        Assert.Contains("LayerPrompts.Background is null", Assert.Throws<ArgumentException>("Background", prompts.BackgroundText).Message, StringComparison.Ordinal);
        Assert.Contains("LayerPrompts.Blended is null", Assert.Throws<ArgumentException>("Blended", prompts.BlendedText).Message, StringComparison.Ordinal);
    }
}
