using System.Reflection;
using System.Reflection.Emit;

namespace LayerDiffusion.Onnx.Tests.Architecture;

/// <summary>Collects every type that a type names: in its declaration, its members' signatures and attributes, and the bodies of its methods.</summary>
internal static class TypeUses
{
    private const BindingFlags AllDeclared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    public static IReadOnlySet<Type> Of(Type type)
    {
        HashSet<Type> uses = [];
        Add(uses, type.BaseType);
        AddAll(uses, type.GetInterfaces());
        AddAttributes(uses, type);
        AddConstraints(uses, type.GetGenericArguments());
        foreach (MemberInfo member in type.GetMembers(AllDeclared))
        {
            AddAttributes(uses, member);
            switch (member)
            {
                case FieldInfo field:
                    Add(uses, field.FieldType);
                    break;
                case PropertyInfo property:
                    Add(uses, property.PropertyType);
                    break;
                case EventInfo happening:
                    Add(uses, happening.EventHandlerType);
                    break;
                case MethodBase method:
                    AddSignature(uses, method);
                    AddBody(uses, method);
                    break;
            }
        }

        return uses;
    }

    private static void AddSignature(HashSet<Type> uses, MethodBase method)
    {
        if (method is MethodInfo withResult)
        {
            Add(uses, withResult.ReturnType);
        }

        foreach (ParameterInfo parameter in method.GetParameters())
        {
            Add(uses, parameter.ParameterType);
            AddAttributes(uses, parameter.GetCustomAttributesData());
        }

        if (method.IsGenericMethodDefinition)
        {
            AddConstraints(uses, method.GetGenericArguments());
        }
    }

    private static void AddBody(HashSet<Type> uses, MethodBase method)
    {
        if (method.GetMethodBody() is not { } body)
        {
            return;
        }

        AddAll(uses, body.LocalVariables.Select(local => local.LocalType));
        AddAll(uses, body.ExceptionHandlingClauses.Where(clause => clause.Flags == ExceptionHandlingClauseOptions.Clause).Select(clause => clause.CatchType));
        Type[]? typeArguments = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        Type[]? methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        foreach (int token in Tokens(body.GetILAsByteArray()!))
        {
            MemberInfo member = method.Module.ResolveMember(token, typeArguments, methodArguments)!;
            Add(uses, member as Type ?? member.DeclaringType);
            switch (member)
            {
                case FieldInfo field:
                    Add(uses, field.FieldType);
                    break;
                case MethodBase called:
                    AddSignature(uses, called);
                    AddAll(uses, called.IsGenericMethod ? called.GetGenericArguments() : []);
                    break;
            }
        }
    }

    /// <summary>The metadata tokens of types, methods and fields in a method body.</summary>
    private static IEnumerable<int> Tokens(byte[] body)
    {
        int position = 0;
        while (position < body.Length)
        {
            short value = body[position++];
            if (value == 0xFE)
            {
                value = unchecked((short)(0xFE00 | body[position++]));
            }

            OpCode code = OpCodesByValue[value];
            if (code.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
            {
                yield return BitConverter.ToInt32(body, position);
            }

            position += OperandSize(code.OperandType, body, position);
        }
    }

    private static int OperandSize(OperandType type, byte[] body, int position) => type switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(body, position)),
        _ => 4,
    };

    private static void AddAttributes(HashSet<Type> uses, MemberInfo member) => AddAttributes(uses, member.GetCustomAttributesData());

    private static void AddAttributes(HashSet<Type> uses, IEnumerable<CustomAttributeData> attributes)
    {
        foreach (CustomAttributeData attribute in attributes)
        {
            Add(uses, attribute.AttributeType);
            AddAll(uses, attribute.ConstructorArguments.Select(argument => argument.Value as Type));
        }
    }

    private static void AddConstraints(HashSet<Type> uses, IEnumerable<Type> parameters)
    {
        foreach (Type parameter in parameters.Where(parameter => parameter.IsGenericParameter))
        {
            AddAll(uses, parameter.GetGenericParameterConstraints());
        }
    }

    private static void AddAll(HashSet<Type> uses, IEnumerable<Type?> types)
    {
        foreach (Type? type in types)
        {
            Add(uses, type);
        }
    }

    private static void Add(HashSet<Type> uses, Type? type)
    {
        if (type is null || type.IsGenericParameter)
        {
            return;
        }

        if (type.HasElementType)
        {
            Add(uses, type.GetElementType());
            return;
        }

        if (type.IsFunctionPointer)
        {
            AddAll(uses, [type.GetFunctionPointerReturnType(), .. type.GetFunctionPointerParameterTypes()]);
            return;
        }

        if (type.IsGenericType && !type.IsGenericTypeDefinition)
        {
            AddAll(uses, type.GetGenericArguments());
            type = type.GetGenericTypeDefinition();
        }

        uses.Add(type);
    }
}
