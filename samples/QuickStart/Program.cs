using LayerDiffusion.Onnx;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Models.Tiny;

using LayerDiffusionPipeline pipeline = TinyModel.LoadPipeline();   // or LayerDiffusionPipeline.Load("models/sdxl-transparent")
TransparentResult result = pipeline.GenerateTransparent("a glass ghost");
result.Image.SavePng("ghost.png");                // straight alpha, true colour under it
byte[] texture = result.Premultiplied.ToArray();  // for a GPU
RgbaImage sprite = result.Padded;                 // colour bled under alpha 0, no grey fringes

Console.WriteLine($"{Path.GetFullPath("ghost.png")}: {sprite.Width}×{sprite.Height}, seed {result.Seed}, {texture.Length} bytes of texture");
