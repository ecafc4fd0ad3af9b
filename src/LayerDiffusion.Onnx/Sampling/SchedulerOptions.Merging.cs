using System.Globalization;

namespace LayerDiffusion.Onnx.Sampling;

/// <content>Laying options over one another, defaults and checks.</content>
public sealed partial record SchedulerOptions
{
    /// <summary>What the classes of diffusers assume, except where a scheduler says otherwise.</summary>
    private static readonly SchedulerOptions CommonDefaults = new()
    {
        NumTrainTimesteps = 1000,
        BetaStart = 0.0001,
        BetaEnd = 0.02,
        BetaSchedule = Sampling.BetaSchedule.Linear,
        TrainedBetas = [],
        PredictionType = Sampling.PredictionType.Epsilon,
        TimestepSpacing = Sampling.TimestepSpacing.Linspace,
        StepsOffset = 0,
        RescaleBetasZeroSnr = false,
        ClipSample = false,
        ClipSampleRange = 1,
        SetAlphaToOne = true,
        Thresholding = false,
        DynamicThresholdingRatio = 0.995,
        SampleMaxValue = 1,
        TimestepType = Sampling.TimestepType.Discrete,
        InterpolationType = SigmaInterpolation.Linear,
        SigmaSpacing = Sampling.SigmaSpacing.Model,
        Rho = 7,
        SigmaData = 0.5,
        FinalSigma = FinalSigmaRule.Zero,
        SolverOrder = 2,
        SolverType = Sampling.SolverType.Midpoint,
        AlgorithmType = Sampling.AlgorithmType.DpmSolverPlusPlus,
        LowerOrderFinal = true,
        EulerAtFinal = false,
        LambdaMinClipped = double.NegativeInfinity,
        PredictX0 = true,
        DisableCorrector = [],
        VarianceType = Sampling.VarianceType.FixedSmall,
        SkipPrkSteps = false,
        OriginalInferenceSteps = 50,
        TimestepScaling = 10,
        Eta = 0,
        SChurn = 0,
        STmin = 0,
        STmax = double.PositiveInfinity,
        SNoise = 1,
        Shift = 1,
        UseDynamicShifting = false,
        TimeShiftType = Sampling.TimeShiftType.Exponential,
        InvertSigmas = false,
        StochasticSampling = false,
    };

    /// <summary>Lays these options over a model's own.</summary>
    /// <param name="model">The options of the model's scheduler_config.json.</param>
    /// <returns>
    /// These options, filled up from the model's. How the model was trained and wants its samples (betas, prediction type, timestep spacing, offset, clipping) always counts;
    /// how a solver works (order, algorithm, sigma spacing, …) only where both name the same kind of scheduler or one of them names none.
    /// </returns>
    public SchedulerOptions Over(SchedulerOptions model)
    {
        ArgumentNullException.ThrowIfNull(model);
        SchedulerOptions solver = this.Type is null || model.Type is null || this.Type == model.Type ? model : new SchedulerOptions();
        return new SchedulerOptions
        {
            Type = this.Type ?? model.Type,
            NumTrainTimesteps = this.NumTrainTimesteps ?? model.NumTrainTimesteps,
            BetaStart = this.BetaStart ?? model.BetaStart,
            BetaEnd = this.BetaEnd ?? model.BetaEnd,
            BetaSchedule = this.BetaSchedule ?? model.BetaSchedule,
            TrainedBetas = this.TrainedBetas ?? model.TrainedBetas,
            PredictionType = this.PredictionType ?? model.PredictionType,
            TimestepSpacing = this.TimestepSpacing ?? model.TimestepSpacing,
            StepsOffset = this.StepsOffset ?? model.StepsOffset,
            RescaleBetasZeroSnr = this.RescaleBetasZeroSnr ?? model.RescaleBetasZeroSnr,
            ClipSample = this.ClipSample ?? model.ClipSample,
            ClipSampleRange = this.ClipSampleRange ?? model.ClipSampleRange,
            SetAlphaToOne = this.SetAlphaToOne ?? model.SetAlphaToOne,
            Thresholding = this.Thresholding ?? model.Thresholding,
            DynamicThresholdingRatio = this.DynamicThresholdingRatio ?? model.DynamicThresholdingRatio,
            SampleMaxValue = this.SampleMaxValue ?? model.SampleMaxValue,
            TimestepType = this.TimestepType ?? solver.TimestepType,
            InterpolationType = this.InterpolationType ?? solver.InterpolationType,
            SigmaSpacing = this.SigmaSpacing ?? solver.SigmaSpacing,
            SigmaMin = this.SigmaMin ?? solver.SigmaMin,
            SigmaMax = this.SigmaMax ?? solver.SigmaMax,
            Rho = this.Rho ?? solver.Rho,
            SigmaData = this.SigmaData ?? solver.SigmaData,
            FinalSigma = this.FinalSigma ?? solver.FinalSigma,
            SolverOrder = this.SolverOrder ?? solver.SolverOrder,
            SolverType = this.SolverType ?? solver.SolverType,
            AlgorithmType = this.AlgorithmType ?? solver.AlgorithmType,
            LowerOrderFinal = this.LowerOrderFinal ?? solver.LowerOrderFinal,
            EulerAtFinal = this.EulerAtFinal ?? solver.EulerAtFinal,
            LambdaMinClipped = this.LambdaMinClipped ?? solver.LambdaMinClipped,
            PredictX0 = this.PredictX0 ?? solver.PredictX0,
            DisableCorrector = this.DisableCorrector ?? solver.DisableCorrector,
            VarianceType = this.VarianceType ?? solver.VarianceType,
            SkipPrkSteps = this.SkipPrkSteps ?? solver.SkipPrkSteps,
            OriginalInferenceSteps = this.OriginalInferenceSteps ?? solver.OriginalInferenceSteps,
            TimestepScaling = this.TimestepScaling ?? solver.TimestepScaling,
            Eta = this.Eta ?? solver.Eta,
            SChurn = this.SChurn ?? solver.SChurn,
            STmin = this.STmin ?? solver.STmin,
            STmax = this.STmax ?? solver.STmax,
            SNoise = this.SNoise ?? solver.SNoise,
            Shift = this.Shift ?? solver.Shift,
            UseDynamicShifting = this.UseDynamicShifting ?? solver.UseDynamicShifting,
            DynamicShiftMu = this.DynamicShiftMu ?? solver.DynamicShiftMu,
            TimeShiftType = this.TimeShiftType ?? solver.TimeShiftType,
            ShiftTerminal = this.ShiftTerminal ?? solver.ShiftTerminal,
            InvertSigmas = this.InvertSigmas ?? solver.InvertSigmas,
            StochasticSampling = this.StochasticSampling ?? solver.StochasticSampling,
        };
    }

    /// <summary>Checks every option that is set.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range; the exception names it and the range.</exception>
    /// <exception cref="ArgumentException">Options exclude each other.</exception>
    public void Validate()
    {
        InRange(this.NumTrainTimesteps, 1, 100_000, nameof(this.NumTrainTimesteps));
        InRange(this.BetaStart, 0, 1, nameof(this.BetaStart));
        InRange(this.BetaEnd, 0, 1, nameof(this.BetaEnd));
        Defined(this.BetaSchedule, nameof(this.BetaSchedule));
        Defined(this.PredictionType, nameof(this.PredictionType));
        Defined(this.TimestepSpacing, nameof(this.TimestepSpacing));
        InRange(this.StepsOffset, 0, 1000, nameof(this.StepsOffset));
        InRange(this.ClipSampleRange, 0, 1e6, nameof(this.ClipSampleRange));
        InRange(this.DynamicThresholdingRatio, 0, 1, nameof(this.DynamicThresholdingRatio));
        InRange(this.SampleMaxValue, 0, 1e6, nameof(this.SampleMaxValue));
        Defined(this.TimestepType, nameof(this.TimestepType));
        Defined(this.InterpolationType, nameof(this.InterpolationType));
        Defined(this.SigmaSpacing, nameof(this.SigmaSpacing));
        InRange(this.SigmaMin, 1e-6, 1e6, nameof(this.SigmaMin));
        InRange(this.SigmaMax, 1e-6, 1e6, nameof(this.SigmaMax));
        InRange(this.Rho, 0.1, 1000, nameof(this.Rho));
        InRange(this.SigmaData, 1e-6, 1e6, nameof(this.SigmaData));
        Defined(this.FinalSigma, nameof(this.FinalSigma));
        InRange(this.SolverOrder, 1, 4, nameof(this.SolverOrder));
        Defined(this.SolverType, nameof(this.SolverType));
        Defined(this.AlgorithmType, nameof(this.AlgorithmType));
        InRange(this.LambdaMinClipped, double.NegativeInfinity, 1e6, nameof(this.LambdaMinClipped));
        Defined(this.VarianceType, nameof(this.VarianceType));
        InRange(this.OriginalInferenceSteps, 1, 100_000, nameof(this.OriginalInferenceSteps));
        InRange(this.TimestepScaling, 1e-6, 1e6, nameof(this.TimestepScaling));
        InRange(this.Eta, 0, 1, nameof(this.Eta));
        InRange(this.SChurn, 0, 1e6, nameof(this.SChurn));
        InRange(this.STmin, 0, double.PositiveInfinity, nameof(this.STmin));
        InRange(this.STmax, 0, double.PositiveInfinity, nameof(this.STmax));
        InRange(this.SNoise, 0, 100, nameof(this.SNoise));
        InRange(this.Shift, 1e-6, 1e6, nameof(this.Shift));
        InRange(this.DynamicShiftMu, 1e-6, 100, nameof(this.DynamicShiftMu));
        Defined(this.TimeShiftType, nameof(this.TimeShiftType));
        InRange(this.ShiftTerminal, 0, 0.999, nameof(this.ShiftTerminal));
        if (this.BetaStart > this.BetaEnd)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{nameof(this.BetaStart)} is {this.BetaStart}, above {nameof(this.BetaEnd)}, {this.BetaEnd}."), nameof(this.BetaStart));
        }

        if (this.SigmaMin >= this.SigmaMax)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{nameof(this.SigmaMin)} is {this.SigmaMin}, not below {nameof(this.SigmaMax)}, {this.SigmaMax}."), nameof(this.SigmaMin));
        }

        foreach (double beta in this.TrainedBetas ?? [])
        {
            InRange(beta, 0, 1, nameof(this.TrainedBetas));
        }

        if (this.TrainedBetas is { Count: > 0 } betas && betas.Count != (this.NumTrainTimesteps ?? betas.Count))
        {
            throw new ArgumentException($"{nameof(this.TrainedBetas)} has {betas.Count} values, wanted {this.NumTrainTimesteps}, one per training timestep.", nameof(this.TrainedBetas));
        }

        foreach (int step in this.DisableCorrector ?? [])
        {
            InRange(step, 0, int.MaxValue, nameof(this.DisableCorrector));
        }
    }

    /// <summary>Fills every gap with what the class of this type assumes.</summary>
    internal SchedulerOptions WithDefaults() => this.Over(this.Type!.Defaults).Over(CommonDefaults);

    private static void InRange(double? value, double smallest, double largest, string name)
    {
        if (value is double number && !(number >= smallest && number <= largest))
        {
            throw new ArgumentOutOfRangeException(name, number, string.Create(CultureInfo.InvariantCulture, $"{name} is {number}, wanted {smallest} to {largest}."));
        }
    }

    private static void Defined<T>(T? value, string name)
        where T : struct, Enum
    {
        if (value is T member && !Enum.IsDefined(member))
        {
            throw new ArgumentOutOfRangeException(name, member, $"{name} is {member}, wanted one of: {string.Join(", ", Enum.GetNames<T>())}.");
        }
    }
}
