namespace LayerDiffusion.Onnx.Packages;

/// <summary>Makes a manifest for an ordinary diffusers export, which has none: opaque pictures from its one UNet.</summary>
internal static class PlainExport
{
    /// <summary>The mode of the UNet of an ordinary export.</summary>
    public const string BaseMode = "base";

    /// <summary>The mode of a UNet that also takes a mask and a masked picture.</summary>
    public const string InpaintMode = "inpaint";

    private const string UnetFolder = "unet";

    /// <summary>Infers the manifest.</summary>
    /// <param name="files">The package.</param>
    /// <param name="index">Its model_index.json, if it has one.</param>
    /// <param name="packageName">The name of its folder or zip.</param>
    /// <param name="loadGraph">Reads the graph in a folder.</param>
    public static ModelManifest Infer(PackageFiles files, JsonField? index, string packageName, Func<string, ModelGraph> loadGraph)
    {
        if (index is null && !files.Exists($"{UnetFolder}/{ModelGraph.FileName}"))
        {
            IReadOnlyList<string> found = files.SomeFiles();
            throw new ModelFormatException(
                files.Location,
                $"a model package, that is {ManifestReader.FileName} or {ModelPackageReader.IndexFileName} and the graphs beside it",
                found.Count == 0 ? "nothing" : string.Join(", ", found.Select(PackagePath.Shorten)));
        }

        ModelFamily family = FamilyOf(files, index);
        bool inpaint = loadGraph(UnetFolder).FindInput("sample")?.FixedExtent(1) is long channels && channels % 4 == 1;
        return new ModelManifest
        {
            Name = packageName,
            Family = family,
            Text = ManifestReader.DefaultText(family),
            Unets = [new UnetEntry(inpaint ? InpaintMode : BaseMode, UnetFolder, [], [], null, null)],
        };
    }

    private static ModelFamily FamilyOf(PackageFiles files, JsonField? index)
    {
        ModelFamily byFiles = files.Exists($"text_encoder_2/{ModelGraph.FileName}") ? ModelFamily.StableDiffusionXL : ModelFamily.StableDiffusion15;
        if (index?.Find("_class_name") is not JsonField field)
        {
            return byFiles;
        }

        // Exporters put their own prefix before diffusers' class name.
        const string Expected = "the name of a Stable Diffusion 1.5 or XL pipeline";
        string name = field.Text(Expected);
        foreach (string prefix in (ReadOnlySpan<string>)["ORT", "Onnx", "OV"])
        {
            name = name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name;
        }

        return name switch
        {
            _ when name.StartsWith("StableDiffusionXL", StringComparison.Ordinal) => ModelFamily.StableDiffusionXL,
            _ when name.StartsWith("StableDiffusion3", StringComparison.Ordinal) => throw field.Wrong(Expected),
            _ when name.StartsWith("StableDiffusion", StringComparison.Ordinal) || name.StartsWith("LatentConsistencyModel", StringComparison.Ordinal) => byFiles,
            _ => throw field.Wrong(Expected),
        };
    }
}
