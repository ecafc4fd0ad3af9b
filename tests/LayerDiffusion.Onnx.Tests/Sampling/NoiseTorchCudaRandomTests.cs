using System.Globalization;
using System.Text.Json;
using LayerDiffusion.Onnx.IO;
using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx.Tests.Sampling;

[Collection(nameof(Undisturbed))]
public sealed class NoiseTorchCudaRandomTests
{
    // The recommended tolerance of the fixtures for float32 normals.
    private const double Tolerance = 1e-6;

    private static readonly JsonElement Golden = Fixtures.Json("components", "noise", "noise.json");

    [Fact]
    public void Next_PublishedVectors_IsExact()
    {
        foreach (JsonElement row in Golden.GetProperty("philox_known_answers").EnumerateArray())
        {
            uint[] counter = Words(row.GetProperty("counter"));
            uint[] key = Words(row.GetProperty("key"));
            (uint a, uint b, uint c, uint d) = Philox.Next(Join(counter[0], counter[1]), Join(counter[2], counter[3]), Join(key[0], key[1]));
            Assert.Equal(Words(row.GetProperty("out")), new uint[] { a, b, c, d });
        }
    }

    [Fact]
    public void NextNormal_ThreeDrawsOfEverySeed_MatchesTheGoldens()
    {
        SafetensorsFile tensors = Fixtures.Tensors("components", "noise", "noise.safetensors");
        foreach (JsonElement row in Golden.GetProperty("cuda_philox").EnumerateArray())
        {
            TorchCudaRandom random = new(ulong.Parse(row.GetProperty("seed").GetString()!, CultureInfo.InvariantCulture));
            foreach (JsonElement name in row.GetProperty("tensors").EnumerateArray())
            {
                float[] expected = tensors.ReadSingle(name.GetString()!);
                float[] values = new float[expected.Length];
                random.NextNormal(values);
                Close.Assert(expected, values, Tolerance, what: name.GetString()!);
            }
        }
    }

    [Fact]
    public void NextNormal_SeedZero_MatchesTheNormalsPublishedForAGpu()
    {
        float[] values = new float[12];
        new TorchCudaRandom(0L).NextNormal(values);
        int i = 0;
        foreach (JsonElement expected in Golden.GetProperty("cuda_published_seed0").EnumerateArray())
        {
            Assert.Equal(expected.GetDouble(), values[i++], Tolerance);
        }
    }

    [Fact]
    public void NextNormal_MoreValuesThanThreads_FollowsTheDescribedLayout()
    {
        const int threads = 256;
        const ulong seed = 0x1234_5678_9ABC_DEF0;
        float[] values = new float[(4 * threads) + 300];
        TorchCudaRandom random = new(seed, residentBlocks: 1);
        random.NextNormal(values);
        float[] expected = new float[values.Length];
        for (int i = 0; i < expected.Length; i++)
        {
            expected[i] = (float)Normal(seed, counter: i / (4 * threads), thread: i % threads, part: i / threads % 4);
        }

        Close.Assert(expected, values, Tolerance);

        // The draw took two rounds, so that the next one starts at counter 2.
        random.NextNormal(values.AsSpan(0, 5));
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(Normal(seed, 2, i, 0), values[i], Tolerance);
        }
    }

    [Fact]
    public void NextNormal_BelowTheLimit_DoesNotDependOnTheGpu()
    {
        float[] small = new float[2048];
        float[] large = new float[2048];
        new TorchCudaRandom(7L, residentBlocks: 8).NextNormal(small);
        new TorchCudaRandom(7L, residentBlocks: int.MaxValue).NextNormal(large);
        Assert.Equal(small, large);
    }

    [Fact]
    public void NextNormal_AllocatesNothing()
    {
        TorchCudaRandom random = new(5L, residentBlocks: 1);
        float[] values = new float[1500];
        random.NextNormal(values);
        long before = GC.GetAllocatedBytesForCurrentThread();
        random.NextNormal(values);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Constructor_NoResidentBlock_Throws()
    {
        Assert.Equal("residentBlocks", Assert.Throws<ArgumentOutOfRangeException>(() => new TorchCudaRandom(1L, 0)).ParamName);
    }

    private static double Normal(ulong seed, int counter, int thread, int part)
    {
        (uint a, uint b, uint c, uint d) = Philox.Next((ulong)counter, (ulong)thread, seed);
        (uint radius, uint angle) = part < 2 ? (a, b) : (c, d);
        double length = Math.Sqrt(-2 * Math.Log((radius + 0.5) / 4294967296.0));
        (double sine, double cosine) = Math.SinCos(2 * Math.PI * ((angle + 0.5) / 4294967296.0));
        return length * (part % 2 == 0 ? sine : cosine);
    }

    private static ulong Join(uint low, uint high) => ((ulong)high << 32) | low;

    private static uint[] Words(JsonElement list)
    {
        List<uint> words = [];
        foreach (JsonElement word in list.EnumerateArray())
        {
            words.Add(uint.Parse(word.GetString()!, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        }

        return [.. words];
    }
}
