namespace LayerDiffusion.Onnx.Packages;

/// <summary>Reads layerdiffusion.json, format 1.</summary>
internal static class ManifestReader
{
    /// <summary>The manifest's file name.</summary>
    public const string FileName = "layerdiffusion.json";

    private const int MaximumSize = 65536;
    private const int MaximumUnets = 1000;

    /// <summary>Reads and checks a manifest; <paramref name="packageName"/> stands in where it has no name.</summary>
    public static ModelManifest Read(JsonField root, string packageName)
    {
        JsonField format = root.Get("format", "1");
        _ = format.Integer(int.MinValue, int.MaxValue) == 1 ? 1 : throw format.Wrong("1, the only format known");
        ModelFamily family = ReadFamily(root.Get("family", Families));
        int sizeMultiple = root.Find("size_multiple")?.Integer(8, 1024) ?? 64;
        if (sizeMultiple % 8 != 0)
        {
            throw root.Get("size_multiple", string.Empty).Wrong("a multiple of 8");
        }

        return new ModelManifest
        {
            Name = root.Find("name")?.Text("text") ?? packageName,
            License = root.Find("license")?.Text("text"),
            Family = family,
            SizeMultiple = sizeMultiple,
            DefaultSize = root.Find("default_size") is JsonField size ? ReadSize(size, sizeMultiple) : null,
            Text = ReadText(root.Find("text"), family),
            Transparency = root.Find("transparency") is JsonField transparency ? ReadTransparency(transparency) : null,
            Defaults = ReadDefaults(root.Find("defaults")),
            Unets = ReadUnets(root.Get("unets", "an object with one member per mode")),
        };
    }

    /// <summary>The text settings of a family whose package says nothing else.</summary>
    public static TextSettings DefaultText(ModelFamily family) => family == ModelFamily.StableDiffusionXL
        ? new TextSettings(HiddenState.Penultimate, GraphContract.TextEmbeddings)
        : new TextSettings(HiddenState.Last, null);

    private const string Families = "\"sd15\" or \"sdxl\"";

    private static ModelFamily ReadFamily(JsonField field) => field.Text(Families) switch
    {
        "sd15" => ModelFamily.StableDiffusion15,
        "sdxl" => ModelFamily.StableDiffusionXL,
        _ => throw field.Wrong(Families),
    };

    private static (int Width, int Height) ReadSize(JsonField field, int multiple)
    {
        const string Expected = "[width, height]";
        IReadOnlyList<JsonField> items = field.Items(Expected);
        if (items.Count != 2)
        {
            throw field.Wrong(Expected);
        }

        return (Extent(items[0]), Extent(items[1]));

        int Extent(JsonField item)
        {
            int extent = item.Integer(multiple, MaximumSize);
            return extent % multiple == 0 ? extent : throw item.Wrong($"a multiple of {multiple}");
        }
    }

    private static TextSettings ReadText(JsonField? field, ModelFamily family)
    {
        TextSettings settings = DefaultText(family);
        if (field?.Find("hidden") is JsonField hidden)
        {
            const string Expected = "\"penultimate\" or \"last\"";
            settings = settings with
            {
                Hidden = hidden.Text(Expected) switch
                {
                    "penultimate" => HiddenState.Penultimate,
                    "last" => HiddenState.Last,
                    _ => throw hidden.Wrong(Expected),
                },
            };
        }

        // Only the name of the format's table is allowed, and only where the UNet takes it.
        if (field?.Find("pooled") is JsonField pooled)
        {
            string expected = settings.Pooled is null ? "absent, since an sd15 UNet takes no pooled embedding" : $"\"{settings.Pooled}\"";
            _ = pooled.Text(expected) == settings.Pooled ? 1 : throw pooled.Wrong(expected);
        }

        return settings;
    }

    private static TransparencyEntry ReadTransparency(JsonField field) => new(
        ReadFolder(field.Get("encoder", FolderExpected)),
        ReadFolder(field.Get("decoder", FolderExpected)),
        field.Get("offset_gain", "a number").Number(-1e6, 1e6));

    private static ModelDefaults ReadDefaults(JsonField? field) => new(
        field?.Find("scheduler")?.Text("the name of a scheduler"),
        field?.Find("steps")?.Integer(1, 1000),
        field?.Find("guidance")?.Number(0, 1000));

    private static List<UnetEntry> ReadUnets(JsonField field)
    {
        List<UnetEntry> unets = [];
        foreach ((string mode, JsonField value) in field.Members())
        {
            if (mode.Length is 0 or > 64 || unets.Count == MaximumUnets || !mode.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '-' or '.'))
            {
                throw field.Wrong("modes named by at most 64 letters, digits, '-', '_' and '.'");
            }

            unets.Add(ReadUnet(mode, value));
        }

        return unets.Count > 0 ? unets : throw field.Wrong("an object with at least one mode");
    }

    private static UnetEntry ReadUnet(string mode, JsonField field)
    {
        JsonField? control = field.Find("control");
        List<LayerRole> conditions = ReadRoles(field.Find("conditions"));
        List<LayerRole> frames = ReadRoles(field.Find("frames"));
        if (conditions.Count > 0 && frames.Count > 0)
        {
            throw field.Wrong("a UNet with either conditions or frames");
        }

        return new UnetEntry(
            mode,
            ReadFolder(field.Get("path", FolderExpected)),
            conditions,
            frames,
            control is JsonField with ? ReadFolder(with.Get("path", FolderExpected)) : null,
            control is JsonField of ? ReadRole(of.Get("image", Roles)) : null);
    }

    private static List<LayerRole> ReadRoles(JsonField? field)
    {
        List<LayerRole> roles = [];
        foreach (JsonField item in field?.Items($"an array of {Roles}") ?? [])
        {
            LayerRole role = ReadRole(item);
            if (roles.Contains(role))
            {
                throw field!.Value.Wrong("different layers");
            }

            roles.Add(role);
        }

        return roles;
    }

    private const string Roles = "\"foreground\", \"background\" or \"blended\"";

    private static LayerRole ReadRole(JsonField field) => field.Text(Roles) switch
    {
        "foreground" => LayerRole.Foreground,
        "background" => LayerRole.Background,
        "blended" => LayerRole.Blended,
        _ => throw field.Wrong(Roles),
    };

    private const string FolderExpected = "the path of a folder within the package";

    private static string ReadFolder(JsonField field) =>
        PackagePath.TryNormalize(field.Text(FolderExpected), out string folder) ? folder : throw field.Wrong(FolderExpected);
}
