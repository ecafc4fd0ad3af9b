using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using LayerDiffusion.Onnx.IO;
using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx.Tests.Sampling;

[Collection(nameof(Undisturbed))]
public sealed class NoiseTorchRandomTests
{
    // Single precision repeats torch's polynomials and is exact; double precision goes through another mathematics library, at values up to about 5.
    private const double Tolerance32 = 0;
    private const double Tolerance64 = 1e-14;

    private static readonly JsonElement Golden = Fixtures.Json("components", "noise", "noise.json");
    private static readonly SafetensorsFile Tensors = Fixtures.Tensors("components", "noise", "noise.safetensors");

    [Fact]
    public void NextNormal_EverySeedTypeAndSize_MatchesTorch()
    {
        foreach (JsonElement row in Golden.GetProperty("cpu_randn").EnumerateArray())
        {
            TorchRandom random = new(Seed(row));
            int size = row.GetProperty("size").GetInt32();
            string tensor = row.GetProperty("tensor").GetString()!;
            switch (row.GetProperty("dtype").GetString())
            {
                case "float32":
                    float[] singles = new float[size];
                    random.NextNormal(singles);
                    Close.Assert(Tensors.ReadSingle(tensor), singles, Tolerance32, what: tensor);
                    break;
                case "float64":
                    double[] doubles = new double[size];
                    random.NextNormal(doubles);
                    AssertClose(Tensors.Read<double>(tensor), doubles, tensor);
                    break;
                default:
                    Half[] halves = new Half[size];
                    random.NextNormal(halves);
                    Half[] expected = Tensors.Read<Half>(tensor);
                    for (int i = 0; i < size; i++)
                    {
                        // One float16 step: a float32 difference may cross a rounding boundary.
                        int steps = Math.Abs(BitConverter.HalfToInt16Bits(expected[i]) - BitConverter.HalfToInt16Bits(halves[i]));
                        Assert.True(steps <= 1, $"{tensor}[{i}]");
                    }

                    break;
            }
        }
    }

    [Fact]
    public void NextNormal_WholeLatents_MatchesTorch()
    {
        foreach (JsonElement row in Golden.GetProperty("cpu_randn_large").EnumerateArray())
        {
            int count = 1;
            foreach (JsonElement side in row.GetProperty("shape").EnumerateArray())
            {
                count *= side.GetInt32();
            }

            float[] values = new float[count];
            new TorchRandom(Seed(row)).NextNormal(values);
            string tensor = row.GetProperty("tensor").GetString()!;
            if (row.GetProperty("whole").GetBoolean())
            {
                Close.Assert(Tensors.ReadSingle(tensor), values, Tolerance32, what: tensor);
            }
            else
            {
                Close.Assert(Tensors.ReadSingle(tensor + ".first"), values.AsSpan(0, 64), Tolerance32, what: tensor);
                Close.Assert(Tensors.ReadSingle(tensor + ".last"), values.AsSpan(count - 64), Tolerance32, what: tensor);
            }

            string hash = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<float>(values)));
            Assert.Equal(row.GetProperty("sha256_float32_le").GetString(), hash);
        }
    }

    [Fact]
    public void NextNormal_DrawsInSequence_KeepTheSecondScalarAcrossCalls()
    {
        foreach (JsonElement row in Golden.GetProperty("cpu_sequence").EnumerateArray())
        {
            TorchRandom random = new(Seed(row));
            JsonElement tensors = row.GetProperty("tensors");
            int draw = 0;
            foreach (JsonElement size in row.GetProperty("sizes").EnumerateArray())
            {
                float[] values = new float[size.GetInt32()];
                random.NextNormal(values);
                string tensor = tensors[draw++].GetString()!;
                Close.Assert(Tensors.ReadSingle(tensor), values, Tolerance32, what: tensor);
            }
        }
    }

    [Fact]
    public void NextUniform_EverySeedAndType_IsExact()
    {
        foreach (JsonElement row in Golden.GetProperty("cpu_rand").EnumerateArray())
        {
            TorchRandom random = new(Seed(row));
            int size = row.GetProperty("size").GetInt32();
            string tensor = row.GetProperty("tensor").GetString()!;
            switch (row.GetProperty("dtype").GetString())
            {
                case "float32":
                    float[] singles = new float[size];
                    random.NextUniform(singles);
                    Assert.Equal(Tensors.Read<float>(tensor), singles);
                    break;
                case "float64":
                    double[] doubles = new double[size];
                    random.NextUniform(doubles);
                    Assert.Equal(Tensors.Read<double>(tensor), doubles);
                    break;
                default:
                    Half[] halves = new Half[size];
                    random.NextUniform(halves);
                    Assert.Equal(Tensors.Read<Half>(tensor), halves);
                    break;
            }
        }
    }

    [Fact]
    public void NextInteger_EverySeedAndRange_IsExact()
    {
        foreach (JsonElement row in Golden.GetProperty("cpu_randint").EnumerateArray())
        {
            TorchRandom random = new(Seed(row));
            long low = long.Parse(row.GetProperty("low").GetString()!, CultureInfo.InvariantCulture);
            long high = long.Parse(row.GetProperty("high").GetString()!, CultureInfo.InvariantCulture);
            foreach (JsonElement value in row.GetProperty("values").EnumerateArray())
            {
                Assert.Equal(long.Parse(value.GetString()!, CultureInfo.InvariantCulture), random.NextInteger(low, high));
            }
        }
    }

    [Fact]
    public void Constructor_NegativeSeed_IsItsTwosComplement()
    {
        float[] negative = new float[32];
        float[] positive = new float[32];
        new TorchRandom(-1L).NextNormal(negative);
        new TorchRandom(ulong.MaxValue).NextNormal(positive);
        Assert.Equal(positive, negative);
    }

    [Fact]
    public void NextNormal_EmptyDestination_DrawsNothing()
    {
        TorchRandom random = new(3L);
        random.NextNormal(Span<float>.Empty);
        random.NextNormal(Span<double>.Empty);
        random.NextNormal(Span<Half>.Empty);
        double[] values = new double[1];
        double[] expected = new double[1];
        random.NextNormal(values);
        new TorchRandom(3L).NextNormal(expected);
        Assert.Equal(expected, values);
    }

    [Fact]
    public void NextNormal_AnyLength_AllocatesNothing()
    {
        TorchRandom random = new(5L);
        float[] singles = new float[1003];
        double[] doubles = new double[1003];
        Half[] halves = new Half[1003];
        for (int round = 0; round < 2; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            random.NextNormal(singles);
            random.NextNormal(singles.AsSpan(0, 7));
            random.NextNormal(doubles);
            random.NextNormal(halves);
            random.NextUniform(singles);
            random.NextUniform(halves);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(round == 0 || allocated == 0, $"{allocated} bytes");
        }
    }

    [Fact]
    public void NextInteger_EmptyRange_Throws()
    {
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => new TorchRandom(1L).NextInteger(5, 5));
        Assert.Equal("high", error.ParamName);
    }

    [Fact]
    public void NextInteger_WholeRangeOfLong_StaysInside()
    {
        TorchRandom random = new(9L);
        for (int i = 0; i < 100; i++)
        {
            Assert.InRange(random.NextInteger(long.MinValue, long.MaxValue), long.MinValue, long.MaxValue - 1);
        }
    }

    private static ulong Seed(JsonElement row) => ulong.Parse(row.GetProperty("seed").GetString()!, CultureInfo.InvariantCulture);

    private static void AssertClose(double[] expected, double[] actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - actual[i]) <= Tolerance64, string.Create(CultureInfo.InvariantCulture, $"{what}[{i}] is {actual[i]:R}, wanted {expected[i]:R}"));
        }
    }
}
