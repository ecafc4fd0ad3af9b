using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// A UNet bound for one generation: what stays the same is written once, a step writes the noisy latents and the timestep.
/// </summary>
/// <remarks>
/// The condition sets are blocks of one batch, each with all rows. A subset of them can be asked for, so that a step without guidance
/// costs one set only; each subset has buffers of its own, made when it is first used.
/// </remarks>
internal sealed class UnetDenoiser : IDisposable
{
    private readonly GraphSession graph;
    private readonly LatentShape shape;
    private readonly UnetInputs inputs;
    private readonly Dictionary<uint, Subset> subsets = [];

    public UnetDenoiser(GraphSession graph, LatentShape shape, UnetInputs inputs)
    {
        this.graph = graph;
        this.shape = shape;
        this.inputs = inputs;
    }

    /// <summary>Predicts for some of the condition sets.</summary>
    /// <param name="conditionSets">One bit per condition set.</param>
    /// <param name="sample">Noisy latents after input scaling, <c>[rows,c,h,w]</c>.</param>
    /// <param name="timestep">The timestep of all rows.</param>
    /// <param name="output"><c>[sets asked for · rows,c,h,w]</c>.</param>
    /// <param name="cancellationToken">Cancels at the next node of the graph.</param>
    public void Predict(uint conditionSets, ReadOnlySpan<float> sample, float timestep, Span<float> output, CancellationToken cancellationToken)
    {
        Subset subset = this.Bind(conditionSets);
        int inputRowLength = subset.Sample.Length / (subset.Blocks * this.shape.Rows);
        for (int row = 0; row < subset.Blocks * this.shape.Rows; row++)
        {
            subset.Sample.Write(sample.Slice(row % this.shape.Rows * this.shape.RowLength, this.shape.RowLength), row * inputRowLength);
        }

        subset.Timestep.Write([timestep]);
        subset.Binding.Run(cancellationToken);
        subset.Output.Read(output);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Subset subset in this.subsets.Values)
        {
            subset.Binding.Dispose();
        }
    }

    private Subset Bind(uint conditionSets)
    {
        if (this.subsets.TryGetValue(conditionSets, out Subset? subset))
        {
            return subset;
        }

        ConditionSet[] blocks = [.. this.inputs.ConditionSets.Where((_, index) => (conditionSets & (1u << index)) != 0)];
        int rows = blocks.Length * this.shape.Rows;
        int channels = this.shape.Channels + this.inputs.ChannelConditions.Sum(condition => condition.Length / this.shape.PlaneLength);
        GraphBinding binding = this.graph.CreateBinding();
        this.subsets.Add(conditionSets, subset = new Subset(
            blocks.Length,
            binding,
            binding.BindInput("sample", rows, channels, this.shape.Height, this.shape.Width),
            binding.BindInput("timestep", this.graph.Inputs["timestep"].Dimensions.Length == 0 ? [] : [1]),
            binding.BindOutput("out_sample", rows, this.shape.Channels, this.shape.Height, this.shape.Width)));
        this.WriteChannelConditions(subset.Sample, rows, channels);
        this.WriteConditionSets(binding, blocks, rows);
        foreach ((string name, (float[] values, long[] extents)) in this.inputs.Controls)
        {
            binding.BindInput(name, extents).Write(values);
        }

        return subset;
    }

    private void WriteChannelConditions(GraphTensor sample, int rows, int channels)
    {
        for (int row = 0; row < rows; row++)
        {
            int offset = (row * channels * this.shape.PlaneLength) + this.shape.RowLength;
            foreach (float[] condition in this.inputs.ChannelConditions)
            {
                sample.Write(condition, offset);
                offset += condition.Length;
            }
        }
    }

    private void WriteConditionSets(GraphBinding binding, ConditionSet[] blocks, int rows)
    {
        Conditioning first = blocks[0].ForRow(0);
        GraphTensor hidden = binding.BindInput("encoder_hidden_states", rows, first.SequenceLength, first.Width);
        GraphTensor? pooled = this.graph.Inputs.ContainsKey("text_embeds") ? binding.BindInput("text_embeds", rows, first.TextEmbeds!.Length) : null;
        GraphTensor? timeIds = this.graph.Inputs.ContainsKey("time_ids") ? binding.BindInput("time_ids", rows, this.inputs.TimeIds!.Length) : null;
        for (int row = 0; row < rows; row++)
        {
            Conditioning conditioning = blocks[row / this.shape.Rows].ForRow(row % this.shape.Rows);
            hidden.Write(conditioning.HiddenStates, row * conditioning.HiddenStates.Length);
            pooled?.Write(conditioning.TextEmbeds, row * conditioning.TextEmbeds!.Length);
            timeIds?.Write(this.inputs.TimeIds, row * this.inputs.TimeIds!.Length);
        }
    }

    private sealed record Subset(int Blocks, GraphBinding Binding, GraphTensor Sample, GraphTensor Timestep, GraphTensor Output);
}
