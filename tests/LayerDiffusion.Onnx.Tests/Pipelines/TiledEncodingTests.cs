using LayerDiffusion.Onnx.Autoencoding;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.IO;
using LayerDiffusion.Onnx.Models.Tiny;
using LayerDiffusion.Onnx.Sampling;
using LayerDiffusion.Onnx.Tests.Packages;

namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>Pictures encoded in tiles.</summary>
public sealed class TiledEncodingTests(TinyPipelines pipelines) : IClassFixture<TinyPipelines>, IDisposable
{
    private static readonly GenerationOptions TwoTiles = new() { TileSize = 128, TileOverlap = 64 };

    private readonly LayerDiffusionPipeline trained = TinyModel.LoadPipeline(GoldenCase.OneThread);

    public static TheoryData<string> Names => ModeCase.Names;

    private static RgbaImage Fox => RgbaImage.LoadPng(Fixtures.PathOf("tiny", "tiny-fox", "result.png"));

    /// <summary>Gets four pictures over each other's edges, so that seams in both directions run where something is.</summary>
    private static RgbaImage Four
    {
        get
        {
            RgbaImage picture = new(256, 256);
            foreach ((string name, int x, int y) in new[] { ("tiny-fox", 0, 0), ("tiny-glass-skull", 112, 10), ("tiny-crown", 20, 120), ("tiny-fox", 124, 126) })
            {
                Compositing.Draw(picture, RgbaImage.LoadPng(Fixtures.PathOf("tiny", name, "result.png")), x: x, y: y);
            }

            return picture;
        }
    }

    public void Dispose() => this.trained.Dispose();

    [Theory]
    [InlineData(128, 128, 128, 64)]
    [InlineData(192, 128, 192, 96)]
    [InlineData(101, 75, 128, 0)]
    public void Encode_TileOfTheWholePicture_IsTheSameBitForBit(int width, int height, int tileSize, int overlap)
    {
        RgbaImage picture = Fox.Resize(width, height);

        TransparentLatent tiled = this.trained.EncodeTransparent(picture, new GenerationOptions { TileSize = tileSize, TileOverlap = overlap });

        Assert.Equal(this.trained.EncodeTransparent(picture).Values.ToArray(), tiled.Values.ToArray());
    }

    [Fact]
    public void Encode_TilesWithoutOverlap_AreTheirPartsEncodedAlone()
    {
        // Opaque: under alpha 0 a part alone would be padded with other colours.
        RgbaImage picture = Pictures.OpaqueNoise(384, 256, 1);

        TransparentLatent tiled = this.trained.EncodeTransparent(picture, TwoTiles with { TileOverlap = 0 });

        foreach ((int x, int y) in new[] { (0, 0), (128, 0), (256, 0), (0, 128), (128, 128), (256, 128) })
        {
            float[] alone = this.trained.EncodeTransparent(picture.Crop(x, y, 128, 128)).Values.ToArray();
            Assert.Equal(alone, PixelPlanes.Crop(tiled.Values.Span, 32, 48, y / 8, x / 8, 16, 16));
        }
    }

    [Theory]
    [InlineData(128, 64, 0.08, 0.004, 0.17)]
    [InlineData(192, 96, 0.022, 0.0012, 0.06)]
    public void Encode_InTiles_DiffersLittleFromTheWhole(int tileSize, int overlap, double latentMean, double mean, double most)
    {
        GenerationOptions tiles = new() { TileSize = tileSize, TileOverlap = overlap };
        GenerationOptions fast = new() { AlphaAugmentation = AlphaAugmentation.Fast };

        TransparentLatent whole = this.trained.EncodeTransparent(Four);
        TransparentLatent tiled = this.trained.EncodeTransparent(Four, tiles);

        float[] expected = this.trained.DecodeTransparent(whole, fast).Pixels.ToArray();
        float[] actual = this.trained.DecodeTransparent(tiled, fast).Pixels.ToArray();
        double largest = 0;
        double sum = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            // Colour counts as far as it is seen.
            int alpha = i | 3;
            double difference = Math.Abs(i == alpha ? expected[i] - actual[i] : (expected[i] * expected[alpha]) - (actual[i] * actual[alpha]));
            largest = Math.Max(largest, difference);
            sum += difference;
        }

        // The encoders normalise over what they see, so that tiles cannot agree exactly. About half as much again as measured: latents, whose root mean square is 2.3, differ by 0.052 and 0.0143
        // in the mean, the pictures decoded from them by 0.0026 and 0.109; 0.0008 and 0.037.
        Assert.InRange(whole.Values.ToArray().Zip(tiled.Values.ToArray(), (a, b) => Math.Abs(a - b)).Average(), 0, latentMean);
        Assert.InRange(sum / expected.Length, 0, mean);
        Assert.InRange(largest, 0, most);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(0)]
    public void GenerateTransparent_OfAPictureInTiles_DrawsTheSameNoise(int overlap)
    {
        // A scheduler that draws noise at every step.
        GenerationOptions options = TinyPipelines.Quick with { Width = 192, Height = 128, Strength = 1, Scheduler = SchedulerOptions.EulerAncestral };

        SafetensorsFile whole = this.Trace(options);
        SafetensorsFile tiled = this.Trace(options with { TileSize = 128, TileOverlap = overlap });

        string[] noise = [.. whole.Tensors.Keys.Where(name => name.StartsWith("randn.", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        Assert.True(noise.Length > 1, $"drawn: {string.Join(", ", noise)}");
        Assert.All(noise, name => Assert.Equal(whole.ReadSingle(name), tiled.ReadSingle(name)));
        Assert.NotEqual(whole.ReadSingle("encode.moments"), tiled.ReadSingle("encode.moments"));
        Assert.NotEqual(whole.ReadSingle("encode.offset"), tiled.ReadSingle("encode.offset"));
        Assert.Equal(whole.ReadSingle("encode.argb"), tiled.ReadSingle("encode.argb"));
    }

    [Fact]
    public void GenerateTransparent_OfAPictureInTiles_BeginsFromMeanAndOffsetOfTheTiles()
    {
        SafetensorsFile trace = this.Trace(TinyPipelines.Quick with { Width = 192, Height = 128, TileSize = 128 });

        float[] joined = TransparencyEncoder.Join(trace.ReadSingle("encode.moments"), trace.ReadSingle("encode.offset"), 300);
        Assert.Equal(Array.ConvertAll(joined, value => value * 0.13025f), trace.ReadSingle("encode.latent"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Call_InTwoTiles_CountsBothWhereverPicturesAreCoded(string name)
    {
        ModeCase mode = ModeCase.All[name];
        RgbaImage picture = Pictures.Disc(192, 64);
        GenerationOptions options = mode.Sizing == ModeSizing.Asked ? mode.Quick(192, 64) : mode.Quick();

        List<(GenerationStage Stage, int Total)> whole = await Stages(options);
        List<(GenerationStage Stage, int Total)> tiled = await Stages(options with { TileSize = 128, TileOverlap = 0 });

        // Control encoders see pictures as a whole.
        bool hasControl = name is "background together, sd15" or "foreground together, sd15" or "add layer, sd15" or "redraw layer, sd15";
        Assert.Equal(whole.Select(run => (run.Stage, run.Total * (IsTiled(run.Stage) ? 2 : 1))), tiled);
        Assert.Contains(tiled, run => IsTiled(run.Stage));

        bool IsTiled(GenerationStage stage) =>
            stage is GenerationStage.DecodingImage or GenerationStage.DecodingTransparency || (stage is GenerationStage.EncodingImage && !hasControl);

        async Task<List<(GenerationStage Stage, int Total)>> Stages(GenerationOptions asked)
        {
            Watcher watcher = new();
            await mode.Call(mode.PipelineOf(pipelines), picture, asked, false, watcher, CancellationToken.None);
            List<(GenerationStage Stage, int Total)> stages = [];
            foreach (GenerationProgress report in watcher.Reports.Where(report => report.Step == 0))
            {
                stages.Add((report.Stage, report.TotalSteps));
            }

            // Every step once and in order.
            Assert.Equal(
                stages.SelectMany(run => Enumerable.Range(0, run.Total + 1).Select(step => (run.Stage, step, run.Total))),
                watcher.Reports.Select(report => (report.Stage, report.Step, report.TotalSteps)));
            return stages;
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Encode_CancelledAfterATile_BeginsNoOther(int step)
    {
        float[] expected = this.trained.EncodeTransparent(Fox.Resize(192, 64), TwoTiles).Values.ToArray();
        using CancellationTokenSource source = new();
        Watcher watcher = new(report =>
        {
            if (report.Step == step)
            {
                source.Cancel();
            }
        });

        OperationCanceledException exception = Assert.ThrowsAny<OperationCanceledException>(() => this.trained.EncodeTransparent(Fox.Resize(192, 64), TwoTiles, watcher, source.Token));

        Assert.Equal(source.Token, exception.CancellationToken);
        Assert.Equal((GenerationStage.EncodingImage, step, 4), (watcher.Reports[^1].Stage, watcher.Reports[^1].Step, watcher.Reports[^1].TotalSteps));
        Assert.Equal(expected, this.trained.EncodeTransparent(Fox.Resize(192, 64), TwoTiles).Values.ToArray());
    }

    [Fact]
    public void GenerateTransparent_OfAPictureInTilesStayingOnTheDevice_DrawsTheSame()
    {
        GenerationOptions options = TinyPipelines.Quick with { Width = 192, TileSize = 128 };
        using LayerDiffusionPipeline staying = TinyPipelines.Load("tiny-sdxl", GoldenCase.OneThread with { StayOnDevice = true });
        RgbaImage picture = Pictures.Disc(192, 64);

        TransparentResult result = staying.GenerateTransparent(picture, "a", options);

        Assert.Equal(TinyPipelines.Floats(pipelines.Sdxl.GenerateTransparent(picture, "a", options)), TinyPipelines.Floats(result));
        Assert.DoesNotContain(staying.LoadedGraphs, name => name.StartsWith("views", StringComparison.Ordinal));
    }

    [Fact]
    public void Encode_EncoderWithoutVarianceInTiles_GivesTheMeanOfTheTilesAndSaysSo()
    {
        using BrokenPackage copy = new("tiny-sdxl");
        copy.Write("vae_encoder/model.onnx", File.ReadAllBytes(Fixtures.PathOf("packages", "tiny-plain-sd15", "vae_encoder", "model.onnx")));
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(copy.Folder, GoldenCase.OneThread);
        RgbaImage picture = Pictures.OpaqueNoise(256, 128, 1);
        Watcher watcher = new();

        float[] tiled = pipeline.EncodeTransparent(picture, TwoTiles with { TileOverlap = 0 }, watcher).Values.ToArray();

        Assert.Equal([(0, 2), (1, 2), (2, 2)], watcher.Reports.Select(report => (report.Step, report.TotalSteps)));
        foreach (int x in new[] { 0, 128 })
        {
            Assert.Equal(pipeline.EncodeTransparent(picture.Crop(x, 0, 128, 128)).Values.ToArray(), PixelPlanes.Crop(tiled, 16, 32, 0, x / 8, 16, 16));
        }

        TransparentResult result = pipeline.GenerateTransparent(picture, "a", TinyPipelines.Quick with { Width = 256, TileSize = 128 });
        Assert.Contains(result.Warnings, warning => warning.Contains("without its transparency", StringComparison.Ordinal));
        Assert.NotEqual(TimeSpan.Zero, result.Timings.EncodeImage);
    }

    [Theory]
    [InlineData(100, 0, "TileSize")]
    [InlineData(128, 72, "TileOverlap")]
    public void Encode_WrongTiles_NamesTheOption(int tileSize, int overlap, string property) => Assert.Equal(
        property,
        Assert.Throws<ArgumentOutOfRangeException>(() => this.trained.EncodeTransparent(Fox, new GenerationOptions { TileSize = tileSize, TileOverlap = overlap })).ParamName);

    private SafetensorsFile Trace(GenerationOptions options)
    {
        string file = Path.Combine(pipelines.Folder, $"{Guid.NewGuid():N}.safetensors");
        pipelines.Sdxl.GenerateTransparent(Pictures.Disc(192, 128), "a", options with { TraceFile = file });
        return SafetensorsFile.Open(file);
    }
}
