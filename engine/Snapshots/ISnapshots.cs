namespace Conformance.Engine.Snapshots;

/// <summary>Compares a text with the one that was approved before.</summary>
public interface ISnapshots
{
    /// <summary>Passes when the verified file of this name holds exactly this text.</summary>
    /// <param name="name">The file name up to ".verified.txt", see <see cref="SnapshotName"/>.</param>
    /// <param name="text">What the caller rendered; line ends and the end of the text are made as <see cref="SnapshotText.Canonical"/> says.</param>
    Task Match(string name, string text);
}
