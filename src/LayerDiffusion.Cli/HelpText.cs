using System.Text;
using LayerDiffusion.Cli.Arguments;

namespace LayerDiffusion.Cli;

/// <summary>What <c>help</c> prints.</summary>
internal static class HelpText
{
    /// <summary>The usage line of the whole program.</summary>
    public const string Usage = "usage: layerdiffusion COMMAND [OPTION...], help by: layerdiffusion help [COMMAND]";

    /// <summary>Gets the list of commands.</summary>
    public static string Overview
    {
        get
        {
            StringBuilder text = new("Images with real transparency, drawn by ONNX models.\n\n");
            text.Append(Usage).Append("\n\n");
            foreach (CommandSyntax syntax in CommandLine.Commands.Select(command => command.Syntax))
            {
                text.Append("  ").Append(syntax.Name.PadRight(13)).Append(syntax.Summary).Append('\n');
            }

            text.Append("\n  --help, --version\n\nExit codes: 0 done, 1 failed, 2 wrong arguments, 130 interrupted. Files are written all or none.\n");
            return text.ToString();
        }
    }

    /// <summary>The help of a command.</summary>
    public static string Of(CommandSyntax syntax)
    {
        StringBuilder text = new();
        text.Append(syntax.Summary).Append("\n\n").Append(syntax.Usage).Append('\n');
        if (syntax.Options.Count > 0)
        {
            int width = syntax.Options.Max(option => option.Spelling.Length) + 2;
            text.Append('\n');
            foreach (CommandOption option in syntax.Options)
            {
                text.Append("  ").Append(option.Spelling.PadRight(width)).Append(option.Help).Append('\n');
            }
        }

        if (syntax.Remarks.Length > 0)
        {
            text.Append('\n').Append(syntax.Remarks).Append('\n');
        }

        return text.ToString();
    }
}
