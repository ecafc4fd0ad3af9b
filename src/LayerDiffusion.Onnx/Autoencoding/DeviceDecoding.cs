using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx.Autoencoding;

/// <summary>
/// Decodes pictures without leaving the device: what lies between VAE and transparency decoder, and between its views and their median, are small graphs written here. They compute what
/// <see cref="PixelPlanes.ToUnit"/>, <see cref="PlaneTransform"/> and <see cref="LowerMedian"/> do, to the last bit.
/// </summary>
internal static class DeviceDecoding
{
    // Batcher's comparators for eight values (Knuth, The Art of Computer Programming 3, 5.3.4); ONNX Runtime leaves out those that the fourth smallest does not depend on.
    private static readonly (int Low, int High)[] EightSorted =
    [
        (0, 1), (2, 3), (4, 5), (6, 7), (0, 2), (1, 3), (4, 6), (5, 7), (1, 2), (5, 6), (0, 4), (1, 5), (2, 6), (3, 7), (2, 4), (3, 5), (1, 2), (3, 4), (5, 6),
    ];

    private static readonly (int Low, int High)[] FourSorted = [(0, 1), (2, 3), (0, 2), (1, 3), (1, 2)];

    /// <summary>Decodes one unscaled latent <c>[c,h,w]</c>; the picture stays on the device.</summary>
    public static DeviceTensor DecodeImage(GraphSession vae, ReadOnlySpan<float> latent, int height, int width, CancellationToken cancellationToken)
    {
        using GraphBinding binding = vae.CreateBinding();
        binding.BindInput("latent_sample", 1, latent.Length / (height * width), height, width).Write(latent);
        binding.BindDeviceOutput("sample");
        binding.Run(cancellationToken);
        return binding.TakeDeviceOutputs()[0];
    }

    /// <summary>Draws alpha and colour of one picture.</summary>
    /// <param name="views">The graph of <see cref="Views"/>.</param>
    /// <param name="decoder">The transparency decoder.</param>
    /// <param name="median">The graph of <see cref="Median"/>.</param>
    /// <param name="decoded">What the VAE decoded.</param>
    /// <param name="latent">The unscaled latent, <c>[c,h,w]</c>.</param>
    /// <param name="height">h.</param>
    /// <param name="width">w.</param>
    /// <param name="augmentation">Which views are looked at.</param>
    /// <param name="viewDone">Called after each view.</param>
    /// <param name="cancellationToken">Cancels at the next node of a graph.</param>
    /// <returns><c>[4,8h,8w]</c>: alpha, red, green, blue in 0..1.</returns>
    public static float[] DecodeTransparency(
        GraphSession views,
        GraphSession decoder,
        GraphSession median,
        DeviceTensor decoded,
        ReadOnlySpan<float> latent,
        int height,
        int width,
        AlphaAugmentation augmentation,
        Action? viewDone,
        CancellationToken cancellationToken)
    {
        int count = TransparencyDecoder.Transforms(augmentation).Length;
        List<DeviceTensor> tensors = [];
        try
        {
            using GraphBinding preparing = views.CreateBinding();
            preparing.BindInput("decoded", decoded);
            preparing.BindInput("latent", 1, latent.Length / (height * width), height, width).Write(latent);
            for (int view = 0; view < count; view++)
            {
                preparing.BindDeviceOutput($"pixel{view}");
                preparing.BindDeviceOutput($"latent{view}");
            }

            preparing.Run(cancellationToken);
            tensors.AddRange(preparing.TakeDeviceOutputs());

            using GraphBinding joining = median.CreateBinding();
            for (int view = 0; view < count; view++)
            {
                using GraphBinding drawing = decoder.CreateBinding();
                drawing.BindInput("pixel", tensors[2 * view]);
                drawing.BindInput("latent", tensors[(2 * view) + 1]);
                drawing.BindDeviceOutput("argb");
                drawing.Run(cancellationToken);
                tensors.AddRange(drawing.TakeDeviceOutputs());
                joining.BindInput($"argb{view}", tensors[^1]);
                viewDone?.Invoke();
            }

            GraphTensor output = joining.BindOutput("argb", 1, 4, height * 8, width * 8);
            joining.Run(cancellationToken);
            float[] argb = new float[output.Length];
            output.Read(argb);
            return argb;
        }
        finally
        {
            tensors.ForEach(tensor => tensor.Dispose());
        }
    }

    /// <summary>Writes the graph that turns a decoded picture and its latent into what the transparency decoder sees of each view.</summary>
    /// <param name="vae">The VAE decoder.</param>
    /// <param name="decoder">The transparency decoder.</param>
    /// <param name="augmentation">Which views.</param>
    public static GraphFile Views(GraphSession vae, GraphSession decoder, AlphaAugmentation augmentation)
    {
        ulong from = vae.Outputs["sample"].TypeNumber;
        ulong pixelType = decoder.Inputs["pixel"].TypeNumber;
        ulong latentType = decoder.Inputs["latent"].TypeNumber;
        return Write("views", augmentation, (writer, transforms) =>
        {
            writer.Input("decoded", from, 1, 3, "H", "W").Input("latent", GraphWriter.Float32, 1, "c", "h", "w")
                .Initializer("half", GraphWriter.Float32, [0.5f]).Initializer("zero", GraphWriter.Float32, [0f]).Initializer("one", GraphWriter.Float32, [1f])
                .Node("Cast", ["decoded"], "single", ("to", [(long)GraphWriter.Float32]))
                .Node("Mul", ["single", "half"], "halved").Node("Add", ["halved", "half"], "raised").Node("Clip", ["raised", "zero", "one"], "unit");
            for (int view = 0; view < transforms.Length; view++)
            {
                Add("unit", $"pixel{view}", pixelType, transforms[view]);
                Add("latent", $"latent{view}", latentType, transforms[view]);
            }

            void Add(string source, string target, ulong type, PlaneTransform transform)
            {
                writer.Output(target, type, 1, "channels", $"{target}_rows", $"{target}_columns");
                writer.Node("Cast", [Turn(writer, Mirror(writer, source, target, transform.Mirror), target, transform.QuarterTurns)], target, ("to", [(long)type]));
            }
        });
    }

    /// <summary>Writes the graph that clips the results of all views, turns them back and takes the lower median of each sample.</summary>
    /// <param name="decoder">The transparency decoder.</param>
    /// <param name="augmentation">Which views.</param>
    public static GraphFile Median(GraphSession decoder, AlphaAugmentation augmentation)
    {
        ulong from = decoder.Outputs["argb"].TypeNumber;
        return Write("median", augmentation, (writer, transforms) =>
        {
            writer.Output("argb", GraphWriter.Float32, 1, 4, "H", "W").Initializer("zero", GraphWriter.Float32, [0f]).Initializer("one", GraphWriter.Float32, [1f]);
            string[] ordered = new string[transforms.Length];
            for (int view = 0; view < transforms.Length; view++)
            {
                string name = $"argb{view}";
                writer.Input(name, from, 1, 4, $"{name}_rows", $"{name}_columns")
                    .Node("Cast", [name], $"{name}_single", ("to", [(long)GraphWriter.Float32])).Node("Clip", [$"{name}_single", "zero", "one"], $"{name}_unit");
                string back = Turn(writer, $"{name}_unit", name, (4 - transforms[view].QuarterTurns) % 4);
                ordered[view] = Mirror(writer, back, name, transforms[view].Mirror);
            }

            foreach ((int low, int high) in ordered.Length switch { 8 => EightSorted, 4 => FourSorted, _ => [] })
            {
                (string a, string b) = (ordered[low], ordered[high]);
                writer.Node("Min", [a, b], $"{a}<{b}").Node("Max", [a, b], $"{a}>{b}");
                (ordered[low], ordered[high]) = ($"{a}<{b}", $"{a}>{b}");
            }

            writer.Node("Identity", [ordered[(ordered.Length - 1) / 2]], "argb");
        });
    }

    private static GraphFile Write(string name, AlphaAugmentation augmentation, Action<GraphWriter, PlaneTransform[]> write) => new($"{name}-{augmentation}/graph", null, () =>
    {
        GraphWriter writer = new GraphWriter()
            .Initializer("last", GraphWriter.Int64, [-1L], 1).Initializer("before_first", GraphWriter.Int64, [long.MinValue], 1)
            .Initializer("rows", GraphWriter.Int64, [2L], 1).Initializer("columns", GraphWriter.Int64, [3L], 1);
        write(writer, TransparencyDecoder.Transforms(augmentation));
        return writer.ToArray();
    });

    private static string Mirror(GraphWriter writer, string source, string prefix, bool mirror) => mirror ? Reverse(writer, source, $"{prefix}_mirrored", "columns") : source;

    // rot90: out[i,j] = in[j, W−1−i] is the transpose of the mirrored picture; three turns are the mirrored transpose.
    private static string Turn(GraphWriter writer, string source, string prefix, int quarterTurns) => quarterTurns switch
    {
        1 => Transpose(writer, Reverse(writer, source, $"{prefix}_reversed", "columns"), $"{prefix}_turned"),
        2 => Reverse(writer, Reverse(writer, source, $"{prefix}_reversed", "columns"), $"{prefix}_turned", "rows"),
        3 => Reverse(writer, Transpose(writer, source, $"{prefix}_reversed"), $"{prefix}_turned", "columns"),
        _ => source,
    };

    private static string Reverse(GraphWriter writer, string source, string target, string axis)
    {
        writer.Node("Slice", [source, "last", "before_first", axis, "last"], target);
        return target;
    }

    private static string Transpose(GraphWriter writer, string source, string target)
    {
        writer.Node("Transpose", [source], target, ("perm", [0, 1, 3, 2]));
        return target;
    }
}
