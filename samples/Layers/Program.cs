// What the embedded model can do beside text to picture: redraw, repaint a region, and build a picture layer by layer.
// dotnet run --project samples/Layers -- FOLDER
using LayerDiffusion.Onnx;
using LayerDiffusion.Onnx.Delivery;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Layers;
using LayerDiffusion.Onnx.Models.Tiny;
using LayersSample;

string folder = args.Length > 0 ? args[0] : "layers-out";
Directory.CreateDirectory(folder);
using LayerDiffusionPipeline pipeline = TinyModel.LoadPipeline();

// Text to RGBA.
string[] prompts =
[
    "fox", "owl", "mushroom", "rocket",
    "blue cat face", "purple octopus", "green gem stone", "pink cupcake",
    "glass bell", "glass ghost", "glass star", "glass skull",
];
RgbaImage[] gallery = [.. prompts.Select(prompt => pipeline.GenerateTransparent(prompt, new GenerationOptions { Seed = 5 }).Image)];
Sheet.Save(Path.Combine(folder, "gallery.png"), 4, 2, gallery);

// RGBA to RGBA: the higher the strength, the less is left of the picture that was given.
RgbaImage rocket = gallery[3];
double[] strengths = [0.3, 0.5, 0.8];
List<RgbaImage> redrawn = [];
foreach (string prompt in new[] { "green rocket", "glass rocket" })
{
    redrawn.Add(rocket);
    redrawn.AddRange(strengths.Select(strength => pipeline.GenerateTransparent(rocket, prompt, new GenerationOptions { Strength = strength, Seed = 1 }).Image));
}

Sheet.Save(Path.Combine(folder, "redraw.png"), 4, 2, redrawn);

// Inpainting: the region is repainted, alpha included; outside it every byte stays as it was.
Mask half = Mask.Polygon(rocket.Width, rocket.Height, (0, 0), (128, 128), (0, 128));
RgbaImage repainted = pipeline.Inpaint(rocket, half, "blue rocket", new GenerationOptions { Seed = 1 }).Image;
Sheet.Save(Path.Combine(folder, "inpaint.png"), 3, 2, [rocket, half.ToImage(), repainted]);

// A stack: every call gives a new one, so that earlier ones stay as they were.
LayerStack castle = pipeline.AddLayer(new LayerStack(128, 128), "castle", new GenerationOptions { Seed = 5 }).Stack;
LayerStack withFox = PlaceTop(pipeline.AddLayer(castle, "fox", new GenerationOptions { Seed = 5 }).Stack, 72, 2, 56);
LayerStack stack = PlaceTop(pipeline.AddLayer(withFox, "gem stone", new GenerationOptions { Seed = 2 }).Stack, 52, 76, 78);

// One layer once more with another seed, in its place; the others stay.
LayerStack rolled = pipeline.RedrawLayer(stack, stack.Layers[2].Id, new GenerationOptions { Seed = 9 }).Stack;
LayerStack hidden = rolled.Hide(rolled.Layers[1].Id);
Sheet.Save(Path.Combine(folder, "stack.png"), 5, 2, [castle.Flatten(), withFox.Flatten(), stack.Flatten(), rolled.Flatten(), hidden.Flatten()]);

// A folder of PNG and JSON that keeps everything, and files that editors open.
rolled.Save(Path.Combine(folder, "stack"));
LayeredDocument document = LayerStack.Load(Path.Combine(folder, "stack")).ToDocument();
PsdFile.Save(document, Path.Combine(folder, "stack.psd"));
OpenRasterFile.Save(document, Path.Combine(folder, "stack.ora"));
Console.WriteLine($"Written to {Path.GetFullPath(folder)}");

// A layer comes in the size of its stack; smaller and elsewhere it becomes part of a scene.
static LayerStack PlaceTop(LayerStack stack, int side, int x, int y)
{
    Layer layer = stack.Layers[^1];
    return stack.Replace(layer.Id, layer with { Image = layer.Image.Resize(side, side), X = x, Y = y });
}
