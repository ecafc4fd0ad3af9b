using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>Copies packed sprites into the picture of their page.</summary>
internal static class AtlasRenderer
{
    /// <summary>Draws the sprites of one page, extruded and turned, and gives the page its alpha form.</summary>
    public static RgbaImage Render(AtlasPacker.Page page, TrimmedImage[] sprites, AtlasOptions options)
    {
        RgbaImage image = new(page.Width, page.Height);
        foreach (PackedCell cell in page.Cells)
        {
            RgbaImage sprite = sprites[cell.Index].Image;
            Copy(options.Extrude == 0 ? sprite : AlphaHygiene.Extrude(sprite, options.Extrude), image, cell, options.Rotation);
        }

        return Finish(image, options);
    }

    /// <summary>Spreads colour into transparent pixels and multiplies by alpha, as the options say.</summary>
    public static RgbaImage Finish(RgbaImage straight, AtlasOptions options)
    {
        RgbaImage bled = options.Bleed == 0 ? straight : AlphaHygiene.Bleed(straight, options.Bleed);
        return options.AlphaMode == AlphaMode.Premultiplied ? bled.ToPremultiplied() : bled;
    }

    private static void Copy(RgbaImage source, RgbaImage target, in PackedCell cell, SpriteRotation rotation)
    {
        if (!cell.Turned)
        {
            for (int y = 0; y < source.Height; y++)
            {
                source.GetRow(y).CopyTo(target.GetRow(cell.Y + y)[(cell.X * 4)..]);
            }

            return;
        }

        ReadOnlySpan<byte> from = source.Span;
        bool clockwise = rotation == SpriteRotation.Clockwise;
        for (int y = 0; y < source.Width; y++)
        {
            Span<byte> row = target.GetRow(cell.Y + y)[(cell.X * 4)..];
            for (int x = 0; x < source.Height; x++)
            {
                int at = clockwise ? ((source.Height - 1 - x) * source.Width) + y : (x * source.Width) + source.Width - 1 - y;
                from.Slice(at * 4, 4).CopyTo(row[(x * 4)..]);
            }
        }
    }
}
