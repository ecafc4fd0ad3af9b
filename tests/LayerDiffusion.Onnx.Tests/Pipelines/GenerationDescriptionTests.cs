using LayerDiffusion.Onnx.Autoencoding;
using LayerDiffusion.Onnx.Delivery;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>What a result's file says about its making.</summary>
public sealed class GenerationDescriptionTests(TinyPipelines pipelines) : IClassFixture<TinyPipelines>
{
    [Fact]
    public void SavePng_Result_SaysHowItWasMadeUnlessTold()
    {
        GenerationOptions options = TinyPipelines.Quick with { VariationSeed = 9, VariationStrength = 0.25 };
        TransparentResult result = pipelines.Sdxl.GenerateTransparent("a fox, „rot“", options);
        string path = Path.Combine(pipelines.Folder, "described.png");

        result.SavePng(path);
        RgbaImage image = RgbaImage.LoadPng(path, out PngMetadata png);
        GenerationMetadata metadata = GenerationMetadata.Find(png)!;
        Assert.Equal(result.Image.ToArray(), image.ToArray());
        Assert.Equal(
            ("a fox, „rot“", "bad", 7L, 2, 5.0, 64, 64, "EulerDiscreteScheduler", "tiny-sdxl", "transparent"),
            (metadata.Prompt, metadata.NegativePrompt, metadata.Seed, metadata.Steps, metadata.GuidanceScale, metadata.Width, metadata.Height, metadata.Scheduler, metadata.Model, metadata.Mode));
        Assert.Equal(["alphaAugmentation: \"fast\"", "variationSeed: 9", "variationStrength: 0.25"], metadata.Extras.Select(pair => $"{pair.Key}: {pair.Value}").Order(StringComparer.Ordinal));
        Assert.Contains("Sampler: Euler, CFG scale: 5, Seed: 7, Size: 64x64", png.FindText("parameters"), StringComparison.Ordinal);

        result.SavePng(path, GenerationMetadataParts.Parameters);
        Assert.Null(PngMetadata.Load(path).FindText("layerdiffusion"));
        result.SavePng(path, GenerationMetadataParts.None);
        Assert.Empty(PngMetadata.Load(path).Texts);
    }

    [Fact]
    public void Describe_SchedulerAndSeed_MakeThePictureAgain()
    {
        TransparentResult first = pipelines.Sdxl.GenerateTransparent("a cup", TinyPipelines.Quick with { Seed = null, Scheduler = SchedulerOptions.DpmPlusPlus2MKarras });
        GenerationMetadata metadata = GenerationMetadata.FromJson(first.Describe().ToJson());

        TransparentResult second = pipelines.Sdxl.GenerateTransparent(metadata.Prompt, new GenerationOptions
        {
            NegativePrompt = metadata.NegativePrompt,
            Seed = metadata.Seed,
            Steps = metadata.Steps,
            GuidanceScale = metadata.GuidanceScale,
            Width = metadata.Width,
            Height = metadata.Height,
            Scheduler = SchedulerOptions.FromConfig(System.Text.Encoding.UTF8.GetBytes(metadata.SchedulerConfig)),
            AlphaAugmentation = AlphaAugmentation.Fast,
        });

        Assert.Equal(first.Image.ToArray(), second.Image.ToArray());
    }
}
