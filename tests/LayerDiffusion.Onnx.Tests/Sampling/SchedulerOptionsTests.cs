using System.Globalization;
using System.Text;
using System.Text.Json;
using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx.Tests.Sampling;

public sealed class SchedulerOptionsTests
{
    public static TheoryData<string> Names => SchedulerPropertyTests.Names;

    [Fact]
    public void ToString_OfEveryPreset_ParsesBackToIt()
    {
        foreach (SchedulerOptions preset in SchedulerPropertyTests.Presets())
        {
            Assert.False(preset.ToString().StartsWith('{'), preset.ToString());
            Assert.Equal(preset, SchedulerOptions.Parse(preset.ToString()));
        }
    }

    [Fact]
    public void ToString_OfOptionsThatNoNameSays_IsAConfigThatParsesBack()
    {
        SchedulerOptions options = SchedulerOptions.DpmPlusPlus2MKarras with { SigmaMin = 0.05, LambdaMinClipped = double.NegativeInfinity, STmax = double.PositiveInfinity, Eta = 0.25, SkipPrkSteps = true };

        Assert.StartsWith("{", options.ToString(), StringComparison.Ordinal);
        Assert.Equal(options, SchedulerOptions.Parse(options.ToString()));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ToConfigJson_OfCompleteOptions_ReadsBack(string name)
    {
        SchedulerOptions options = Scheduler.Create(SchedulerOptions.Parse(name)).Options;
        SchedulerOptions back = SchedulerOptions.FromConfig(Encoding.UTF8.GetBytes(options.ToConfigJson()));

        Assert.Equal(options, back with { TrainedBetas = options.TrainedBetas, DisableCorrector = options.DisableCorrector });
    }

    [Theory]
    [InlineData("dpm++2m-karras", "dpm++2m-karras")]
    [InlineData("DPM++ 2M Karras", "dpm++2m-karras")]
    [InlineData("dpmpp_2m_karras", "dpm++2m-karras")]
    [InlineData("k_dpmpp_2m", "dpm++2m")]
    [InlineData("DPM++ 2M", "dpm++2m")]
    [InlineData("DPM++ 2M SDE Karras", "dpm++2m-sde-karras")]
    [InlineData("DPM++ 2M SDE Heun Exponential", "dpm++2m-sde-heun-exponential")]
    [InlineData("DPM++ 3M SDE Exponential", "dpm++3m-sde-exponential")]
    [InlineData("DPM++ SDE Karras", "dpm++sde-karras")]
    [InlineData("DPM++ 2S", "dpm++2s")]
    [InlineData("Euler a", "euler-a")]
    [InlineData("euler_a", "euler-a")]
    [InlineData("k_euler_ancestral", "euler-a")]
    [InlineData("EULER", "euler")]
    [InlineData("Euler SGM Uniform", "euler-trailing")]
    [InlineData("euler-v-ztsnr", "euler-v-ztsnr")]
    [InlineData("LMS Karras", "lms-karras")]
    [InlineData("DPM2 a Karras", "dpm2-a-karras")]
    [InlineData("dpm_2_ancestral", "dpm2-a")]
    [InlineData("Heun", "heun")]
    [InlineData("PLMS", "pndm")]
    [InlineData("UniPC", "unipc")]
    [InlineData("DDIM", "ddim")]
    [InlineData("DPM++ 2M Align Your Steps", "dpm++2m-ays-sdxl")]
    [InlineData("EulerAncestralDiscreteScheduler", "EulerAncestralDiscreteScheduler")]
    [InlineData("DPMSolverMultistep", "DPMSolverMultistepScheduler")]
    [InlineData("LCMScheduler", "lcm")]
    [InlineData("dpmpp_2m+karras", "dpm++2m-karras")]
    [InlineData("dpmpp_2m + karras", "dpm++2m-karras")]
    [InlineData("dpmpp_2m/karras", "dpm++2m-karras")]
    [InlineData("DPM++ 2M, Karras", "dpm++2m-karras")]
    [InlineData("DPM++ 2M (Karras)", "dpm++2m-karras")]
    [InlineData("Dpm++2mKarras", "dpm++2m-karras")]
    [InlineData("k_dpmpp_2m_ka", "dpm++2m-karras")]
    [InlineData("dpmpp_2m_k", "dpm++2m-karras")]
    [InlineData("k_dpmpp_3m_sde_exp", "dpm++3m-sde-exponential")]
    [InlineData("DPM++ 2M SDE Exponential", "dpm++2m-sde-exponential")]
    [InlineData("dpmpp_2m beta", "dpm++2m-beta")]
    [InlineData("dpmpp_2m exponential", "dpm++2m-exponential")]
    [InlineData("dpmpp_2m polyexponential", "dpm++2m-exponential")]
    [InlineData("dpmpp_2m simple", "dpm++2m-trailing")]
    [InlineData("dpmpp_2m sgm_uniform", "dpm++2m-trailing")]
    [InlineData("dpmpp_2m normal", "dpm++2m-linspace")]
    [InlineData("DPM++ 2M Uniform", "dpm++2m-linspace")]
    [InlineData("dpmpp_sde karras", "dpm++sde-karras")]
    [InlineData("dpmpp_2m_sde karras", "dpm++2m-sde-karras")]
    [InlineData("dpmpp_3m_sde karras", "dpm++3m-sde-karras")]
    [InlineData("uni_pc karras", "unipc-karras")]
    [InlineData("uni_pc_bh2", "unipc")]
    [InlineData("heun karras", "heun-karras")]
    [InlineData("dpm_2 karras", "dpm2-karras")]
    [InlineData("DPM2 Karras", "dpm2-karras")]
    [InlineData("kdpm_2_a_k", "dpm2-a-karras")]
    [InlineData("Euler a Karras", "euler-a-karras")]
    [InlineData("deis beta", "deis-beta")]
    [InlineData("euler_k", "euler-karras")]
    [InlineData("Euler AYS SD15", "euler-ays-sd15")]
    [InlineData("EulerDiscreteScheduler karras", "euler-karras")]
    [InlineData("EulerDiscreteScheduler (beta)", "euler-beta")]
    [InlineData("LMSDiscrete Exponential", "lms-exponential")]
    [InlineData("DDIMScheduler trailing", "DDIMScheduler-trailing")]
    [InlineData("EDM Euler Exponential", "edm-euler-exponential")]
    [InlineData("heundiscretescheduler", "HeunDiscreteScheduler")]
    public void Parse_NamesThatUsersKnow_GivesTheCanonicalOne(string name, string canonical)
    {
        Assert.Equal(canonical, SchedulerOptions.Parse(name).ToString());
        Assert.True(SchedulerOptions.TryParse(name, out SchedulerOptions? options));
        Assert.Equal(canonical, options.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("dpm++9m")]
    [InlineData("karras")]
    [InlineData("ddim-karras")]
    [InlineData("euler karras extra")]
    [InlineData("euler karras beta")]
    [InlineData("DDIMScheduler karras")]
    [InlineData("DPM++ 2S a")]
    [InlineData("DPM adaptive")]
    [InlineData("Restart")]
    [InlineData("k")]
    [InlineData("Scheduler")]
    public void Parse_UnknownName_ListsTheKnownOnes(string name)
    {
        FormatException exception = Assert.Throws<FormatException>(() => SchedulerOptions.Parse(name));

        Assert.Contains($"'{name}'", exception.Message, StringComparison.Ordinal);
        Assert.All(SchedulerOptions.KnownNames, known => Assert.Contains(known, exception.Message, StringComparison.Ordinal));
        Assert.False(SchedulerOptions.TryParse(name, out _));
    }

    [Fact]
    public void Parse_HugeText_IsRefusedBriefly()
    {
        Assert.InRange(Assert.Throws<FormatException>(() => SchedulerOptions.Parse(new string('x', 1_000_000))).Message.Length, 1, 2000);
        Assert.False(SchedulerOptions.TryParse(null, out _));
        Assert.False(SchedulerOptions.TryParse("{", out _));
    }

    [Fact]
    public void Parse_UnderForeignCultures_IsTheSame()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            foreach (string culture in new[] { "tr-TR", "de-DE" })
            {
                CultureInfo.CurrentCulture = new CultureInfo(culture);
                Assert.Equal(SchedulerOptions.Ddim, SchedulerOptions.Parse("DDIM"));
                Assert.Contains("0.5", (SchedulerOptions.Ddim with { Eta = 0.5 }).ToString(), StringComparison.Ordinal);
                Assert.Contains("1.5", Assert.Throws<ArgumentOutOfRangeException>((SchedulerOptions.Ddim with { Eta = 1.5 }).Validate).Message, StringComparison.Ordinal);
            }
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void FromConfig_PythonsBareInfinity_IsUnderstood()
    {
        SchedulerOptions options = SchedulerOptions.FromConfig("""
            { "_class_name": "DPMSolverMultistepScheduler", "_diffusers_version": "0.42.1 -Infinity", "lambda_min_clipped": -Infinity, "trained_betas": null, "use_karras_sigmas": true,
              "something_new": { "deep": [NaN] }, "solver_order": 2 }
            """u8);

        Assert.Equal(new SchedulerOptions { Type = SchedulerType.DPMSolverMultistep, LambdaMinClipped = double.NegativeInfinity, SigmaSpacing = SigmaSpacing.Karras, SolverOrder = 2 }, options);
    }

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("[1]", "object")]
    [InlineData("""{"beta_start":"a"}""", "'beta_start' is the text 'a', wanted a number")]
    [InlineData("""{"steps_offset":1.5}""", "'steps_offset' is 1.5, wanted a whole number")]
    [InlineData("""{"clip_sample":1}""", "'clip_sample' is 1, wanted true or false")]
    [InlineData("""{"prediction_type":"noise"}""", "'prediction_type' is 'noise', wanted one of: epsilon, v_prediction")]
    [InlineData("""{"prediction_type":[]}""", "'prediction_type' is a list, wanted a text")]
    [InlineData("""{"trained_betas":[0.1,"x"]}""", "'trained_betas'")]
    [InlineData("""{"trained_betas":0.1}""", "'trained_betas' is 0.1, wanted a list")]
    [InlineData("""{"disable_corrector":[0.5]}""", "'disable_corrector'")]
    [InlineData("""{"_class_name":"VQDiffusionScheduler"}""", "'_class_name' is 'VQDiffusionScheduler', wanted one of: DDIMScheduler")]
    [InlineData("""{"use_karras_sigmas":true,"use_beta_sigmas":true}""", "'use_beta_sigmas'")]
    [InlineData("""{"use_flow_sigmas":true}""", "'use_flow_sigmas'")]
    [InlineData("""{"prediction_type":"\ud800"}""", "Unicode")]
    public void FromConfig_WrongValue_NamesTheKey(string json, string message)
    {
        FormatException exception = Assert.Throws<FormatException>(() => SchedulerOptions.FromConfig(Encoding.UTF8.GetBytes(json)));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Over_AnotherClass_TakesWhatTheModelWasTrainedWithButNotHowItsSolverWorks()
    {
        SchedulerOptions model = SchedulerOptions.FromConfig("""
            { "_class_name": "DPMSolverMultistepScheduler", "beta_start": 0.00085, "prediction_type": "v_prediction", "timestep_spacing": "trailing", "steps_offset": 1,
              "solver_order": 3, "use_karras_sigmas": true, "clip_sample": false }
            """u8);

        SchedulerOptions euler = new SchedulerOptions { Type = SchedulerType.EulerDiscrete }.Over(model);
        Assert.Equal(new SchedulerOptions { Type = SchedulerType.EulerDiscrete, BetaStart = 0.00085, PredictionType = PredictionType.VPrediction, TimestepSpacing = TimestepSpacing.Trailing, StepsOffset = 1, ClipSample = false }, euler);

        SchedulerOptions same = new SchedulerOptions { Type = SchedulerType.DPMSolverMultistep }.Over(model);
        Assert.Equal((3, SigmaSpacing.Karras), (same.SolverOrder, same.SigmaSpacing));
        Assert.Equal((2, SigmaSpacing.Model), (SchedulerOptions.DpmPlusPlus2M.Over(model).SolverOrder, SchedulerOptions.DpmPlusPlus2M.Over(model).SigmaSpacing));
        Assert.Equal(model, new SchedulerOptions().Over(model));
        Assert.Equal(0.5, new SchedulerOptions { Eta = 0.5 }.Over(model).Eta);
    }

    [Fact]
    public void Create_OptionsInEffect_HaveNoGaps()
    {
        foreach (SchedulerType type in SchedulerType.All)
        {
            SchedulerOptions options = Scheduler.Create(new SchedulerOptions { Type = type }).Options;
            Assert.Same(type, options.Type);
            string[] gaps = [.. typeof(SchedulerOptions).GetProperties()
                .Where(property => property.GetMethod!.IsStatic is false && property.GetValue(options) is null)
                .Select(property => property.Name)];
            Assert.Empty(gaps.Except(["SigmaMin", "SigmaMax", "ShiftTerminal", "DynamicShiftMu"]));
            Assert.Equal(type, SchedulerOptions.Parse(type.ClassName).Type);
            Assert.Equal(type, SchedulerOptions.FromConfig(JsonDocument.Parse($$"""{"_class_name":"{{type.ClassName}}"}""").RootElement).Type);
        }
    }

    [Fact]
    public void Validate_OutOfRange_NamesOptionAndRange()
    {
        Check(new SchedulerOptions { BetaStart = double.NaN }, nameof(SchedulerOptions.BetaStart));
        Check(new SchedulerOptions { BetaEnd = 1.5 }, nameof(SchedulerOptions.BetaEnd));
        Check(new SchedulerOptions { NumTrainTimesteps = 0 }, nameof(SchedulerOptions.NumTrainTimesteps));
        Check(new SchedulerOptions { NumTrainTimesteps = int.MaxValue }, nameof(SchedulerOptions.NumTrainTimesteps));
        Check(new SchedulerOptions { SolverOrder = 4 }, nameof(SchedulerOptions.SolverOrder));
        Check(new SchedulerOptions { Eta = -0.1 }, nameof(SchedulerOptions.Eta));
        Check(new SchedulerOptions { DynamicThresholdingRatio = 1.1 }, nameof(SchedulerOptions.DynamicThresholdingRatio));
        Check(new SchedulerOptions { TrainedBetas = [0.1, 2] }, nameof(SchedulerOptions.TrainedBetas));
        Check(new SchedulerOptions { PredictionType = (PredictionType)9 }, nameof(SchedulerOptions.PredictionType));
        new SchedulerOptions { SolverOrder = 4, Type = SchedulerType.LMSDiscrete }.Validate();
        Assert.Throws<ArgumentException>(new SchedulerOptions { BetaStart = 0.5, BetaEnd = 0.1 }.Validate);
        Assert.Throws<ArgumentException>(new SchedulerOptions { SigmaMin = 5, SigmaMax = 2 }.Validate);
        Assert.Throws<ArgumentException>(new SchedulerOptions { TrainedBetas = [0.1, 0.2], NumTrainTimesteps = 3 }.Validate);

        static void Check(SchedulerOptions options, string name)
        {
            ArgumentOutOfRangeException exception = Assert.Throws<ArgumentOutOfRangeException>(options.Validate);
            Assert.Equal(name, exception.ParamName);
            Assert.Contains("wanted", exception.Message, StringComparison.Ordinal);
        }
    }
}
