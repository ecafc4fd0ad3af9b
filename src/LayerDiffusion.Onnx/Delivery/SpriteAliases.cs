using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>Finds sprites that are the same picture once their transparent borders are cut off.</summary>
internal static class SpriteAliases
{
    /// <summary>Gets for each picture the index of the first that equals it in size and in every sample; its own if there is none before it.</summary>
    public static int[] Find(IReadOnlyList<TrimmedImage> sprites)
    {
        int[] first = new int[sprites.Count];
        Dictionary<int, List<int>> seen = [];
        for (int i = 0; i < first.Length; i++)
        {
            first[i] = i;
            RgbaImage image = sprites[i].Image;
            HashCode hash = default;
            hash.Add(image.Width);
            hash.AddBytes(image.Span);
            if (!seen.TryGetValue(hash.ToHashCode(), out List<int>? candidates))
            {
                seen.Add(hash.ToHashCode(), [i]);
                continue;
            }

            int equal = candidates.FindIndex(other => Same(sprites[other].Image, image));
            if (equal >= 0)
            {
                first[i] = candidates[equal];
            }
            else
            {
                candidates.Add(i);
            }
        }

        return first;
    }

    private static bool Same(RgbaImage a, RgbaImage b) => a.Width == b.Width && a.Height == b.Height && a.Pixels.Span.SequenceEqual(b.Pixels.Span);
}
