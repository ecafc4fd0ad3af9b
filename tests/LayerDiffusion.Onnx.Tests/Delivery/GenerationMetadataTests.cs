using System.Globalization;
using System.Text.Json;
using LayerDiffusion.Onnx.Delivery;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Delivery;

public sealed class GenerationMetadataTests
{
    private static readonly GenerationMetadata Sample = new()
    {
        Prompt = "a glass bottle, (high quality:1.2), „Grün“ 🫙\nsecond line",
        NegativePrompt = "bad, ugly",
        Seed = 9_007_199_254_740_993,
        Steps = 25,
        GuidanceScale = 7.5,
        Width = 896,
        Height = 1152,
        Scheduler = "DPMSolverMultistepScheduler",
        SchedulerConfig = "{ \"use_karras_sigmas\": true, \"algorithm_type\": \"dpmsolver++\" }",
        Model = "sdxl, transparent",
        Mode = "transparent",
        Strength = 0.65,
        LibraryVersion = "0.1.0",
        Extras = new Dictionary<string, string> { ["Token merging"] = "say \"no\": never, ever", ["Clip skip"] = "2" },
    };

    [Fact]
    public void ToParameters_Sample_IsTheTextThatTheWebUiWrites()
    {
        const string Expected = "a glass bottle, (high quality:1.2), „Grün“ 🫙\nsecond line\nNegative prompt: bad, ugly\n"
            + "Steps: 25, Sampler: DPM++ 2M Karras, CFG scale: 7.5, Seed: 9007199254740993, Size: 896x1152, Model: \"sdxl, transparent\", Denoising strength: 0.65, Mode: transparent, "
            + "Clip skip: 2, Token merging: \"say \\\"no\\\": never, ever\", Version: LayerDiffusion.Onnx 0.1.0";
        CultureInfo previous = CultureInfo.CurrentCulture;
        foreach (string culture in (string[])["", "de-DE", "tr-TR"])
        {
            CultureInfo.CurrentCulture = new CultureInfo(culture);
            try
            {
                Assert.Equal(Expected, Sample.ToParameters());
                Assert.Equal(7.5, GenerationMetadata.FromParameters(Expected).GuidanceScale);
            }
            finally
            {
                CultureInfo.CurrentCulture = previous;
            }
        }
    }

    [Fact]
    public void FromParameters_OwnText_GivesEverythingBackButTheSchedulersName()
    {
        GenerationMetadata back = GenerationMetadata.FromParameters(Sample.ToParameters());

        AssertEqual(Sample with { Scheduler = "DPM++ 2M Karras", SchedulerConfig = string.Empty }, back);
        Assert.Equal(Sample.ToParameters(), back.ToParameters());
    }

    [Fact]
    public void FromParameters_TextOfTheWebUi_IsUnderstood()
    {
        // The example in the documentation of the web UI's own reader.
        GenerationMetadata data = GenerationMetadata.FromParameters(
            "girl with an artist's beret, determined, blue eyes, desert scene, computer monitors, heavy makeup, by Alphonse Mucha and Charlie Bowater, ((eyeshadow)), (coquettish), detailed, intricate\r\n"
            + "Negative prompt: ugly, fat, obese, chubby, (((deformed))), [blurry], bad anatomy, disfigured, poorly drawn face, mutation, mutated, (extra_limb), (ugly), (poorly drawn hands), messy drawing\r\n"
            + "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 965400086, Size: 512x512, Model hash: 45dee52b, Hashes: {\"model\": \"45dee52b\"}");

        Assert.StartsWith("girl with", data.Prompt, StringComparison.Ordinal);
        Assert.EndsWith("messy drawing", data.NegativePrompt, StringComparison.Ordinal);
        Assert.Equal((20, "Euler a", 7.0, 965400086, 512, 512), (data.Steps, data.Scheduler, data.GuidanceScale, data.Seed, data.Width, data.Height));
        Assert.Equal("45dee52b", data.Extras["Model hash"]);
    }

    [Theory]
    [InlineData("", "", "")]
    [InlineData("only a prompt", "only a prompt", "")]
    [InlineData("a: b, c: d", "a: b, c: d", "")]
    [InlineData("a\nNegative prompt: b\nc", "a", "b\nc")]
    public void FromParameters_NoLastLine_IsAllPrompt(string text, string prompt, string negative)
    {
        GenerationMetadata data = GenerationMetadata.FromParameters(text);

        Assert.Equal((prompt, negative), (data.Prompt, data.NegativePrompt));
        Assert.Empty(data.Extras);
    }

    [Fact]
    public void ToJson_Sample_IsReadBackWhole()
    {
        string json = Sample.ToJson();
        GenerationMetadata back = GenerationMetadata.FromJson(json);

        Assert.StartsWith("{\"version\":1,\"prompt\":\"a glass bottle, (high quality:1.2), „Grün“", json, StringComparison.Ordinal);
        Assert.Contains("\"seed\":\"9007199254740993\",\"num_inference_steps\":25,\"guidance_scale\":7.5,", json, StringComparison.Ordinal);
        AssertEqual(Sample with { SchedulerConfig = "{\"use_karras_sigmas\":true,\"algorithm_type\":\"dpmsolver++\"}" }, back);
        Assert.Equal(json, back.ToJson());
    }

    [Fact]
    public void AddTo_SavedPicture_TellsHowItWasMadeAndCanBeSilent()
    {
        PngMetadata other = PngMetadata.Srgb with { Texts = [new PngText("Title", "bottle"), new PngText("parameters", "old")] };
        RgbaImage image = Pictures.NoisyPattern(5, 4, 1);
        PngMetadata Saved(GenerationMetadataParts parts)
        {
            using MemoryStream stream = new(image.EncodePng(new PngOptions { Metadata = Sample.AddTo(other, parts) }));
            return PngMetadata.Load(stream);
        }

        Assert.Equal(Sample.ToJson(), GenerationMetadata.Find(Saved(GenerationMetadataParts.All))!.ToJson());
        Assert.Equal("DPM++ 2M Karras", GenerationMetadata.Find(Saved(GenerationMetadataParts.Parameters))!.Scheduler);
        Assert.Null(Saved(GenerationMetadataParts.Json).FindText("parameters"));
        PngMetadata silent = Saved(GenerationMetadataParts.None);
        Assert.Equal([new PngText("Title", "bottle")], silent.Texts);
        Assert.Null(GenerationMetadata.Find(silent));
    }

    [Fact]
    public void AddTo_SavedPicture_IsFoundByExifReaderAndSplitAsTheWebUiDoes()
    {
        string path = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N") + ".png");
        try
        {
            Pictures.NoisyPattern(5, 4, 1).SavePng(path, new PngOptions { Metadata = Sample.AddTo(PngMetadata.Srgb) });
            using JsonDocument read = JsonDocument.Parse(Assert.Single(ExternalTool.Node("Delivery/read-parameters.cjs", ["exifreader"], path)));

            Assert.Equal(Sample.ToParameters(), read.RootElement.GetProperty("text").GetString());
            Assert.Equal(Sample.ToJson(), read.RootElement.GetProperty("json").GetString());
            string[] expected =
            [
                "Steps: 25", "Sampler: DPM++ 2M Karras", "CFG scale: 7.5", "Seed: 9007199254740993", "Size: 896x1152", "Model: sdxl, transparent", "Denoising strength: 0.65", "Mode: transparent",
                "Clip skip: 2", "Token merging: say \"no\": never, ever", "Version: LayerDiffusion.Onnx 0.1.0",
            ];
            Assert.Equal(expected, read.RootElement.GetProperty("pairs").EnumerateObject().Select(pair => $"{pair.Name}: {pair.Value.GetString()}"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("zero \0 inside")]
    [InlineData("lone \uD800 surrogate")]
    [InlineData("\u0001\u001F controls \u007F\u0085")]
    [InlineData("\r\nNegative prompt: inside\r")]
    [InlineData("")]
    public void AddTo_StrangePrompts_AreSavedWithThePicture(string prompt)
    {
        GenerationMetadata data = Sample with { Prompt = prompt, NegativePrompt = prompt, Model = prompt };
        using MemoryStream stream = new(Pictures.NoisyPattern(2, 2, 1).EncodePng(new PngOptions { Metadata = data.AddTo(PngMetadata.Srgb) }));
        GenerationMetadata back = GenerationMetadata.Find(PngMetadata.Load(stream))!;

        Assert.Equal(prompt.Replace('\uD800', '\uFFFD'), back.Prompt);
        Assert.Equal(Sample.Seed, back.Seed);
    }

    [Fact]
    public void Find_DamagedJson_TakesTheOtherText()
    {
        PngMetadata metadata = PngMetadata.Empty with { Texts = [new PngText("layerdiffusion", "{"), new PngText("parameters", Sample.ToParameters())] };

        Assert.Equal(25, GenerationMetadata.Find(metadata)!.Steps);
        Assert.Null(GenerationMetadata.Find(PngMetadata.Empty with { Texts = [new PngText("parameters", "a\nSteps: x, Seed: 1, Size: 1x1")] }));
    }

    [Theory]
    [InlineData("EulerAncestralDiscreteScheduler", "", "Euler a")]
    [InlineData("DPMSolverMultistepScheduler", "{\"algorithm_type\":\"sde-dpmsolver++\"}", "DPM++ 2M SDE")]
    [InlineData("KDPM2DiscreteScheduler", "{\"use_karras_sigmas\":true}", "DPM2 Karras")]
    [InlineData("UniPCMultistepScheduler", "", "UniPC")]
    [InlineData("DPMSolverMultistepScheduler", "{\"algorithm_type\":\"sde-dpmsolver++\",\"use_exponential_sigmas\":true}", "DPM++ 2M SDE Exponential")]
    [InlineData("EulerDiscreteScheduler", "{\"use_beta_sigmas\":true,\"use_karras_sigmas\":false}", "Euler Beta")]
    [InlineData("My own", "{}", "My own")]
    public void ToParameters_Schedulers_HaveTheWebUisNames(string scheduler, string config, string sampler)
    {
        Assert.Contains($", Sampler: {sampler}, ", (Sample with { Scheduler = scheduler, SchedulerConfig = config }).ToParameters(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "object")]
    [InlineData("{\"version\":2}", "version")]
    [InlineData("{\"version\":1,\"prompt\":5}", "prompt")]
    [InlineData("{\"version\":1,\"width\":1.5}", "width")]
    [InlineData("{\"version\":1,\"seed\":\"1e3\"}", "seed")]
    [InlineData("{\"version\":1,\"guidance_scale\":\"7\"}", "guidance_scale")]
    [InlineData("{\"version\":1,\"scheduler_config\":[]}", "scheduler_config")]
    [InlineData("{\"version\":1,\"extras\":{\"a\":1}}", "extras.a")]
    [InlineData("{\"version\":1,\"prompt\":\"\\uD800\"}", "prompt")]
    [InlineData("nonsense", "JSON")]
    public void FromJson_BadText_NamesTheField(string json, string part)
    {
        Assert.Contains(part, Assert.Throws<FormatException>(() => GenerationMetadata.FromJson(json)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Steps")]
    [InlineData("a")]
    [InlineData("with: colon")]
    [InlineData("Version")]
    public void ToParameters_BadExtraNames_AreRefused(string name)
    {
        Assert.Contains(name, Assert.Throws<InvalidOperationException>(() => (Sample with { Extras = new Dictionary<string, string> { [name] = "x" } }).ToParameters()).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => (Sample with { SchedulerConfig = "[" }).ToJson());
        Assert.Throws<InvalidOperationException>(() => (Sample with { SchedulerConfig = "[]" }).ToParameters());
    }

    private static void AssertEqual(GenerationMetadata expected, GenerationMetadata actual)
    {
        Assert.Equal(expected.Extras, actual.Extras);
        Assert.Equal(expected with { Extras = actual.Extras }, actual);
    }
}
