using System.Globalization;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>Many sprites in few pictures, with the place of each.</summary>
public sealed class SpriteAtlas
{
    internal SpriteAtlas(IReadOnlyList<AtlasPage> pages, IReadOnlyList<AtlasRegion> regions, IReadOnlyList<SpriteAnimation> animations)
    {
        this.Pages = pages;
        this.Regions = regions;
        this.Animations = animations;
    }

    /// <summary>Gets the pictures.</summary>
    public IReadOnlyList<AtlasPage> Pages { get; }

    /// <summary>Gets the places of the sprites, in ordinal order of their names.</summary>
    public IReadOnlyList<AtlasRegion> Regions { get; }

    /// <summary>Gets the animations made of the sprites, in the order given.</summary>
    public IReadOnlyList<SpriteAnimation> Animations { get; }

    /// <summary>Gets the part of the pages' area that trimmed sprites fill, 0 to 1. What several sprites share counts once.</summary>
    public double Occupancy
    {
        get
        {
            long used = 0;
            long all = 0;
            HashSet<(int Page, int X, int Y)> counted = [];
            foreach (AtlasRegion region in this.Regions)
            {
                used += counted.Add((region.Page, region.X, region.Y)) ? (long)region.Width * region.Height : 0;
            }

            foreach (AtlasPage page in this.Pages)
            {
                all += (long)page.Image.Width * page.Image.Height;
            }

            return (double)used / all;
        }
    }

    /// <summary>Packs sprites by the maximal-rectangles and the skyline method, whichever gives the smaller page. The order in which sprites are given does not matter.</summary>
    /// <param name="sprites">The sprites, at least one, with distinct names.</param>
    /// <param name="options">How to pack; by default 2 pixels apart, trimmed, not turned, pages up to 4096×4096.</param>
    /// <param name="animations">Animations that name the sprites.</param>
    /// <returns>The atlas; as few pages as were found, each as small as was found. Equal sprites share their place, see <see cref="AtlasOptions.Alias"/>.</returns>
    /// <exception cref="ArgumentException">There is no sprite, a name is empty, has control characters or comes twice, or an animation names no sprite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range, or a sprite does not fit a page.</exception>
    public static SpriteAtlas Pack(IEnumerable<AtlasSprite> sprites, AtlasOptions? options = null, IEnumerable<SpriteAnimation>? animations = null)
    {
        ArgumentNullException.ThrowIfNull(sprites);
        options ??= new AtlasOptions();
        options.Validate();
        List<AtlasSprite> sorted = AtlasInput.Sorted(sprites);
        List<SpriteAnimation> checkedAnimations = AtlasInput.Checked(animations, sorted);
        AtlasPacker packer = new(options);
        int widest = packer.LargestSide(options.MaximumWidth);
        int tallest = packer.LargestSide(options.MaximumHeight);
        TrimmedImage[] trimmed = new TrimmedImage[sorted.Count];
        (int Width, int Height)[] sizes = new (int, int)[sorted.Count];
        bool[] mayTurn = new bool[sorted.Count];
        for (int i = 0; i < trimmed.Length; i++)
        {
            AtlasSprite sprite = sorted[i];
            RgbaImage image = sprite.Image.AsStraight();
            trimmed[i] = options.Trim && sprite.NineSlice is null
                ? image.Trim((byte)(options.TrimAlpha + 1), 0, sprite.PivotX, sprite.PivotY)
                : new TrimmedImage(image, 0, 0, image.Width, image.Height, sprite.PivotX, sprite.PivotY);
            sizes[i] = (options.RoundUp(trimmed[i].Image.Width + (2 * options.Extrude)), options.RoundUp(trimmed[i].Image.Height + (2 * options.Extrude)));
            (int width, int height) = sizes[i];
            mayTurn[i] = options.Rotation != SpriteRotation.None && sprite.NineSlice is null;
            if ((width > widest || height > tallest) && !(mayTurn[i] && height <= widest && width <= tallest))
            {
                throw new ArgumentOutOfRangeException(
                    nameof(sprites), string.Create(CultureInfo.InvariantCulture, $"Sprite '{sprite.Name}' needs {width}×{height} pixels with its borders, a page holds at most {widest}×{tallest}."));
            }
        }

        int[] cellOf = options.Alias ? SpriteAliases.Find(trimmed) : [.. Enumerable.Range(0, trimmed.Length)];
        List<PackedCell> cells = [];
        for (int i = 0; i < cellOf.Length; i++)
        {
            if (cellOf[i] == i)
            {
                cells.Add(new PackedCell(i, 0, 0, sizes[i].Width + options.Spacing, sizes[i].Height + options.Spacing, Turned: false));
            }
            else
            {
                // A cell is turned only if every sprite in it may be.
                mayTurn[cellOf[i]] &= mayTurn[i];
            }
        }

        List<AtlasPage> pages = [];
        (int Page, PackedCell Cell)[] places = new (int, PackedCell)[sorted.Count];
        foreach (AtlasPacker.Page page in packer.Pack(cells, mayTurn))
        {
            foreach (PackedCell cell in page.Cells)
            {
                places[cell.Index] = (pages.Count, cell);
            }

            pages.Add(new AtlasPage(AtlasRenderer.Render(page, trimmed, options)));
        }

        AtlasRegion[] regions = new AtlasRegion[sorted.Count];
        for (int i = 0; i < regions.Length; i++)
        {
            (int page, PackedCell cell) = places[cellOf[i]];
            TrimmedImage box = trimmed[i];
            regions[i] = new AtlasRegion(sorted[i].Name, page, cell.X + options.Extrude, cell.Y + options.Extrude, box.Image.Width, box.Image.Height)
            {
                Rotation = cell.Turned ? options.Rotation : SpriteRotation.None,
                TrimLeft = box.X,
                TrimTop = box.Y,
                SourceWidth = box.OriginalWidth,
                SourceHeight = box.OriginalHeight,
                PivotX = box.PivotX,
                PivotY = box.PivotY,
                NineSlice = sorted[i].NineSlice,
            };
        }

        return new SpriteAtlas(pages, regions, checkedAnimations);
    }

    /// <summary>Lays pictures of one size side by side, in the order given: variants or colourways of one prompt as the frames of an animation.</summary>
    /// <param name="name">Name of the animation; frames are called <c>name_0</c>, <c>name_1</c> and so on, with leading zeros so that they sort.</param>
    /// <param name="frames">The pictures, at least one, all of one size.</param>
    /// <param name="columns">Frames in a row; 0 for all in one row.</param>
    /// <param name="millisecondsPerFrame">How long each frame stays, 1 or more.</param>
    /// <returns>An atlas of one page on a regular grid, with the animation.</returns>
    /// <exception cref="ArgumentException">The name is empty, there is no frame or frames differ in size.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="columns"/> is negative or <paramref name="millisecondsPerFrame"/> below 1, or the strip is larger than an image can be.</exception>
    public static SpriteAtlas Strip(string name, IReadOnlyList<RgbaImage> frames, int columns = 0, int millisecondsPerFrame = 100)
    {
        AtlasInput.CheckName(name, nameof(name));
        ArgumentNullException.ThrowIfNull(frames);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        ArgumentOutOfRangeException.ThrowIfLessThan(millisecondsPerFrame, 1);
        if (frames.Count == 0)
        {
            throw new ArgumentException("A strip needs at least one frame.", nameof(frames));
        }

        (int width, int height) = (frames[0].Width, frames[0].Height);
        columns = columns == 0 ? frames.Count : Math.Min(columns, frames.Count);
        long stripWidth = (long)columns * width;
        long stripHeight = (long)((frames.Count + columns - 1) / columns) * height;
        if (stripWidth * stripHeight > RgbaImage.MaximumPixels)
        {
            throw new ArgumentOutOfRangeException(nameof(frames), $"{frames.Count} frames of {width}×{height} pixels are more than one image can hold.");
        }

        RgbaImage strip = new((int)stripWidth, (int)stripHeight, frames[0].AlphaMode);
        string digits = $"D{(frames.Count - 1).ToString(CultureInfo.InvariantCulture).Length}";
        AtlasRegion[] regions = new AtlasRegion[frames.Count];
        string[] names = new string[frames.Count];
        for (int i = 0; i < frames.Count; i++)
        {
            RgbaImage frame = frames[i];
            if (frame.Width != width || frame.Height != height || frame.AlphaMode != strip.AlphaMode)
            {
                throw new ArgumentException($"Frame {i} is {frame.Width}×{frame.Height} {frame.AlphaMode}, the first is {width}×{height} {strip.AlphaMode}; all must be alike.", nameof(frames));
            }

            names[i] = $"{name}_{i.ToString(digits, CultureInfo.InvariantCulture)}";
            regions[i] = new AtlasRegion(names[i], 0, i % columns * width, i / columns * height, width, height) { SourceWidth = width, SourceHeight = height };
            for (int y = 0; y < height; y++)
            {
                frame.GetRow(y).CopyTo(strip.GetRow(regions[i].Y + y)[(regions[i].X * 4)..]);
            }
        }

        return new SpriteAtlas([new AtlasPage(strip)], regions, [new SpriteAnimation(name, names) { MillisecondsPerFrame = millisecondsPerFrame }]);
    }
}
