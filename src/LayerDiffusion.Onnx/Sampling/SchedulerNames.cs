using System.Text;

namespace LayerDiffusion.Onnx.Sampling;

/// <summary>The names under which users know schedulers: a base name, then endings for spacing and training, in any spelling.</summary>
internal static class SchedulerNames
{
    // Base names with what they stand for, then other names of the same.
    private static readonly Entry[] Bases =
    [
        new("ddim", SchedulerOptions.Ddim),
        new("ddpm", SchedulerOptions.Ddpm),
        new("pndm", SchedulerOptions.Pndm, "plms"),
        new("lms", SchedulerOptions.Lms),
        new("euler", SchedulerOptions.Euler),
        new("euler-a", SchedulerOptions.EulerAncestral, "euler-ancestral"),
        new("heun", SchedulerOptions.Heun),
        new("dpm2", SchedulerOptions.Dpm2, "dpm-2", "kdpm2"),
        new("dpm2-a", SchedulerOptions.Dpm2Ancestral, "dpm2-ancestral", "dpm-2-ancestral", "kdpm2-ancestral"),
        new("dpm++2m", SchedulerOptions.DpmPlusPlus2M, "dpmsolver++"),
        new("dpm++2m-sde", SchedulerOptions.DpmPlusPlus2MSde, "sde-dpmsolver++"),
        new("dpm++2m-sde-heun", SchedulerOptions.DpmPlusPlus2MSdeHeun),
        new("dpm++3m", SchedulerOptions.DpmPlusPlus3M),
        new("dpm++3m-sde", SchedulerOptions.DpmPlusPlus3MSde),
        new("dpm++2s", SchedulerOptions.DpmPlusPlus2S),
        new("dpm++sde", SchedulerOptions.DpmPlusPlusSde),
        new("unipc", SchedulerOptions.UniPC, "uni-pc", "uni-pc-bh2"),
        new("deis", SchedulerOptions.Deis),
        new("lcm", SchedulerOptions.Lcm),
        new("tcd", SchedulerOptions.Tcd),
        new("edm-euler", SchedulerOptions.EdmEuler),
        new("flow-match-euler", SchedulerOptions.FlowMatchEuler, "flow-euler"),
    ];

    private static readonly Entry[] Endings =
    [
        new("karras", new SchedulerOptions { SigmaSpacing = SigmaSpacing.Karras }),
        new("exponential", new SchedulerOptions { SigmaSpacing = SigmaSpacing.Exponential }),
        new("beta", new SchedulerOptions { SigmaSpacing = SigmaSpacing.Beta }),
        new("lu", new SchedulerOptions { SigmaSpacing = SigmaSpacing.LuLambdas }, "lu-lambdas"),
        new("ays-sd15", new SchedulerOptions { SigmaSpacing = SigmaSpacing.AlignYourStepsSd15 }, "align-your-steps-sd15"),
        new("ays-sdxl", new SchedulerOptions { SigmaSpacing = SigmaSpacing.AlignYourStepsSdxl }, "align-your-steps-sdxl", "ays", "align-your-steps"),
        new("normal", new SchedulerOptions { SigmaSpacing = SigmaSpacing.Model }),
        new("v", new SchedulerOptions { PredictionType = PredictionType.VPrediction }, "v-prediction"),
        new("ztsnr", new SchedulerOptions { RescaleBetasZeroSnr = true, TimestepSpacing = TimestepSpacing.Trailing }),
        new("trailing", new SchedulerOptions { TimestepSpacing = TimestepSpacing.Trailing }, "sgm-uniform"),
        new("leading", new SchedulerOptions { TimestepSpacing = TimestepSpacing.Leading }),
        new("linspace", new SchedulerOptions { TimestepSpacing = TimestepSpacing.Linspace }),
    ];

    /// <summary>Gets the canonical base names.</summary>
    public static IReadOnlyList<string> Known { get; } = Array.AsReadOnly(Array.ConvertAll(Bases, entry => entry.Name));

    /// <summary>Gets the canonical endings.</summary>
    public static IEnumerable<string> KnownEndings => Endings.Select(entry => entry.Name);

    /// <summary>The options of a name; null where it is unknown.</summary>
    public static SchedulerOptions? Find(string name)
    {
        string key = Key(name);
        // "euler-a" is a base name, not "euler" with an ending; so long names go first.
        foreach ((string spelling, Entry entry) in Spellings(Bases))
        {
            foreach (string prefix in (ReadOnlySpan<string>)["", "k"])
            {
                if (key.StartsWith(prefix + spelling, StringComparison.Ordinal) && FindEndings(entry.Options, key[(prefix.Length + spelling.Length)..]) is SchedulerOptions options)
                {
                    return options;
                }
            }
        }

        return SchedulerType.All.FirstOrDefault(type => key == Key(type.Name) || key == Key(type.ClassName)) is SchedulerType named ? new SchedulerOptions { Type = named } : null;
    }

    /// <summary>The canonical name of options; null where a name cannot say all of them.</summary>
    public static string? NameOf(SchedulerOptions options)
    {
        if (options.Type is not null && options == new SchedulerOptions { Type = options.Type })
        {
            // A preset that is nothing but its type has the friendlier name.
            return Bases.FirstOrDefault(entry => entry.Options == options)?.Name ?? options.Type.ClassName;
        }

        foreach (Entry entry in Bases)
        {
            if (entry.Options.Type == options.Type)
            {
                StringBuilder name = new(entry.Name);
                SchedulerOptions said = entry.Options;
                foreach (Entry ending in Endings)
                {
                    if (said != options && ending.Options.Over(options) == options && ending.Options.Over(said) is SchedulerOptions more && more != said)
                    {
                        name.Append('-').Append(ending.Name);
                        said = more;
                    }
                }

                if (said == options)
                {
                    return name.ToString();
                }
            }
        }

        return null;
    }

    private static SchedulerOptions? FindEndings(SchedulerOptions options, string rest)
    {
        if (rest.Length == 0)
        {
            return options;
        }

        foreach ((string spelling, Entry ending) in Spellings(Endings))
        {
            bool fits = ending.Options.SigmaSpacing is null || options.SigmaSpacing is not null;
            if (fits && rest.StartsWith(spelling, StringComparison.Ordinal) && FindEndings(ending.Options.Over(options), rest[spelling.Length..]) is SchedulerOptions found)
            {
                return found;
            }
        }

        return null;
    }

    private static IEnumerable<(string Spelling, Entry Entry)> Spellings(Entry[] entries) =>
        entries.SelectMany(entry => entry.Others.Prepend(entry.Name).Select(name => (Spelling: Key(name), Entry: entry))).OrderByDescending(pair => pair.Spelling.Length);

    // Case, blanks, hyphens and underscores do not count, and "++" is also written "pp".
    private static string Key(string name)
    {
        StringBuilder key = new(name.Length);
        foreach (char character in name)
        {
            if (character is not (' ' or '-' or '_'))
            {
                key.Append(character == '+' ? 'p' : char.ToLowerInvariant(character));
            }
        }

        return key.ToString();
    }

    private sealed record Entry(string Name, SchedulerOptions Options, params string[] Others);
}
