using System.Buffers;
using System.Text;
using System.Text.Json;

namespace LayerDiffusion.Onnx.Sampling;

/// <content>The scheduler_config.json of diffusers.</content>
public sealed partial record SchedulerOptions
{
    /// <summary>Reads a diffusers scheduler_config.json.</summary>
    /// <param name="utf8Json">The file's bytes. Unknown keys and nulls are passed over; Python's bare Infinity and NaN are understood.</param>
    /// <returns>The options that the file sets, the rest null.</returns>
    /// <exception cref="FormatException">It is not a JSON object, a value has the wrong type, or the class is unknown.</exception>
    public static SchedulerOptions FromConfig(ReadOnlySpan<byte> utf8Json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(SchedulerConfigReader.QuoteBareNumbers(utf8Json));
            return FromConfig(document.RootElement);
        }
        catch (JsonException exception)
        {
            throw new FormatException("The scheduler config is not JSON: " + exception.Message, exception);
        }
    }

    /// <summary>Reads a diffusers scheduler config.</summary>
    /// <param name="config">The JSON object. Unknown keys and nulls are passed over.</param>
    /// <returns>The options that the object sets, the rest null.</returns>
    /// <exception cref="FormatException">It is not an object, a value has the wrong type, or the class is unknown.</exception>
    public static SchedulerOptions FromConfig(JsonElement config)
    {
        try
        {
            SchedulerConfigReader reader = new(config);
            return ReadSolver(reader, ReadTraining(reader));
        }
        catch (InvalidOperationException exception)
        {
            throw NotUnicode(exception);
        }
    }

    /// <summary>
    /// Reads a model's own scheduler config, whose class may be unknown here: then only how the model was trained counts, so that another scheduler can be laid over it.
    /// </summary>
    /// <param name="utf8Json">The file's bytes.</param>
    /// <param name="unknownClass">The class, if it is unknown; then <see cref="Type"/> is null.</param>
    /// <returns>The options that the file sets, the rest null.</returns>
    /// <exception cref="FormatException">It is not a JSON object, or a value has the wrong type.</exception>
    internal static SchedulerOptions FromModelConfig(ReadOnlySpan<byte> utf8Json, out string? unknownClass)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(SchedulerConfigReader.QuoteBareNumbers(utf8Json));
            SchedulerConfigReader reader = new(document.RootElement);
            unknownClass = reader.UnknownClass();
            SchedulerOptions training = ReadTraining(reader);
            return unknownClass is null ? ReadSolver(reader, training) : training;
        }
        catch (JsonException exception)
        {
            throw new FormatException("The scheduler config is not JSON: " + exception.Message, exception);
        }
        catch (InvalidOperationException exception)
        {
            throw NotUnicode(exception);
        }
    }

    /// <summary>Writes these options as a diffusers scheduler config; options that are null are left out.</summary>
    /// <returns>A JSON object without line breaks.</returns>
    public string ToConfigJson()
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            SchedulerConfigWriter writer = new(json);
            json.WriteStartObject();
            writer.Text("_class_name", this.Type?.ClassName);
            writer.Number("num_train_timesteps", this.NumTrainTimesteps);
            writer.Number("beta_start", this.BetaStart);
            writer.Number("beta_end", this.BetaEnd);
            writer.Text("beta_schedule", SchedulerConfigWords.BetaSchedules.NameOf(this.BetaSchedule));
            writer.Numbers("trained_betas", this.TrainedBetas);
            writer.Text("prediction_type", SchedulerConfigWords.PredictionTypes.NameOf(this.PredictionType));
            writer.Text("timestep_spacing", SchedulerConfigWords.TimestepSpacings.NameOf(this.TimestepSpacing));
            writer.Number("steps_offset", this.StepsOffset);
            writer.Boolean("rescale_betas_zero_snr", this.RescaleBetasZeroSnr);
            writer.Boolean("clip_sample", this.ClipSample);
            writer.Number("clip_sample_range", this.ClipSampleRange);
            writer.Boolean("set_alpha_to_one", this.SetAlphaToOne);
            writer.Boolean("thresholding", this.Thresholding);
            writer.Number("dynamic_thresholding_ratio", this.DynamicThresholdingRatio);
            writer.Number("sample_max_value", this.SampleMaxValue);
            writer.Text("timestep_type", SchedulerConfigWords.TimestepTypes.NameOf(this.TimestepType));
            writer.Text("interpolation_type", SchedulerConfigWords.SigmaInterpolations.NameOf(this.InterpolationType));
            writer.SigmaSpacing(this.SigmaSpacing);
            writer.Number("sigma_min", this.SigmaMin);
            writer.Number("sigma_max", this.SigmaMax);
            writer.Number("rho", this.Rho);
            writer.Number("sigma_data", this.SigmaData);
            writer.Text("final_sigmas_type", SchedulerConfigWords.FinalSigmaRules.NameOf(this.FinalSigma));
            writer.Number("solver_order", this.SolverOrder);
            writer.Text("solver_type", SchedulerConfigWords.SolverTypes.NameOf(this.SolverType));
            writer.Text("algorithm_type", SchedulerConfigWords.AlgorithmTypes.NameOf(this.AlgorithmType));
            writer.Boolean("lower_order_final", this.LowerOrderFinal);
            writer.Boolean("euler_at_final", this.EulerAtFinal);
            writer.Number("lambda_min_clipped", this.LambdaMinClipped);
            writer.Boolean("predict_x0", this.PredictX0);
            writer.Numbers("disable_corrector", this.DisableCorrector?.Select(step => (double)step));
            writer.Text("variance_type", SchedulerConfigWords.VarianceTypes.NameOf(this.VarianceType));
            writer.Boolean("skip_prk_steps", this.SkipPrkSteps);
            writer.Number("original_inference_steps", this.OriginalInferenceSteps);
            writer.Number("timestep_scaling", this.TimestepScaling);
            writer.Number("eta", this.Eta);
            writer.Number("s_churn", this.SChurn);
            writer.Number("s_tmin", this.STmin);
            writer.Number("s_tmax", this.STmax);
            writer.Number("s_noise", this.SNoise);
            writer.Number("shift", this.Shift);
            writer.Boolean("use_dynamic_shifting", this.UseDynamicShifting);
            writer.Number("mu", this.DynamicShiftMu);
            writer.Text("time_shift_type", SchedulerConfigWords.TimeShiftTypes.NameOf(this.TimeShiftType));
            writer.Number("shift_terminal", this.ShiftTerminal);
            writer.Boolean("invert_sigmas", this.InvertSigmas);
            writer.Boolean("stochastic_sampling", this.StochasticSampling);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static FormatException NotUnicode(InvalidOperationException exception) =>
        new("The scheduler config holds text that is not Unicode: " + exception.Message, exception);

    // What counts whichever scheduler runs.
    private static SchedulerOptions ReadTraining(SchedulerConfigReader reader) => new()
    {
        NumTrainTimesteps = reader.Integer("num_train_timesteps"),
        BetaStart = reader.Number("beta_start"),
        BetaEnd = reader.Number("beta_end"),
        BetaSchedule = reader.Word("beta_schedule", SchedulerConfigWords.BetaSchedules),
        TrainedBetas = reader.Numbers("trained_betas"),
        PredictionType = reader.Word("prediction_type", SchedulerConfigWords.PredictionTypes),
        TimestepSpacing = reader.Word("timestep_spacing", SchedulerConfigWords.TimestepSpacings),
        StepsOffset = reader.Integer("steps_offset"),
        RescaleBetasZeroSnr = reader.Boolean("rescale_betas_zero_snr"),
        ClipSample = reader.Boolean("clip_sample"),
        ClipSampleRange = reader.Number("clip_sample_range"),
        SetAlphaToOne = reader.Boolean("set_alpha_to_one"),
        Thresholding = reader.Boolean("thresholding"),
        DynamicThresholdingRatio = reader.Number("dynamic_thresholding_ratio"),
        SampleMaxValue = reader.Number("sample_max_value"),
    };

    private static SchedulerOptions ReadSolver(SchedulerConfigReader reader, SchedulerOptions training) => training with
    {
        Type = reader.Type(),
        TimestepType = reader.Word("timestep_type", SchedulerConfigWords.TimestepTypes),
        InterpolationType = reader.Word("interpolation_type", SchedulerConfigWords.SigmaInterpolations),
        SigmaSpacing = reader.SigmaSpacing(),
        SigmaMin = reader.Number("sigma_min"),
        SigmaMax = reader.Number("sigma_max"),
        Rho = reader.Number("rho"),
        SigmaData = reader.Number("sigma_data"),
        FinalSigma = reader.Word("final_sigmas_type", SchedulerConfigWords.FinalSigmaRules),
        SolverOrder = reader.Integer("solver_order"),
        SolverType = reader.Word("solver_type", SchedulerConfigWords.SolverTypes),
        AlgorithmType = reader.Word("algorithm_type", SchedulerConfigWords.AlgorithmTypes),
        LowerOrderFinal = reader.Boolean("lower_order_final"),
        EulerAtFinal = reader.Boolean("euler_at_final"),
        LambdaMinClipped = reader.Number("lambda_min_clipped"),
        PredictX0 = reader.Boolean("predict_x0"),
        DisableCorrector = reader.Integers("disable_corrector"),
        VarianceType = reader.Word("variance_type", SchedulerConfigWords.VarianceTypes),
        SkipPrkSteps = reader.Boolean("skip_prk_steps"),
        OriginalInferenceSteps = reader.Integer("original_inference_steps"),
        TimestepScaling = reader.Number("timestep_scaling"),
        Eta = reader.Number("eta"),
        SChurn = reader.Number("s_churn"),
        STmin = reader.Number("s_tmin"),
        STmax = reader.Number("s_tmax"),
        SNoise = reader.Number("s_noise"),
        Shift = reader.Number("shift"),
        UseDynamicShifting = reader.Boolean("use_dynamic_shifting"),
        DynamicShiftMu = reader.Number("mu"),
        TimeShiftType = reader.Word("time_shift_type", SchedulerConfigWords.TimeShiftTypes),
        ShiftTerminal = reader.Number("shift_terminal"),
        InvertSigmas = reader.Boolean("invert_sigmas"),
        StochasticSampling = reader.Boolean("stochastic_sampling"),
    };
}
