namespace LayerDiffusion.Cli.Arguments;

/// <summary>An option of a command.</summary>
/// <param name="Name">The name with its dashes, such as <c>--out</c>.</param>
/// <param name="Placeholder">What stands for its value in help; <see langword="null"/> for an option without a value.</param>
/// <param name="Help">What it does.</param>
internal record CommandOption(string Name, string? Placeholder, string Help)
{
    /// <summary>Gets the option as help shows it.</summary>
    public string Spelling => this.Placeholder is null ? this.Name : $"{this.Name} {this.Placeholder}";
}
