using LayerDiffusion.Cli.Arguments;

namespace LayerDiffusion.Cli.Commands;

/// <summary>A command of the program.</summary>
internal abstract class Command
{
    /// <summary>Gets what may follow its name.</summary>
    public abstract CommandSyntax Syntax { get; }

    /// <summary>Does it.</summary>
    /// <exception cref="UsageException">The arguments are wrong.</exception>
    public abstract void Execute(ParsedArguments arguments, CommandConsole console, CancellationToken cancellationToken);
}
