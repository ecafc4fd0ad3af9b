using System.Runtime.InteropServices;
using LayerDiffusion.Onnx.Packages;
using LayerDiffusion.Onnx.Prompting;
using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx;

/// <content>What a trace keeps.</content>
internal sealed partial class GenerationJob
{
    private void TraceSchedule(SchedulerRun run)
    {
        this.trace!.Add("timesteps", CollectionsMarshal.AsSpan([.. run.Timesteps]), run.EvaluationCount);
        if (run.Sigmas.Count > 0)
        {
            this.trace.Add("sigmas", CollectionsMarshal.AsSpan([.. run.Sigmas]), run.Sigmas.Count);
        }
    }

    private void TracePrompts(PromptEncoder encoder, PromptPlan plan, Guidance guidance, IReadOnlyList<ConditionSet?> sets, float[] timeIds, LatentShape shape)
    {
        PromptWording first = plan.Wordings[0];
        AddRole(string.Empty, first.Positive[0], sets[^plan.PositiveWeights.Length]!);
        int blocks = 1;
        if (guidance.UsesNegative)
        {
            blocks = 2;
            ConditionSet negative = sets[guidance.SetCount - plan.PositiveWeights.Length - 1]!;
            AddRole("negative_", [.. Enumerable.Repeat(first.Negative ?? string.Empty, first.Positive[0].Count)], negative);
        }

        if (this.model.Package.Family == ModelFamily.StableDiffusionXL)
        {
            float[] rows = [.. Enumerable.Repeat(timeIds, blocks * shape.Rows).SelectMany(row => row)];
            this.trace!.Add("time_ids", rows, blocks * shape.Rows, timeIds.Length);
        }

        void AddRole(string prefix, IReadOnlyList<string> texts, ConditionSet set)
        {
            for (int tokenizer = 0; tokenizer < this.model.Package.TextEncoders.Count; tokenizer++)
            {
                TokenizedPrompt[] prompts = [.. texts.Select(text => encoder.Tokenize(text, this.options.Prompting)[tokenizer])];
                long[] ids = [.. prompts.SelectMany(prompt => prompt.Chunks.SelectMany(chunk => chunk.Ids)).Select(id => (long)id)];
                this.trace!.Add($"{prefix}input_ids{(tokenizer == 0 ? string.Empty : "_2")}", ids, texts.Count, ids.Length / texts.Count);
            }

            Conditioning[] rows = [.. Enumerable.Range(0, shape.Rows).Select(set.ForRow)];
            this.trace!.Add($"{prefix}prompt_embeds", [.. rows.SelectMany(row => row.HiddenStates)], rows.Length, rows[0].SequenceLength, rows[0].Width);
            if (rows[0].TextEmbeds is { } pooled)
            {
                this.trace.Add($"{prefix.TrimEnd('_')}{(prefix.Length > 0 ? "_" : string.Empty)}pooled_prompt_embeds", [.. rows.SelectMany(row => row.TextEmbeds!)], rows.Length, pooled.Length);
            }
        }
    }

    /// <summary>Keeps the first UNet call and the latents after each step.</summary>
    private sealed class TraceObserver(GenerationTrace trace, LatentShape shape) : IDenoisingObserver
    {
        public void Predicted(int evaluation, UnetDenoiser denoiser, float timestep, GuidancePlan plan, int wording, ReadOnlySpan<float> output)
        {
            if (evaluation == 0)
            {
                (float[] values, long[] extents) = denoiser.ReadInput(plan, wording);
                trace.Add("unet.first.sample", values, extents);
                trace.Add("unet.first.timestep", [timestep], 1);
                trace.Add("unet.first.out", output, plan.Terms.Length * shape.Rows, shape.Channels, shape.Height, shape.Width);
            }
        }

        public void Stepped(int evaluation, SchedulerRun run, Span<float> latent) => trace.AddLatent(evaluation, latent, shape);
    }
}
