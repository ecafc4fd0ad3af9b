using System.Reflection;
using System.Runtime.CompilerServices;

namespace LayerDiffusion.Onnx.Tests.PublicApi;

/// <summary>Writes types as C# does, nullability included.</summary>
internal static class TypeNames
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(object)] = "object", [typeof(string)] = "string", [typeof(bool)] = "bool", [typeof(char)] = "char",
        [typeof(byte)] = "byte", [typeof(sbyte)] = "sbyte", [typeof(short)] = "short", [typeof(ushort)] = "ushort", [typeof(int)] = "int",
        [typeof(uint)] = "uint", [typeof(long)] = "long", [typeof(ulong)] = "ulong", [typeof(nint)] = "nint", [typeof(nuint)] = "nuint",
        [typeof(float)] = "float", [typeof(double)] = "double", [typeof(decimal)] = "decimal",
    };

    public static string Of(Type type, NullabilityInfo? nullability = null)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return $"{Of(underlying)}?";
        }

        string question = nullability is not null && !type.IsValueType && IsNullable(nullability) ? "?" : string.Empty;
        if (type.IsByRef)
        {
            return Of(type.GetElementType()!, nullability);
        }

        if (type.IsPointer)
        {
            return $"{Of(type.GetElementType()!)}*";
        }

        if (type.IsArray)
        {
            return $"{Of(type.GetElementType()!, nullability?.ElementType)}[{new string(',', type.GetArrayRank() - 1)}]{question}";
        }

        return (Keywords.TryGetValue(type, out string? keyword) ? keyword : Named(type, nullability)) + question;
    }

    private static bool IsNullable(NullabilityInfo nullability) =>
        nullability.ReadState == NullabilityState.Nullable || (nullability.ReadState == NullabilityState.Unknown && nullability.WriteState == NullabilityState.Nullable);

    private static string Named(Type type, NullabilityInfo? nullability)
    {
        if (type.IsGenericParameter)
        {
            return type.Name;
        }

        Type[] arguments = type.GetGenericArguments();
        string Argument(int index) => Of(arguments[index], nullability?.GenericTypeArguments.Length == arguments.Length ? nullability.GenericTypeArguments[index] : null);
        if (type.IsAssignableTo(typeof(ITuple)) && type.IsValueType)
        {
            return $"({string.Join(", ", Enumerable.Range(0, arguments.Length).Select(Argument))})";
        }

        // A nested type repeats the arguments of the type around it.
        int outer = type.DeclaringType?.GetGenericArguments().Length ?? 0;
        string prefix = type.DeclaringType is null ? string.Empty : $"{Of(type.DeclaringType)}.";
        string own = string.Join(", ", Enumerable.Range(outer, arguments.Length - outer).Select(Argument));
        return $"{prefix}{type.Name.Split('`')[0]}{(own.Length == 0 ? string.Empty : $"<{own}>")}";
    }
}
