using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace LayerDiffusion.Onnx.Tests.PublicApi;

/// <summary>Writes what an assembly shows to its users, in an order that does not depend on the sources' order.</summary>
internal static class PublicApiPrinter
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext Nullability = new();

    public static string Print(Assembly assembly) => Print(assembly.GetExportedTypes());

    public static string Print(IEnumerable<Type> types)
    {
        StringBuilder text = new();
        foreach (IGrouping<string?, Type> group in types.GroupBy(type => type.Namespace).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            text.Append("namespace ").Append(group.Key).Append('\n');
            foreach (Type type in group.OrderBy(type => TypeNames.Of(type), StringComparer.Ordinal))
            {
                text.Append('\n').Append(Marks(type)).Append(Declaration(type)).Append('\n');
                foreach (string member in Members(type))
                {
                    text.Append("    ").Append(member).Append('\n');
                }
            }

            text.Append('\n');
        }

        return text.ToString().TrimEnd() + "\n";
    }

    private static string Declaration(Type type)
    {
        if (type.IsAssignableTo(typeof(Delegate)))
        {
            MethodInfo invoke = type.GetMethod("Invoke")!;
            return $"public delegate {Result(invoke)} {TypeNames.Of(type)}({Parameters(invoke)}){Constraints(type.GetGenericArguments())}";
        }

        IEnumerable<Type> inherited = type.BaseType is null || type.BaseType == typeof(object) || type.IsValueType ? [] : [type.BaseType];
        string[] bases =
        [
            .. inherited.Select(parent => TypeNames.Of(parent)),
            .. type.GetInterfaces().Where(contract => contract.IsVisible).Select(contract => TypeNames.Of(contract)).Order(StringComparer.Ordinal),
        ];
        string list = type.IsEnum ? $" : {TypeNames.Of(Enum.GetUnderlyingType(type))}" : bases.Length == 0 ? string.Empty : $" : {string.Join(", ", bases)}";
        return $"public {Kind(type)} {TypeNames.Of(type)}{list}{Constraints(type.GetGenericArguments())}";
    }

    private static string Kind(Type type)
    {
        if (type.IsEnum)
        {
            return "enum";
        }

        if (type.IsInterface)
        {
            return "interface";
        }

        if (type.IsValueType)
        {
            bool isRecord = type.GetMethod("PrintMembers", Declared)?.IsDefined(typeof(CompilerGeneratedAttribute)) == true;
            return $"{(type.IsDefined(typeof(IsReadOnlyAttribute)) ? "readonly " : string.Empty)}{(type.IsByRefLike ? "ref " : string.Empty)}{(isRecord ? "record " : string.Empty)}struct";
        }

        string modifier = type.IsAbstract && type.IsSealed ? "static " : type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : string.Empty;
        return $"{modifier}{(type.GetMethod("<Clone>$") is null ? "class" : "record")}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
        {
            return type.GetFields(BindingFlags.Public | BindingFlags.Static)
                .Select(field => string.Create(CultureInfo.InvariantCulture, $"{field.Name} = {field.GetRawConstantValue()}"));
        }

        if (type.IsAssignableTo(typeof(Delegate)))
        {
            return [];
        }

        return
        [
            .. Sorted(type.GetConstructors(Declared).Where(IsShown).Select(constructor => $"{Marks(constructor)}{Access(constructor)}{TypeNames.Of(type).Split('<')[0].Split('.')[^1]}({Parameters(constructor)})")),
            .. Sorted(type.GetFields(Declared).Where(field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly).Select(Field)),
            .. Sorted(type.GetProperties(Declared).Where(property => property.GetAccessors(nonPublic: true).Any(IsShown) && property.Name != "EqualityContract").Select(Property)),
            .. Sorted(type.GetEvents(Declared).Where(happening => IsShown(happening.AddMethod!)).Select(happening => $"{Marks(happening)}{Access(happening.AddMethod!)}event {TypeNames.Of(happening.EventHandlerType!, Nullability.Create(happening))} {happening.Name}")),
            .. Sorted(type.GetMethods(Declared).Where(IsShown).Where(IsWritten).Select(Method)),
        ];
    }

    private static IEnumerable<string> Sorted(IEnumerable<string> members) => members.Order(StringComparer.Ordinal);

    private static bool IsShown(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    // Accessors are told with their property; what the compiler adds to records goes without saying.
    private static bool IsWritten(MethodInfo method) =>
        !method.IsDefined(typeof(CompilerGeneratedAttribute)) && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal));

    private static string Field(FieldInfo field)
    {
        string modifier = field.IsLiteral ? "const " : $"{(field.IsStatic ? "static " : string.Empty)}{(field.IsInitOnly ? "readonly " : string.Empty)}";
        string value = field.IsLiteral ? $" = {Literal(field.GetRawConstantValue(), field.FieldType)}" : string.Empty;
        return $"{Marks(field)}{(field.IsPublic ? "public " : "protected ")}{modifier}{TypeNames.Of(field.FieldType, Nullability.Create(field))} {field.Name}{value}";
    }

    private static string Property(PropertyInfo property)
    {
        MethodInfo[] accessors = [.. property.GetAccessors(nonPublic: true).Where(IsShown)];
        string access = Access(accessors.FirstOrDefault(accessor => accessor.IsPublic) ?? accessors[0]);
        IEnumerable<string> written = accessors.Select(accessor =>
            $"{(Access(accessor) == access ? string.Empty : "protected ")}{(accessor == property.GetMethod ? "get" : IsInit(accessor) ? "init" : "set")};");
        ParameterInfo[] indices = property.GetIndexParameters();
        string name = indices.Length == 0 ? property.Name : $"this[{string.Join(", ", indices.Select(Parameter))}]";
        string required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : string.Empty;
        return $"{Marks(property)}{access}{required}{ReferencePrefix(property.PropertyType)}{TypeNames.Of(property.PropertyType, Nullability.Create(property))} {name} {{ {string.Join(' ', written)} }}";
    }

    private static bool IsInit(MethodInfo accessor) => accessor.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    private static string Method(MethodInfo method)
    {
        Type[] generics = method.GetGenericArguments();
        string name = method.Name + (generics.Length == 0 ? string.Empty : $"<{string.Join(", ", generics.Select(parameter => parameter.Name))}>");
        string extension = method.IsDefined(typeof(ExtensionAttribute)) ? "this " : string.Empty;
        return $"{Marks(method)}{Access(method)}{Result(method)} {name}({extension}{Parameters(method)}){Constraints(generics)}";
    }

    private static string Result(MethodInfo method) =>
        $"{ReferencePrefix(method.ReturnType)}{TypeNames.Of(method.ReturnType, Nullability.Create(method.ReturnParameter))}";

    private static string ReferencePrefix(Type type) => type.IsByRef ? "ref " : string.Empty;

    private static string Access(MethodBase method)
    {
        string access = method.IsPublic ? "public " : "protected ";
        if (method.DeclaringType!.IsInterface)
        {
            return method.IsStatic ? "static " : string.Empty;
        }

        bool overrides = method is MethodInfo info && info.GetBaseDefinition().DeclaringType != info.DeclaringType;
        string modifier = method.IsStatic ? "static "
            : overrides ? (method.IsFinal && !method.DeclaringType.IsSealed ? "sealed override " : "override ")
            : method.IsAbstract ? "abstract "
            : method.IsVirtual && !method.IsFinal ? "virtual " : string.Empty;
        return access + modifier;
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        string way = parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute)) ? "params "
            : !parameter.ParameterType.IsByRef ? string.Empty
            : parameter.IsOut ? "out "
            : parameter.IsIn ? "in " : "ref ";
        string value = parameter.HasDefaultValue ? $" = {Literal(parameter.RawDefaultValue, parameter.ParameterType)}" : string.Empty;
        return $"{way}{TypeNames.Of(parameter.ParameterType, Nullability.Create(parameter))} {parameter.Name}{value}";
    }

    private static string Constraints(IEnumerable<Type> parameters)
    {
        StringBuilder text = new();
        foreach (Type parameter in parameters)
        {
            GenericParameterAttributes attributes = parameter.GenericParameterAttributes;
            bool isStruct = attributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);
            string[] constraints =
            [
                .. attributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint) ? ["class"] : Array.Empty<string>(),
                .. isStruct ? ["struct"] : Array.Empty<string>(),
                .. parameter.GetGenericParameterConstraints().Where(constraint => constraint != typeof(ValueType)).Select(constraint => TypeNames.Of(constraint)).Order(StringComparer.Ordinal),
                .. !isStruct && attributes.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) ? ["new()"] : Array.Empty<string>(),
            ];
            text.Append(constraints.Length == 0 ? string.Empty : $" where {parameter.Name} : {string.Join(", ", constraints)}");
        }

        return text.ToString();
    }

    private static string Literal(object? value, Type type) => value switch
    {
        null => type.IsValueType && Nullable.GetUnderlyingType(type) is null ? "default" : "null",
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        _ when type.IsEnum => $"{TypeNames.Of(type)}.{Enum.ToObject(type, value)}",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    // The attributes that change what a user may do; the compiler's own [Obsolete] on constructors of types with required members is none.
    private static string Marks(MemberInfo member) => string.Concat(
        member.GetCustomAttributesData()
            .Where(data => data.AttributeType != typeof(ObsoleteAttribute) || !member.IsDefined(typeof(CompilerFeatureRequiredAttribute)))
            .Where(data => data.AttributeType.Name is "ObsoleteAttribute" or "ExperimentalAttribute" or "FlagsAttribute" or "UnsupportedOSPlatformAttribute" or "SupportedOSPlatformAttribute")
            .Select(data => $"[{data.AttributeType.Name[..^"Attribute".Length]}] ")
            .Order(StringComparer.Ordinal));
}
