using System.Text;

namespace Conformance.Engine.Snapshots;

/// <summary>The text of snapshot files: UTF-8 with a byte order mark, LF between lines, no line end after the last one.</summary>
public static class SnapshotText
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true);

    /// <summary>LF for every line end, and none after the last line.</summary>
    /// <exception cref="ArgumentException">Nothing is left: an empty verified file counts as missing.</exception>
    public static string Canonical(string text)
    {
        var lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').TrimEnd('\n');
        return lines.Length > 0 ? lines : throw new ArgumentException("a snapshot of nothing: an empty verified file counts as missing", nameof(text));
    }

    /// <summary>Writes a file.</summary>
    /// <exception cref="EncoderFallbackException">The text holds half of a surrogate pair, which no file could give back.</exception>
    public static void Write(string path, string text) => File.WriteAllText(path, text, Utf8);

    /// <summary>Reads a file; null when there is none, or nothing in it.</summary>
    public static string? Read(string path)
    {
        if (!File.Exists(path))
            return null;
        var text = File.ReadAllText(path, Encoding.UTF8);
        return text.Length == 0 ? null : text;
    }
}
