using System.Text;
using System.Text.Json;
using LayerDiffusion.Onnx.IO;
using LayerDiffusion.Onnx.Packages;

namespace LayerDiffusion.Onnx.Tests.Packages;

public sealed class ModelPackageTests
{
    public static TheoryData<string> All => ["tiny-sdxl", "tiny-sd15", "tiny-sdxl-fp16", "tiny-plain-sd15"];

    [Fact]
    public void Open_TinySdxl_GivesItsFacts()
    {
        using ModelPackage package = ModelPackage.Open(Fixtures.PathOf("packages", "tiny-sdxl"));

        Assert.Equal("tiny-sdxl", package.Name);
        Assert.Equal("CC0-1.0", package.License);
        Assert.Equal(ModelFamily.StableDiffusionXL, package.Family);
        Assert.Equal(64, package.SizeMultiple);
        Assert.Equal((128, 128), package.DefaultSize);
        Assert.Equal(new ModelDefaults("dpm++2m-karras", 8, 7.0), package.Defaults);
        Assert.Equal(new TextSettings(HiddenState.Penultimate, "text_embeds"), package.Text);
        Assert.Equal(300.0, package.Transparency!.OffsetGain);
        Assert.Equal("transparency_encoder/model.onnx", package.Transparency.Encoder.Name);
        Assert.Equal("transparency_decoder/model.onnx", package.Transparency.Decoder.Name);
        Assert.Equal(["transparent", "base", "fg2ble", "bg2ble", "fgble2bg", "bgble2fg"], package.Unets.Keys);
        Assert.Equal([LayerRole.Background, LayerRole.Blended], package.Unets["bgble2fg"].Conditions);
        Assert.Equal([4, 4, 8, 8, 12, 12], package.Unets.Values.Select(unet => unet.InputChannels));
        Assert.Equal("unet_base/model.onnx", package.Unets["base"].Graph.Name);
        Assert.Equal(2, package.TextEncoders.Count);
        Assert.Equal([3, 3], package.TextEncoders.Select(encoder => encoder.LayerCount));
        Assert.Equal(["hidden_states.2", "hidden_states.2"], package.TextEncoders.Select(encoder => encoder.HiddenOutput));
        Assert.Equal([null, "text_embeds"], package.TextEncoders.Select(encoder => encoder.PooledOutput));
        Assert.True(package.VaeEncoderGivesParameters);
        Assert.True(package.ForceZerosForEmptyPrompt);
        Assert.Equal(4, package.LatentChannels);
        Assert.Equal(0, package.VaeShiftFactor);
        Assert.Equal(Fixtures.Json("packages", "tiny-sdxl", "vae_decoder", "config.json").GetProperty("scaling_factor").GetDouble(), package.VaeScalingFactor);
        using JsonDocument scheduler = JsonDocument.Parse(package.SchedulerConfig);
        Assert.Equal("EulerDiscreteScheduler", scheduler.RootElement.GetProperty("_class_name").GetString());
    }

    [Fact]
    public void Open_TinySd15_GivesFramesAndControl()
    {
        using ModelPackage package = ModelPackage.Open(Fixtures.PathOf("packages", "tiny-sd15"));

        Assert.Equal(ModelFamily.StableDiffusion15, package.Family);
        Assert.Equal(new TextSettings(HiddenState.Last, null), package.Text);
        Assert.Equal(["transparent", "base", "joint", "fg2bg", "bg2fg"], package.Unets.Keys);
        Assert.Equal([LayerRole.Foreground, LayerRole.Background, LayerRole.Blended], package.Unets["joint"].Frames);
        Assert.Null(package.Unets["joint"].Control);
        Assert.Equal([LayerRole.Background, LayerRole.Blended], package.Unets["fg2bg"].Frames);
        Assert.Equal("control_encoder_fg2bg/model.onnx", package.Unets["fg2bg"].Control!.Graph.Name);
        Assert.Equal(LayerRole.Foreground, package.Unets["fg2bg"].Control!.Image);
        Assert.Equal(LayerRole.Background, package.Unets["bg2fg"].Control!.Image);
        TextEncoderDefinition encoder = Assert.Single(package.TextEncoders);
        Assert.Equal(("last_hidden_state", null), (encoder.HiddenOutput, encoder.PooledOutput));
        Assert.False(package.ForceZerosForEmptyPrompt);
    }

    [Fact]
    public void Open_Float16_GivesEachGraphsOwnTypes()
    {
        using ModelPackage package = ModelPackage.Open(Fixtures.PathOf("packages", "tiny-sdxl-fp16"));

        ModelGraph unet = package.Unets["transparent"].Graph;
        Assert.Equal(OnnxElementType.Float16, unet.FindInput("sample")!.ElementType);
        Assert.Equal(OnnxElementType.Int64, unet.FindInput("timestep")!.ElementType);
        Assert.Equal(OnnxElementType.Float16, package.VaeDecoder.FindOutput("sample")!.ElementType);
        Assert.Equal(OnnxElementType.Float32, package.VaeEncoder.FindOutput("latent_parameters")!.ElementType);
    }

    [Fact]
    public void Open_PlainExport_IsOpaqueBase()
    {
        using ModelPackage package = ModelPackage.Open(Fixtures.PathOf("packages", "tiny-plain-sd15"));

        Assert.Equal("tiny-plain-sd15", package.Name);
        Assert.Null(package.License);
        Assert.Null(package.Transparency);
        Assert.Equal(ModelFamily.StableDiffusion15, package.Family);
        Assert.Equal(new TextSettings(HiddenState.Last, null), package.Text);
        Assert.Equal(new ModelDefaults(null, null, null), package.Defaults);
        Assert.Equal((512, 512), package.DefaultSize);
        Assert.Equal(["base"], package.Unets.Keys);
        Assert.False(package.VaeEncoderGivesParameters);
        Assert.Equal(0, package.TextEncoders[0].LayerCount);
        Assert.Equal(OnnxElementType.Int32, package.TextEncoders[0].Graph.FindInput("input_ids")!.ElementType);
        Assert.Equal(OnnxElementType.Int64, package.Unets["base"].Graph.FindInput("timestep")!.ElementType);
    }

    [Fact]
    public void Open_PlainSdxlExport_UsesPenultimateStates()
    {
        using BrokenPackage copy = new("tiny-sdxl");
        copy.Delete("layerdiffusion.json");

        using ModelPackage package = ModelPackage.Open(copy.Folder);

        Assert.Equal(ModelFamily.StableDiffusionXL, package.Family);
        Assert.Equal((1024, 1024), package.DefaultSize);
        Assert.Equal(HiddenState.Penultimate, package.Text.Hidden);
        Assert.Equal("text_embeds", package.TextEncoders[1].PooledOutput);
    }

    [Fact]
    public void Open_WithoutOptionalFiles_UsesDefaults()
    {
        using BrokenPackage copy = new("tiny-plain-sd15");
        copy.Delete("model_index.json");
        copy.Delete("scheduler/scheduler_config.json");
        copy.Delete("tokenizer/special_tokens_map.json");

        using ModelPackage package = ModelPackage.Open(copy.Folder);

        Assert.Equal(ModelFamily.StableDiffusion15, package.Family);
        Assert.Null(package.TextEncoders[0].Tokenizer.ReadSpecialTokensMap());
        Assert.Contains("\"PNDMScheduler\"", Encoding.UTF8.GetString(package.SchedulerConfig.Span), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ManifestWithByteOrderMark_Reads()
    {
        using BrokenPackage copy = new("tiny-plain-sd15");
        copy.Write("model_index.json", [0xEF, 0xBB, 0xBF, .. "{}"u8]);

        using ModelPackage package = ModelPackage.Open(copy.Folder);

        Assert.Equal(ModelFamily.StableDiffusion15, package.Family);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void OpenZip_OfAFixture_EqualsTheFolder(string name)
    {
        using BrokenPackage copy = new(name);
        using ModelPackage folder = ModelPackage.Open(copy.Folder);
        string zip = copy.Zip();
        using ModelPackage zipped = ModelPackage.Open(zip);

        ModelInfo expected = folder.Describe();
        ModelInfo actual = zipped.Describe();
        Assert.Equal(expected.Graphs.Select(graph => (graph.Name, graph.SizeInBytes)), actual.Graphs.Select(graph => (graph.Name, graph.SizeInBytes)));
        Assert.Equal(expected.Modes, actual.Modes);
        Assert.Equal(expected.SizeInBytes, actual.SizeInBytes);
        Assert.Null(zipped.VaeDecoder.FilePath);
        Assert.Equal(File.ReadAllBytes(folder.VaeDecoder.FilePath!), zipped.VaeDecoder.ReadAllBytes());
        Assert.Equal(folder.TextEncoders[0].Tokenizer.ReadMerges(), zipped.TextEncoders[0].Tokenizer.ReadMerges());
        Assert.Equal(folder.TextEncoders[0].Tokenizer.ReadVocabulary(), zipped.TextEncoders[0].Tokenizer.ReadVocabulary());
    }

    [Fact]
    public void OpenZip_OfTheFolderItself_StripsTheFolder()
    {
        using BrokenPackage copy = new("tiny-plain-sd15");
        byte[] zip = File.ReadAllBytes(copy.Zip(prefix: "some folder/", extra: [("__MACOSX/some folder/._model_index.json", [1, 2])]));

        using ModelPackage package = ModelPackage.OpenZip(zip.AsMemory(), "plain.zip");

        Assert.Equal("plain", package.Name);
        Assert.Equal("unet/model.onnx", package.Unets["base"].Graph.Name);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Describe_OfAFixture_NamesModesGraphsAndSizes(string name)
    {
        string folder = Fixtures.PathOf("packages", name);
        using ModelPackage package = ModelPackage.Open(folder);

        ModelInfo info = package.Describe();

        string[] files = [.. Directory.GetFiles(folder, "*.onnx", SearchOption.AllDirectories)];
        Assert.Equal(files.Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/')).Order(StringComparer.Ordinal), info.Graphs.Select(graph => graph.Name));
        Assert.Equal(files.Sum(file => new FileInfo(file).Length), info.SizeInBytes);
        Assert.Equal(package.Unets.Keys, info.Modes);
        ModelGraphInfo unet = info.Graphs.Single(graph => graph.Name == "unet/model.onnx");
        ModelTensorInfo sample = unet.Inputs.Single(input => input.Name == "sample");
        Assert.Equal((name == "tiny-sdxl-fp16" ? "float16" : "float32", "[batch,4,height,width]", false), (sample.ElementType, sample.Shape, sample.IsOptional));
        Assert.Equal("[?,4,?,?]", Assert.Single(unet.Outputs).Shape);
    }

    [Fact]
    public void Open_SharedGraph_IsReadOnce()
    {
        using BrokenPackage copy = new("tiny-sdxl-fp16");
        copy.Edit("layerdiffusion.json", "\"unets\": {", "\"unets\": { \"base\": { \"path\": \"./unet/\" },");

        using ModelPackage package = ModelPackage.Open(copy.Folder);

        Assert.Same(package.Unets["transparent"].Graph, package.Unets["base"].Graph);
    }

    [Fact]
    public void Open_OptionalControlInputs_AreMarkedAndAllowed()
    {
        using BrokenPackage copy = new("tiny-plain-sd15");
        copy.EditGraph("unet", graph => graph.AddInput("down_residual_00", 1, 1, 16, 1, 1).AddInitializer("down_residual_00"));

        using ModelPackage package = ModelPackage.Open(copy.Folder);

        OnnxTensor residual = package.Unets["base"].Graph.FindInput("down_residual_00")!;
        Assert.True(residual.IsOptional);
        Assert.Equal("[1,16,1,1]", residual.ShapeText);
        Assert.False(package.Unets["base"].Graph.FindInput("sample")!.IsOptional);
    }

    [Fact]
    public void Open_InpaintExport_HasTheModeInpaint()
    {
        using BrokenPackage copy = new("tiny-plain-sd15");
        copy.EditGraph("unet", graph => graph.RemoveInput("sample").AddInput("sample", 1, null, 9, null, null));

        using ModelPackage package = ModelPackage.Open(copy.Folder);

        Assert.Equal(9, package.Unets["inpaint"].InputChannels);
    }

    [Theory]
    [InlineData(1, new long[0])]
    [InlineData(10, new long[] { 1 })]
    [InlineData(6, new long[] { -1 })]
    [InlineData(7, new long[0])]
    public void Open_TimestepOfAnyAllowedKind_Reads(int type, long[] shape)
    {
        using BrokenPackage copy = new("tiny-plain-sd15");
        long?[] dimensions = [.. shape.Select(extent => extent < 0 ? null : (long?)extent)];
        copy.EditGraph("unet", graph => graph.RemoveInput("timestep").AddInput("timestep", type, dimensions));

        using ModelPackage package = ModelPackage.Open(copy.Folder);

        Assert.Equal((OnnxElementType)type, package.Unets["base"].Graph.FindInput("timestep")!.ElementType);
    }

    [Fact]
    public void Open_ExternalWeights_CountTowardsTheSize()
    {
        using BrokenPackage copy = new("tiny-plain-sd15");
        copy.EditGraph("unet", graph => graph.AddExternal("big", "model.onnx_data", "64", "400"));
        copy.Write("unet/model.onnx_data", new byte[464]);

        using ModelPackage package = ModelPackage.Open(copy.Folder);

        ModelGraph unet = package.Unets["base"].Graph;
        Assert.Equal(new FileInfo(unet.FilePath!).Length + 464, unet.SizeInBytes);
        Assert.Equal(new OnnxExternalData("big", "model.onnx_data", 64, 400), Assert.Single(unet.Declaration.ExternalData));
    }

    [Fact]
    public void Open_LinksWithinTheFolder_AreFollowed()
    {
        using BrokenPackage copy = new("tiny-plain-sd15");
        Directory.Move(Path.Combine(copy.Folder, "unet"), Path.Combine(copy.Folder, "blobs"));
        Directory.CreateSymbolicLink(Path.Combine(copy.Folder, "unet"), "blobs");
        File.Move(Path.Combine(copy.Folder, "blobs", "model.onnx"), Path.Combine(copy.Folder, "blobs", "0123"));
        File.CreateSymbolicLink(Path.Combine(copy.Folder, "blobs", "model.onnx"), Path.Combine("..", "blobs", "0123"));

        using ModelPackage package = ModelPackage.Open(copy.Folder);

        Assert.Equal(new FileInfo(Fixtures.PathOf("packages", "tiny-plain-sd15", "unet", "model.onnx")).Length, package.Unets["base"].Graph.SizeInBytes);
    }

    [Fact]
    public void Open_FolderReachedByALink_Reads()
    {
        using BrokenPackage copy = new("tiny-plain-sd15");
        string link = copy.Folder + "-link";
        Directory.CreateSymbolicLink(link, copy.Folder);
        try
        {
            using ModelPackage package = ModelPackage.Open(link);
            Assert.Equal(["base"], package.Unets.Keys);
        }
        finally
        {
            Directory.Delete(link);
        }
    }

    [Fact]
    public void Open_NothingThere_NamesThePath()
    {
        string path = Path.Combine(Path.GetTempPath(), "no-such-model");

        FileNotFoundException exception = Assert.Throws<FileNotFoundException>(() => ModelPackage.Open(path));

        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
    }
}
