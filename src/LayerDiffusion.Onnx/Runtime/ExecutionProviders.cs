using Microsoft.ML.OnnxRuntime;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>Turns a <see cref="Device"/> into the execution provider of a session.</summary>
internal static class ExecutionProviders
{
    private static readonly (DeviceType Type, string Provider, string Package)[] Known =
    [
        (DeviceType.Cuda, "CUDAExecutionProvider", "LayerDiffusion.Onnx.Cuda"),
        (DeviceType.TensorRT, "TensorrtExecutionProvider", "LayerDiffusion.Onnx.Cuda"),
        (DeviceType.DirectML, "DmlExecutionProvider", "LayerDiffusion.Onnx.DirectML"),
        (DeviceType.CoreML, "CoreMLExecutionProvider", "LayerDiffusion.Onnx.Cpu on macOS"),
    ];

    // TensorRT is left out of the automatic choice: compiling a UNet takes minutes.
    private static readonly DeviceType[] AutomaticOrder = [DeviceType.Cuda, DeviceType.DirectML, DeviceType.CoreML];

    /// <summary>Replaces <see cref="Device.Auto"/> by the device it stands for and checks that the device is there.</summary>
    /// <exception cref="ExecutionProviderNotAvailableException">The native runtime beside the application lacks the provider.</exception>
    public static Device Resolve(Device device)
    {
        string[] available = Available(device);
        if (device.Type == DeviceType.Auto)
        {
            foreach (DeviceType candidate in AutomaticOrder)
            {
                if (available.Contains(Find(candidate).Provider) && Starts(new Device(candidate)))
                {
                    return new Device(candidate);
                }
            }

            return Device.Cpu;
        }

        if (device.Type != DeviceType.Cpu && !available.Contains(Find(device.Type).Provider))
        {
            throw new ExecutionProviderNotAvailableException(
                device,
                $"Device '{device}' needs the {Find(device.Type).Provider} of ONNX Runtime; the native runtime that was found has {string.Join(", ", available)}. Reference {Find(device.Type).Package} instead of LayerDiffusion.Onnx.Cpu.");
        }

        return device;
    }

    /// <summary>Adds the provider of a resolved device to the options of a session.</summary>
    /// <param name="options">The options.</param>
    /// <param name="device">The device.</param>
    /// <param name="captures">Whether CUDA captures the session's runs as CUDA graphs.</param>
    /// <exception cref="ExecutionProviderNotAvailableException">The provider is there but does not start, for example for want of its driver.</exception>
    public static void Append(SessionOptions options, Device device, bool captures)
    {
        try
        {
            switch (device.Type)
            {
                case DeviceType.Cuda:
                    AppendCuda(options, device, captures);
                    break;
                case DeviceType.TensorRT:
                    options.AppendExecutionProvider_Tensorrt(device.Index);
                    AppendCuda(options, device, captures: false);
                    break;
                case DeviceType.DirectML:
                    // DirectML refuses memory patterns and parallel execution.
                    options.EnableMemoryPattern = false;
                    options.ExecutionMode = ExecutionMode.ORT_SEQUENTIAL;
                    options.AppendExecutionProvider_DML(device.Index);
                    break;
                case DeviceType.CoreML:
                    options.AppendExecutionProvider("CoreML");
                    break;
                default:
                    break;
            }
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or EntryPointNotFoundException or DllNotFoundException)
        {
            throw new ExecutionProviderNotAvailableException(
                device,
                $"Device '{device}' does not start: {exception.Message} Wanted are {Find(device.Type).Package} and the vendor's driver and libraries.",
                exception);
        }
    }

    /// <summary>Whether a device has ONNX Runtime's <c>MultiHeadAttention</c>. TensorRT and CoreML would hand it, and what lies between, to the CPU.</summary>
    public static bool HasFusedAttention(Device device) => device.Type is DeviceType.Cpu or DeviceType.Cuda or DeviceType.DirectML;

    /// <summary>Whether results can stay in the device's memory between two graphs.</summary>
    public static bool HasOwnMemory(Device device) => device.Type == DeviceType.Cuda;

    /// <summary>The device's memory if results can stay there, else the host's.</summary>
    public static OrtMemoryInfo MemoryOf(Device device) => HasOwnMemory(device)
        ? new OrtMemoryInfo(OrtMemoryInfo.allocatorCUDA, OrtAllocatorType.DeviceAllocator, device.Index, OrtMemType.Default)
        : OrtMemoryInfo.DefaultInstance;

    private static void AppendCuda(SessionOptions options, Device device, bool captures)
    {
        using OrtCUDAProviderOptions cuda = new();
        cuda.UpdateOptions(new Dictionary<string, string>
        {
            ["device_id"] = device.Index.ToString(System.Globalization.CultureInfo.InvariantCulture),
            // The default doubles the arena at each extension, which wastes gigabytes beside a large UNet.
            ["arena_extend_strategy"] = "kSameAsRequested",
            ["cudnn_conv_algo_search"] = "HEURISTIC",
            ["do_copy_in_default_stream"] = "1",
            ["enable_cuda_graph"] = captures ? "1" : "0",
        });
        options.AppendExecutionProvider_CUDA(cuda);
    }

    private static bool Starts(Device device)
    {
        using SessionOptions options = new();
        try
        {
            Append(options, device, captures: false);
            return true;
        }
        catch (ExecutionProviderNotAvailableException)
        {
            return false;
        }
    }

    private static string[] Available(Device device)
    {
        try
        {
            return OrtEnv.Instance().GetAvailableProviders();
        }
        catch (Exception exception) when (exception is TypeInitializationException or DllNotFoundException or EntryPointNotFoundException)
        {
            throw new ExecutionProviderNotAvailableException(
                device,
                "The native ONNX Runtime library was not found beside the application. Reference exactly one of LayerDiffusion.Onnx.Cpu, LayerDiffusion.Onnx.Cuda, LayerDiffusion.Onnx.DirectML.",
                exception);
        }
    }

    private static (DeviceType Type, string Provider, string Package) Find(DeviceType type) => Array.Find(Known, known => known.Type == type);
}
