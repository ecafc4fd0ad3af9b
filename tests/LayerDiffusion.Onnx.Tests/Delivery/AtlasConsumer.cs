using System.Text.Json;
using LayerDiffusion.Onnx.Delivery;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Delivery;

/// <summary>A sprite as a consumer of a format draws it from its page: where its trimmed picture begins there and where the steps across and down lead.</summary>
/// <param name="Page">Index of the page.</param>
/// <param name="Origin">Page position of the trimmed sprite's top left corner.</param>
/// <param name="Across">Page steps for one pixel to the right.</param>
/// <param name="Down">Page steps for one pixel down.</param>
/// <param name="Trim">Left, top, width and height of the trimmed sprite in the whole one.</param>
/// <param name="Source">Width and height of the whole sprite.</param>
internal sealed record ConsumedSprite(int Page, double[] Origin, double[] Across, double[] Down, int[] Trim, int[] Source)
{
    /// <summary>Gets the pivot in parts of the whole sprite from its top left, or null where the format has none.</summary>
    public double[]? Pivot { get; init; }

    /// <summary>Gets left, top, right and bottom of the borders, or null.</summary>
    public int[]? Borders { get; init; }

    public static ConsumedSprite Upright(int page, int x, int y, int[] trim, int[] source) => new(page, [x, y], [1, 0], [0, 1], trim, source);

    /// <summary>Reads what read-atlas.cjs prints for one frame.</summary>
    public static ConsumedSprite Read(JsonElement frame, int page)
    {
        double[] Doubles(string name) => [.. frame.GetProperty(name).EnumerateArray().Select(value => value.GetDouble())];
        int[] Integers(string name) => [.. frame.GetProperty(name).EnumerateArray().Select(value => value.GetInt32())];
        return new ConsumedSprite(page, Doubles("origin"), Doubles("across"), Doubles("down"), Integers("trim"), Integers("source"))
        {
            Pivot = Doubles("pivot"),
            Borders = frame.GetProperty("borders").ValueKind == JsonValueKind.Null ? null : Integers("borders"),
        };
    }

    /// <summary>Draws the sprite from its page, pixel centre by pixel centre, and compares it with the picture that was packed.</summary>
    public void AssertDraws(AtlasSprite sprite, IReadOnlyList<RgbaImage> pages)
    {
        RgbaImage image = sprite.Image;
        Assert.Equal([image.Width, image.Height], this.Source);
        Assert.Equal(sprite.NineSlice is { } slice ? [slice.Left, slice.Top, slice.Right, slice.Bottom] : null, this.Borders);
        if (this.Pivot is not null)
        {
            // Unity's file holds seven digits.
            Assert.Equal(sprite.PivotX, this.Pivot[0], 1e-6);
            Assert.Equal(sprite.PivotY, this.Pivot[1], 1e-6);
        }

        RgbaImage page = pages[this.Page];
        byte[] nothing = new byte[4];
        for (int y = 0; y < image.Height; y++)
        {
            for (int x = 0; x < image.Width; x++)
            {
                (int column, int row) = (x - this.Trim[0], y - this.Trim[1]);
                ReadOnlySpan<byte> drawn = nothing;
                if (column >= 0 && row >= 0 && column < this.Trim[2] && row < this.Trim[3])
                {
                    int pageX = (int)Math.Floor(this.Origin[0] + ((column + 0.5) * this.Across[0]) + ((row + 0.5) * this.Down[0]));
                    int pageY = (int)Math.Floor(this.Origin[1] + ((column + 0.5) * this.Across[1]) + ((row + 0.5) * this.Down[1]));
                    drawn = page.GetRow(pageY).Slice(pageX * 4, 4);
                }

                ReadOnlySpan<byte> wanted = image.GetRow(y).Slice(x * 4, 4);
                if (!(drawn[3] == 0 && wanted[3] == 0) && !drawn.SequenceEqual(wanted))
                {
                    Assert.Fail($"{sprite.Name} is drawn wrongly at {x}, {y}.");
                }
            }
        }
    }
}
