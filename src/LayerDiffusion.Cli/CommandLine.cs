using System.Reflection;
using LayerDiffusion.Cli.Commands;

namespace LayerDiffusion.Cli;

/// <summary>The program: finds the command, runs it and turns what goes wrong into an exit code and a line of text.</summary>
internal static class CommandLine
{
    /// <summary>Gets the commands, as help lists them.</summary>
    public static IReadOnlyList<Command> Commands { get; } =
    [
        new GenerateCommand(), new LayersCommand(), new BackgroundCommand(), new ForegroundCommand(), new BlendCommand(), new ExtractCommand(), new EncodeCommand(), new DecodeCommand(), new RunCommand(), new InfoCommand(),
        new ExportCommand(), new PadCommand(), new PremultiplyCommand(), new TrimCommand(), new CompareCommand(),
    ];

    /// <summary>Gets the version of the program.</summary>
    public static string Version =>
        (typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+')[0];

    /// <summary>Runs the program without a terminal.</summary>
    public static int Run(IReadOnlyList<string> arguments, TextWriter output, TextWriter error, CancellationToken cancellationToken = default) =>
        Run(arguments, new CommandConsole(output, error, IsTerminal: false), cancellationToken);

    /// <summary>Runs the program.</summary>
    /// <param name="arguments">What the user wrote.</param>
    /// <param name="console">Where the program writes.</param>
    /// <param name="cancellationToken">Interrupts it.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static int Run(IReadOnlyList<string> arguments, CommandConsole console, CancellationToken cancellationToken)
    {
        Command? command = null;
        try
        {
            string first = arguments.Count > 0 ? arguments[0] : throw new UsageException("A command is missing.");
            if (first == "--version")
            {
                console.Out.WriteLine(Version);
                return ExitCode.Done;
            }

            if (first is "help" or "--help" or "-h")
            {
                console.Out.Write(arguments.Count > 1 ? HelpText.Of(Find(arguments[1]).Syntax) : HelpText.Overview);
                return ExitCode.Done;
            }

            command = Find(first);
            string[] rest = [.. arguments.Skip(1)];
            if (command.Syntax.AsksForHelp(rest))
            {
                console.Out.Write(HelpText.Of(command.Syntax));
                return ExitCode.Done;
            }

            command.Execute(command.Syntax.Parse(rest), console, cancellationToken);
            return ExitCode.Done;
        }
        catch (UsageException exception)
        {
            Say(console, exception.Message);
            console.Error.WriteLine(command?.Syntax.Usage ?? HelpText.Usage);
            return ExitCode.WrongArguments;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Say(console, "Interrupted; nothing was written.");
            return ExitCode.Interrupted;
        }
        catch (Exception exception)
        {
            // Whatever it is, the user gets one line and no stack trace.
            Say(console, exception.Message);
            return ExitCode.Failed;
        }
    }

    private static Command Find(string name) => Commands.FirstOrDefault(command => command.Syntax.Name == name)
        ?? throw new UsageException($"'{name}' is no command; wanted one of {string.Join(", ", Commands.Select(command => command.Syntax.Name))}, help.");

    private static void Say(CommandConsole console, string message) =>
        console.Error.WriteLine($"layerdiffusion: {string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))}");
}
