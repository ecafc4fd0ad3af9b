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
        new("karras", new SchedulerOptions { SigmaSpacing = SigmaSpacing.Karras }, "ka", "k"),
        new("exponential", new SchedulerOptions { SigmaSpacing = SigmaSpacing.Exponential }, "exp", "polyexponential"),
        new("beta", new SchedulerOptions { SigmaSpacing = SigmaSpacing.Beta }),
        new("lu", new SchedulerOptions { SigmaSpacing = SigmaSpacing.LuLambdas }, "lu-lambdas"),
        new("ays-sd15", new SchedulerOptions { SigmaSpacing = SigmaSpacing.AlignYourStepsSd15 }, "align-your-steps-sd15"),
        new("ays-sdxl", new SchedulerOptions { SigmaSpacing = SigmaSpacing.AlignYourStepsSdxl }, "align-your-steps-sdxl", "ays", "align-your-steps"),
        new("v", new SchedulerOptions { PredictionType = PredictionType.VPrediction }, "v-prediction"),
        new("ztsnr", new SchedulerOptions { RescaleBetasZeroSnr = true, TimestepSpacing = TimestepSpacing.Trailing }),
        new("trailing", new SchedulerOptions { TimestepSpacing = TimestepSpacing.Trailing }, "sgm-uniform", "simple"),
        new("leading", new SchedulerOptions { TimestepSpacing = TimestepSpacing.Leading }),
        new("linspace", new SchedulerOptions { TimestepSpacing = TimestepSpacing.Linspace }),
        new("normal", new SchedulerOptions { SigmaSpacing = SigmaSpacing.Model, TimestepSpacing = TimestepSpacing.Linspace }, "uniform"),
    ];

    // The classes of diffusers, with and without "Scheduler".
    private static readonly Entry[] Classes = [.. SchedulerType.All.Select(type => new Entry(type.ClassName, new SchedulerOptions { Type = type }, type.Name))];

    /// <summary>Gets the canonical base names.</summary>
    public static IReadOnlyList<string> Known { get; } = Array.AsReadOnly(Array.ConvertAll(Bases, entry => entry.Name));

    /// <summary>Gets the canonical endings.</summary>
    public static IEnumerable<string> KnownEndings => Endings.Select(entry => entry.Name);

    /// <summary>The options of a name; null where it is unknown.</summary>
    public static SchedulerOptions? Find(string name)
    {
        string key = Key(name);
        // "euler-a" is a base name, not "euler" with an ending; so long names go first.
        foreach ((string spelling, Entry entry) in Spellings([.. Bases, .. Classes]))
        {
            foreach (string prefix in (ReadOnlySpan<string>)["", "k"])
            {
                if (key.StartsWith(prefix + spelling, StringComparison.Ordinal) && FindEndings(entry.Options, key[(prefix.Length + spelling.Length)..]) is SchedulerOptions options)
                {
                    return options;
                }
            }
        }

        return null;
    }

    /// <summary>The canonical name of options; null where a name cannot say all of them.</summary>
    public static string? NameOf(SchedulerOptions options)
    {
        // A preset that is nothing but its class has the friendlier name, so these go first.
        foreach (Entry entry in (Entry[])[.. Bases, .. Classes])
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

    private static SchedulerOptions? FindEndings(SchedulerOptions options, string rest, bool isSpaced = false)
    {
        if (rest.Length == 0)
        {
            return options;
        }

        foreach ((string spelling, Entry ending) in Spellings(Endings))
        {
            bool spaces = ending.Options.SigmaSpacing is not null;
            bool fits = !spaces || (!isSpaced && HasNoiseLevels(options.Type!));
            if (fits && rest.StartsWith(spelling, StringComparison.Ordinal) && FindEndings(ending.Options.Over(options), rest[spelling.Length..], isSpaced || spaces) is SchedulerOptions found)
            {
                return found;
            }
        }

        return null;
    }

    // Schedulers with noise levels to spread have a base name that says how.
    private static bool HasNoiseLevels(SchedulerType type) => Array.Exists(Bases, entry => entry.Options.Type == type && entry.Options.SigmaSpacing is not null);

    private static IEnumerable<(string Spelling, Entry Entry)> Spellings(Entry[] entries) =>
        entries.SelectMany(entry => entry.Others.Prepend(entry.Name).Select(name => (Spelling: Key(name), Entry: entry))).OrderByDescending(pair => pair.Spelling.Length);

    // Letters, digits and "++", also written "pp", count; case and what separates words do not.
    private static string Key(string name)
    {
        StringBuilder key = new(name.Length);
        foreach (char character in name.Replace("++", "pp", StringComparison.Ordinal))
        {
            if (character is not (' ' or '-' or '_' or '+' or ',' or '/' or ':' or '(' or ')'))
            {
                key.Append(char.ToLowerInvariant(character));
            }
        }

        return key.ToString();
    }

    private sealed record Entry(string Name, SchedulerOptions Options, params string[] Others);
}
