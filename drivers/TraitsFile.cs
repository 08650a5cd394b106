using System.Text.Json;
using System.Text.Json.Serialization;
using Conformance.Model.Migration;
using Conformance.Model.Requirements;

namespace Conformance.Drivers;

/// <summary>The JSON file of <c>?traits=FILE</c>: an object with the properties of <see cref="DeviceTraits"/>, case ignored. What is left out keeps its cautious default.</summary>
public static class TraitsFile
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNameCaseInsensitive = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        Converters = { new LevelConverter() },
    };

    private static readonly string[] Known =
        [.. typeof(DeviceTraits).GetProperties().Where(p => p.SetMethod is { IsStatic: false }).Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name)).Order(StringComparer.Ordinal)];

    /// <summary>Reads a file.</summary>
    /// <exception cref="DriverAddressException">It cannot be read, or says something that is not a trait.</exception>
    public static DeviceTraits Read(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new DriverAddressException($"The traits file '{path}' cannot be read: {e.Message}\nGive a file that exists: traits=FILE.", e);
        }
        return Parse(path, text);
    }

    /// <summary>Understands the text of a file.</summary>
    /// <param name="path">What the file is called in messages.</param>
    /// <param name="text">The text.</param>
    /// <exception cref="DriverAddressException">It says something that is not a trait.</exception>
    public static DeviceTraits Parse(string path, string text)
    {
        try
        {
            var traits = JsonSerializer.Deserialize<DeviceTraits>(text, Options) ?? throw new JsonException("null is not an object");
            return traits.CompletePrefixes is null || traits.MaxImageBytes < 0 ? throw new JsonException("completePrefixes is a list, maxImageBytes is not negative") : traits;
        }
        catch (JsonException e)
        {
            var place = e.LineNumber is { } line ? $" in line {line + 1}" : "";
            throw new DriverAddressException(
                $"The traits file '{path}' is wrong{place}: {e.Message.ReplaceLineEndings(" ")}\nThe traits are {string.Join(", ", Known)}.\nA level is written \"7.2\".", e);
        }
    }

    private sealed class LevelConverter : JsonConverter<UapiLevel>
    {
        public override UapiLevel Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String ? reader.GetString() switch
            {
                "6.1" => UapiLevel.V6_1,
                "6.2" => UapiLevel.V6_2,
                "6.6" => UapiLevel.V6_6,
                "6.7" => UapiLevel.V6_7,
                "6.12" => UapiLevel.V6_12,
                "7.2" => UapiLevel.V7_2,
                var other => throw new JsonException($"'{other}' is not a uAPI level (6.1, 6.2, 6.6, 6.7, 6.12, 7.2)"),
            }
            : throw new JsonException("a uAPI level is a string such as \"7.2\"");

        public override void Write(Utf8JsonWriter writer, UapiLevel value, JsonSerializerOptions options) => throw new NotSupportedException();
    }
}
