using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace LayerDiffusion.Onnx.Sampling;

/// <content>Names.</content>
public sealed partial record SchedulerOptions
{
    // Longer than any name; what is longer still must be a config.
    private const int LongestName = 100;

    /// <summary>Gets the canonical names without endings, such as <c>dpm++2m</c> and <c>euler-a</c>.</summary>
    public static IReadOnlyList<string> KnownNames => SchedulerNames.Known;

    /// <summary>Finds the options that a name stands for.</summary>
    /// <param name="name">
    /// A name as diffusers, k-diffusion, the AUTOMATIC1111 web UI or ComfyUI write it, in any case, its words parted in any way or not at all: <c>dpm++2m-karras</c>,
    /// <c>DPM++ 2M Karras</c>, <c>dpmpp_2m + karras</c>, <c>k_dpmpp_2m</c>, <c>euler_a</c>, <c>EulerDiscreteScheduler (karras)</c>; or a scheduler config as JSON.
    /// </param>
    /// <returns>The options.</returns>
    /// <exception cref="FormatException">The name is unknown (the message lists the known ones), or the config is faulty.</exception>
    public static SchedulerOptions Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.AsSpan().TrimStart().StartsWith('{'))
        {
            return FromConfig(Encoding.UTF8.GetBytes(name));
        }

        return Find(name) ?? throw new FormatException(
            $"Unknown scheduler '{(name.Length > LongestName ? name[..LongestName] + "…" : name)}', wanted one of {string.Join(", ", KnownNames)}, perhaps with -{string.Join(", -", SchedulerNames.KnownEndings)}, "
            + $"or a class of diffusers: {string.Join(", ", SchedulerType.All.Select(type => type.ClassName))}.");
    }

    /// <summary>Finds the options that a name stands for.</summary>
    /// <param name="name">A name or a config as for <see cref="Parse"/>.</param>
    /// <param name="options">The options; null where the name is unknown or the config is faulty.</param>
    /// <returns>Whether there are any.</returns>
    public static bool TryParse([NotNullWhen(true)] string? name, [NotNullWhen(true)] out SchedulerOptions? options)
    {
        options = null;
        if (name is null)
        {
            return false;
        }

        if (!name.AsSpan().TrimStart().StartsWith('{'))
        {
            options = Find(name);
            return options is not null;
        }

        try
        {
            options = FromConfig(Encoding.UTF8.GetBytes(name));
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    /// <summary>Gives the canonical name, such as <c>dpm++2m-karras</c>, or where a name cannot say all of the options a scheduler config as JSON; <see cref="Parse"/> reads both.</summary>
    /// <returns>The name or the config.</returns>
    public override string ToString() => SchedulerNames.NameOf(this) ?? this.ToConfigJson();

    private static SchedulerOptions? Find(string name) => name.Length > LongestName ? null : SchedulerNames.Find(name);
}
