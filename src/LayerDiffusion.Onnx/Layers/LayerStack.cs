using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Layers;

/// <summary>
/// A canvas and the layers on it, from the bottom to the top. A stack never changes: what edits it returns a new one that shares the pictures, so
/// that an earlier one stays valid, for undoing among other things.
/// </summary>
[SuppressMessage("Naming", "CA1711", Justification = "A stack of layers is what editors call it; it is no Stack<T> by another name.")]
public sealed partial class LayerStack
{
    /// <summary>Most layers of a stack.</summary>
    internal const int MaximumLayers = 8_000;

    /// <summary>Most pixels of all layers together: 2 GiB of memory.</summary>
    internal const long MaximumPixels = 1L << 29;

    private const string IdPrefix = "layer-";

    private readonly Layer[] layers;

    /// <summary>Initializes a new instance of the <see cref="LayerStack"/> class.</summary>
    /// <param name="width">Width of the canvas in pixels, 1 or more.</param>
    /// <param name="height">Height of the canvas in pixels, 1 or more; the canvas must not have more pixels than one picture can hold.</param>
    /// <param name="layers">The layers from the bottom to the top, at most 8,000 of at most 2²⁹ pixels together; <see langword="null"/> for none.</param>
    /// <exception cref="ArgumentException">A layer is invalid, two have the same id or there are too many; the message names what.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The canvas is empty or too large, or a number of a layer is out of its range.</exception>
    public LayerStack(int width, int height, IEnumerable<Layer>? layers = null)
        : this(width, height, ToChecked(layers))
    {
    }

    private LayerStack(int width, int height, Layer[] layers)
    {
        RgbaImage.SampleCount(width, height);
        Check(layers);
        this.Width = width;
        this.Height = height;
        this.layers = layers;
        this.Layers = Array.AsReadOnly(layers);
    }

    /// <summary>Gets the width of the canvas in pixels.</summary>
    public int Width { get; }

    /// <summary>Gets the height of the canvas in pixels.</summary>
    public int Height { get; }

    /// <summary>Gets the layers from the bottom to the top.</summary>
    public IReadOnlyList<Layer> Layers { get; }

    /// <summary>Gets a layer.</summary>
    /// <param name="id">Its id.</param>
    /// <exception cref="ArgumentException">No layer has the id.</exception>
    public Layer this[string id] => this.layers[this.IndexOf(id)];

    /// <summary>Finds a layer.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>Its place, 0 at the bottom.</returns>
    /// <exception cref="ArgumentException">No layer has the id.</exception>
    public int IndexOf(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        int index = Array.FindIndex(this.layers, layer => layer.Id == id);
        return index >= 0 ? index : throw new ArgumentException($"No layer of the stack has the id '{id}'; it has {this.layers.Length} layers.", nameof(id));
    }

    /// <summary>Finds out whether a layer is there.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>Whether a layer has the id.</returns>
    public bool Contains(string id) => Array.Exists(this.layers, layer => layer.Id == id);

    /// <summary>Lays a layer on the top.</summary>
    /// <param name="layer">The layer; without an id it gets one.</param>
    /// <returns>A new stack.</returns>
    /// <exception cref="ArgumentException">The layer is invalid, its id is taken or there are too many.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number of the layer is out of its range.</exception>
    public LayerStack Add(Layer layer) => this.Insert(this.layers.Length, layer);

    /// <summary>Puts a layer between others.</summary>
    /// <param name="index">Its place, 0 at the bottom, at most the number of layers.</param>
    /// <param name="layer">The layer; without an id it gets one.</param>
    /// <returns>A new stack.</returns>
    /// <exception cref="ArgumentException">The layer is invalid, its id is taken or there are too many.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is no place, or a number of the layer is out of its range.</exception>
    public LayerStack Insert(int index, Layer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(index, this.layers.Length);
        Layer added = layer.ToChecked(IdOf(HighestNumber(this.layers) + 1));
        return this.With([.. this.layers.AsSpan(0, index), added, .. this.layers.AsSpan(index)]);
    }

    /// <summary>Puts another picture in the place of a layer's.</summary>
    /// <param name="id">The layer; everything but its picture stays.</param>
    /// <param name="image">The picture.</param>
    /// <returns>A new stack.</returns>
    /// <exception cref="ArgumentException">No layer has the id or the stack's pictures are too large together.</exception>
    /// <exception cref="InvalidOperationException">The layer is locked.</exception>
    public LayerStack Replace(string id, RgbaImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return this.Replace(id, this[id] with { Image = image });
    }

    /// <summary>Puts another layer in the place of one, such as <c>stack[id] with { Image = …, Seed = … }</c> after a re-roll.</summary>
    /// <param name="id">The layer to replace.</param>
    /// <param name="layer">What takes its place and its id.</param>
    /// <returns>A new stack.</returns>
    /// <exception cref="ArgumentException">No layer has the id or the new layer is invalid.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number of the new layer is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The layer is locked.</exception>
    public LayerStack Replace(string id, Layer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        int index = this.IndexOfUnlocked(id, "replaced");
        return this.With(index, (layer with { Id = id }).ToChecked(id));
    }

    /// <summary>Takes a layer away.</summary>
    /// <param name="id">The layer.</param>
    /// <returns>A new stack.</returns>
    /// <exception cref="ArgumentException">No layer has the id.</exception>
    /// <exception cref="InvalidOperationException">The layer is locked.</exception>
    public LayerStack Remove(string id)
    {
        int index = this.IndexOfUnlocked(id, "removed");
        return this.With([.. this.layers.AsSpan(0, index), .. this.layers.AsSpan(index + 1)]);
    }

    /// <summary>Moves a layer up or down.</summary>
    /// <param name="id">The layer.</param>
    /// <param name="index">Its new place, 0 at the bottom.</param>
    /// <returns>A new stack.</returns>
    /// <exception cref="ArgumentException">No layer has the id.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is no layer's place.</exception>
    public LayerStack Move(string id, int index)
    {
        int from = this.IndexOf(id);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, this.layers.Length);
        List<Layer> ordered = [.. this.layers];
        ordered.RemoveAt(from);
        ordered.Insert(index, this.layers[from]);
        return this.With([.. ordered]);
    }

    /// <summary>Puts the layers in another order.</summary>
    /// <param name="ids">The id of every layer once, from the bottom to the top.</param>
    /// <returns>A new stack.</returns>
    /// <exception cref="ArgumentException">An id is unknown, missing or there twice.</exception>
    public LayerStack Reorder(IReadOnlyList<string> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        if (ids.Count != this.layers.Length)
        {
            throw new ArgumentException($"{ids.Count} ids are given, the stack has {this.layers.Length} layers; wanted is every layer once.", nameof(ids));
        }

        Layer[] ordered = new Layer[ids.Count];
        for (int i = 0; i < ordered.Length; i++)
        {
            ordered[i] = this[ids[i]];
        }

        return this.With(ordered);
    }

    /// <summary>Hides a layer.</summary>
    /// <param name="id">The layer.</param>
    /// <returns>A new stack.</returns>
    /// <exception cref="ArgumentException">No layer has the id.</exception>
    public LayerStack Hide(string id) => this.With(this.IndexOf(id), this[id] with { IsVisible = false });

    /// <summary>Shows a layer.</summary>
    /// <param name="id">The layer.</param>
    /// <returns>A new stack.</returns>
    /// <exception cref="ArgumentException">No layer has the id.</exception>
    public LayerStack Show(string id) => this.With(this.IndexOf(id), this[id] with { IsVisible = true });

    /// <summary>Locks a layer: it is not replaced or removed until it is unlocked. Its place, name and visibility may still change.</summary>
    /// <param name="id">The layer.</param>
    /// <returns>A new stack.</returns>
    /// <exception cref="ArgumentException">No layer has the id.</exception>
    public LayerStack Lock(string id) => this.With(this.IndexOf(id), this[id] with { IsLocked = true });

    /// <summary>Unlocks a layer.</summary>
    /// <param name="id">The layer.</param>
    /// <returns>A new stack.</returns>
    /// <exception cref="ArgumentException">No layer has the id.</exception>
    public LayerStack Unlock(string id) => this.With(this.IndexOf(id), this[id] with { IsLocked = false });

    /// <summary>Gives a layer another name; its id stays.</summary>
    /// <param name="id">The layer.</param>
    /// <param name="name">The name: one line, not blank, at most 255 characters.</param>
    /// <returns>A new stack.</returns>
    /// <exception cref="ArgumentException">No layer has the id or the name is invalid.</exception>
    public LayerStack Rename(string id, string name) => this.With(this.IndexOf(id), (this[id] with { Name = name }).ToChecked(id));

    private static string IdOf(int number) => IdPrefix + number.ToString(CultureInfo.InvariantCulture);

    // Counting on from the highest number keeps the id of a removed layer from being given again while later ones are there.
    private static int HighestNumber(ReadOnlySpan<Layer> layers)
    {
        int highest = 0;
        foreach (Layer layer in layers)
        {
            if (layer.Id is { } id && id.StartsWith(IdPrefix, StringComparison.Ordinal)
                && int.TryParse(id.AsSpan(IdPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < int.MaxValue - MaximumLayers)
            {
                highest = Math.Max(highest, number);
            }
        }

        return highest;
    }

    private static Layer[] ToChecked(IEnumerable<Layer>? layers)
    {
        List<Layer> all = [];
        foreach (Layer layer in layers ?? [])
        {
            ArgumentNullException.ThrowIfNull(layer, nameof(layers));
            all.Add(layer);
            if (all.Count > MaximumLayers)
            {
                break;
            }
        }

        Layer[] result = [.. all];
        int number = HighestNumber(result);
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = result[i].ToChecked(string.IsNullOrEmpty(result[i].Id) ? IdOf(++number) : string.Empty);
        }

        return result;
    }

    private static void Check(Layer[] layers)
    {
        if (layers.Length > MaximumLayers)
        {
            throw new ArgumentException($"A stack has at most {MaximumLayers} layers.", nameof(layers));
        }

        HashSet<string> ids = new(layers.Length, StringComparer.Ordinal);
        long pixels = 0;
        foreach (Layer layer in layers)
        {
            if (!ids.Add(layer.Id))
            {
                throw new ArgumentException($"Two layers have the id '{layer.Id}'; wanted is one of each.", nameof(layers));
            }

            pixels += (long)layer.Image.Width * layer.Image.Height;
        }

        if (pixels > MaximumPixels)
        {
            throw new ArgumentException($"The layers have {pixels} pixels together, at most {MaximumPixels} are possible.", nameof(layers));
        }
    }

    private int IndexOfUnlocked(string id, string action)
    {
        int index = this.IndexOf(id);
        return !this.layers[index].IsLocked
            ? index
            : throw new InvalidOperationException($"The layer '{this.layers[index].Name}' (id '{id}') is locked and cannot be {action}; unlock it first.");
    }

    private LayerStack With(Layer[] changed) => new(this.Width, this.Height, changed);

    private LayerStack With(int index, Layer layer)
    {
        Layer[] changed = [.. this.layers];
        changed[index] = layer;
        return this.With(changed);
    }
}
