namespace Conformance.Engine.Snapshots;

/// <summary>A snapshot is not what was approved.</summary>
/// <param name="message">What Verify's tools parse, see <see cref="SnapshotMessage"/>; or what is wrong with a verified file, and how to mend it.</param>
public sealed class SnapshotException(string message) : Exception(message);
