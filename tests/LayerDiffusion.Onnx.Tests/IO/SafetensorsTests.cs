using System.Text;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Tests.IO;

public sealed class SafetensorsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("safetensors").FullName;

    public void Dispose() => Directory.Delete(this.folder, recursive: true);

    [Fact]
    public void Save_ThenOpen_GivesEveryTensorBack()
    {
        string path = Path.Combine(this.folder, "a.safetensors");
        SafetensorsWriter writer = new();
        writer.Add<float>("floats", [1f, -2.5f, float.Epsilon, 3e30f], 2, 2);
        writer.Add<long>("ids", [49406, 1], 1, 2);
        writer.Add<Half>("halves", [(Half)0.5, (Half)(-3)], 2);
        writer.Add<byte>("bytes", [7], 1);
        writer.Save(path);

        SafetensorsFile file = SafetensorsFile.Open(path);

        Assert.Equal([1f, -2.5f, float.Epsilon, 3e30f], file.ReadSingle("floats"));
        Assert.Equal([2, 2], file.Tensors["floats"].Shape);
        Assert.Equal([49406, 1], file.Read<long>("ids"));
        Assert.Equal([0.5f, -3f], file.ReadSingle("halves"));
        Assert.Equal([7], file.Read<byte>("bytes"));
        Assert.Equal([path], Directory.GetFiles(this.folder));
    }

    [Theory]
    [InlineData("", "shorter")]
    [InlineData("header 999999", "999999")]
    [InlineData("not json", "not JSON")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807],"data_offsets":[0,4]}}""", "'a'")]
    [InlineData("""{"a":{"dtype":"Q7","shape":[1],"data_offsets":[0,4]}}""", "Q7")]
    [InlineData("""{"a":[1]}""", "'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""", "an extent that is no whole number")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", "an extent that is no whole number")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[null,"4"]}}""", "two data_offsets")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "not JSON")]
    [InlineData("""{"a":{"dtype":"\udc00","shape":[1],"data_offsets":[0,4]}}""", "not JSON")]
    [InlineData("[]", "object")]
    public void Open_DamagedFile_SaysWhatIsWrong(string content, string expected)
    {
        string path = Path.Combine(this.folder, "damaged.safetensors");
        byte[] header = Encoding.UTF8.GetBytes(content);
        long length = content == "header 999999" ? 999999 : header.Length;
        File.WriteAllBytes(path, content.Length == 0 ? [] : [.. BitConverter.GetBytes(length), .. header, 0, 0, 0, 0]);

        InvalidDataException exception = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));

        Assert.Contains("damaged.safetensors", exception.Message, StringComparison.Ordinal);
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_MutatedFile_NeverFailsOtherwise()
    {
        string path = Path.Combine(this.folder, "mutated.safetensors");
        byte[] header = """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}"""u8.ToArray();
        byte[] file = [.. BitConverter.GetBytes((long)header.Length), .. header, .. new byte[8]];
        Random random = new(5);
        int refused = 0;
        for (int i = 0; i < 2000; i++)
        {
            byte[] mutated = [.. file];
            for (int j = random.Next(1, 4); j > 0; j--)
            {
                mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(path, mutated);
            try
            {
                _ = SafetensorsFile.Open(path).ReadSingle("a");
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1, 1999);
    }

    [Fact]
    public void Read_WrongNameOrType_NamesBoth()
    {
        string path = Path.Combine(this.folder, "a.safetensors");
        SafetensorsWriter writer = new();
        writer.Add<long>("ids", [1], 1);
        writer.Save(path);
        SafetensorsFile file = SafetensorsFile.Open(path);

        Assert.Contains("ids", Assert.Throws<InvalidDataException>(() => file.ReadSingle("embeds")).Message, StringComparison.Ordinal);
        Assert.Contains("Int64", Assert.Throws<InvalidDataException>(() => file.Read<float>("ids")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_ThatFails_KeepsTheOldFileAndLeavesNoPart()
    {
        string path = Path.Combine(this.folder, "kept.txt");
        File.WriteAllText(path, "old");

        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.WriteByte(1);
            throw new InvalidOperationException();
        }));

        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(this.folder));
    }

    [Fact]
    public void Write_WhereNoFileCanBe_NamesThePlaceAndNotTheTemporaryFile()
    {
        string absent = Path.Combine(this.folder, "absent", "a.txt");

        DirectoryNotFoundException noFolder = Assert.Throws<DirectoryNotFoundException>(() => AtomicFile.Write(absent, _ => Assert.Fail("Nothing may be made that has no place.")));
        IOException noFile = Assert.Throws<IOException>(() => AtomicFile.Write(this.folder, _ => Assert.Fail("Nothing may be made that has no place.")));

        Assert.Contains($"'{absent}'", noFolder.Message, StringComparison.Ordinal);
        Assert.Contains($"'{this.folder}' is a folder", noFile.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(this.folder));
    }
}
