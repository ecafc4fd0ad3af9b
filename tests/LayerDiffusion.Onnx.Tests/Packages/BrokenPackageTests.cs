using System.IO.Compression;
using System.Text;
using LayerDiffusion.Onnx.Packages;

namespace LayerDiffusion.Onnx.Tests.Packages;

/// <summary>Packages that must be refused, as folders and as zips, each with a message that names the file, what was expected and what was found.</summary>
public sealed class BrokenPackageTests
{
    private const string Manifest = "layerdiffusion.json";

    private static readonly Dictionary<string, Variant> Variants = new()
    {
        // The manifest.
        ["no JSON"] = new("tiny-sd15", copy => copy.Write(Manifest, "{ \"format\": 1, "u8.ToArray()), Manifest, "JSON", "LineNumber: 0"),
        ["an empty manifest"] = new("tiny-sd15", copy => copy.Write(Manifest, []), Manifest, "JSON", "input"),
        ["an array"] = new("tiny-sd15", copy => copy.Write(Manifest, "[1]"u8.ToArray()), Manifest, "a JSON object", "[1]"),
        ["a member twice"] = new("tiny-sd15", copy => copy.Edit(Manifest, "\"format\": 1", "\"format\": 1, \"format\": 1"), Manifest, "JSON", "format"),
        ["invalid Unicode"] = new("tiny-sd15", copy => copy.Edit(Manifest, "\"tiny-sd15\"", "\"\\ud800\""), Manifest, "name to be text", "Unicode"),
        ["a mode of invalid Unicode"] = new("tiny-sd15", copy => copy.Edit(Manifest, "\"joint\"", "\"\\udc00\""), Manifest, "JSON", "UTF-16"),
        ["invalid UTF-8"] = new("tiny-sd15", copy => copy.Write(Manifest, [.. "{\"format\": \""u8, 0xA9, .. "\"}"u8]), Manifest, "JSON in UTF-8", "other bytes"),
        ["nesting without end"] = new("tiny-sd15", copy => copy.Write(Manifest, Encoding.ASCII.GetBytes(new string('[', 100_000))), Manifest, "JSON", "depth"),
        ["no format"] = new("tiny-sd15", copy => copy.Edit(Manifest, "\"format\": 1,", string.Empty), Manifest, "format to be 1", "no such field"),
        ["format 2"] = new("tiny-sd15", copy => copy.Edit(Manifest, "\"format\": 1,", "\"format\": 2,"), Manifest, "format to be 1", "found 2"),
        ["format as text"] = new("tiny-sd15", copy => copy.Edit(Manifest, "\"format\": 1,", "\"format\": \"1\","), Manifest, "format to be a whole number", "found \"1\""),
        ["unknown family"] = new("tiny-sd15", copy => copy.Edit(Manifest, "\"family\": \"sd15\"", "\"family\": \"flux\""), Manifest, "family to be \"sd15\" or \"sdxl\"", "found \"flux\""),
        ["no family"] = new("tiny-sd15", copy => copy.Edit(Manifest, "\"family\": \"sd15\",", string.Empty), Manifest, "family to be \"sd15\" or \"sdxl\"", "no such field"),
        ["unknown hidden state"] = new("tiny-sd15", copy => copy.Edit(Manifest, "\"last\"", "\"first\""), Manifest, "text.hidden to be \"penultimate\" or \"last\"", "found \"first\""),
        ["text as an array"] = new("tiny-sd15", copy => copy.Edit(Manifest, "\"text\": {", "\"text\": [], \"was\": {"), Manifest, "text to be an object", "found []"),
        ["unknown pooled output"] = new("tiny-sdxl-fp16", copy => copy.Edit(Manifest, "\"text_embeds\"", "\"pooler_output\""), Manifest, "text.pooled to be \"text_embeds\"", "found \"pooler_output\""),
        ["size multiple 0"] = new("tiny-sd15", copy => copy.Edit(Manifest, "\"size_multiple\": 64", "\"size_multiple\": 0"), Manifest, "size_multiple to be a whole number from 8 to 1024", "found 0"),
        ["odd default size"] = new("tiny-sd15", copy => copy.Edit(Manifest, "    128,", "    100,"), Manifest, "default_size[0] to be a multiple of 64", "found 100"),
        ["offset gain as text"] = new("tiny-sd15", copy => copy.Edit(Manifest, "300.0", "\"300\""), Manifest, "transparency.offset_gain to be a number", "found \"300\""),
        ["infinite offset gain"] = new("tiny-sd15", copy => copy.Edit(Manifest, "300.0", "1e999"), Manifest, "transparency.offset_gain to be a number", "found 1e999"),
        ["no modes"] = new("tiny-sdxl-fp16", copy => copy.Edit(Manifest, "\"transparent\": {\n      \"path\": \"unet\"\n    }", string.Empty), Manifest, "at least one mode", "{"),
        ["a mode without a path"] = new("tiny-sdxl-fp16", copy => copy.Edit(Manifest, "\"path\": \"unet\"", "\"paths\": \"unet\""), Manifest, "unets.transparent.path to be the path of a folder", "no such field"),
        ["unknown role"] = new("tiny-sdxl", copy => copy.Edit(Manifest, "\"blended\"", "\"middle\""), Manifest, "conditions[1] to be \"foreground\"", "found \"middle\""),
        ["a role twice"] = new("tiny-sdxl", copy => copy.Edit(Manifest, "\"blended\"", "\"foreground\""), Manifest, "unets.fgble2bg.conditions to be different", "foreground"),
        ["roles as a number"] = new("tiny-sd15", copy => copy.Edit(Manifest, "\"frames\": [", "\"frames\": 3, \"was\": ["), Manifest, "unets.joint.frames to be an array", "found 3"),
        ["a control without its picture"] = new("tiny-sd15", copy => copy.Edit(Manifest, "\"image\"", "\"picture\""), Manifest, "unets.fg2bg.control.image", "no such field"),

        // Paths that leave the folder.
        ["a path upwards"] = new("tiny-sdxl-fp16", copy => copy.Edit(Manifest, "\"path\": \"unet\"", "\"path\": \"../unet\""), Manifest, "a folder within the package", "../unet"),
        ["a path upwards behind a folder"] = new("tiny-sdxl-fp16", copy => copy.Edit(Manifest, "\"path\": \"unet\"", "\"path\": \"unet/../../x\""), Manifest, "a folder within the package", "unet/../../x"),
        ["a path upwards with backslashes"] = new("tiny-sdxl-fp16", copy => copy.Edit(Manifest, "\"transparency_decoder\"", "\"..\\\\secret\""), Manifest, "transparency.decoder to be the path of a folder within the package", "secret"),
        ["an absolute path"] = new("tiny-sdxl-fp16", copy => copy.Edit(Manifest, "\"path\": \"unet\"", "\"path\": \"/etc\""), Manifest, "a folder within the package", "/etc"),
        ["a drive"] = new("tiny-sdxl-fp16", copy => copy.Edit(Manifest, "\"path\": \"unet\"", "\"path\": \"C:unet\""), Manifest, "a folder within the package", "C:unet"),
        ["an empty path"] = new("tiny-sdxl-fp16", copy => copy.Edit(Manifest, "\"path\": \"unet\"", "\"path\": \"\""), Manifest, "a folder within the package", "found \"\""),
        ["a link out"] = new(
            "tiny-sdxl-fp16",
            copy =>
            {
                File.Move(copy.PathOf("unet/model.onnx"), copy.Outside("stolen.onnx"));
                File.CreateSymbolicLink(copy.PathOf("unet/model.onnx"), copy.Outside("stolen.onnx"));
            },
            "unet/model.onnx",
            "a file within the package's folder",
            "stolen.onnx",
            FolderOnly: true),
        ["a linked folder out"] = new(
            "tiny-sdxl-fp16",
            copy =>
            {
                Directory.Move(copy.PathOf("tokenizer"), copy.Outside("words"));
                Directory.CreateSymbolicLink(copy.PathOf("tokenizer"), "../words");
            },
            "tokenizer/vocab.json",
            "a file within the package's folder",
            "words",
            FolderOnly: true),

        // Missing and damaged files.
        ["no UNet"] = new("tiny-sdxl", copy => copy.Delete("unet_fg2ble/model.onnx"), "unet_fg2ble/model.onnx", "the ONNX graph", "no such file"),
        ["no transparency decoder"] = new("tiny-sd15", copy => copy.Delete("transparency_decoder/model.onnx"), "transparency_decoder/model.onnx", "the ONNX graph", "no such file"),
        ["no control encoder"] = new("tiny-sd15", copy => copy.Delete("control_encoder_bg2fg/model.onnx"), "control_encoder_bg2fg/model.onnx", "the ONNX graph", "no such file"),
        ["no second text encoder"] = new("tiny-sdxl", copy => copy.Delete("text_encoder_2/model.onnx"), "text_encoder_2/model.onnx", "the ONNX graph", "no such file"),
        ["no VAE encoder"] = new("tiny-plain-sd15", copy => copy.Delete("vae_encoder/model.onnx"), "vae_encoder/model.onnx", "the ONNX graph", "no such file"),
        ["no VAE configuration"] = new("tiny-sd15", copy => copy.Delete("vae_decoder/config.json"), "vae_decoder/config.json", "scaling_factor", "no such file"),
        ["no vocabulary"] = new("tiny-sdxl", copy => copy.Delete("tokenizer_2/vocab.json"), "tokenizer_2/vocab.json", "vocabulary", "no such file"),
        ["no merges"] = new("tiny-sd15", copy => copy.Delete("tokenizer/merges.txt"), "tokenizer/merges.txt", "merges", "no such file"),
        ["no special tokens"] = new(
            "tiny-sd15",
            copy =>
            {
                copy.Delete("tokenizer/special_tokens_map.json");
                copy.Delete("tokenizer/tokenizer_config.json");
            },
            "tokenizer/special_tokens_map.json",
            "special tokens",
            "no such file"),
        ["nothing of a package"] = new(
            "tiny-plain-sd15",
            copy =>
            {
                copy.Delete("model_index.json");
                copy.Delete("unet/model.onnx");
            },
            "package",
            "layerdiffusion.json or model_index.json",
            "vae_decoder"),
        ["another pipeline"] = new("tiny-plain-sd15", copy => copy.Edit("model_index.json", "StableDiffusionPipeline", "FluxPipeline"), "model_index.json", "_class_name to be the name of a Stable Diffusion 1.5 or XL pipeline", "found \"FluxPipeline\""),
        ["a scaling factor as text"] = new("tiny-sd15", copy => copy.Edit("vae_decoder/config.json", "0.18215", "\"0.18\""), "vae_decoder/config.json", "scaling_factor to be a number", "found \"0.18\""),
        ["a scaling factor of 0"] = new("tiny-sd15", copy => copy.Edit("vae_decoder/config.json", "0.18215", "0"), "vae_decoder/config.json", "scaling_factor to be a number from 1E-06", "found 0"),
        ["a scheduler that is no object"] = new("tiny-sd15", copy => copy.Write("scheduler/scheduler_config.json", "7"u8.ToArray()), "scheduler/scheduler_config.json", "a JSON object", "found 7"),
        ["an empty graph"] = new("tiny-sd15", copy => copy.Write("unet/model.onnx", []), "unet/model.onnx", "an ONNX graph with inputs and outputs", "0 bytes"),
        ["a cut graph"] = new("tiny-sd15", copy => copy.Write("unet/model.onnx", File.ReadAllBytes(copy.PathOf("unet/model.onnx"))[..100_000]), "unet/model.onnx", "an undamaged ONNX graph", "of 100000"),
        ["a pointer instead of a graph"] = new("tiny-sd15", copy => copy.Write("vae_decoder/model.onnx", "version https://git-lfs.github.com/spec/v1\n"u8.ToArray()), "vae_decoder/model.onnx", "an undamaged ONNX graph", "Git LFS pointer"),
        ["text instead of a graph"] = new("tiny-sd15", copy => copy.Write("vae_decoder/model.onnx", "<html>Not found</html>"u8.ToArray()), "vae_decoder/model.onnx", "an undamaged ONNX graph", "at byte"),

        // Graphs that are not what they must be.
        ["no input"] = new("tiny-sdxl-fp16", copy => copy.EditGraph("unet", graph => graph.RemoveInput("time_ids")), "unet/model.onnx", "input time_ids float32/float16/int32/int64 [B,6]", "no input time_ids"),
        ["no output"] = new("tiny-sd15", copy => copy.EditGraph("unet_joint", graph => graph.RemoveOutput("out_sample")), "unet_joint/model.onnx", "output out_sample float32/float16 [B,4,h,w]", "no output out_sample"),
        ["renamed output"] = new("tiny-sd15", copy => copy.EditGraph("transparency_decoder", graph => graph.RemoveOutput("argb").AddOutput("rgba", 1, null, 4, null, null)), "transparency_decoder/model.onnx", "output argb", "output rgba float32 [free,4,free,free]"),
        ["no tokens"] = new("tiny-sd15", copy => copy.EditGraph("text_encoder", graph => graph.RemoveInput("input_ids")), "text_encoder/model.onnx", "input input_ids int32/int64 [B,77]", "no input input_ids"),
        ["tokens as floats"] = new("tiny-sd15", copy => copy.EditGraph("text_encoder", graph => graph.RemoveInput("input_ids").AddInput("input_ids", 1, null, 77)), "text_encoder/model.onnx", "input input_ids int32/int64 [B,77]", "input_ids float32 [free,77]"),
        ["another sequence length"] = new("tiny-sd15", copy => copy.EditGraph("text_encoder", graph => graph.RemoveInput("input_ids").AddInput("input_ids", 7, null, 64)), "text_encoder/model.onnx", "[B,77]", "[free,64]"),
        ["no penultimate state"] = new("tiny-sdxl", copy => copy.EditGraph("text_encoder", graph => graph.RemoveOutput("hidden_states.2")), "text_encoder/model.onnx", "output hidden_states.2", "no output hidden_states.2"),
        ["no hidden states"] = new("tiny-plain-sd15", copy => copy.Write(Manifest, """{"format":1,"family":"sd15","text":{"hidden":"penultimate"},"unets":{"base":{"path":"unet"}}}"""u8.ToArray()), "text_encoder/model.onnx", "output hidden_states.0", "no output hidden_states.0"),
        ["no pooled embedding"] = new("tiny-sdxl", copy => copy.EditGraph("text_encoder_2", graph => graph.RemoveOutput("text_embeds")), "text_encoder_2/model.onnx", "output text_embeds", "no output text_embeds"),
        ["wrong rank"] = new("tiny-sd15", copy => copy.EditGraph("vae_decoder", graph => graph.RemoveInput("latent_sample").AddInput("latent_sample", 1, null, 4, null)), "vae_decoder/model.onnx", "latent_sample float32/float16 [B,4,h,w]", "latent_sample float32 [free,4,free]"),
        ["wrong rank of an output"] = new("tiny-sd15", copy => copy.EditGraph("transparency_encoder", graph => graph.RemoveOutput("offset").AddOutput("offset", 1, null, 4)), "transparency_encoder/model.onnx", "offset float32/float16 [B,4,h,w]", "offset float32 [free,4]"),
        ["wrong timestep"] = new("tiny-sd15", copy => copy.EditGraph("unet", graph => graph.RemoveInput("timestep").AddInput("timestep", 1, null, null)), "unet/model.onnx", "timestep float32/float16/int32/int64 [1] or []", "timestep float32 [free,free]"),
        ["a timestep as text"] = new("tiny-sd15", copy => copy.EditGraph("unet", graph => graph.RemoveInput("timestep").AddInput("timestep", 8, 1)), "unet/model.onnx", "timestep float32", "timestep string [1]"),
        ["double floats"] = new("tiny-sd15", copy => copy.EditGraph("vae_encoder", graph => graph.RemoveInput("sample").AddInput("sample", 11, null, 3, null, null)), "vae_encoder/model.onnx", "sample float32/float16", "sample float64"),
        ["an unknown type"] = new("tiny-sd15", copy => copy.EditGraph("vae_encoder", graph => graph.RemoveInput("sample").AddInput("sample", 99, null, 3, null, null)), "vae_encoder/model.onnx", "sample float32/float16", "sample type 99"),
        ["a fixed size"] = new("tiny-sd15", copy => copy.EditGraph("unet", graph => graph.RemoveInput("sample").AddInput("sample", 1, 2, 4, 64, 64)), "unet/model.onnx", "sample float32/float16 [B,4,h,w]", "sample float32 [2,4,64,64]"),
        ["too few channels for a condition"] = new("tiny-sdxl", copy => copy.Edit(Manifest, "\"unet_fg2ble\"", "\"unet\""), "unet/model.onnx", "sample float32/float16 [B,8,h,w]", "sample float32 [batch,4,height,width]"),
        ["too many channels"] = new("tiny-sdxl", copy => copy.Edit(Manifest, "\"path\": \"unet_base\"", "\"path\": \"unet_fgble2bg\""), "unet_fgble2bg/model.onnx", "sample float32/float16 [B,4,h,w]", "[batch,12,height,width]"),
        ["an input nobody feeds"] = new("tiny-plain-sd15", copy => copy.EditGraph("unet", graph => graph.AddInput("timestep_cond", 1, null, 256)), "unet/model.onnx", "no further input without a default value", "timestep_cond float32 [free,256]"),
        ["a control without its graph's inputs"] = new("tiny-sd15", copy => copy.EditGraph("unet_fg2bg", graph => graph.RemoveInput("control_02")), "unet_fg2bg/model.onnx", "input control_02", "no input control_02"),
        ["control inputs without a control"] = new("tiny-sd15", copy => copy.Edit(Manifest, "\"control\"", "\"uncontrol\""), "unet_fg2bg/model.onnx", "no further input without a default value", "control_00"),
        ["an sd15 graph in an sdxl package"] = new("tiny-sd15", copy => copy.Edit(Manifest, "\"sd15\"", "\"sdxl\""), "text_encoder_2/model.onnx", "the ONNX graph", "no such file"),
        ["another context width"] = new("tiny-sd15", copy => copy.EditGraph("unet", graph => graph.RemoveInput("encoder_hidden_states").AddInput("encoder_hidden_states", 1, null, null, 768)), "unet/model.onnx", "encoder_hidden_states of width 32, which text_encoder/model.onnx gives", "encoder_hidden_states float32 [free,free,768]"),
        ["another pooled width"] = new("tiny-sdxl-fp16", copy => copy.EditGraph("unet", graph => graph.RemoveInput("text_embeds").AddInput("text_embeds", 10, null, 41)), "unet/model.onnx", "text_embeds of width 40", "[free,41]"),
        ["other control maps"] = new("tiny-sd15", copy => copy.EditGraph("unet_bg2fg", graph => graph.RemoveInput("control_01").AddInput("control_01", 1, 1, 256, null, null)), "unet_bg2fg/model.onnx", "control_01 of width 8", "[1,256,free,free]"),
        ["an input twice"] = new("tiny-sd15", copy => copy.EditGraph("unet", graph => graph.AddInput("sample", 1, null, 4, null, null)), "unet/model.onnx", "an undamaged ONNX graph", "input 'sample' twice"),

        // External weights.
        ["external weights missing"] = new("tiny-sd15", copy => copy.EditGraph("unet", graph => graph.AddExternal("w", "model.onnx_data", null, null)), "unet/model.onnx", "weights", "model.onnx_data", ZipFound: "unpack", FolderFile: "unet/model.onnx_data", FolderFound: "no such file"),
        ["external weights upwards"] = new("tiny-sd15", copy => copy.EditGraph("unet", graph => graph.AddExternal("w", "../vae_decoder/config.json", null, null)), "unet/model.onnx", "weights", "../vae_decoder/config.json"),
        ["external weights absolute"] = new("tiny-sd15", copy => copy.EditGraph("unet", graph => graph.AddExternal("w", "/etc/passwd", null, null)), "unet/model.onnx", "weights", "/etc/passwd"),
        ["external weights in memory"] = new("tiny-sd15", copy => copy.EditGraph("unet", graph => graph.AddExternal("w", "*/_ORT_MEM_ADDR_/*", "4096", "400")), "unet/model.onnx", "weights", "_ORT_MEM_ADDR_"),
        ["external weights of a nested graph"] = new("tiny-sd15", copy => copy.EditGraph("unet", graph => graph.AddNested("../../secret", 3)), "unet/model.onnx", "weights", "../../secret"),
        ["external weights without a place"] = new("tiny-sd15", copy => copy.EditGraph("unet", graph => graph.AddExternal("w", null, null, null)), "unet/model.onnx", "an undamaged ONNX graph", "without its location"),
        ["external weights too short"] = new("tiny-sd15", copy => External(copy, null, "399"), "unet/model.onnx_data", "400 bytes from 0 on for tensor 'w'", "a file of 399 bytes", FolderOnly: true),
        ["external weights behind the end"] = new("tiny-sd15", copy => External(copy, "9223372036854775807", "400"), "unet/model.onnx_data", "400 bytes from 9223372036854775807 on", "a file of 400 bytes", FolderOnly: true),
        ["external weights before the start"] = new("tiny-sd15", copy => External(copy, "-1", "400"), "unet/model.onnx", "an undamaged ONNX graph", "offset '-1'", FolderOnly: true),
        ["external weights linked out"] = new(
            "tiny-sd15",
            copy =>
            {
                External(copy, null, "400");
                File.Move(copy.PathOf("unet/model.onnx_data"), copy.Outside("secret"));
                File.CreateSymbolicLink(copy.PathOf("unet/model.onnx_data"), "../../secret");
            },
            "unet/model.onnx_data",
            "a file within the package's folder",
            "secret",
            FolderOnly: true),
    };

    public static TheoryData<string, bool> Cases
    {
        get
        {
            TheoryData<string, bool> cases = [];
            foreach ((string name, Variant variant) in Variants)
            {
                cases.Add(name, false);
                if (!variant.FolderOnly)
                {
                    cases.Add(name, true);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Open_BrokenPackage_SaysWhatIsWrong(string name, bool zip)
    {
        Variant variant = Variants[name];
        using BrokenPackage copy = new(variant.Fixture);
        variant.Break(copy);
        string path = zip ? copy.Zip(CompressionLevel.NoCompression) : copy.Folder;

        ModelFormatException exception = Assert.Throws<ModelFormatException>(() => ModelPackage.Open(path).Dispose());

        string file = (zip ? null : variant.FolderFile) ?? variant.File;
        string found = (zip ? variant.ZipFound : variant.FolderFound) ?? variant.Found;
        Assert.StartsWith(path, exception.FileName, StringComparison.Ordinal);
        if (file != "package")
        {
            Assert.Equal($"{path}/{file}", exception.FileName);
        }

        Assert.Contains(variant.Expected, exception.Message, StringComparison.Ordinal);
        Assert.Contains(found, exception.Message, StringComparison.Ordinal);
        Assert.Equal($"{exception.FileName}: expected {exception.Expected}; found {exception.Found}", exception.Message);
        Assert.True(exception.Message.Length < 20_000, "The message should stay readable.");
        AssertReleased(path, zip);
    }

    [Fact]
    public void Open_GraphLacksSomething_ShowsAllOfItsInterface()
    {
        using BrokenPackage copy = new("tiny-plain-sd15");
        copy.EditGraph("unet", graph => graph.RemoveInput("encoder_hidden_states").AddInput("context", 1, null, null, 32));

        ModelFormatException exception = Assert.Throws<ModelFormatException>(() => ModelPackage.Open(copy.Folder));

        const string Table = """

              expected                                              found
              input sample float32/float16 [B,4,h,w]                sample float32 [batch,4,height,width]
              input timestep float32/float16/int32/int64 [1] or []  timestep int64 [steps]
              input encoder_hidden_states float32/float16 [B,S,D]   missing
                                                                    input context float32 [free,free,32]
              output out_sample float32/float16 [B,4,h,w]           out_sample float32 [?,4,?,?]
            """;
        Assert.EndsWith(Table.ReplaceLineEndings("\n"), exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ManifestMutated_NeverFailsOtherwise()
    {
        using BrokenPackage copy = new("tiny-plain-sd15");
        byte[] manifest = """{"format":1,"name":"x","family":"sd15","size_multiple":64,"default_size":[128,128],"text":{"hidden":"last"},"defaults":{"steps":8},"unets":{"base":{"path":"unet"}}}"""u8.ToArray();
        Random random = new(7);
        for (int i = 0; i < 400; i++)
        {
            byte[] mutated = [.. manifest];
            for (int j = random.Next(1, 4); j > 0; j--)
            {
                mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            }

            copy.Write(Manifest, mutated);
            try
            {
                ModelPackage.Open(copy.Folder).Dispose();
            }
            catch (ModelFormatException exception)
            {
                Assert.NotEmpty(exception.Found);
            }
        }
    }

    private static void External(BrokenPackage copy, string? offset, string fileLength)
    {
        copy.EditGraph("unet", graph => graph.AddExternal("w", "model.onnx_data", offset, null));
        copy.Write("unet/model.onnx_data", new byte[int.Parse(fileLength, System.Globalization.CultureInfo.InvariantCulture)]);
    }

    // A zip that could not be read must not stay open.
    private static void AssertReleased(string path, bool zip)
    {
        if (zip)
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
    }

    private sealed record Variant(
        string Fixture,
        Action<BrokenPackage> Break,
        string File,
        string Expected,
        string Found,
        bool FolderOnly = false,
        string? FolderFile = null,
        string? FolderFound = null,
        string? ZipFound = null);
}
