namespace LayerDiffusion.Onnx.Packages;

/// <summary>Puts a package together from its files and checks each part against the others.</summary>
internal sealed class ModelPackageReader
{
    /// <summary>diffusers' list of the parts of a pipeline.</summary>
    public const string IndexFileName = "model_index.json";

    /// <summary>diffusers' configuration of the scheduler.</summary>
    public const string SchedulerFileName = "scheduler/scheduler_config.json";

    // diffusers' AutoencoderKL has these where its configuration says nothing.
    private const double DefaultScalingFactor = 0.18215;
    private const int DefaultLatentChannels = 4;

    private readonly PackageFiles files;
    private readonly SortedDictionary<string, ModelGraph> graphs = new(StringComparer.Ordinal);

    private ModelPackageReader(PackageFiles files) => this.files = files;

    /// <summary>Reads a package, which owns the files from then on; they are disposed if it cannot be read.</summary>
    public static ModelPackage Read(PackageFiles files, string packageName)
    {
        try
        {
            return new ModelPackageReader(files).Read(packageName);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    private ModelPackage Read(string packageName)
    {
        JsonField? index = this.files.TryReadJson(IndexFileName);
        ModelManifest manifest = this.files.TryReadJson(ManifestReader.FileName) is JsonField root
            ? ManifestReader.Read(root, packageName)
            : PlainExport.Infer(this.files, index, packageName, this.Graph);
        bool isXL = manifest.Family == ModelFamily.StableDiffusionXL;

        const string DecoderConfig = "vae_decoder/config.json";
        this.files.Require(DecoderConfig, "the VAE's configuration with its scaling_factor");
        JsonField vae = this.files.ReadJson(DecoderConfig);
        int latentChannels = vae.Find("latent_channels")?.Integer(1, 64) ?? DefaultLatentChannels;

        List<TextEncoderDefinition> textEncoders = [this.TextEncoder(string.Empty, manifest, isLast: !isXL)];
        if (isXL)
        {
            textEncoders.Add(this.TextEncoder("_2", manifest, isLast: true));
        }

        ModelGraph vaeDecoder = this.Graph("vae_decoder");
        GraphContract.CheckVaeDecoder(vaeDecoder, latentChannels);
        ModelGraph vaeEncoder = this.Graph("vae_encoder");
        GraphContract.CheckVaeEncoder(vaeEncoder, latentChannels, vaeEncoder.FindOutput("latent_sample") is null || vaeEncoder.FindOutput(ModelPackage.LatentParameters) is not null);

        Dictionary<string, UnetDefinition> unets = new(StringComparer.Ordinal);
        foreach (UnetEntry entry in manifest.Unets)
        {
            unets.Add(entry.Mode, this.Unet(entry, manifest.Family, latentChannels, textEncoders));
        }

        return new ModelPackage(this.files, manifest)
        {
            Transparency = manifest.Transparency is { } transparency ? this.Transparency(transparency, latentChannels) : null,
            Unets = unets,
            TextEncoders = textEncoders,
            VaeEncoder = vaeEncoder,
            VaeDecoder = vaeDecoder,
            VaeScalingFactor = vae.Find("scaling_factor")?.Number(1e-6, 1e6) ?? DefaultScalingFactor,
            VaeShiftFactor = vae.Find("shift_factor")?.Number(-1e6, 1e6) ?? 0,
            LatentChannels = latentChannels,
            ForceZerosForEmptyPrompt = index?.Find("force_zeros_for_empty_prompt")?.Boolean() ?? isXL,
            SchedulerConfig = this.SchedulerConfig(isXL),
            Graphs = [.. this.graphs.Values],
        };
    }

    // Modes may share a graph; it is read once.
    private ModelGraph Graph(string folder)
    {
        if (!this.graphs.TryGetValue(folder, out ModelGraph? graph))
        {
            graph = ModelGraph.Load(this.files, folder);
            this.graphs.Add(folder, graph);
        }

        return graph;
    }

    private TextEncoderDefinition TextEncoder(string suffix, ModelManifest manifest, bool isLast)
    {
        ModelGraph graph = this.Graph($"text_encoder{suffix}");
        int layerCount = 0;
        foreach (OnnxTensor output in graph.Outputs)
        {
            // A gap in the numbers is found by the check, which asks for all up to the highest.
            if (output.Name.StartsWith("hidden_states.", StringComparison.Ordinal)
                && int.TryParse(output.Name.AsSpan("hidden_states.".Length), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int layer)
                && layer < 1000)
            {
                layerCount = Math.Max(layerCount, layer);
            }
        }

        GraphContract.CheckTextEncoder(graph, layerCount, manifest.Text, isSecond: suffix.Length > 0);
        string hidden = manifest.Text.Hidden == HiddenState.Penultimate ? GraphContract.HiddenState(layerCount - 1) : GraphContract.LastHiddenState;
        return new TextEncoderDefinition(graph, new TokenizerFiles(this.files, $"tokenizer{suffix}"), layerCount, hidden, isLast ? manifest.Text.Pooled : null);
    }

    private UnetDefinition Unet(UnetEntry entry, ModelFamily family, int latentChannels, List<TextEncoderDefinition> textEncoders)
    {
        ModelGraph graph = this.Graph(entry.Folder);
        int channels = latentChannels * (1 + entry.Conditions.Count);
        if (entry.Mode == PlainExport.InpaintMode && graph.FindInput("sample")?.FixedExtent(1) == (2 * latentChannels) + 1)
        {
            // Noisy latent, mask, latent of the masked picture.
            channels = (2 * latentChannels) + 1;
        }

        GraphContract.CheckUnet(graph, family, channels, latentChannels, entry.ControlFolder is not null);
        long? context = 0;
        foreach (TextEncoderDefinition encoder in textEncoders)
        {
            context += encoder.Graph.FindOutput(encoder.HiddenOutput)!.FixedExtent(2);
        }

        string sources = string.Join(" with ", textEncoders.Select(encoder => encoder.Graph.Name));
        GraphContract.CheckSame(graph, "encoder_hidden_states", graph.FindInput("encoder_hidden_states")!.FixedExtent(2), sources, context);
        if (textEncoders[^1].PooledOutput is string pooled)
        {
            ModelGraph source = textEncoders[^1].Graph;
            GraphContract.CheckSame(graph, GraphContract.TextEmbeddings, graph.FindInput(GraphContract.TextEmbeddings)!.FixedExtent(1), source.Name, source.FindOutput(pooled)!.FixedExtent(1));
        }

        return new UnetDefinition(entry.Mode, graph, entry.Conditions, entry.Frames, this.Control(entry, graph), channels);
    }

    private ControlDefinition? Control(UnetEntry entry, ModelGraph unet)
    {
        if (entry is not { ControlFolder: string folder, ControlImage: LayerRole image })
        {
            return null;
        }

        ModelGraph encoder = this.Graph(folder);
        GraphContract.CheckControlEncoder(encoder);
        for (int i = 0; i < GraphContract.ControlMapCount; i++)
        {
            string map = GraphContract.ControlMap(i);
            GraphContract.CheckSame(unet, map, unet.FindInput(map)!.FixedExtent(1), encoder.Name, encoder.FindOutput(map)!.FixedExtent(1));
        }

        return new ControlDefinition(encoder, image);
    }

    private TransparencyDefinition Transparency(TransparencyEntry entry, int latentChannels)
    {
        ModelGraph encoder = this.Graph(entry.EncoderFolder);
        GraphContract.CheckTransparencyEncoder(encoder, latentChannels);
        ModelGraph decoder = this.Graph(entry.DecoderFolder);
        GraphContract.CheckTransparencyDecoder(decoder, latentChannels);
        return new TransparencyDefinition(encoder, decoder, entry.OffsetGain);
    }

    private ReadOnlyMemory<byte> SchedulerConfig(bool isXL)
    {
        if (this.files.TryReadJson(SchedulerFileName) is JsonField config)
        {
            return config.ToUtf8();
        }

        // What the original models ship with.
        return isXL
            ? """{"_class_name":"EulerDiscreteScheduler","num_train_timesteps":1000,"beta_start":0.00085,"beta_end":0.012,"beta_schedule":"scaled_linear","prediction_type":"epsilon","timestep_spacing":"leading","steps_offset":1}"""u8.ToArray()
            : """{"_class_name":"PNDMScheduler","num_train_timesteps":1000,"beta_start":0.00085,"beta_end":0.012,"beta_schedule":"scaled_linear","prediction_type":"epsilon","timestep_spacing":"leading","steps_offset":1,"skip_prk_steps":true,"set_alpha_to_one":false}"""u8.ToArray();
    }
}
