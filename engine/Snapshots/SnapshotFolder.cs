using System.Collections.Concurrent;

namespace Conformance.Engine.Snapshots;

/// <summary>
/// Snapshots in a folder of <c>*.verified.txt</c> files, by the protocol of Verify. What differs is written to a <c>.received.txt</c> beside it. Nothing is
/// ever accepted here: that is for a person, see <see cref="ReceivedFiles"/>. One instance serves one run; it may be used from several threads.
/// </summary>
/// <param name="folder">Where the files are; made when the first one is received.</param>
public sealed class SnapshotFolder(string folder) : ISnapshots
{
    private const string VerifiedEnd = ".verified.txt",
        ReceivedEnd = ".received.txt";

    private readonly ConcurrentDictionary<string, string> used = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Where the files are.</summary>
    public string Folder { get; } = Path.GetFullPath(folder);

    /// <inheritdoc/>
    /// <exception cref="SnapshotException">It is new, or differs, or its verified file holds a CR.</exception>
    /// <exception cref="InvalidOperationException">Another snapshot of this run has the name, as file systems that ignore case see it.</exception>
    public Task Match(string name, string text)
    {
        Record(name);
        var received = SnapshotText.Canonical(text);
        string verifiedFile = Path.Combine(Folder, Verified(name)),
            receivedFile = Path.Combine(Folder, Received(name));
        if (File.Exists(receivedFile))
            File.Delete(receivedFile);

        var verified = SnapshotText.Read(verifiedFile);
        if (string.Equals(verified, received, StringComparison.Ordinal))
            return Task.CompletedTask;
        Directory.CreateDirectory(Folder);
        SnapshotText.Write(receivedFile, received);
        if (verified is null)
            throw new SnapshotException(new SnapshotMessage(Folder) { New = [(name, received)] }.ToString());
        if (verified.Contains('\r', StringComparison.Ordinal))
            throw new SnapshotException(
                $"{Verified(name)} in {Folder} holds a CR; verified files have LF line ends only.\nLet .gitattributes say '*.verified.txt text eol=lf "
                    + $"working-tree-encoding=UTF-8' and check the file out again, or accept the received one."
            );
        throw new SnapshotException(new SnapshotMessage(Folder) { NotEqual = [(name, received, verified)] }.ToString());
    }

    /// <summary>Records that this run has a snapshot of a name, whoever judges it: its file is no orphan. <see cref="Match"/> does so first.</summary>
    /// <exception cref="ArgumentException">The name cannot be that of a file.</exception>
    /// <exception cref="InvalidOperationException">Another snapshot of this run has the name, as file systems that ignore case see it.</exception>
    public void Record(string name)
    {
        if (name.Length == 0 || name != SnapshotName.Clean(name))
            throw new ArgumentException($"'{name}' cannot be the name of a file; SnapshotName.Clean makes one of it", nameof(name));
        if (!used.TryAdd(name, name))
            throw new InvalidOperationException(
                $"two snapshots of this run are named '{used[name]}' (upper and lower case are the same here); give one of them another method or parameter"
            );
    }

    /// <summary>
    /// The names of verified files that no snapshot of this run had. That says something only after a full run of everything with this prefix.
    /// </summary>
    /// <param name="prefix">How the names begin.</param>
    public IReadOnlyList<string> Orphans(string prefix = "") =>
        !Directory.Exists(Folder)
            ? []
            :
            [
                .. Directory
                    .GetFiles(Folder, $"*{VerifiedEnd}")
                    .Select(file => Path.GetFileName(file)[..^VerifiedEnd.Length])
                    .Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && !used.Values.Contains(name, StringComparer.Ordinal))
                    .Order(StringComparer.Ordinal),
            ];

    /// <summary>Fails when there are <see cref="Orphans"/>.</summary>
    /// <param name="prefix">How the names begin.</param>
    /// <exception cref="SnapshotException">There are some; they are listed under <c>Delete:</c>.</exception>
    public void RefuseOrphans(string prefix = "")
    {
        if (Orphans(prefix) is { Count: > 0 } names)
            throw new SnapshotException(new SnapshotMessage(Folder) { Delete = names }.ToString());
    }

    internal static string Verified(string name) => name + VerifiedEnd;

    internal static string Received(string name) => name + ReceivedEnd;
}
