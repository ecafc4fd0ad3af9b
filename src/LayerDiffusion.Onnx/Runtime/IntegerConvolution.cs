namespace LayerDiffusion.Onnx.Runtime;

/// <summary>
/// A convolution as one product of 8-bit integers: the picture is quantized, its channels go last, the pixels under each tap of the kernel are laid beside each other, and the product
/// of these rows with the kernel's matrix gives floats again.
/// </summary>
/// <remarks>
/// ONNX Runtime's own <c>QLinearConv</c> wants the range of its result beforehand, and its <c>ConvInteger</c> is slower than single precision. Kernels of a single pixel are left as they are:
/// there is little to gain, and those that shorten the way around a block take in joined features of very different ranges ("Q-Diffusion", Li et al. 2023, section 4.2).
/// </remarks>
internal sealed class IntegerConvolution
{
    /// <summary>The first version of ONNX's operators in which all that are used here take bytes.</summary>
    public const ulong LeastOperatorSet = 13;

    // Fewer channels gain nothing, and the first and last layers of a UNet, which have few, are the most sensitive.
    private const int LeastChannels = 16;

    private readonly OnnxNode node;
    private readonly StoredTensor kernel;
    private readonly long[] strides;
    private readonly long[] pads;

    private IntegerConvolution(OnnxNode node, StoredTensor kernel, long[] strides, long[] pads)
    {
        this.node = node;
        this.kernel = kernel;
        this.strides = strides;
        this.pads = pads;
    }

    /// <summary>Finds out whether a node is a convolution that is computed this way: of two axes and several pixels, ungrouped, undilated, its padding given.</summary>
    /// <param name="file">The graph's file.</param>
    /// <param name="node">A node named <c>Conv</c>.</param>
    /// <param name="kernel">Its weights, <c>[outputs,inputs,height,width]</c>.</param>
    /// <returns><see langword="null"/> if it cannot.</returns>
    public static IntegerConvolution? Read(byte[] file, OnnxNode node, StoredTensor kernel)
    {
        long[] strides = Numbers("strides", 1, 1);
        long[] pads = Numbers("pads", 0, 0, 0, 0);
        bool isPlain = kernel.Shape is [>= LeastChannels, >= LeastChannels, _, _]
            && kernel.Shape is not [_, _, 1, 1]
            && Numbers("group", 1) is [1]
            && Numbers("dilations", 1, 1) is [1, 1]
            && strides is [> 0, > 0]
            && pads is [>= 0, >= 0, >= 0, >= 0]
            && !node.Attributes.ContainsKey("auto_pad");
        return isPlain ? new IntegerConvolution(node, kernel, strides, pads) : null;

        long[] Numbers(string name, params long[] defaults) => node.Numbers(file, name) is { Length: > 0 } numbers ? numbers : defaults;
    }

    /// <summary>Lays a kernel out as the matrix that rows of pixels are multiplied with.</summary>
    /// <param name="values"><c>[outputs,inputs,height,width]</c>.</param>
    /// <param name="shape">These extents.</param>
    /// <returns><c>[height·width·inputs,outputs]</c>.</returns>
    public static float[] ToMatrix(ReadOnlySpan<float> values, long[] shape)
    {
        (int outputs, int inputs, int taps) = ((int)shape[0], (int)shape[1], (int)(shape[2] * shape[3]));
        float[] matrix = new float[values.Length];
        int next = 0;
        for (int tap = 0; tap < taps; tap++)
        {
            for (int input = 0; input < inputs; input++)
            {
                for (int output = 0; output < outputs; output++)
                {
                    matrix[next++] = values[(((output * inputs) + input) * taps) + tap];
                }
            }
        }

        return matrix;
    }

    /// <summary>Makes the nodes that take the convolution's place.</summary>
    /// <param name="weights">The name of the quantized matrix.</param>
    /// <param name="scale">The name of its columns' scales.</param>
    /// <param name="constant">Gives the name of a constant list of whole numbers.</param>
    public List<OnnxMessage> Nodes(string weights, string scale, Func<long[], string> constant)
    {
        string output = this.node.Outputs[0];
        (string quantized, string quantizedScale, string zero) = ($"{output}_uint8", $"{output}_uint8_scale", $"{output}_uint8_zero");
        List<OnnxMessage> nodes = [OnnxNode.Create("DynamicQuantizeLinear", [this.node.Inputs[0]], [quantized, quantizedScale, zero])];
        string pixels = Add("Transpose", [quantized], "last", ("perm", [0, 2, 3, 1]));
        if (this.pads is not [0, 0, 0, 0])
        {
            pixels = Add("Pad", [pixels, constant([0, this.pads[0], this.pads[1], 0, 0, this.pads[2], this.pads[3], 0]), zero], "padded");
        }

        string rows = Add("Concat", [.. this.Taps().Select(tap => Slice(pixels, tap.Row, tap.Column))], "rows", ("axis", [3]));
        string bias = this.node.Inputs.Count > 2 ? this.node.Inputs[2] : string.Empty;
        string product = Add($"{OnnxRewriter.ContributedDomain}:MatMulIntegerToFloat", [rows, weights, quantizedScale, scale, zero, string.Empty, bias], "product");
        nodes.Add(OnnxNode.Create("Transpose", [product], [output], ("perm", [0, 3, 1, 2])));
        return nodes;

        string Add(string operation, string[] inputs, string name, params (string Name, long[] Values)[] attributes)
        {
            string result = $"{output}_uint8_{name}";
            nodes.Add(OnnxNode.Create(operation, inputs, [result], attributes));
            return result;
        }

        // The pixels that a tap meets: the last is as many before the end as the kernel has taps left.
        string Slice(string whole, long row, long column)
        {
            (long lastRow, long lastColumn) = (row - this.kernel.Shape[2] + 1, column - this.kernel.Shape[3] + 1);
            return Add(
                "Slice", [whole, constant([row, column]), constant([End(lastRow), End(lastColumn)]), constant([1, 2]), constant(this.strides)], FormattableString.Invariant($"{row}_{column}"));
        }

        static long End(long last) => last == 0 ? int.MaxValue : last;
    }

    private IEnumerable<(long Row, long Column)> Taps()
    {
        for (long row = 0; row < this.kernel.Shape[2]; row++)
        {
            for (long column = 0; column < this.kernel.Shape[3]; column++)
            {
                yield return (row, column);
            }
        }
    }
}
