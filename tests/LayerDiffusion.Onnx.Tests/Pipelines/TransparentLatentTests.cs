using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>Latents in files.</summary>
public sealed class TransparentLatentTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("latents").FullName;

    private string File => Path.Combine(this.folder, "a.safetensors");

    public void Dispose() => Directory.Delete(this.folder, recursive: true);

    [Fact]
    public void SaveThenLoad_GivesEverythingBack()
    {
        float[] values = [.. Enumerable.Range(0, 4 * 8 * 16).Select(i => (i * 0.37f) - 50)];
        new TransparentLatent(values, 4, 8, 16, 101, 57).Save(this.File);

        TransparentLatent latent = TransparentLatent.Load(this.File);

        Assert.Equal(values, latent.Values.ToArray());
        Assert.Equal((4, 8, 16, 101, 57), (latent.Channels, latent.LatentHeight, latent.LatentWidth, latent.Width, latent.Height));
        SafetensorsFile file = SafetensorsFile.Open(this.File);
        Assert.Equal([1, 4, 8, 16], file.Tensors["latent"].Shape);
        Assert.Equal(
            ["format=layerdiffusion.latent", "height=57", "left=13", "scaled=false", "top=3", "width=101"],
            file.Metadata.Select(text => $"{text.Key}={text.Value}").Order(StringComparer.Ordinal));
        Assert.Equal([this.File], Directory.GetFiles(this.folder));
    }

    [Theory]
    [InlineData(new long[] { 1, 4, 8, 16 })]
    [InlineData(new long[] { 4, 8, 16 })]
    public void Load_FileOfAnotherProgram_HasTheLatentsSize(long[] shape)
    {
        SafetensorsWriter writer = new();
        writer.Add<Half>("latent", [.. Enumerable.Repeat((Half)0.5, 512)], shape);
        writer.Save(this.File);

        TransparentLatent latent = TransparentLatent.Load(this.File);

        Assert.Equal((4, 128, 64), (latent.Channels, latent.Width, latent.Height));
        Assert.All(latent.Values.ToArray(), value => Assert.Equal(0.5f, value));
    }

    [Theory]
    [InlineData("width", "129", "width is '129'; wanted is 1 to 128")]
    [InlineData("height", "0", "height is '0'; wanted is 1 to 64")]
    [InlineData("height", "12.5", "height is '12.5'")]
    [InlineData("left", "3", "left is '3'; wanted is 0")]
    [InlineData("scaled", "true", "scaled is 'true'; wanted is 'false'")]
    public void Load_MetadataThatCannotBe_NamesThem(string key, string value, string expected)
    {
        SafetensorsWriter writer = new();
        writer.AddMetadata(key, value);
        writer.Add<float>("latent", new float[512], 1, 4, 8, 16);
        writer.Save(this.File);

        InvalidDataException exception = Assert.Throws<InvalidDataException>(() => TransparentLatent.Load(this.File));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.Contains(this.File, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("latent", "[2,4,8,8]", new long[] { 2, 4, 8, 8 })]
    [InlineData("latent", "[512]", new long[] { 512 })]
    [InlineData("latent", "[0,8,8]", new long[] { 0, 8, 8 })]
    [InlineData("samples", "there is no tensor 'latent'; it holds samples", new long[] { 1, 4, 8, 16 })]
    public void Load_TensorThatCannotBe_SaysWhatIsThere(string name, string expected, long[] shape)
    {
        SafetensorsWriter writer = new();
        writer.Add<float>(name, new float[shape.Aggregate(1L, (product, extent) => product * extent)], shape);
        writer.Save(this.File);

        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => TransparentLatent.Load(this.File)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void Load_ValuesThatAreNoNumbers_IsRefused(float value)
    {
        new TransparentLatent([.. new float[255], value], 4, 8, 8, 64, 64).Save(this.File);

        Assert.Contains("no finite number", Assert.Throws<InvalidDataException>(() => TransparentLatent.Load(this.File)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NoSafetensorsFile_SaysSo()
    {
        System.IO.File.WriteAllText(this.File, "no latent at all");

        Assert.Contains("not a valid safetensors file", Assert.Throws<InvalidDataException>(() => TransparentLatent.Load(this.File)).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => TransparentLatent.Load(Path.Combine(this.folder, "none.safetensors")));
    }

    [Fact]
    public void Save_WhereNothingCanBeWritten_LeavesNothing()
    {
        Assert.ThrowsAny<IOException>(() => new TransparentLatent(new float[256], 4, 8, 8, 64, 64).Save(Path.Combine(this.folder, "none", "a.safetensors")));
        Assert.Empty(Directory.GetFileSystemEntries(this.folder));
    }
}
