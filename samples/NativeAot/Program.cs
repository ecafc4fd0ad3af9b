using System.Diagnostics;
using System.Globalization;
using LayerDiffusion.Onnx;
using LayerDiffusion.Onnx.Models.Tiny;

// Draws a picture with the embedded model, as a program compiled ahead of time: NativeAot [picture.png] [prompt]
string path = args.Length > 0 ? args[0] : "native-aot.png";
string prompt = args.Length > 1 ? args[1] : "a glass ghost";
double started = (DateTime.Now - Process.GetCurrentProcess().StartTime).TotalMilliseconds;

long begin = Stopwatch.GetTimestamp();
using LayerDiffusionPipeline pipeline = TinyModel.LoadPipeline();
double loaded = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
TransparentResult result = pipeline.GenerateTransparent(prompt, new GenerationOptions { Seed = 7 });
double generated = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
result.Image.SavePng(path);

Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"{Path.GetFullPath(path)}: start to first line of code {started:F0} ms, model opened {loaded:F0} ms later, picture {generated - loaded:F0} ms later"));
return 0;
