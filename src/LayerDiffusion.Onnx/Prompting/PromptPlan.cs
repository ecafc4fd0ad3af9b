namespace LayerDiffusion.Onnx.Prompting;

/// <summary>The prompts of one generation taken apart: the weights of the parts that AND joins, and what they say in which steps.</summary>
internal sealed class PromptPlan
{
    private PromptPlan(float[] positiveWeights, List<PromptWording> wordings)
    {
        this.PositiveWeights = positiveWeights;
        this.Wordings = wordings;
    }

    /// <summary>Gets the weight of each part of the prompt.</summary>
    public float[] PositiveWeights { get; }

    /// <summary>Gets the wordings in order of steps.</summary>
    public IReadOnlyList<PromptWording> Wordings { get; }

    /// <summary>Takes prompts apart, as far as the options allow a syntax.</summary>
    /// <param name="prompts">One prompt per frame, or one for all.</param>
    /// <param name="negative">The negative prompt, or <see langword="null"/>.</param>
    /// <param name="options">How prompts are read.</param>
    /// <param name="steps">Number of inference steps.</param>
    /// <exception cref="ArgumentException">Several frames, and AND in one of their prompts.</exception>
    public static PromptPlan Create(IReadOnlyList<string> prompts, string? negative, PromptOptions options, int steps)
    {
        if (options.Syntax == PromptSyntax.Plain)
        {
            return new PromptPlan([1], [new PromptWording(steps, [prompts], negative)]);
        }

        ComposedPrompt[][] parts = [.. prompts.Select(prompt => PromptParser.ParseComposition(prompt).ToArray())];
        if (parts.Length > 1 && Array.Exists(parts, frame => frame.Length > 1))
        {
            throw new ArgumentException("AND joins the parts of a single prompt; here each layer has a prompt of its own.", nameof(prompts));
        }

        // Each part's schedule for each frame; a frame without AND has one part.
        IReadOnlyList<ScheduledPrompt>[][] positive =
            [.. Enumerable.Range(0, parts[0].Length).Select(part => parts.Select(frame => PromptParser.ParseSchedule(frame[part].Text, steps)).ToArray())];
        IReadOnlyList<ScheduledPrompt>? negativeSchedule = negative is null ? null : PromptParser.ParseSchedule(negative, steps);
        IEnumerable<int> ends = positive.SelectMany(part => part).Append(negativeSchedule ?? []).SelectMany(schedule => schedule.Select(entry => entry.UntilStep));
        return new PromptPlan(
            [.. parts[0].Select(part => (float)part.Weight)],
            [.. ends.Distinct().Order().Select(end => new PromptWording(
                end,
                [.. positive.Select(part => part.Select(schedule => TextAt(schedule, end)).ToArray())],
                negativeSchedule is null ? null : TextAt(negativeSchedule, end)))]);
    }

    /// <summary>The wording that a step uses.</summary>
    /// <param name="step">Counted from 1.</param>
    public int WordingAt(int step)
    {
        int wording = 0;
        while (wording < this.Wordings.Count - 1 && step > this.Wordings[wording].UntilStep)
        {
            wording++;
        }

        return wording;
    }

    private static string TextAt(IReadOnlyList<ScheduledPrompt> schedule, int step) =>
        (schedule.FirstOrDefault(entry => step <= entry.UntilStep) ?? schedule[^1]).Text;
}
