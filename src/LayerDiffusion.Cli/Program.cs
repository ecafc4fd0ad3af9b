using System.Runtime.InteropServices;
using System.Text;
using LayerDiffusion.Cli;

using CancellationTokenSource cancellation = new();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
bool isTerminal = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";
return CommandLine.Run(args, new CommandConsole(Console.Out, Console.Error, isTerminal), cancellation.Token);

// The first signal lets the program clean up; a second one ends it at once.
void Cancel(PosixSignalContext context)
{
    context.Cancel = !cancellation.IsCancellationRequested;
    cancellation.Cancel();
}
