namespace LayerDiffusion.Onnx.Delivery;

/// <summary>Checks what is given to be packed.</summary>
internal static class AtlasInput
{
    /// <summary>Checks sprites and sorts them by name, so that the order of giving does not matter.</summary>
    public static List<AtlasSprite> Sorted(IEnumerable<AtlasSprite> sprites)
    {
        List<AtlasSprite> sorted = [];
        foreach (AtlasSprite sprite in sprites)
        {
            ArgumentNullException.ThrowIfNull(sprite, nameof(sprites));
            CheckName(sprite.Name, nameof(sprites));
            ArgumentNullException.ThrowIfNull(sprite.Image, nameof(sprites));
            if (!double.IsFinite(sprite.PivotX) || !double.IsFinite(sprite.PivotY))
            {
                throw new ArgumentException($"The pivot of sprite '{sprite.Name}' is not finite.", nameof(sprites));
            }

            if (sprite.NineSlice is { } slice
                && (slice.Left < 0 || slice.Top < 0 || slice.Right < 0 || slice.Bottom < 0
                    || (long)slice.Left + slice.Right >= sprite.Image.Width || (long)slice.Top + slice.Bottom >= sprite.Image.Height))
            {
                throw new ArgumentException($"The borders of sprite '{sprite.Name}' ({slice}) leave no middle in {sprite.Image.Width}×{sprite.Image.Height} pixels.", nameof(sprites));
            }

            sorted.Add(sprite);
        }

        if (sorted.Count == 0)
        {
            throw new ArgumentException("An atlas needs at least one sprite.", nameof(sprites));
        }

        sorted.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        for (int i = 1; i < sorted.Count; i++)
        {
            if (sorted[i].Name == sorted[i - 1].Name)
            {
                throw new ArgumentException($"Two sprites are called '{sorted[i].Name}'.", nameof(sprites));
            }
        }

        return sorted;
    }

    /// <summary>Checks animations against the sprites.</summary>
    public static List<SpriteAnimation> Checked(IEnumerable<SpriteAnimation>? animations, List<AtlasSprite> sprites)
    {
        List<SpriteAnimation> all = [];
        if (animations is null)
        {
            return all;
        }

        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (AtlasSprite sprite in sprites)
        {
            names.Add(sprite.Name);
        }

        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (SpriteAnimation animation in animations)
        {
            ArgumentNullException.ThrowIfNull(animation, nameof(animations));
            CheckName(animation.Name, nameof(animations));
            if (!seen.Add(animation.Name))
            {
                throw new ArgumentException($"Two animations are called '{animation.Name}'.", nameof(animations));
            }

            if (animation.Frames is null || animation.Frames.Count == 0 || animation.MillisecondsPerFrame < 1)
            {
                throw new ArgumentException($"Animation '{animation.Name}' needs at least one frame and at least 1 ms per frame.", nameof(animations));
            }

            foreach (string frame in animation.Frames)
            {
                if (!names.Contains(frame))
                {
                    throw new ArgumentException($"Animation '{animation.Name}' has the frame '{frame}', which is no sprite.", nameof(animations));
                }
            }

            all.Add(animation);
        }

        return all;
    }

    /// <summary>Checks a name that goes into text formats.</summary>
    public static void CheckName(string? name, string parameter)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name, parameter);
        for (int i = 0; i < name.Length; i++)
        {
            bool paired = char.IsHighSurrogate(name[i]) && i + 1 < name.Length && char.IsLowSurrogate(name[i + 1]);
            if (char.IsControl(name[i]) || name[i] >= '\uFFFE' || (char.IsSurrogate(name[i]) && !paired))
            {
                throw new ArgumentException($"The name '{name}' has a character that files cannot hold (U+{(int)name[i]:X4} at {i}).", parameter);
            }

            i += paired ? 1 : 0;
        }
    }
}
