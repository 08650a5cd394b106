using System.Text.Json;
using Conformance.Drivers.Readiness;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;

namespace Conformance.Drivers.Addresses;

/// <summary>
/// The JSON file of <c>?traits=FILE</c>: an object with the properties of <see cref="DeviceTraits"/>, case ignored. What is left out keeps its cautious
/// default.
/// </summary>
public static class TraitsFile
{
    private const int MaxCharacters = 1 << 20;

    private static readonly (string Name, string Wants, Func<DeviceTraits, JsonElement, DeviceTraits?> Take)[] Members =
    [
        ("dataSizeSlack", "a number of bytes, not negative", (traits, value) => Count(value) is { } count ? traits with { DataSizeSlack = count } : null),
        ("deterministicStream", "true or false", (traits, value) => Flag(value) is { } flag ? traits with { DeterministicStream = flag } : null),
        ("emptyState", "true or false", (traits, value) => Flag(value) is { } flag ? traits with { EmptyState = flag } : null),
        ("exactLog", "true or false", (traits, value) => Flag(value) is { } flag ? traits with { ExactLog = flag } : null),
        ("idleDirties", "true or false", (traits, value) => Flag(value) is { } flag ? traits with { IdleDirties = flag } : null),
        ("joinedStreams", "true or false", (traits, value) => Flag(value) is { } flag ? traits with { JoinedStreams = flag } : null),
        (
            "level",
            $"a uAPI level: {string.Join(", ", UapiLevels.All.SkipLast(1).Select(level => $"\"{level.Name()}\""))} or \"{UapiLevels.All[^1].Name()}\"",
            (traits, value) => Level(value) is { } level ? traits with { Level = level } : null
        ),
        ("maxImageBytes", "a number of bytes, not negative", (traits, value) => Count(value) is { } count ? traits with { MaxImageBytes = count } : null),
        ("reinitialises", "true or false", (traits, value) => Flag(value) is { } flag ? traits with { Reinitialises = flag } : null),
        (
            "stream",
            "the fields of a stream, as \"fixed 0+8, version 8+4<=1, complete 40\"",
            (traits, value) => Text(value) is { } text && StreamFields.Parse(text) is { } fields ? traits with { Stream = fields } : null
        ),
        ("synchronousSave", "true or false", (traits, value) => Flag(value) is { } flag ? traits with { SynchronousSave = flag } : null),
        (
            "validation",
            "\"A\", \"B\" or \"C\"",
            (traits, value) =>
                Text(value) is { Length: 1 } text && Enum.TryParse<ValidationLevel>(text, out var level) && Enum.IsDefined(level)
                    ? traits with
                    {
                        Validation = level,
                    }
                    : null
        ),
    ];

    /// <summary>The names that a file may hold.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Members.Select(member => member.Name)];

    /// <summary>Reads a file.</summary>
    /// <exception cref="DriverAddressException">It cannot be read, or says something that is not a trait.</exception>
    public static DeviceTraits Read(string path)
    {
        try
        {
            using var reader = new StreamReader(path);
            var text = new char[MaxCharacters + 1];
            var length = reader.ReadBlock(text);
            return length <= MaxCharacters ? Parse(path, new(text, 0, length)) : throw Wrong(path, "", "longer than anybody writes");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            var what =
                Directory.Exists(path) ? "is a folder"
                : File.Exists(path) ? "cannot be read by this user"
                : "is not there";
            throw new DriverAddressException($"The traits file '{path}' {what}.\nGive a file that can be read: traits=FILE.", e);
        }
    }

    /// <summary>Says whether a file can be read, for <c>doctor</c>.</summary>
    internal static ReadinessLine Look(string path)
    {
        try
        {
            _ = Read(path);
            return ReadinessLine.Ok("traits", path);
        }
        catch (DriverAddressException error)
        {
            var lines = error.Message.Split('\n');
            return ReadinessLine.NotOk("traits", lines[0], lines[^1]);
        }
    }

    /// <summary>Understands the text of a file.</summary>
    /// <param name="path">What the file is called in messages.</param>
    /// <param name="text">The text.</param>
    /// <exception cref="DriverAddressException">It says something that is not a trait.</exception>
    public static DeviceTraits Parse(string path, string text)
    {
        try
        {
            using var document = JsonDocument.Parse(
                text,
                new()
                {
                    CommentHandling = JsonCommentHandling.Skip,
                    AllowTrailingCommas = true,
                    AllowDuplicateProperties = false,
                }
            );
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw Wrong(path, "", "it is not an object { ... }");
            var traits = DeviceTraits.Cautious;
            foreach (var given in document.RootElement.EnumerateObject())
            {
                var member = Array.Find(Members, known => known.Name.Equals(given.Name, StringComparison.OrdinalIgnoreCase));
                if (member.Name is null)
                    throw Wrong(path, "", $"'{given.Name}' is not a trait");
                traits = member.Take(traits, given.Value) ?? throw Wrong(path, "", $"{member.Name} is {member.Wants}");
            }

            return traits;
        }
        catch (JsonException e)
        {
            throw Wrong(
                path,
                e.LineNumber is { } line ? $" in line {line + 1}" : "",
                e.Message.Contains("uplicate", StringComparison.Ordinal) ? "a trait stands there twice" : "it is not JSON"
            );
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, where a text is asked for.
            throw Wrong(path, "", "a text in it is no text");
        }
    }

    private static bool? Flag(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => null,
        };

    private static long? Count(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= 0 ? number : null;

    private static string? Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static UapiLevel? Level(JsonElement value) => value.ValueKind == JsonValueKind.String ? UapiLevels.Find(value.GetString()) : null;

    private static DriverAddressException Wrong(string path, string place, string what) =>
        new($"The traits file '{path}' is wrong{place}: {what}.\nThe traits are {string.Join(", ", Names)}.");
}
