using System.Buffers.Binary;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Imaging;

/// <summary>Damaged PNG files without number: whatever they hold, they are decoded or rejected, in bounded memory.</summary>
public sealed class PngFuzzTests
{
    private static readonly byte[][] Seeds =
    [
        .. Directory.EnumerateFiles(Fixtures.PathOf("components", "imaging"), "*.png", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal).Select(File.ReadAllBytes).Where(bytes => bytes.Length is > 8 and < 5000),
    ];

    [Fact]
    public void DecodePng_TwoThousandMutatedFiles_AreDecodedOrRejected() => Fuzz(seed: 1, count: 2_000);

    [Fact(Explicit = true)]
    public void DecodePng_HundredThousandMutatedFiles_AreDecodedOrRejected() => Fuzz(seed: 2, count: 100_000);

    private static void Fuzz(int seed, int count)
    {
        PngReadOptions options = new() { MaximumPixels = 1 << 20, MaximumMetadataBytes = 1 << 16 };
        Random random = new(seed);
        int decoded = 0;
        for (int i = 0; i < count; i++)
        {
            byte[] file = Mutate(random, Seeds[random.Next(Seeds.Length)]);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                RgbaImage.DecodePng(file, options);
                decoded++;
            }
            catch (ImageFormatException exception)
            {
                Assert.NotEmpty(exception.Message);
            }
            catch (Exception exception) when (exception is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"mutation {i} of seed {seed}: {exception}");
            }

            // 2²⁰ pixels of 4 bytes and a few times the small file and limit of texts.
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
        }

        // Mutations that repair the checksums reach behind them; some must still decode, or the test tests nothing.
        Assert.InRange(decoded, count / 100, count - (count / 100));
    }

    private static byte[] Mutate(Random random, byte[] source)
    {
        byte[] file = [.. source];
        for (int rounds = random.Next(1, 4); rounds > 0; rounds--)
        {
            int at = random.Next(8, file.Length);
            switch (random.Next(7))
            {
                case 0:
                    file[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    file[at] = (byte)random.Next(256);
                    break;
                case 2:
                    file = file[..at];
                    break;
                case 3:
                    int end = Math.Min(file.Length, at + random.Next(1, 40));
                    file = [.. file[..end], .. file[at..]];
                    break;
                case 4:
                    file = [.. file[..at], .. file[Math.Min(file.Length, at + random.Next(1, 40))..]];
                    break;
                case 5 when file.Length >= 33:
                    // A header that promises something else.
                    file[16 + random.Next(13)] = (byte)random.Next(20);
                    break;
                default:
                    BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(Math.Min(at, file.Length - 4)), random.Next(2) == 0 ? random.Next(100) : random.Next(int.MinValue, int.MaxValue));
                    break;
            }

            if (file.Length < 9)
            {
                return file;
            }
        }

        if (random.Next(4) > 0)
        {
            RepairChecksums(file);
        }

        return file;
    }

    private static void RepairChecksums(Span<byte> file)
    {
        int at = 8;
        while (at + 12 <= file.Length)
        {
            long length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (at + 12 + length > file.Length)
            {
                return;
            }

            BinaryPrimitives.WriteUInt32BigEndian(file[(at + 8 + (int)length)..], Crc32.Append(0, file.Slice(at + 4, (int)length + 4)));
            at += 12 + (int)length;
        }
    }
}
