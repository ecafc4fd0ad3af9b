using LayerDiffusion.Cli.Arguments;

namespace LayerDiffusion.Cli.Tests;

public sealed class ArgumentTests
{
    [Theory]
    [InlineData("A command is missing")]
    [InlineData("'draw'", "draw")]
    [InlineData("'draw'", "help", "draw")]
    [InlineData("PROMPT", "generate")]
    [InlineData("'fox'", "generate", "glass", "fox")]
    [InlineData("'--colour'", "generate", "fox", "--colour", "red")]
    [InlineData("--seed wants", "generate", "fox", "--seed")]
    [InlineData("--out wants", "generate", "fox", "--out", "--seed", "5")]
    [InlineData("--seed is there twice", "generate", "fox", "--seed", "5", "--seed=5")]
    [InlineData("--opaque takes no value", "generate", "fox", "--opaque=yes")]
    [InlineData("--seed is 'many'", "generate", "fox", "--seed", "many")]
    [InlineData("--seed is 0.5", "generate", "fox", "--seed", "0.5")]
    [InlineData("--steps is '1,5'", "generate", "fox", "--steps", "1,5")]
    [InlineData("--steps is 0", "generate", "fox", "--steps", "0")]
    [InlineData("--steps is 99999999999", "generate", "fox", "--steps", "99999999999")]
    [InlineData("--guidance is -1", "generate", "fox", "--guidance", "-1")]
    [InlineData("--guidance is 'NaN'", "generate", "fox", "--guidance", "NaN")]
    [InlineData("--width is 10", "generate", "fox", "--width", "10")]
    [InlineData("--height is 9000", "generate", "fox", "--height", "9000")]
    [InlineData("--clip-skip is 12", "generate", "fox", "--clip-skip", "12")]
    [InlineData("--count is 0", "generate", "fox", "--count", "0")]
    [InlineData("--count is 0", "generate", "fox", "--count", "0", "--opaque")]
    [InlineData("--batch-size is 65", "generate", "fox", "--batch-size", "65")]
    [InlineData("'nope'", "generate", "fox", "--scheduler", "nope")]
    [InlineData("--device", "generate", "fox", "--device", "abacus")]
    [InlineData("--prompt-syntax is 'html'", "generate", "fox", "--prompt-syntax", "html")]
    [InlineData("--long-prompts is 'drop'", "generate", "fox", "--long-prompts", "drop")]
    [InlineData("--alpha-augmentation is '8'", "generate", "fox", "--alpha-augmentation", "8")]
    [InlineData("--padded needs a transparent", "generate", "fox", "--opaque", "--padded", "a.png")]
    [InlineData("--out is ''", "generate", "fox", "--out", "")]
    [InlineData("Two outputs have the same file", "generate", "fox", "--out", "none/a.png", "--padded", "none/a.png")]
    [InlineData("A trace holds one batch", "generate", "fox", "--count", "2", "--out", "none/a.png", "--trace", "none")]
    [InlineData("REQUEST.json", "run")]
    [InlineData("'--seed'", "run", "a.json", "--seed", "5")]
    [InlineData("--request wants", "info", "--request")]
    [InlineData("--model goes with", "info", "--model", "dir")]
    public void Run_WrongArgument_GivesTwoAndNamesIt(string named, params string[] arguments)
    {
        Tool tool = Tool.Run(arguments);

        Assert.Equal(ExitCode.WrongArguments, tool.ExitCode);
        string[] lines = tool.Error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Contains(named, lines[0], StringComparison.Ordinal);
        Assert.StartsWith("usage: layerdiffusion ", lines[1], StringComparison.Ordinal);
        Assert.Empty(tool.Out);
        Assert.False(Directory.Exists("none"));
    }

    [Fact]
    public void Run_Help_ListsCommandsAndOptions()
    {
        Assert.All(
            [["help"], ["--help"], ["-h"]],
            (string[] arguments) => Assert.All(CommandLine.Commands, command => Assert.Contains($"\n  {command.Syntax.Name} ", Tool.Run(arguments).Out, StringComparison.Ordinal)));
        foreach (Commands.Command command in CommandLine.Commands)
        {
            Tool help = Tool.Run("help", command.Syntax.Name);
            Assert.Equal(help, Tool.Run(command.Syntax.Name, "--help"));
            Assert.Equal(ExitCode.Done, help.ExitCode);
            Assert.All(command.Syntax.Options, option => Assert.Contains($"\n  {option.Spelling} ", help.Out, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Run_Version_IsANumber() => Assert.Matches(@"^\d+\.\d+\.\d+\S*\r?\n$", Tool.Run("--version").Out);

    [Fact]
    public void Parse_Values_AreTakenAsTheyAre()
    {
        CommandSyntax syntax = new("draw", "WHAT", NeedsArgument: true, "Draws.", [new CommandOption("--a", "A", "a"), new CommandOption("--b", null, "b")]);

        ParsedArguments parsed = syntax.Parse(["--a", "-5", "--b", "--", "--what"]);

        Assert.Equal("--what", parsed.Argument);
        Assert.Equal("-5", parsed.Find("--a"));
        Assert.True(parsed.Has("--b"));
        Assert.Equal("x=y", syntax.Parse(["fox", "--a=x=y"]).Find("--a"));
        Assert.Equal("--b", syntax.Parse(["fox", "--a=--b"]).Find("--a"));
        Assert.False(syntax.AsksForHelp(["--a", "--help"]));
        Assert.False(syntax.AsksForHelp(["--", "--help"]));
        Assert.True(syntax.AsksForHelp(["--b", "--help"]));
    }
}
