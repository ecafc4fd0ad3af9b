using System.IO.Compression;
using System.Text.Json;
using LayerDiffusion.Onnx.Models.Tiny;
using LayerDiffusion.Onnx.Packages;

namespace LayerDiffusion.Onnx.Tests.Packages;

public sealed class TinyModelTests
{
    [Fact]
    public void OpenPackage_Embedded_GivesItsFacts()
    {
        using ModelPackage package = ModelPackage.OpenZip(TinyModel.OpenPackage(), "tiny.zip");

        Assert.Equal("tiny-transparent", package.Name);
        Assert.Equal("MIT", package.License);
        Assert.Equal(ModelFamily.StableDiffusion15, package.Family);
        Assert.Equal((128, 128), package.DefaultSize);
        Assert.Equal(new ModelDefaults("dpm++2m-karras", 20, 4.0), package.Defaults);
        Assert.Equal(HiddenState.Last, package.Text.Hidden);
        Assert.Equal(["transparent"], package.Unets.Keys);
        Assert.Equal(1.0, package.Transparency!.OffsetGain);
        Assert.Equal(0.41580453515052795, package.VaeScalingFactor);
        Assert.Equal(4, Assert.Single(package.TextEncoders).LayerCount);
        ModelGraph unet = package.Unets["transparent"].Graph;
        Assert.Equal(12_050_187, unet.SizeInBytes);
        Assert.Equal(unet.SizeInBytes, unet.ReadAllBytes().Length);
    }

    [Fact]
    public void OpenPackage_IsReproducible_SortedEntriesOfOneTime()
    {
        using ZipArchive archive = new(TinyModel.OpenPackage());

        Assert.Equal(archive.Entries.Select(entry => entry.FullName).Order(StringComparer.Ordinal), archive.Entries.Select(entry => entry.FullName));
        Assert.All(archive.Entries, entry => Assert.Equal(new DateTime(1980, 1, 1), entry.LastWriteTime.DateTime));
    }

    [Fact]
    public void Lists_EqualTheModelsOwn()
    {
        using ZipArchive archive = new(TinyModel.OpenPackage());
        using Stream stream = archive.GetEntry("subjects.json")!.Open();
        using JsonDocument document = JsonDocument.Parse(stream);

        Assert.Equal(Names("subjects"), TinyModel.Subjects);
        Assert.Equal(Names("colours"), TinyModel.Colors);
        Assert.Equal(Names("glass"), TinyModel.GlassSubjects);

        IEnumerable<string?> Names(string list) => document.RootElement.GetProperty(list).EnumerateArray().Select(name => name.GetString());
    }
}
