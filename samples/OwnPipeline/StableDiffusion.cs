using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Prompting;
using LayerDiffusion.Onnx.Sampling;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace OwnPipelineSample;

/// <summary>
/// A pipeline of one's own on ONNX Runtime, without a model package: of LayerDiffusion.Onnx it takes the tokenizer, the scheduler, torch's random numbers and the PNG writer.
/// </summary>
internal static class StableDiffusion
{
    /// <summary>Draws a picture as diffusers' StableDiffusionPipeline does with the same seed.</summary>
    /// <param name="folder">An ONNX export of Stable Diffusion 1.5: tokenizer, scheduler, text_encoder, unet and vae_decoder.</param>
    /// <param name="prompt">What to draw.</param>
    /// <param name="negativePrompt">What not to draw.</param>
    /// <param name="scheduler">The scheduler, or null for the model's own.</param>
    /// <param name="steps">Number of steps.</param>
    /// <param name="guidanceScale">How much the prompts count.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="size">Width and height, a multiple of 8.</param>
    /// <returns>The picture.</returns>
    public static RgbaImage Draw(string folder, string prompt, string negativePrompt, SchedulerOptions? scheduler, int steps, float guidanceScale, long seed, int size)
    {
        // Both prompts as one batch, the negative one first.
        ClipTokenizer tokenizer = ClipTokenizer.Load(Path.Combine(folder, "tokenizer"));
        float[] ids = [.. tokenizer.EncodePadded(negativePrompt), .. tokenizer.EncodePadded(prompt)];
        using InferenceSession textEncoder = Open(folder, "text_encoder");
        float[] embeddings = Run(textEncoder, "last_hidden_state", ("input_ids", ids, [2, tokenizer.MaximumLength]));
        int width = embeddings.Length / ids.Length;

        // The scheduler's name over the config that the model was trained with.
        SchedulerOptions model = SchedulerOptions.FromConfig(File.ReadAllBytes(Path.Combine(folder, "scheduler", "scheduler_config.json")));
        int side = size / 8;
        float[] latent = new float[4 * side * side];
        SchedulerRun run = Scheduler.Create(scheduler?.Over(model) ?? model).CreateRun(steps, latent.Length);

        TorchRandom random = new(seed);
        random.NextNormal(latent);
        for (int i = 0; i < latent.Length; i++)
        {
            latent[i] *= run.InitialNoiseScale;
        }

        using InferenceSession unet = Open(folder, "unet");
        float[] input = new float[2 * latent.Length];
        float[] guided = new float[latent.Length];
        while (!run.IsFinished)
        {
            run.ScaleModelInput(latent, input.AsSpan(0, latent.Length));
            input.AsSpan(0, latent.Length).CopyTo(input.AsSpan(latent.Length));
            float[] output = Run(
                unet,
                "out_sample",
                ("sample", input, [2, 4, side, side]),
                ("timestep", [run.Timesteps[run.Index]], [1]),
                ("encoder_hidden_states", embeddings, [2, tokenizer.MaximumLength, width]));
            for (int i = 0; i < guided.Length; i++)
            {
                guided[i] = output[i] + (guidanceScale * (output[guided.Length + i] - output[i]));
            }

            run.Step(guided, latent, random);
        }

        return Decode(folder, latent, side);
    }

    private static RgbaImage Decode(string folder, float[] latent, int side)
    {
        const float ScalingFactor = 0.18215f;
        using InferenceSession decoder = Open(folder, "vae_decoder");
        float[] planes = Run(decoder, "sample", ("latent_sample", Array.ConvertAll(latent, value => value / ScalingFactor), [1, 4, side, side]));
        int pixels = planes.Length / 3;
        byte[] rgba = new byte[4 * pixels];
        for (int i = 0; i < pixels; i++)
        {
            for (int channel = 0; channel < 3; channel++)
            {
                float value = (planes[(channel * pixels) + i] / 2) + 0.5f;
                rgba[(4 * i) + channel] = (byte)Math.Round(255 * Math.Clamp(value, 0, 1));
            }

            rgba[(4 * i) + 3] = 255;
        }

        return RgbaImage.FromPixels(rgba, 8 * side, 8 * side);
    }

    private static InferenceSession Open(string folder, string graph) => new(Path.Combine(folder, graph, "model.onnx"));

    private static float[] Run(InferenceSession session, string output, params (string Name, float[] Values, long[] Shape)[] inputs)
    {
        Dictionary<string, OrtValue> values = inputs.ToDictionary(input => input.Name, input => Convert(input.Values, input.Shape, session.InputMetadata[input.Name].ElementDataType));
        using RunOptions options = new();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, values, [output]);
        foreach (OrtValue value in values.Values)
        {
            value.Dispose();
        }

        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    // Exports disagree on the types of ids and timesteps.
    private static OrtValue Convert(float[] values, long[] shape, TensorElementType type) => type switch
    {
        TensorElementType.Int32 => OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(values, value => (int)value), shape),
        TensorElementType.Int64 => OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(values, value => (long)value), shape),
        _ => OrtValue.CreateTensorValueFromMemory(values, shape),
    };
}
