using LayerDiffusion.Cli.Generation;

namespace LayerDiffusion.Cli.Tests;

public sealed class OutputFilesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => this.folder.Dispose();

    [Fact]
    public void Commit_AllWritten_MovesThemToTheirPlaces()
    {
        this.folder.Write("a.png", "old");
        using (OutputFiles files = new())
        {
            File.WriteAllText(files.Add(this.folder.PathOf("a.png")), "new");
            File.WriteAllText(files.Add(this.folder.PathOf("x", "y", "b.png")), "b");
            Assert.Equal("old"u8, this.folder.Read("a.png"));
            files.Commit();
        }

        Assert.Equal(["a.png", "x", "x/y", "x/y/b.png"], this.folder.Entries);
        Assert.Equal("new"u8, this.folder.Read("a.png"));
    }

    [Fact]
    public void Commit_OnePlaceIsTaken_LeavesAllAsItWas()
    {
        this.folder.Write("a.png", "old");
        using (OutputFiles files = new())
        {
            File.WriteAllText(files.Add(this.folder.PathOf("a.png")), "new");
            File.WriteAllText(files.Add(this.folder.PathOf("x", "b.png")), "b");
            File.WriteAllText(files.Add(this.folder.PathOf("c.png")), "c");
            Directory.CreateDirectory(this.folder.PathOf("c.png"));

            Assert.ThrowsAny<IOException>(() => files.Commit());
        }

        Assert.Equal(["a.png", "c.png"], this.folder.Entries);
        Assert.Equal("old"u8, this.folder.Read("a.png"));
    }

    [Fact]
    public void Commit_WhatBelongsToTheFilesFails_LeavesAllAsItWas()
    {
        this.folder.Write("a.png", "old");
        using (OutputFiles files = new())
        {
            File.WriteAllText(files.Add(this.folder.PathOf("a.png")), "new");
            File.WriteAllText(files.Add(this.folder.PathOf("x", "b.png")), "b");
            Assert.Throws<IOException>(() => files.Commit(() => throw new IOException("full")));
        }

        Assert.Equal(["a.png"], this.folder.Entries);
        Assert.Equal("old"u8, this.folder.Read("a.png"));
    }

    [Fact]
    public void Dispose_WithoutCommit_LeavesNothing()
    {
        using (OutputFiles files = new())
        {
            files.Add(this.folder.PathOf("x", "y", "a.png"));
        }

        Assert.Empty(this.folder.Entries);
    }

    [Fact]
    public void Add_SamePlaceTwice_Throws()
    {
        using OutputFiles files = new();
        files.Add(this.folder.PathOf("a.png"));

        Assert.Throws<UsageException>(() => files.Add(this.folder.PathOf("a.png")));
    }
}
