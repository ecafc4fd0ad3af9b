using Microsoft.ML.OnnxRuntime;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>Makes ONNX Runtime sessions: from the package, converted for the CPU, or from the cache of optimized graphs.</summary>
internal static class GraphLoader
{
    // Converted graphs up to this size need no files of their own.
    private const long LargestInMemory = 256L << 20;

    /// <summary>Loads a graph.</summary>
    /// <returns>The session, and what it was made from.</returns>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime does not accept the graph.</exception>
    /// <exception cref="InvalidDataException">The graph is damaged.</exception>
    public static LoadedSession Load(GraphFile file, SessionSettings settings, CancellationToken cancellationToken)
    {
        if (settings.OptimizedModelCache is null || settings.Device.Type is not (DeviceType.Cpu or DeviceType.Cuda))
        {
            return LoadOriginal(file, settings, null, cancellationToken);
        }

        OptimizedModel cached = new(settings.OptimizedModelCache, file, settings);
        if (cached.FindPath() is { } path)
        {
            try
            {
                return LoadOptimized(path, file, settings, GraphOrigin.Cache, cancellationToken);
            }
            catch (Exception exception) when (exception is OnnxRuntimeException or InvalidDataException or IOException && !cancellationToken.IsCancellationRequested)
            {
                // A damaged entry is made anew.
            }
        }

        LoadedSession written = cached.Write(target => LoadOriginal(file, settings, target, cancellationToken));
        if (!SharesWeights(file, settings) || cached.FindPath() is not { } fresh)
        {
            return written;
        }

        // ONNX Runtime shares only what it does not have to lay out anew, which is more of an optimized graph.
        GraphOrigin origin = written.Origin;
        written.Dispose();
        return LoadOptimized(fresh, file, settings, origin, cancellationToken);
    }

    private static bool SharesWeights(GraphFile file, SessionSettings settings) => file.SharesWeights && settings.SharedWeights is not null && settings.Device.Type == DeviceType.Cpu;

    private static LoadedSession LoadOptimized(string path, GraphFile file, SessionSettings settings, GraphOrigin origin, CancellationToken cancellationToken)
    {
        using SessionOptions options = CreateOptions(file, settings, cancellationToken, out CancellationTokenRegistration registration);
        using (registration)
        {
            options.GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL;
            return Open(path, null, file, settings, options, origin);
        }
    }

    // A graph with its weights in files beside it may itself have been rewritten to memory.
    private static LoadedSession Open(string path, byte[]? bytes, GraphFile file, SessionSettings settings, SessionOptions options, GraphOrigin origin)
    {
        if (!SharesWeights(file, settings))
        {
            return new LoadedSession(Create(path, bytes, options), origin);
        }

        MappedWeights weights = new(path, settings.SharedWeights!);
        try
        {
            weights.AddTo(options);
            return new LoadedSession(Create(path, bytes, options, weights.Packed), origin, weights);
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    private static InferenceSession Create(string? path, byte[]? bytes, SessionOptions options, PrePackedWeightsContainer? packed = null)
    {
        if (bytes is not null && path is not null)
        {
            options.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", Path.GetDirectoryName(Path.GetFullPath(path))!);
        }

        return (bytes, packed) switch
        {
            (null, null) => new InferenceSession(path, options),
            (null, _) => new InferenceSession(path, options, packed),
            (_, null) => new InferenceSession(bytes, options),
            _ => new InferenceSession(bytes, options, packed),
        };
    }

    private static LoadedSession LoadOriginal(GraphFile file, SessionSettings settings, string? optimizedPath, CancellationToken cancellationToken)
    {
        using SessionOptions options = CreateOptions(file, settings, cancellationToken, out CancellationTokenRegistration registration);
        using (registration)
        {
            if (optimizedPath is not null)
            {
                options.OptimizedModelFilePath = optimizedPath;
                options.AddSessionConfigEntry("session.optimized_model_external_initializers_file_name", OptimizedModel.DataName);
                options.AddSessionConfigEntry("session.optimized_model_external_initializers_min_size_in_bytes", "1024");
            }

            byte[]? bytes = file.Path is null ? file.ReadAllBytes!() : null;
            bytes = file.FuseAttention && ExecutionProviders.HasFusedAttention(settings.Device) ? AttentionFusion.Convert(bytes ?? File.ReadAllBytes(file.Path!), cancellationToken) ?? bytes : bytes;
            bytes = file.IsCaptured && settings.Device.Type == DeviceType.Cuda ? StackedProducts.Convert(bytes ?? File.ReadAllBytes(file.Path!), cancellationToken) ?? bytes : bytes;

            bool isHalf = settings.Device.Type == DeviceType.Cpu && IsHalf(file.Path, bytes);
            return (isHalf || file.UseIntegers, bytes) switch
            {
                (true, _) => new LoadedSession(
                    LoadConverted(file, bytes ?? File.ReadAllBytes(file.Path!), isHalf, options, cancellationToken), file.UseIntegers ? GraphOrigin.Quantized : GraphOrigin.Converted),
                _ when optimizedPath is null && file.Path is not null => Open(file.Path, bytes, file, settings, options, GraphOrigin.Package),
                _ => new LoadedSession(Create(file.Path, bytes, options), GraphOrigin.Package),
            };
        }
    }

    private static bool IsHalf(string? path, byte[]? bytes)
    {
        if (bytes is not null)
        {
            return SinglePrecision.IsHalf(bytes);
        }

        using MappedFile mapped = new(path!);
        return SinglePrecision.IsHalf(mapped.Span);
    }

    private static InferenceSession LoadConverted(GraphFile file, byte[] bytes, bool isHalf, SessionOptions options, CancellationToken cancellationToken)
    {
        if (file.DataFiles.Count == 0 && bytes.Length * 2L <= LargestInMemory)
        {
            bytes = isHalf ? SinglePrecision.Convert(bytes, cancellationToken) : bytes;
            return new InferenceSession(file.UseIntegers ? IntegerProducts.Convert(bytes, cancellationToken: cancellationToken) : bytes, options);
        }

        // ONNX Runtime reads graphs beyond 2 GB only with their weights in a file, which it maps.
        string folder = Directory.CreateTempSubdirectory("layerdiffusion-").FullName;
        try
        {
            string source = Path.GetDirectoryName(Path.GetFullPath(file.Path ?? "model.onnx"))!;
            string path = string.Empty;
            if (isHalf)
            {
                string single = file.UseIntegers ? Directory.CreateDirectory(Path.Combine(folder, "single")).FullName : folder;
                path = SinglePrecision.Convert(bytes, source, single, cancellationToken);
                (bytes, source) = (file.UseIntegers ? File.ReadAllBytes(path) : bytes, single);
            }

            if (file.UseIntegers)
            {
                path = IntegerProducts.Convert(bytes, source, folder, cancellationToken);
                if (isHalf)
                {
                    Discard(source);
                }
            }

            return new InferenceSession(path, options);
        }
        finally
        {
            Discard(folder);
        }
    }

    // Where files in use cannot be deleted (Windows), the system's own cleaning of temporary files has to do it.
    private static void Discard(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }

    private static SessionOptions CreateOptions(GraphFile file, SessionSettings settings, CancellationToken cancellationToken, out CancellationTokenRegistration registration)
    {
        SessionOptions options = new()
        {
            GraphOptimizationLevel = settings.OptimizeLayout ? GraphOptimizationLevel.ORT_ENABLE_ALL : GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        try
        {
            int threads = settings.IntraOpThreads > 0 ? settings.IntraOpThreads : ProcessorCores.IntraOpThreads;
            if (threads > 0)
            {
                options.IntraOpNumThreads = threads;
            }

            options.AddSessionConfigEntry("session.intra_op.allow_spinning", settings.AllowSpinning ? "1" : "0");
            options.AddSessionConfigEntry("session.set_denormal_as_zero", "1");
            ExecutionProviders.Append(options, settings.Device, file.IsCaptured);
            registration = cancellationToken.UnsafeRegister(static state => ((SessionOptions)state!).SetLoadCancellationFlag(true), options);
            return options;
        }
        catch
        {
            options.Dispose();
            throw;
        }
    }
}
