using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Layers;

/// <content>Stacks in folders.</content>
public sealed partial class LayerStack
{
    /// <summary>
    /// Saves the stack as <c>stack.json</c> and one PNG file a layer, <c>layers/1-name-….png</c>, from the bottom to the top; colour under alpha 0 is kept.
    /// The same stack gives the same bytes.
    /// </summary>
    /// <param name="folder">The folder; it is made if it is not there. A stack that it holds is replaced, other files in it stay.</param>
    /// <remarks>
    /// The end of a picture's file name tells its content, so that no picture that is there is ever overwritten by another one.
    /// That stack stays whole until the new <c>stack.json</c> takes the place of the old one, in a single step at the very end; then the pictures that
    /// only the old stack used are deleted. One program at a time may save to a folder.
    /// </remarks>
    /// <exception cref="IOException">A file cannot be written. What was there before is still there, and nothing else.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to; likewise.</exception>
    /// <exception cref="InvalidOperationException">The texts of the layers are more than 64 MiB together; likewise.</exception>
    public void Save(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        LayerStackWriter.Save(this, folder, (path, content) => AtomicFile.Write(path, stream => stream.Write(content, 0, content.Length)));
    }

    /// <summary>Loads a stack that <see cref="Save"/> has saved, or one made by hand in the same form.</summary>
    /// <param name="folder">The folder that holds <c>stack.json</c>.</param>
    /// <returns>The stack.</returns>
    /// <exception cref="DirectoryNotFoundException">The folder is not there.</exception>
    /// <exception cref="FileNotFoundException">stack.json or a layer's picture is not there.</exception>
    /// <exception cref="InvalidDataException">stack.json is damaged, of an unknown version, names a file outside the folder or does not fit the pictures; the message names the file and the field.</exception>
    /// <exception cref="ImageFormatException">A picture is no PNG file or is damaged; the message names it.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static LayerStack Load(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return LayerStackReader.Load(folder);
    }
}
