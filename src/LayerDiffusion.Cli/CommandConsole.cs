namespace LayerDiffusion.Cli;

/// <summary>Where a command writes.</summary>
/// <param name="Out">Receives results.</param>
/// <param name="Error">Receives progress and messages.</param>
/// <param name="IsTerminal">Whether <paramref name="Error"/> understands ANSI sequences.</param>
internal sealed record CommandConsole(TextWriter Out, TextWriter Error, bool IsTerminal);
