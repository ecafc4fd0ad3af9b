namespace LayerDiffusion.Onnx.Sampling;

/// <summary>Watches a denoising loop and may change the latents between steps.</summary>
internal interface IDenoisingObserver
{
    /// <summary>The UNet has predicted.</summary>
    /// <param name="evaluation">Number of the UNet call, from 0.</param>
    /// <param name="denoiser">The UNet that was called.</param>
    /// <param name="timestep">What it was given for the time.</param>
    /// <param name="plan">What was evaluated.</param>
    /// <param name="wording">Which wording of the prompts.</param>
    /// <param name="output">The raw predictions, <c>[terms · rows,c,h,w]</c>.</param>
    void Predicted(int evaluation, UnetDenoiser denoiser, float timestep, GuidancePlan plan, int wording, ReadOnlySpan<float> output);

    /// <summary>The scheduler has made its step.</summary>
    /// <param name="evaluation">Number of the UNet call, from 0.</param>
    /// <param name="run">The scheduler's run; its next evaluation is the one after this.</param>
    /// <param name="latent">The latents <c>[rows,c,h,w]</c>, which may be changed.</param>
    void Stepped(int evaluation, SchedulerRun run, Span<float> latent);
}
