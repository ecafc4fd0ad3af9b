using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx.Tests.Runtime;

public class OnnxShapesTests
{
    [Fact]
    public void ExtentOf_ReshapeByPartsOfAShape_IsWhatTheGraphFixes()
    {
        // Heads of a third of the last extent: y = x[b, n, 12] · w[12, 24] -> [b, n, 3, 24 / 3].
        GraphWriter writer = new GraphWriter()
            .Input("x", GraphWriter.Float32, "b", "n", 12)
            .Output("heads", GraphWriter.Float32, "b", "n", 3, 8)
            .Initializer("w", GraphWriter.Float32, new float[12 * 24], 12, 24)
            .Initializer("last", GraphWriter.Int64, [-1L])
            .Initializer("three", GraphWriter.Int64, [3L])
            .Initializer("axis", GraphWriter.Int64, [0L], 1)
            .Initializer("begin", GraphWriter.Int64, [0L], 1)
            .Initializer("end", GraphWriter.Int64, [2L], 1)
            .Initializer("count", GraphWriter.Int64, [3L], 1)
            .Node("MatMul", ["x", "w"], "y")
            .Node("Shape", ["y"], "shape")
            .Node("Gather", ["shape", "last"], "all")
            .Node("Div", ["all", "three"], "part")
            .Node("Unsqueeze", ["part", "axis"], "parts")
            .Node("Slice", ["shape", "begin", "end"], "front")
            .Node("Concat", ["front", "count", "parts"], "wanted", ("axis", [0]))
            .Node("Reshape", ["y", "wanted"], "heads")
            .Node("Transpose", ["heads"], "turned", ("perm", [0, 2, 3, 1]));
        OnnxShapes shapes = Of(writer);
        Assert.Equal(4, shapes.RankOf("heads"));
        Assert.Equal([null, null, 3, 8], Enumerable.Range(0, 4).Select(axis => shapes.ExtentOf("heads", axis)));
        Assert.Equal([null, 3, 8, null], Enumerable.Range(0, 4).Select(axis => shapes.ExtentOf("turned", axis)));
    }

    [Fact]
    public void ExtentOf_RestOfUnknownExtents_IsFoundWhenTheyCancel()
    {
        // [b, n, 24] as [b, n, 3, -1], and joined again as [-1, 3, 8].
        OnnxShapes shapes = Of(new GraphWriter()
            .Input("x", GraphWriter.Float32, "b", "n", 24)
            .Output("joined", GraphWriter.Float32, "bn", 3, 8)
            .Initializer("split", GraphWriter.Int64, [0L, 0, 3, -1], 4)
            .Initializer("join", GraphWriter.Int64, [-1L, 3, 8], 3)
            .Node("Reshape", ["x", "split"], "heads")
            .Node("Reshape", ["heads", "join"], "joined"));
        Assert.Equal([null, null, 3, 8], Enumerable.Range(0, 4).Select(axis => shapes.ExtentOf("heads", axis)));
        Assert.Equal([null, 3, 8], Enumerable.Range(0, 3).Select(axis => shapes.ExtentOf("joined", axis)));
    }

    [Fact]
    public void NumberOf_RootOfAnExtent_IsComputed()
    {
        OnnxShapes shapes = Of(new GraphWriter()
            .Input("x", GraphWriter.Float32, "b", 40)
            .Output("root", GraphWriter.Float32)
            .Initializer("last", GraphWriter.Int64, [1L])
            .Initializer("one", GraphWriter.Float32, [1f])
            .Node("Shape", ["x"], "shape")
            .Node("Gather", ["shape", "last"], "width")
            .Node("Cast", ["width"], "number", ("to", [1]))
            .Node("Sqrt", ["number"], "square")
            .Node("Div", ["one", "square"], "scale")
            .Node("Sqrt", ["scale"], "root"));
        Assert.Equal(MathF.Sqrt(1 / MathF.Sqrt(40)), shapes.NumberOf("root"));
        Assert.Null(shapes.NumberOf("x"));
    }

    [Fact]
    public void ExtentOf_OperandsOfDifferentExtents_IsTheLonger()
    {
        OnnxShapes shapes = Of(new GraphWriter()
            .Input("x", GraphWriter.Float32, "b", "n", 1).Input("y", GraphWriter.Float32, "m", 6)
            .Output("sum", GraphWriter.Float32, "b", "k", 6)
            .Node("Add", ["x", "y"], "sum"));
        Assert.Equal([null, null, 6], Enumerable.Range(0, 3).Select(axis => shapes.ExtentOf("sum", axis)));
    }

    [Fact]
    public void NumberOf_GraphsThatAreDeepOrReadThemselves_IsUnknown()
    {
        GraphWriter deep = new GraphWriter().Initializer("n0", GraphWriter.Float32, [1f]).Output("n9999", GraphWriter.Float32);
        for (int i = 1; i < 10000; i++)
        {
            deep.Node("Mul", [FormattableString.Invariant($"n{i - 1}"), FormattableString.Invariant($"n{i - 1}")], FormattableString.Invariant($"n{i}"));
        }

        Assert.Null(Of(deep).NumberOf("n9999"));
        OnnxShapes circle = Of(new GraphWriter().Output("a", GraphWriter.Float32).Node("Sqrt", ["b"], "a").Node("Sqrt", ["a"], "b"));
        Assert.Null(circle.NumberOf("a"));
        Assert.Null(circle.RankOf("a"));
        Assert.Null(circle.ExtentOf("a", 0));
    }

    [Fact]
    public void ExtentOf_GraphThatWouldGrowWithoutEnd_IsUnknown()
    {
        // Each node doubles the numbers, or the unknown factors, of the one before.
        GraphWriter writer = new GraphWriter()
            .Input("x", GraphWriter.Float32, "b", "n").Output("last", GraphWriter.Float32, "k")
            .Initializer("zero", GraphWriter.Int64, [0L])
            .Node("Shape", ["x"], "c0").Node("Gather", ["c0", "zero"], "m0");
        for (int i = 0; i < 60; i++)
        {
            (string before, string after) = (FormattableString.Invariant($"{i}"), FormattableString.Invariant($"{i + 1}"));
            writer.Node("Concat", [$"c{before}", $"c{before}"], $"c{after}", ("axis", [0])).Node("Mul", [$"m{before}", $"m{before}"], $"m{after}");
        }

        OnnxShapes shapes = Of(writer.Node("Reshape", ["x", "c60"], "many").Node("Reshape", ["x", "m60"], "last"));
        Assert.Null(shapes.RankOf("many"));
        Assert.Null(shapes.ExtentOf("last", 0));
    }

    [Fact]
    public void ExtentOf_NodesThatLackInputsOrNameWrongAxes_IsUnknown()
    {
        foreach (string operation in new[] { "Add", "Cast", "Concat", "Conv", "Div", "Gather", "MatMul", "Mod", "Mul", "Reshape", "Shape", "Slice", "Sqrt", "Squeeze", "Transpose", "Unsqueeze" })
        {
            OnnxShapes shapes = Of(new GraphWriter().Output("y", GraphWriter.Float32).Node(operation, [], "y").Node("Reshape", ["y", "y"], "z"));
            Assert.Null(shapes.ExtentOf("z", 0));
            Assert.Null(shapes.NumberOf("y"));
        }

        OnnxShapes turned = Of(new GraphWriter().Input("x", GraphWriter.Float32, 2, 3).Output("y", GraphWriter.Float32).Node("Transpose", ["x"], "y", ("perm", [-1, 7])));
        Assert.Null(turned.ExtentOf("y", 0));
        Assert.Null(turned.ExtentOf("y", 1));
    }

    private static OnnxShapes Of(GraphWriter writer)
    {
        byte[] file = writer.ToArray();
        return new OnnxShapes(new OnnxRewriter(file, new OnnxWeights(file, default)));
    }
}
