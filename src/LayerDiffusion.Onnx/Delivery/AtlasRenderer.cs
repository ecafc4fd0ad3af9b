using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>Copies packed sprites into the picture of their page.</summary>
internal static class AtlasRenderer
{
    public static RgbaImage Render(MaxRectsPacker.Page page, List<AtlasSprite> sprites, PixelBox[] boxes, AtlasRegion[] regions, AtlasOptions options)
    {
        RgbaImage image = new(page.Width, page.Height);
        foreach (PackedCell cell in page.Cells)
        {
            Copy(sprites[cell.Index].Image, boxes[cell.Index], image, regions[cell.Index], options.Extrude);
        }

        return image;
    }

    /// <summary>Copies one sprite, turned as its region says, its border pixels repeated <paramref name="extrude"/> times outwards.</summary>
    private static void Copy(RgbaImage source, PixelBox box, RgbaImage target, AtlasRegion region, int extrude)
    {
        ReadOnlySpan<byte> from = source.Span;
        Span<byte> to = target.Span;
        for (int y = -extrude; y < region.PackedHeight + extrude; y++)
        {
            int packedY = Math.Clamp(y, 0, region.PackedHeight - 1);
            for (int x = -extrude; x < region.PackedWidth + extrude; x++)
            {
                int packedX = Math.Clamp(x, 0, region.PackedWidth - 1);
                (int sourceX, int sourceY) = region.Rotation switch
                {
                    SpriteRotation.Clockwise => (packedY, box.Height - 1 - packedX),
                    SpriteRotation.Counterclockwise => (box.Width - 1 - packedY, packedX),
                    _ => (packedX, packedY),
                };
                int at = (((box.Y + sourceY) * source.Width) + box.X + sourceX) * 4;
                from.Slice(at, 4).CopyTo(to[((((region.Y + y) * target.Width) + region.X + x) * 4)..]);
            }
        }
    }
}
