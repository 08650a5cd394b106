using System.Globalization;
using Conformance.Reports;

namespace Conformance.Suites.Lint;

/// <summary>A trace cannot be read: what is wrong, and in which line.</summary>
/// <param name="message">In one line.</param>
internal sealed class TraceException(string message) : Exception(message);

/// <summary>Reads traces. They come from anywhere, so that nothing in them is believed: lengths and counts are bounded before anything is kept.</summary>
internal static class TraceReader
{
    /// <summary>What the first line says.</summary>
    internal const string Header = "conformance-trace 1";

    /// <summary>The longest line, in characters.</summary>
    internal const int MaxLine = 1_000;

    /// <summary>The most lines of all files together.</summary>
    internal const int MaxLines = 1_000_000;

    // What a recorder keeps of a payload or of data.
    private const int MaxBytes = 64;

    private static readonly Dictionary<string, TraceCallKind> kinds = new(StringComparer.Ordinal)
    {
        ["device"] = TraceCallKind.Device,
        ["feature"] = TraceCallKind.Feature,
        ["reset"] = TraceCallKind.Reset,
        ["info"] = TraceCallKind.Info,
        ["ioctl"] = TraceCallKind.Ioctl,
        ["read"] = TraceCallKind.Read,
        ["write"] = TraceCallKind.Write,
        ["pread"] = TraceCallKind.PositionedRead,
        ["pwrite"] = TraceCallKind.PositionedWrite,
        ["lseek"] = TraceCallKind.Seek,
        ["poll"] = TraceCallKind.Poll,
        ["dup"] = TraceCallKind.Duplicate,
        ["close"] = TraceCallKind.Close,
        ["mmap"] = TraceCallKind.Map,
        ["end"] = TraceCallKind.End,
    };

    /// <summary>Reads one file.</summary>
    /// <param name="text">What is in it.</param>
    /// <param name="origin">Its name, for messages.</param>
    /// <param name="most">The most lines that it may have.</param>
    /// <exception cref="TraceException">It is no trace.</exception>
    internal static List<TraceCall> Read(string text, string origin, int most = MaxLines)
    {
        ArgumentNullException.ThrowIfNull(text);
        var name = Escaping.Line(origin, 200);
        var calls = new List<TraceCall>();
        var number = 0;
        var begun = false;
        foreach (var range in text.AsSpan().Split('\n'))
        {
            var line = text.AsSpan()[range].TrimEnd('\r');
            number++;
            if (number > most)
                throw new TraceException(string.Create(CultureInfo.InvariantCulture, $"{name}: more than {most} lines"));
            if (line.Length > MaxLine)
                throw new TraceException(string.Create(CultureInfo.InvariantCulture, $"{name}: line {number} has more than {MaxLine} characters"));
            if (line.IsWhiteSpace() || line[0] == '#')
                continue;
            if (!begun)
            {
                if (!line.SequenceEqual(Header))
                    throw new TraceException($"{name}: not a trace: its first line is not '{Header}'");
                begun = true;
            }
            // A recorder that appends to the trace of an earlier process begins it again.
            else if (!line.SequenceEqual(Header))
                calls.Add(Read(line.ToString(), number, name));
        }

        return begun ? calls : throw new TraceException($"{name}: not a trace: its first line is not '{Header}'");
    }

    private static TraceCall Read(string line, int number, string name)
    {
        TraceException Wrong(string what) => new(string.Create(CultureInfo.InvariantCulture, $"{name}: line {number}: {what}"));
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (!kinds.TryGetValue(words[0], out var kind))
            throw Wrong($"'{Escaping.Line(words[0], 40)}' is not a call of a trace");
        var call = new TraceCall
        {
            Line = number,
            Text = line,
            Kind = kind,
        };
        var given = new HashSet<string>(StringComparer.Ordinal);
        foreach (var word in words.Skip(1))
        {
            var at = word.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
                throw Wrong($"'{Escaping.Line(word, 40)}' is not key=value");
            var (key, value) = (word[..at], word[(at + 1)..]);
            if (!given.Add(key))
                throw Wrong($"{Escaping.Line(key, 40)} stands there twice");
            call =
                With(call, key, value)
                ?? throw Wrong(
                    keys.Contains(key) ? $"'{Escaping.Line(value, 60)}' is not a value of {key}" : $"'{Escaping.Line(key, 40)}' is not a key of a trace"
                );
        }

        foreach (var key in Needed(kind))
            if (!given.Contains(key))
                throw Wrong($"{words[0]} has no {key}");
        return call;
    }

    private static readonly HashSet<string> keys = new(StringComparer.Ordinal)
    {
        "t",
        "tid",
        "pid",
        "fd",
        "ret",
        "size",
        "offset",
        "argsz",
        "flags",
        "request",
        "in",
        "out",
        "head",
        "sum",
        "name",
        "events",
        "revents",
    };

    private static string[] Needed(TraceCallKind kind) =>
        kind switch
        {
            TraceCallKind.End => [],
            TraceCallKind.Device => ["fd"],
            TraceCallKind.Feature or TraceCallKind.Info => ["fd", "argsz", "flags", "ret"],
            TraceCallKind.Ioctl => ["fd", "request", "ret"],
            TraceCallKind.Read or TraceCallKind.Write => ["fd", "size", "ret"],
            TraceCallKind.PositionedRead or TraceCallKind.PositionedWrite or TraceCallKind.Map => ["fd", "size", "offset", "ret"],
            _ => ["fd", "ret"],
        };

    // Null: no such key, or no value of it.
    private static TraceCall? With(TraceCall call, string key, string value) =>
        key switch
        {
            "pid" => Number(value) is { } number ? call with { Process = number } : null,
            "fd" => Number(value) is >= 0 and <= int.MaxValue and { } number ? call with { Descriptor = (int)number } : null,
            "ret" => Number(value) is >= -4095 and { } number ? call with { Result = number } : null,
            "size" => Number(value) is >= 0 and { } number ? call with { Size = number } : null,
            "offset" => Word(value, ulong.MaxValue) is { } number ? call with { Offset = number } : null,
            "argsz" => Word(value, uint.MaxValue) is { } number ? call with { ArgumentSize = (uint)number } : null,
            "flags" => Word(value, uint.MaxValue) is { } number ? call with { Flags = (uint)number } : null,
            "request" => Word(value, uint.MaxValue) is { } number ? call with { Request = (uint)number } : null,
            "sum" => Hex(value) is { } number ? call with { Sum = number } : null,
            "in" => Bytes(value) is { } bytes ? call with { Before = bytes } : null,
            "out" => Bytes(value) is { } bytes ? call with { After = bytes } : null,
            "head" => Bytes(value) is { } bytes ? call with { Head = bytes } : null,
            "name" => value.Length is > 0 and <= 200 ? call with { Name = value } : null,
            // For people.
            "t" or "tid" or "events" or "revents" => value.Length <= 40 ? call : null,
            _ => null,
        };

    private static long? Number(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static ulong? Word(string text, ulong most) =>
        text.StartsWith("0x", StringComparison.Ordinal)
            ? Hex(text[2..]) is { } hex && hex <= most
                ? hex
                : null
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most
                ? number
                : null;

    private static ulong? Hex(string text) =>
        ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static byte[]? Bytes(string text) =>
        text.Length % 2 == 0 && text.Length <= 2 * MaxBytes && text.All(char.IsAsciiHexDigit) ? Convert.FromHexString(text) : null;
}
