using LayerDiffusion.Onnx.Packages;

namespace LayerDiffusion.Onnx.Tests.Packages;

public sealed class OnnxGraphReaderTests
{
    private static readonly string Unet = Fixtures.PathOf("packages", "tiny-sd15", "unet_fg2bg", "model.onnx");

    [Fact]
    public void Read_Unet_GivesWhatItDeclares()
    {
        OnnxGraph graph = Read(File.ReadAllBytes(Unet));

        Assert.Empty(graph.ExternalData);
        Assert.Equal(
            [
                "sample float32 [batch,4,height,width]",
                "timestep float32 [steps]",
                "encoder_hidden_states float32 [batch,sequence,32]",
                "control_00 float32 [1,8,height_0,width_0]",
                "control_01 float32 [1,8,height_1,width_1]",
                "control_02 float32 [1,8,height_2,width_2]",
                "control_03 float32 [1,8,height_3,width_3]",
            ],
            graph.Inputs.Select(input => input.ToString()));
        Assert.Equal(["out_sample float32 [?,4,?,?]"], graph.Outputs.Select(output => output.ToString()));
    }

    [Fact]
    public void Read_StreamThatCannotSeek_GivesTheSame()
    {
        byte[] file = File.ReadAllBytes(Unet);

        OnnxGraph expected = Read(file);
        OnnxGraph actual = OnnxGraphReader.Read(new DribblingStream(file), file.Length, "unet");

        Assert.Equal(expected.Inputs.Select(input => input.ToString()), actual.Inputs.Select(input => input.ToString()));
        Assert.Equal(expected.Outputs.Select(output => output.ToString()), actual.Outputs.Select(output => output.ToString()));
    }

    [Fact]
    public void Read_TwoGigabytesOfWeights_ReadsOnlyAround()
    {
        // A sparse file: the weights are one hole, which takes no room on disk.
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            const long WeightLength = 2L << 30;
            byte[] tensorHead = [.. OnnxEditor.Text(8, "w"), .. OnnxEditor.Number(2, 1), 0x4A, .. Varint(WeightLength)];
            byte[] outside = [.. OnnxEditor.Message(11, OnnxEditor.Value("x", 1, 2)), .. OnnxEditor.Message(12, OnnxEditor.Value("y", 1, 2))];
            byte[] initializer = [0x2A, .. Varint(tensorHead.Length + WeightLength), .. tensorHead];
            byte[] head = [.. OnnxEditor.Number(1, 8), 0x3A, .. Varint(initializer.Length + WeightLength + outside.Length), .. initializer];
            CountingStream stream;
            using (FileStream file = File.Create(path))
            {
                file.Write(head);
                file.Seek(WeightLength, SeekOrigin.Current);
                file.Write(outside);
                file.Position = 0;
                stream = new CountingStream(file);

                OnnxGraph graph = OnnxGraphReader.Read(stream, file.Length, path);

                Assert.Equal("x float32 [2]", Assert.Single(graph.Inputs).ToString());
                Assert.Equal("y float32 [2]", Assert.Single(graph.Outputs).ToString());
            }

            Assert.InRange(stream.Count, 1, 64 * 1024);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData(3, 3, false)]
    [InlineData(4, 4, true)]
    public void Read_InputWithInitializer_IsOptionalFromIrVersion4On(ulong version, int inputs, bool optional)
    {
        OnnxEditor editor = new(File.ReadAllBytes(Fixtures.PathOf("packages", "tiny-plain-sd15", "unet", "model.onnx")));
        editor.AddInput("mid_residual", 1, 1, 16, 1, 1).AddInitializer("mid_residual").SetIrVersion(version);

        OnnxGraph graph = Read(editor.ToArray());

        Assert.Equal(inputs, graph.Inputs.Count);
        Assert.Equal(optional, graph.Inputs.Any(input => input.IsOptional));
    }

    [Fact]
    public void Read_NegativeExtent_IsFree()
    {
        byte[] graph = [.. OnnxEditor.Message(11, OnnxEditor.Value("x", 1, -1, 3)), .. OnnxEditor.Message(12, OnnxEditor.Value("y", 9))];

        OnnxGraph read = Read(OnnxEditor.Message(7, graph));

        Assert.Equal("x float32 [?,3]", Assert.Single(read.Inputs).ToString());
        Assert.Equal("y bool []", Assert.Single(read.Outputs).ToString());
    }

    [Fact]
    public void Read_ExternalDataWithoutLength_NeedsWhatTheShapeNeeds()
    {
        OnnxEditor editor = new(File.ReadAllBytes(Unet));

        OnnxGraph graph = Read(editor.AddExternal("w", "data", "8", null).ToArray());

        Assert.Equal(new OnnxExternalData("w", "data", 8, 400), Assert.Single(graph.ExternalData));
    }

    [Theory]
    [InlineData(30, true)]
    [InlineData(33, false)]
    [InlineData(400, false)]
    public void Read_NestedGraphs_AreFollowedToADepth(int depth, bool allowed)
    {
        byte[] file = new OnnxEditor(File.ReadAllBytes(Unet)).AddNested("data", depth).ToArray();

        if (allowed)
        {
            Assert.Equal("nested", Assert.Single(Read(file).ExternalData).Tensor);
        }
        else
        {
            Assert.Contains("nested more than", Assert.Throws<ModelFormatException>(() => Read(file)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Read_ManyEmptyTensors_AreBounded()
    {
        // Two bytes each: an initializer of length 0.
        byte[] graph = new byte[4_000_000];
        for (int i = 0; i < graph.Length; i += 2)
        {
            graph[i] = 0x2A;
        }

        Assert.Contains("more than 1000000", Assert.Throws<ModelFormatException>(() => Read(OnnxEditor.Message(7, graph))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01 }, "a part of 18446744073709551615 bytes where only 0 are left")]
    [InlineData(new byte[] { 0x3A, 0x05, 0x00 }, "a part of 5 bytes where only 1 are left")]
    [InlineData(new byte[] { 0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01 }, "a number of more than ten bytes")]
    [InlineData(new byte[] { 0x08, 0x80 }, "the end of a part in the middle of a number")]
    [InlineData(new byte[] { 0x0B }, "the wire type 3")]
    [InlineData(new byte[] { 0x00, 0x00 }, "the field number 0")]
    [InlineData(new byte[] { 0x09, 0x00 }, "a number that is cut off")]
    public void Read_DamagedBytes_SaysWhere(byte[] file, string found)
    {
        ModelFormatException exception = Assert.Throws<ModelFormatException>(() => Read(file));

        Assert.Equal("file.onnx", exception.FileName);
        Assert.StartsWith($"{found} at byte ", exception.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_FileShorterThanStated_IsRefused()
    {
        byte[] file = File.ReadAllBytes(Unet);

        Assert.Throws<ModelFormatException>(() => OnnxGraphReader.Read(new DribblingStream(file[..5000]), file.Length, "file.onnx"));
    }

    // Small, so that mutations hit the structure and not only weights.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Read_MutatedFiles_NeverFailOtherwise(int seed)
    {
        byte[] weightless = [.. Enumerable.Range(0, 6).SelectMany(i => OnnxEditor.Message(11, OnnxEditor.Value($"input_{i}", 1, i, 4, -1, null)))];
        OnnxEditor editor = new(OnnxEditor.Message(7, [.. weightless, .. OnnxEditor.Message(12, OnnxEditor.Value("out", 10, 1))]));
        byte[] file = editor.AddExternal("w", "data", "0", "400").AddNested("data", 4).AddInitializer("input_3").SetIrVersion(8).ToArray();
        _ = Read(file);
        Random random = new(seed);
        int refused = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] mutated = [.. file];
            for (int j = random.Next(1, 5); j > 0; j--)
            {
                mutated[random.Next(mutated.Length)] = (byte)(random.Next(3) == 0 ? 0xFF : random.Next(256));
            }

            if (random.Next(4) == 0)
            {
                mutated = mutated[..random.Next(mutated.Length)];
            }

            try
            {
                _ = Read(mutated);
            }
            catch (ModelFormatException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1, 20_000);
    }

    private static OnnxGraph Read(byte[] file) => OnnxGraphReader.Read(new MemoryStream(file), file.Length, "file.onnx");

    private static byte[] Varint(long value) => OnnxEditor.Number(1, (ulong)value)[1..];

    /// <summary>Cannot seek and gives a few bytes at a time, as an inflating stream may.</summary>
    private sealed class DribblingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 1000));
    }

    private sealed class CountingStream(FileStream file) : Stream
    {
        public long Count { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => file.Length;

        public override long Position { get => file.Position; set => file.Position = value; }

        public override void Flush() => file.Flush();

        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = file.Read(buffer, offset, count);
            this.Count += read;
            return read;
        }

        public override long Seek(long offset, SeekOrigin origin) => file.Seek(offset, origin);

        public override void SetLength(long value) => file.SetLength(value);

        public override void Write(byte[] buffer, int offset, int count) => file.Write(buffer, offset, count);
    }
}
