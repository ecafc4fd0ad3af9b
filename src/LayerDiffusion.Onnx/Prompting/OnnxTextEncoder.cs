using System.Globalization;
using LayerDiffusion.Onnx.Packages;
using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx.Prompting;

/// <summary>A text encoder graph of a model package. It is loaded only when a text is not in the cache.</summary>
internal sealed class OnnxTextEncoder : ITextEncoder
{
    /// <summary>The input that takes the vectors of textual inversions, <c>[K,width]</c>.</summary>
    public const string TextualInversionInput = "ti_embeddings";

    private readonly TextEncoderDefinition definition;
    private readonly int clipSkip;
    private readonly TextEncodingCache cache;
    private readonly Func<GraphSession> open;
    private readonly CancellationToken cancellationToken;

    /// <summary>Initializes a new instance of the <see cref="OnnxTextEncoder"/> class for one generation.</summary>
    /// <param name="definition">The graph's facts.</param>
    /// <param name="clipSkip">Layers skipped beyond the model's own choice.</param>
    /// <param name="cache">What earlier generations encoded.</param>
    /// <param name="open">Loads the graph.</param>
    /// <param name="cancellationToken">Cancels at the next node of the graph.</param>
    /// <exception cref="ArgumentOutOfRangeException">The graph has no such layer to skip to.</exception>
    public OnnxTextEncoder(TextEncoderDefinition definition, int clipSkip, TextEncodingCache cache, Func<GraphSession> open, CancellationToken cancellationToken)
    {
        this.definition = definition;
        this.clipSkip = clipSkip;
        this.cache = cache;
        this.open = open;
        this.cancellationToken = cancellationToken;
        int most = Math.Max(this.OwnLayer - 1, 0);
        if (clipSkip > most)
        {
            throw OutOfRange("ClipSkip", clipSkip, $"'{definition.Graph.Name}' gives {definition.LayerCount} layers' states, so that wanted is from 0 to {most}");
        }
    }

    private bool IsNormed => this.definition.HiddenOutput == "last_hidden_state";

    // The layer whose state the model itself uses.
    private int OwnLayer => this.definition.LayerCount - (this.IsNormed ? 0 : 1);

    /// <inheritdoc/>
    /// <exception cref="OperationCanceledException">Cancelled, be the text in the cache or not.</exception>
    public TextEncoding Encode(ReadOnlySpan<int> ids, int endIndex, TextualInversionTable? textualInversions)
    {
        this.cancellationToken.ThrowIfCancellationRequested();
        // Vectors of textual inversions are no part of the key, so texts with them are encoded anew.
        return textualInversions is not null
            ? this.Run(ids.ToArray(), endIndex, textualInversions)
            : this.cache.GetOrAdd(string.Create(CultureInfo.InvariantCulture, $"{this.definition.Graph.Name}:{this.clipSkip}"), ids, key => this.Run(key, endIndex, null));
    }

    private TextEncoding Run(int[] ids, int endIndex, TextualInversionTable? textualInversions)
    {
        GraphSession graph = this.open();
        using GraphBinding binding = graph.CreateBinding();
        binding.BindInput("input_ids", 1, ids.Length).Write(ids);
        if (graph.Inputs.ContainsKey("eos_index"))
        {
            binding.BindInput("eos_index", 1).Write([endIndex]);
        }

        if (textualInversions is not null)
        {
            binding.BindInput(TextualInversionInput, textualInversions.Count, textualInversions.Width).Write(textualInversions.Vectors);
        }

        string hidden = this.clipSkip == 0 ? this.definition.HiddenOutput : LayerName(this.OwnLayer - this.clipSkip);
        bool needsNorm = this.clipSkip > 0 && this.IsNormed;
        binding.BindOpenOutput(hidden);
        if (needsNorm)
        {
            binding.BindOpenOutput(LayerName(this.definition.LayerCount));
            binding.BindOpenOutput(this.definition.HiddenOutput);
        }

        if (this.definition.PooledOutput is not null)
        {
            binding.BindOpenOutput(this.definition.PooledOutput);
        }

        binding.Run(this.cancellationToken);
        (float[] states, long[] shape) = binding.ReadOpenOutput(hidden);
        if (needsNorm)
        {
            states = FinalLayerNorm.Apply(
                states, binding.ReadOpenOutput(LayerName(this.definition.LayerCount)).Values, binding.ReadOpenOutput(this.definition.HiddenOutput).Values, (int)shape[^1]);
        }

        return new TextEncoding(states, this.definition.PooledOutput is null ? null : binding.ReadOpenOutput(this.definition.PooledOutput).Values);
    }

    // Callers know the option, not the parameter of a constructor they never see.
    private static ArgumentOutOfRangeException OutOfRange(string option, int value, string reason) => new(option, value, $"GenerationOptions.{option} is {value}; {reason}.");

    private static string LayerName(int layer) => string.Create(CultureInfo.InvariantCulture, $"hidden_states.{layer}");
}
