// Three prompts become an atlas for Godot, a PSD file and an OpenRaster file.
// dotnet run --project samples/Sprites -- FOLDER
using LayerDiffusion.Onnx;
using LayerDiffusion.Onnx.Delivery;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Layers;
using LayerDiffusion.Onnx.Models.Tiny;

string folder = args.Length > 0 ? args[0] : "sprites-out";
string[] prompts = ["mushroom", "purple octopus", "glass ghost"];
using LayerDiffusionPipeline pipeline = TinyModel.LoadPipeline();
TransparentResult[] pictures = [.. prompts.Select(prompt => pipeline.GenerateTransparent(prompt, new GenerationOptions { Seed = 5 }))];

// Trimmed, packed, with colour bled under alpha 0; a .tres a sprite, ready to be dragged into a scene. Stray pixels that nobody sees would keep the margins.
IEnumerable<AtlasSprite> sprites = pictures.Select(picture => new AtlasSprite(picture.Prompt, AlphaHygiene.ThresholdAlpha(picture.Image, 4)));
IReadOnlyList<string> files = EnginePreset.Godot4.Export(sprites, folder, "sprites");

// The same pictures side by side, one layer each, for an editor.
int side = pictures[0].Image.Width;
LayerStack stack = new(side * pictures.Length, side, pictures.Select((picture, index) => new Layer(picture.Prompt, picture.Image, index * side)));
LayeredDocument document = stack.ToDocument();
PsdFile.Save(document, Path.Combine(folder, "sprites.psd"));
OpenRasterFile.Save(document, Path.Combine(folder, "sprites.ora"));
Console.WriteLine(string.Join(Environment.NewLine, [.. files, Path.Combine(folder, "sprites.psd"), Path.Combine(folder, "sprites.ora")]));
