using System.Text;
using Conformance.Reports;

namespace Conformance.Suites.Command;

/// <summary>Files that a user names on the command line.</summary>
internal static class InputFile
{
    // Nothing that this kit reads comes near it; a device file would never end.
    private const int MaxBytes = 64 << 20;

    /// <summary>The whole text of a file.</summary>
    /// <param name="path">What the user wrote.</param>
    /// <param name="what">What is expected there, for the message: "a result document".</param>
    /// <exception cref="UsageException">It cannot be read.</exception>
    internal static string Read(string path, string what) => Encoding.UTF8.GetString(Bytes(path, what)).TrimStart('\ufeff');

    /// <summary>All bytes of a file.</summary>
    /// <inheritdoc cref="Read"/>
    internal static byte[] Bytes(string path, string what)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var bytes = new MemoryStream();
            var buffer = new byte[64 << 10];
            for (int got; (got = stream.Read(buffer)) > 0; )
            {
                bytes.Write(buffer, 0, got);
                if (bytes.Length > MaxBytes)
                    throw new UsageException($"{Escaping.Line(path, 200)} is too large for {what}.\nName another file.");
            }

            return bytes.ToArray();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UsageException($"{Escaping.Line(path, 200)} {Why(path)}.\nName a file that can be read: {what}.");
        }
    }

    /// <summary>Why a path cannot be read or written, in a few words; the runtime's own words name members and types.</summary>
    internal static string Why(string path) =>
        Directory.Exists(path) ? "is a folder"
        : File.Exists(path) ? "cannot be read by this user"
        : "is not there";
}
