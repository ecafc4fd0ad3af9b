namespace LayerDiffusion.Onnx.Prompting;

/// <summary>What the UNet gets of one prompt. Not changed once made.</summary>
/// <param name="Hidden"><c>encoder_hidden_states</c>, [S, D] row-major.</param>
/// <param name="SequenceLength">S: 77 a chunk.</param>
/// <param name="Width">D: that of the text encoder, or the sum of both.</param>
/// <param name="Pooled"><c>text_embeds</c> [P] of the last text encoder's first chunk, or null.</param>
internal sealed record PromptEmbeddings(float[] Hidden, int SequenceLength, int Width, float[]? Pooled)
{
    /// <summary>Makes zeros of the same shape: SDXL's negative where none is given (<c>force_zeros_for_empty_prompt</c>).</summary>
    public PromptEmbeddings ZerosLike() => new(new float[this.Hidden.Length], this.SequenceLength, this.Width, this.Pooled is null ? null : new float[this.Pooled.Length]);

    /// <summary>Makes the sequence longer by repeating another prompt's hidden state, usually that of the empty prompt; the pooled vector stays.</summary>
    /// <param name="sequenceLength">Wanted S: this one's plus a multiple of <paramref name="filler"/>'s.</param>
    /// <param name="filler">What is appended.</param>
    /// <exception cref="ArgumentException">The widths differ, or the lengths do not add up.</exception>
    public PromptEmbeddings PadTo(int sequenceLength, PromptEmbeddings filler)
    {
        if (sequenceLength == this.SequenceLength)
        {
            return this;
        }

        if (filler.Width != this.Width)
        {
            throw new ArgumentException($"The filler is {filler.Width} wide, the prompt {this.Width}.", nameof(filler));
        }

        int missing = sequenceLength - this.SequenceLength;
        if (missing < 0 || missing % filler.SequenceLength != 0)
        {
            throw new ArgumentException($"A sequence of {this.SequenceLength} cannot become {sequenceLength} by pieces of {filler.SequenceLength}.", nameof(sequenceLength));
        }

        float[] hidden = new float[sequenceLength * this.Width];
        this.Hidden.CopyTo(hidden, 0);
        for (int at = this.Hidden.Length; at < hidden.Length; at += filler.Hidden.Length)
        {
            filler.Hidden.CopyTo(hidden, at);
        }

        return new PromptEmbeddings(hidden, sequenceLength, this.Width, this.Pooled);
    }
}
