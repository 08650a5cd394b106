namespace Conformance.Engine.Judging;

/// <summary>Something that must have happened for a campaign to have shown anything. Each suite has its own.</summary>
/// <param name="Number">Its number in its suite, below <see cref="Most"/>.</param>
/// <param name="Name">What it is, for the report: "stop-copy-data".</param>
public sealed record Witness(byte Number, string Name)
{
    /// <summary>How many a suite can have.</summary>
    public const int Most = 32;
}
