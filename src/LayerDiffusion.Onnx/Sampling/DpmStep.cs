namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// The weights of one DPM-Solver step between two noise levels, for both the multistep and the singlestep solver.
/// </summary>
/// <remarks>
/// With λ = −ln(σ/α) and h = λ_to − λ_from the step is Sample·x + First·D₀ + Second·D₁ + Third·D₂ + Noise·noise, where D₀, D₁, D₂ are the model's
/// value and its divided differences. Lu et al. 2022, "DPM-Solver" (values are ε) and "DPM-Solver++" (values are x₀, equations 9 to 13 and the SDE form of its appendix).
/// </remarks>
/// <param name="Sample">Weight of the sample.</param>
/// <param name="First">Weight of the value D₀.</param>
/// <param name="Second">Weight of the first difference D₁ by Heun's rule; the midpoint rule takes First/2.</param>
/// <param name="Third">Weight of the second difference D₂.</param>
/// <param name="Noise">Weight of the noise.</param>
internal readonly record struct DpmStep(double Sample, double First, double Second, double Third, double Noise)
{
    /// <summary>λ of a noise level σ/α.</summary>
    public static double Lambda(double sigma) => -Math.Log(sigma);

    /// <summary>The weights of a step.</summary>
    /// <param name="algorithm">Which equation is integrated.</param>
    /// <param name="from">Level σ/α at the start.</param>
    /// <param name="to">Level σ/α at the end.</param>
    public static DpmStep Between(AlgorithmType algorithm, double from, double to)
    {
        (double alphaFrom, double sigmaFrom) = Schedule.Preserving(from);
        (double alpha, double sigma) = Schedule.Preserving(to);
        double h = Lambda(to) - Lambda(from);
        if (h == 0)
        {
            return new DpmStep(1, 0, 0, 0, 0);
        }

        double ratio = sigma / sigmaFrom;
        switch (algorithm)
        {
            case AlgorithmType.DpmSolver:
            case AlgorithmType.SdeDpmSolver:
                double growth = Math.Exp(h) - 1;
                double factor = algorithm == AlgorithmType.SdeDpmSolver ? 2 : 1;
                return new DpmStep(
                    alpha / alphaFrom,
                    -factor * sigma * growth,
                    -factor * sigma * ((growth / h) - 1),
                    -factor * sigma * (((growth - h) / (h * h)) - 0.5),
                    factor == 2 ? sigma * Math.Sqrt(Math.Exp(2 * h) - 1) : 0);
            case AlgorithmType.DpmSolverPlusPlus:
                double decay = Math.Exp(-h) - 1;
                return new DpmStep(ratio, -alpha * decay, alpha * ((decay / h) + 1), -alpha * (((decay + h) / (h * h)) - 0.5), 0);
            default:
                double loss = 1 - Math.Exp(-2 * h);
                return new DpmStep(
                    ratio * Math.Exp(-h),
                    alpha * loss,
                    alpha * ((loss / (-2 * h)) + 1),
                    alpha * (((loss - (2 * h)) / (4 * h * h)) - 0.5),
                    sigma * Math.Sqrt(loss));
        }
    }
}
