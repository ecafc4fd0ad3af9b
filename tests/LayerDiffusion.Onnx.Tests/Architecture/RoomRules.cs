using System.Reflection;

namespace LayerDiffusion.Onnx.Tests.Architecture;

/// <summary>Which room (the first part of the namespace below the root) may use which, and that ONNX Runtime is named in Runtime alone.</summary>
internal static class RoomRules
{
    private const string OnnxRuntime = "Microsoft.ML.OnnxRuntime";
    private const string Root = "";

    // Every room may also use itself and IO; the root may use all.
    private static readonly Dictionary<string, string[]> MayUse = new(StringComparer.Ordinal)
    {
        [Root] = ["Prompting", "Sampling", "Autoencoding", "Layers", "Imaging", "Delivery", "Packages", "Runtime"],
        ["Prompting"] = ["Packages", "Runtime"],
        ["Sampling"] = ["Packages", "Runtime"],
        ["Autoencoding"] = ["Packages", "Runtime", "Imaging"],
        ["Layers"] = ["Prompting", "Sampling", "Autoencoding", "Imaging"],
        ["Delivery"] = ["Imaging", "Layers"],
        ["Imaging"] = [],
        ["Packages"] = [],
        ["Runtime"] = [],
        ["IO"] = [],
    };

    /// <summary>Finds what breaks the rules.</summary>
    /// <param name="assembly">The assembly to read.</param>
    /// <param name="rootNamespace">The namespace whose parts are the rooms; types outside it are only held to the rule about ONNX Runtime.</param>
    /// <param name="within">Types whose namespace does not begin with this are passed over as users; by default none is.</param>
    /// <returns>One sentence a violation, in order.</returns>
    public static IReadOnlyList<string> Violations(Assembly assembly, string rootNamespace, string within = "")
    {
        SortedSet<string> violations = new(StringComparer.Ordinal);
        foreach (Type type in assembly.GetTypes().Where(type => (type.Namespace ?? string.Empty).StartsWith(within, StringComparison.Ordinal)))
        {
            string? room = RoomOf(type, rootNamespace);
            if (room is not null && !MayUse.ContainsKey(room))
            {
                violations.Add($"{Name(type)} is in {room}, which is no room.");
                continue;
            }

            foreach (Type used in TypeUses.Of(type))
            {
                if (used.Namespace?.StartsWith(OnnxRuntime, StringComparison.Ordinal) == true && room != "Runtime")
                {
                    violations.Add($"{Name(type)} uses {used.FullName} of ONNX Runtime, which only Runtime may name.");
                }

                if (room is not null && RoomOf(used, rootNamespace) is { } usedRoom && !IsAllowed(room, usedRoom))
                {
                    violations.Add($"{Name(type)} uses {Name(used)}, but {Label(room)} may not use {Label(usedRoom)}.");
                }
            }
        }

        return [.. violations];
    }

    private static bool IsAllowed(string room, string used) => used == room || used == "IO" || MayUse[room].Contains(used, StringComparer.Ordinal);

    private static string? RoomOf(Type type, string rootNamespace)
    {
        string name = type.Namespace ?? string.Empty;
        if (name == rootNamespace)
        {
            return Root;
        }

        return name.StartsWith(rootNamespace + ".", StringComparison.Ordinal) ? name[(rootNamespace.Length + 1)..].Split('.')[0] : null;
    }

    private static string Label(string room) => room.Length == 0 ? "the root" : room;

    // What the compiler makes (closures, state machines) is told by the type that it is made for.
    private static string Name(Type type)
    {
        while (type.DeclaringType is not null)
        {
            type = type.DeclaringType;
        }

        return type.FullName!;
    }
}
