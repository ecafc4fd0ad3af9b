using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// A UNet bound for one generation: what stays the same is written once, a step writes the noisy latents and the timestep.
/// </summary>
/// <remarks>
/// The condition sets of a guidance plan are blocks of one batch, each with all rows. Each plan, and each wording of a changing prompt,
/// has buffers of its own, made when it is first used.
/// </remarks>
internal sealed class UnetDenoiser : IDisposable
{
    private readonly GraphSession graph;
    private readonly LatentShape shape;
    private readonly UnetInputs inputs;
    private readonly Dictionary<(GuidancePlan Plan, int Wording), Bound> bindings = [];

    public UnetDenoiser(GraphSession graph, LatentShape shape, UnetInputs inputs)
    {
        this.graph = graph;
        this.shape = shape;
        this.inputs = inputs;
    }

    /// <summary>Predicts for the condition sets of a plan.</summary>
    /// <param name="plan">The sets to evaluate.</param>
    /// <param name="wording">Which wording of the prompts holds now.</param>
    /// <param name="sample">Noisy latents after input scaling, <c>[rows,c,h,w]</c>.</param>
    /// <param name="timestep">The timestep of all rows.</param>
    /// <param name="output"><c>[terms · rows,c,h,w]</c>.</param>
    /// <param name="cancellationToken">Cancels at the next node of the graph.</param>
    public void Predict(GuidancePlan plan, int wording, ReadOnlySpan<float> sample, float timestep, Span<float> output, CancellationToken cancellationToken)
    {
        Bound bound = this.Bind(plan, wording);
        int rows = plan.Terms.Length * this.shape.Rows;
        for (int row = 0; row < rows; row++)
        {
            bound.Sample.Write(sample.Slice(row % this.shape.Rows * this.shape.RowLength, this.shape.RowLength), row * (bound.Sample.Length / rows));
        }

        bound.Timestep.Write([timestep]);
        bound.Binding.Run(cancellationToken);
        bound.Output.Read(output);
    }

    /// <summary>Copies what the UNet was last given, noisy latents and channel conditions joined.</summary>
    public (float[] Values, long[] Shape) ReadInput(GuidancePlan plan, int wording)
    {
        GraphTensor sample = this.Bind(plan, wording).Sample;
        float[] values = new float[sample.Length];
        sample.Read(values);
        return (values, sample.Shape);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Bound bound in this.bindings.Values)
        {
            bound.Binding.Dispose();
        }
    }

    private Bound Bind(GuidancePlan plan, int wording)
    {
        if (this.bindings.TryGetValue((plan, wording), out Bound? bound))
        {
            return bound;
        }

        ConditionSet[] blocks = new ConditionSet[plan.Terms.Length];
        for (int i = 0; i < blocks.Length; i++)
        {
            blocks[i] = this.inputs.Wordings[wording][plan.Terms[i].Set]!;
        }

        int rows = blocks.Length * this.shape.Rows;
        int channels = this.shape.Channels + this.inputs.ChannelConditions.Sum(condition => condition.Length / this.shape.PlaneLength);
        GraphBinding binding = this.graph.CreateBinding();
        bound = new Bound(
            binding,
            binding.BindInput("sample", rows, channels, this.shape.Height, this.shape.Width),
            binding.BindInput("timestep", this.graph.Inputs["timestep"].Dimensions.Length == 0 ? [] : [1]),
            binding.BindOutput("out_sample", rows, this.shape.Channels, this.shape.Height, this.shape.Width));
        this.bindings.Add((plan, wording), bound);
        this.WriteChannelConditions(bound.Sample, rows, channels);
        this.WriteConditionSets(binding, blocks, rows);
        foreach ((string name, (float[] values, long[] extents)) in this.inputs.Controls)
        {
            binding.BindInput(name, extents).Write(values);
        }

        return bound;
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

    private sealed record Bound(GraphBinding Binding, GraphTensor Sample, GraphTensor Timestep, GraphTensor Output);
}
