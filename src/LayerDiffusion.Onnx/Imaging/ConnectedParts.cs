namespace LayerDiffusion.Onnx.Imaging;

/// <summary>Connected parts of masks.</summary>
internal static class ConnectedParts
{
    /// <summary>Clears all but the largest 4-connected part; of several of the same size the first in reading order stays.</summary>
    public static void KeepLargest(Span<bool> mask, int width)
    {
        int[] labels = new int[mask.Length];
        Stack<int> open = new();
        (int largest, int largestSize, int parts) = (0, 0, 0);
        for (int seed = 0; seed < mask.Length; seed++)
        {
            if (!mask[seed] || labels[seed] != 0)
            {
                continue;
            }

            int size = Label(mask, width, seed, ++parts, labels, open);
            if (size > largestSize)
            {
                (largest, largestSize) = (parts, size);
            }
        }

        for (int i = 0; i < mask.Length; i++)
        {
            mask[i] = mask[i] && labels[i] == largest;
        }
    }

    private static int Label(ReadOnlySpan<bool> mask, int width, int seed, int label, int[] labels, Stack<int> open)
    {
        int size = 0;
        labels[seed] = label;
        open.Push(seed);
        while (open.TryPop(out int cell))
        {
            size++;
            int column = cell % width;
            if (column > 0)
            {
                Visit(mask, cell - 1, label, labels, open);
            }

            if (column < width - 1)
            {
                Visit(mask, cell + 1, label, labels, open);
            }

            if (cell >= width)
            {
                Visit(mask, cell - width, label, labels, open);
            }

            if (cell < mask.Length - width)
            {
                Visit(mask, cell + width, label, labels, open);
            }
        }

        return size;
    }

    private static void Visit(ReadOnlySpan<bool> mask, int cell, int label, int[] labels, Stack<int> open)
    {
        if (mask[cell] && labels[cell] == 0)
        {
            labels[cell] = label;
            open.Push(cell);
        }
    }
}
