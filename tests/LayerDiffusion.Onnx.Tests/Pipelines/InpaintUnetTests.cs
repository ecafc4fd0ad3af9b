using LayerDiffusion.Onnx.Autoencoding;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.IO;
using LayerDiffusion.Onnx.Runtime;
using LayerDiffusion.Onnx.Tests.Packages;

namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>
/// UNets made for inpainting, which diffusers gives nine channels: the noisy latent, the mask (1 is repainted), the latent of the picture with the masked part grey.
/// They are made of the fixtures' by widening their first convolution.
/// </summary>
public sealed class InpaintUnetTests(TinyPipelines pipelines) : IClassFixture<TinyPipelines>, IDisposable
{
    private const string Weight = "unet.conv_in.weight";
    private const int Extra = 5;
    private const int Kernel = 9;
    private const int Width = 128;
    private const int Height = 64;

    private readonly string folder = Directory.CreateTempSubdirectory("inpaint-unet").FullName;

    private static GenerationOptions Options => TinyPipelines.Quick with { Width = Width, Height = Height, KeepUnmasked = false };

    private static RgbaImage Picture => Pictures.Disc(Width, Height);

    // Not a multiple of 8 anywhere, so that it matters which sample of a square counts.
    private static Mask Region => Mask.Rectangle(Width, Height, 37, 12, 50, 30);

    public void Dispose() => Directory.Delete(this.folder, recursive: true);

    [Theory]
    [InlineData("tiny-sd15", 1.0)]
    [InlineData("tiny-sdxl", 0.5)]
    public void Inpaint_ExtraChannelsWithoutWeight_EqualsTheOrdinaryUnetFromTheSameStart(string package, double strength)
    {
        using BrokenPackage copy = WithInpaintUnet(package, (_, _, _) => 0);
        using LayerDiffusionPipeline inpainting = LayerDiffusionPipeline.Load(copy.Folder, GoldenCase.OneThread);
        LayerDiffusionPipeline ordinary = package == "tiny-sdxl" ? pipelines.Sdxl : pipelines.Sd15;
        GenerationOptions options = Options with { Strength = strength };

        SafetensorsFile repainted = this.Trace(options, traced => inpainting.Inpaint(Picture, Region, "a", traced));

        // Full strength starts from pure noise, less from the noised picture, as in diffusers.
        SafetensorsFile expected = this.Trace(options, traced => strength == 1
            ? ordinary.GenerateTransparent("a", traced with { Strength = null })
            : ordinary.GenerateTransparent(Picture, "a", traced));
        Assert.Equal(expected.ReadSingle("randn.00"), repainted.ReadSingle("randn.00"));

        // The convolution sums nine channels where the other sums four, in another order.
        Close.Assert(expected.ReadSingle("final"), repainted.ReadSingle("final"), 1e-3, 0, "final");
        Close.Assert(expected.ReadSingle("argb"), repainted.ReadSingle("argb"), Tolerances.FromImages.Argb, 0, "argb");
    }

    [Theory]
    [InlineData("tiny-sd15", true)]
    [InlineData("tiny-sdxl", false)]
    public void Inpaint_UnetOfNineChannels_GetsLatentMaskAndMaskedLatentInBothRows(string package, bool isSoft)
    {
        using BrokenPackage copy = WithInpaintUnet(package, (_, _, _) => 0);
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(copy.Folder, GoldenCase.OneThread);
        Mask mask = isSoft ? Region.Feather(6) : Region;

        SafetensorsFile trace = this.Trace(Options with { SoftMask = isSoft }, traced => pipeline.Inpaint(Picture, mask, "a", traced));

        SafetensorsFile text = this.Trace(Options, traced => pipeline.GenerateTransparent("a", traced));
        float[] sample = trace.ReadSingle("unet.first.sample");
        const int Plane = Width / 8 * Height / 8;
        Assert.Equal([2, 9, Height / 8, Width / 8], trace.Tensors["unet.first.sample"].Shape);
        Assert.Equal(sample[..(9 * Plane)], sample[(9 * Plane)..]);
        Assert.Equal(text.ReadSingle("unet.first.sample")[..(4 * Plane)], sample[..(4 * Plane)]);
        Assert.Equal(ReducedMask(mask, isSoft), sample[(4 * Plane)..(5 * Plane)]);
        Close.Assert(this.MaskedLatent(pipeline, mask, package == "tiny-sdxl" ? 0.13025f : 0.18215f), sample.AsSpan(5 * Plane, 4 * Plane), 1e-4, 1e-5, "masked latent");
    }

    [Fact]
    public void Inpaint_ExtraChannelsWithKnownWeights_EqualsTheOrdinaryUnetOfTheSum()
    {
        // The masked latent's channel c weighs twice the latent's channel c, the mask three times the latent's first: the first convolution is linear, so that the
        // wide UNet of (x, m, z) is the ordinary one of x + 2·z + 3·m in the first channel.
        using BrokenPackage copy = WithInpaintUnet("tiny-sd15", (weights, channel, tap) => channel == 0 ? 3 * weights[tap] : 2 * weights[((channel - 1) * Kernel) + tap]);
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(copy.Folder, GoldenCase.OneThread);

        SafetensorsFile trace = this.Trace(Options, traced => pipeline.Inpaint(Picture, Region, "a", traced));

        SafetensorsFile text = this.Trace(Options, traced => pipeline.GenerateTransparent("a", traced));
        float[] noisy = text.ReadSingle("unet.first.sample");
        float[] mask = ReducedMask(Region, isSoft: false);
        float[] masked = this.MaskedLatent(pipeline, Region, 0.18215f);
        for (int i = 0; i < noisy.Length; i++)
        {
            int inRow = i % masked.Length;
            noisy[i] += (2 * masked[inRow]) + (inRow < mask.Length ? 3 * mask[inRow] : 0);
        }

        float[] states = [.. text.ReadSingle("negative_prompt_embeds"), .. text.ReadSingle("prompt_embeds")];
        float[] expected = RunUnet(noisy, text.ReadSingle("unet.first.timestep"), states);

        // What the fixtures allow for the UNet's output where the VAE encoder, which magnifies rounding, has made part of its input.
        Close.Assert(expected, trace.ReadSingle("unet.first.out"), Tolerances.FromImages.UnetOutput, 1e-5, "unet.first.out");
        Assert.DoesNotContain(text.ReadSingle("unet.first.out").Zip(expected), pair => pair.First == pair.Second);
    }

    [Fact]
    public void Inpaint_UnetOfNineChannelsInTiles_GetsTheMaskedLatentOfTheTiles()
    {
        using BrokenPackage copy = WithInpaintUnet("tiny-sd15", (_, _, _) => 0);
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(copy.Folder, GoldenCase.OneThread);
        RgbaImage picture = Pictures.Disc(192, Height);
        Mask mask = Mask.Rectangle(192, Height, 37, 12, 90, 30);
        RgbaImage cleared = picture.Clone();
        for (int i = 0; i < mask.Values.Length; i++)
        {
            if (mask.Values.Span[i] >= 128)
            {
                cleared.Pixels.Span.Slice(i * 4, 4).Clear();
            }
        }

        GenerationOptions tiles = Options with { Width = 192, TileSize = 128 };
        float[] masked = this.Trace(tiles, traced => pipeline.Inpaint(picture, mask, "a", traced)).ReadSingle("encode.masked");

        float[] moments = this.Trace(tiles, traced => pipeline.EncodeTransparent(cleared, traced)).ReadSingle("encode.moments");
        float[] offset = this.Trace(tiles, traced => pipeline.EncodeTransparent(picture, traced)).ReadSingle("encode.offset");
        Assert.Equal(Array.ConvertAll(TransparencyEncoder.Join(moments, offset, 300), value => value * 0.18215f), masked);
        Assert.NotEqual(masked, this.Trace(tiles with { TileSize = 0 }, traced => pipeline.Inpaint(picture, mask, "a", traced)).ReadSingle("encode.masked"));
    }

    [Fact]
    public void Inpaint_UnetOfFourChannelsUnderThatMode_PutsTheRestBackAsAlways()
    {
        using BrokenPackage copy = new("tiny-sd15");
        copy.Edit("layerdiffusion.json", "\"base\": {", "\"inpaint\": { \"path\": \"unet\" }, \"base\": {");
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(copy.Folder, GoldenCase.OneThread);

        TransparentResult result = pipeline.Inpaint(Picture, Region, "a", Options);

        Assert.Equal("inpaint", result.Mode);
        Assert.Equal(pipelines.Sd15.Inpaint(Picture, Region, "a", Options).Image.ToArray(), result.Image.ToArray());
    }

    [Fact]
    public void Inpaint_UnetOfNineChannels_TellsItsModeAndKeepsWhatIsOutsideBitIdentical()
    {
        using BrokenPackage copy = WithInpaintUnet("tiny-sd15", (weights, _, tap) => weights[tap]);
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(copy.Folder, GoldenCase.OneThread);

        TransparentResult result = pipeline.Inpaint(Picture, Region, "a", Options with { KeepUnmasked = true });

        Assert.Equal("inpaint", result.Mode);
        for (int y = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++)
            {
                if (Region.Values.Span[(y * Width) + x] == 0)
                {
                    Assert.True(Picture.GetRow(y).Slice(x * 4, 4).SequenceEqual(result.Image.GetRow(y).Slice(x * 4, 4)), $"{x},{y} changed");
                }
            }
        }
    }

    /// <summary>A package with the mode <c>inpaint</c>.</summary>
    /// <param name="package">The fixture.</param>
    /// <param name="weigh">Gives a weight of the added channels, from the weights of the same output channel <c>[4 · 9]</c>, the added channel and the place in the kernel.</param>
    private static BrokenPackage WithInpaintUnet(string package, Func<float[], int, int, float> weigh)
    {
        BrokenPackage copy = new(package);
        copy.CopyFolder("unet", "unet_inpaint");
        copy.Edit("layerdiffusion.json", "\"base\": {", "\"inpaint\": { \"path\": \"unet_inpaint\" }, \"base\": {");
        copy.EditGraph("unet_inpaint", graph =>
        {
            float[][] rows = [.. graph.ReadInitializer(Weight).Chunk(4 * Kernel)];
            float[] wide = [.. rows.SelectMany(row => row.Concat(Enumerable.Range(0, Extra * Kernel).Select(i => weigh(row, i / Kernel, i % Kernel))))];
            graph.ReplaceInitializer(Weight, wide, rows.Length, 4 + Extra, 3, 3).RemoveInput("sample").AddInput("sample", 1, null, 4 + Extra, null, null);
        });
        return copy;
    }

    /// <summary>The mask at latent size: the top left sample of each square, as torch's nearest neighbour takes it, or a soft one's mean.</summary>
    private static float[] ReducedMask(Mask mask, bool isSoft) =>
    [
        .. from y in Enumerable.Range(0, Height / 8)
        from x in Enumerable.Range(0, Width / 8)
        select isSoft
            ? (from dy in Enumerable.Range(0, 8) from dx in Enumerable.Range(0, 8) select (int)Sample((x * 8) + dx, (y * 8) + dy, mask)).Sum() / (64f * 255f)
            : Sample(x * 8, y * 8, mask) >= 128 ? 1f : 0f,
    ];

    private static byte Sample(int x, int y, Mask mask) => mask.Values.Span[(y * Width) + x];

    private static float[] RunUnet(float[] sample, float[] timestep, float[] states)
    {
        using GraphSession graph = GraphSession.Load(
            new GraphFile("unet", Fixtures.PathOf("packages", "tiny-sd15", "unet", "model.onnx"), null), new SessionSettings(Device.Cpu, 1, AllowSpinning: false), default);
        using GraphBinding binding = graph.CreateBinding();
        binding.BindInput("sample", 2, 4, Height / 8, Width / 8).Write(sample);
        binding.BindInput("timestep", 1).Write(timestep);
        binding.BindInput("encoder_hidden_states", 2, 77, states.Length / 2 / 77).Write(states);
        GraphTensor output = binding.BindOutput("out_sample", 2, 4, Height / 8, Width / 8);
        binding.Run(default);
        float[] values = new float[output.Length];
        output.Read(values);
        return values;
    }

    /// <summary>The scaled latent of the picture whose masked part is transparent, with the offset of the whole picture, put together from two encodings.</summary>
    private float[] MaskedLatent(LayerDiffusionPipeline pipeline, Mask mask, float scale)
    {
        RgbaImage cleared = Picture;
        for (int i = 0; i < mask.Values.Length; i++)
        {
            if (mask.Values.Span[i] >= 128)
            {
                cleared.Pixels.Span.Slice(i * 4, 4).Clear();
            }
        }

        float[] moments = this.Trace(Options, traced => pipeline.EncodeTransparent(cleared, traced)).ReadSingle("encode.moments");
        float[] offset = this.Trace(Options, traced => pipeline.EncodeTransparent(Picture, traced)).ReadSingle("encode.offset");
        return [.. offset.Select((value, i) => (float)(moments[i] + (Math.Exp(0.5 * Math.Clamp(moments[offset.Length + i], -30, 20)) * value * 300)) * scale)];
    }

    private SafetensorsFile Trace(GenerationOptions options, Func<GenerationOptions, object> run)
    {
        string file = Path.Combine(this.folder, $"{Guid.NewGuid():N}.safetensors");
        run(options with { TraceFile = file });
        return SafetensorsFile.Open(file);
    }
}
