using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx.Tests.Runtime;

public sealed class AttentionFusionTests
{
    [Theory]
    [InlineData("tiny-sd15/unet", 20)]
    [InlineData("tiny-sd15/unet_joint", 20)]
    [InlineData("tiny-sd15/unet_fg2bg", 20)]
    [InlineData("tiny-sd15/vae_decoder", 1)]
    [InlineData("tiny-sd15/vae_encoder", 1)]
    [InlineData("tiny-sdxl/unet", 16)]
    [InlineData("tiny-sdxl/transparency_decoder", 16)]
    [InlineData("tiny-sdxl-fp16/unet", 16)]
    [InlineData("tiny-sdxl-fp16/vae_decoder", 1)]
    public void Convert_EveryExportedAttention_IsFused(string graph, int count)
    {
        byte[] original = File.ReadAllBytes(Fixtures.PathOf("packages", graph, "model.onnx"));
        byte[] fused = AttentionFusion.Convert(original)!;
        Assert.NotNull(fused);
        OnnxRewriter after = new(fused, new OnnxWeights(fused, default));
        Assert.Equal(count, after.Nodes.Count(node => node.Operator == "com.microsoft:MultiHeadAttention"));
    }
}
