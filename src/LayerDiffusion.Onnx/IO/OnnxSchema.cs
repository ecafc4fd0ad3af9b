namespace LayerDiffusion.Onnx.IO;

/// <summary>The numbers of the fields that are read and written of each message of onnx.proto (https://github.com/onnx/onnx).</summary>
internal static class OnnxSchema
{
    /// <summary>ModelProto.</summary>
    public static class Model
    {
        public const int IrVersion = 1;
        public const int Graph = 7;
        public const int OperatorSet = 8;
        public const int Function = 25;
    }

    /// <summary>OperatorSetIdProto.</summary>
    public static class OperatorSet
    {
        public const int Domain = 1;
        public const int Version = 2;
    }

    /// <summary>FunctionProto.</summary>
    public static class Function
    {
        public const int Node = 7;
        public const int Attribute = 11;
    }

    /// <summary>GraphProto.</summary>
    public static class Graph
    {
        public const int Node = 1;
        public const int Name = 2;
        public const int Initializer = 5;
        public const int Input = 11;
        public const int Output = 12;
        public const int ValueInfo = 13;
        public const int SparseInitializer = 15;
    }

    /// <summary>NodeProto.</summary>
    public static class Node
    {
        public const int Input = 1;
        public const int Output = 2;
        public const int Name = 3;
        public const int Operator = 4;
        public const int Attribute = 5;
        public const int Domain = 7;
    }

    /// <summary>AttributeProto.</summary>
    public static class Attribute
    {
        public const int Name = 1;
        public const int Float = 2;
        public const int Integer = 3;
        public const int Tensor = 5;
        public const int Graph = 6;
        public const int Integers = 8;
        public const int Tensors = 10;
        public const int Graphs = 11;
        public const int TypeProto = 14;
        public const int Type = 20;
        public const int SparseTensor = 22;
        public const int SparseTensors = 23;

        // Values of Type.
        public const ulong TypeOfFloat = 1;
        public const ulong TypeOfInteger = 2;
        public const ulong TypeOfIntegers = 7;
    }

    /// <summary>TensorProto.</summary>
    public static class Tensor
    {
        public const int Extents = 1;
        public const int ElementType = 2;
        public const int FloatData = 4;
        public const int Int32Data = 5;
        public const int Int64Data = 7;
        public const int Name = 8;
        public const int RawData = 9;
        public const int ExternalData = 13;
        public const int Location = 14;

        // A value of Location: the tensor's values are not in the graph.
        public const ulong ExternalLocation = 1;
    }

    /// <summary>SparseTensorProto.</summary>
    public static class SparseTensor
    {
        public const int Values = 1;
        public const int Indices = 2;
    }

    /// <summary>StringStringEntryProto.</summary>
    public static class Entry
    {
        public const int Key = 1;
        public const int Value = 2;
    }

    /// <summary>ValueInfoProto.</summary>
    public static class Value
    {
        public const int Name = 1;
        public const int Type = 2;
    }

    /// <summary>TypeProto, and TypeProto.Sequence and TypeProto.Optional, whose only field is the type inside.</summary>
    public static class Type
    {
        public const int Tensor = 1;
        public const int Sequence = 4;
        public const int Optional = 9;
        public const int Inner = 1;
    }

    /// <summary>TypeProto.Tensor.</summary>
    public static class TensorType
    {
        public const int Element = 1;
        public const int Shape = 2;
    }

    /// <summary>TensorShapeProto.</summary>
    public static class Shape
    {
        public const int Dimension = 1;
    }

    /// <summary>TensorShapeProto.Dimension.</summary>
    public static class Dimension
    {
        public const int Extent = 1;
        public const int Name = 2;
    }
}
