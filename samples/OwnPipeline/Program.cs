using LayerDiffusion.Onnx.Sampling;
using OwnPipelineSample;

if (args is not [string folder, string prompt, ..])
{
    Console.Error.WriteLine("""usage: OwnPipelineSample FOLDER PROMPT [SCHEDULER], FOLDER an ONNX export of Stable Diffusion 1.5, SCHEDULER for example "DPM++ 2M Karras" """);
    return 2;
}

SchedulerOptions? scheduler = args.Length > 2 ? SchedulerOptions.Parse(args[2]) : null;
StableDiffusion.Draw(folder, prompt, "bad, ugly", scheduler, steps: 20, guidanceScale: 7, seed: 12345, size: 512).SavePng("own.png");
Console.WriteLine(Path.GetFullPath("own.png"));
return 0;
