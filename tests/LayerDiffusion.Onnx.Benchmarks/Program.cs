using BenchmarkDotNet.Running;
using LayerDiffusion.Onnx.Benchmarks.FullSize;

// "full" is a program of its own: its runs take too long, and its memory matters too much, for BenchmarkDotNet.
if (args is ["full", ..])
{
    return FullSizeBenchmark.Run(args.AsSpan(1));
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
