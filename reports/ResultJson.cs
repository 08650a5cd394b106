using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Conformance.Reports;

/// <summary>The result document as JSON: indented, LF, ASCII only, a line end at the end.</summary>
public static class ResultJson
{
    private static readonly ResultJsonContext context = new(
        new JsonSerializerOptions(ResultJsonContext.Default.Options)
        {
            // ">" stays readable; everything beyond ASCII is escaped below, so no driver string reaches a reader's terminal as it is.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            AllowDuplicateProperties = false,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
        }
    );

    // A list that is not there would be null, whatever the record says.
    private static readonly JsonTypeInfo<ResultDocument> whole =
        (JsonTypeInfo<ResultDocument>)
            new JsonSerializerOptions(context.Options) { TypeInfoResolver = ResultJsonContext.Default.WithAddedModifier(RequireLists) }.GetTypeInfo(
                typeof(ResultDocument)
            );

    private static void RequireLists(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
            if (
                !property.IsSetNullable
                && property.AssociatedParameter is not null
                && property.PropertyType != typeof(string)
                && typeof(IEnumerable).IsAssignableFrom(property.PropertyType)
                && !(type.Type == typeof(DriverFacts) && property.Name == "identity")
            )
                property.IsRequired = true;
    }

    // Far beyond every run, and far from where sums overflow.
    private const long MaxCount = 1L << 40;

    /// <summary>Writes a document.</summary>
    public static string Write(ResultDocument document)
    {
        var json = JsonSerializer.Serialize(document, context.ResultDocument);
        var ascii = new StringBuilder(json.Length + 64);
        foreach (var character in json)
        {
            // Beyond ASCII there are only characters inside strings, where this escape is always right.
            if (character < 0x7f)
                ascii.Append(character);
            else
                ascii.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
        }

        return ascii.Append('\n').ToString();
    }

    /// <summary>Reads a document.</summary>
    /// <param name="json">What <see cref="Write"/> wrote.</param>
    /// <param name="origin">Where it comes from, for messages: a file name.</param>
    /// <exception cref="ResultDocumentException">It is not a result document, or not one of this version.</exception>
    public static ResultDocument Read(string json, string origin)
    {
        var name = Escaping.Line(origin, 200);
        try
        {
            CheckHeader(json, name);
            var document = JsonSerializer.Deserialize(json, whole) ?? throw new ResultDocumentException($"{name}: holds null instead of a result document");
            CheckReferences(document, name);
            return document;
        }
        catch (JsonException error)
        {
            var where = error.LineNumber is { } line ? $" (line {line + 1})" : "";
            throw new ResultDocumentException($"{name}: not a result document{where}: {JsonWording.Of(error)}");
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, where a text is asked for.
            throw new ResultDocumentException($"{name}: not a result document: a text in it is no text");
        }
    }

    // The version first: a document of another version need not have the fields of this one.
    private static void CheckHeader(string json, string name)
    {
        using var parsed = JsonDocument.Parse(json);
        var root = parsed.RootElement;
        if (
            root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("schema", out var schema)
            || schema.ValueKind != JsonValueKind.String
            || schema.GetString() != ResultDocument.SchemaName
        )
            throw new ResultDocumentException($"{name}: not a result document: \"schema\" is not \"{ResultDocument.SchemaName}\"");
        if (!root.TryGetProperty("version", out var version) || version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out var number))
            throw new ResultDocumentException($"{name}: not a result document: \"version\" is not a number");
        if (number != ResultDocument.SchemaVersion)
            throw new ResultDocumentException($"{name}: result document of version {number}, this kit reads version {ResultDocument.SchemaVersion}");
    }

    private static void CheckReferences(ResultDocument document, string name)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var row in document.Requirements)
        {
            if (row is null)
                throw new ResultDocumentException($"{name}: \"requirements\" holds null");
            if (!ids.Add(row.Id))
                throw new ResultDocumentException($"{name}: {Escaping.Line(row.Id, 40)} stands there twice");
            if (row.Finding is { } finding && (uint)finding >= (uint)document.Findings.Count)
                throw new ResultDocumentException($"{name}: {Escaping.Line(row.Id, 40)} names finding {finding}, there are {document.Findings.Count}");
            if (!Counts(row.Exercised) || !Counts(row.Violated) || !Counts(row.Warned))
                throw new ResultDocumentException($"{name}: {Escaping.Line(row.Id, 40)} counts what nobody could run");
        }

        if (document.Driver.Identity.Any(fact => fact is null))
            throw new ResultDocumentException($"{name}: \"identity\" holds null");
        for (var index = 0; index < document.Findings.Count; index++)
        {
            var finding = document.Findings[index] ?? throw new ResultDocumentException($"{name}: \"findings\" holds null");
            if (finding.FailingStep is { } step && (uint)step >= (uint)finding.Steps.Count)
                throw new ResultDocumentException($"{name}: finding {index} fails at step {step}, there are {finding.Steps.Count}");
            if (finding.Requirements.Any(id => id is null))
                throw new ResultDocumentException($"{name}: the requirements of finding {index} hold null");
            if (finding.Trace.Any(line => line is null))
                throw new ResultDocumentException($"{name}: the trace of finding {index} holds null");
            if (finding.Facts?.Any(fact => fact is null) == true)
                throw new ResultDocumentException($"{name}: the facts of finding {index} hold null");
            if (!Counts(finding.Occurrences))
                throw new ResultDocumentException($"{name}: finding {index} came up in more plans than anybody could run");
        }

        if (document.Campaigns.Any(campaign => campaign is null))
            throw new ResultDocumentException($"{name}: \"campaigns\" holds null");
        if (document.Campaigns.Any(campaign => campaign.Witnesses.Any(witness => witness is null)))
            throw new ResultDocumentException($"{name}: \"witnesses\" holds null");
        if (document.Campaigns.Any(campaign => !(Counts(campaign.Plans) && Counts(campaign.Steps) && Counts(campaign.PayloadBytes))))
            throw new ResultDocumentException($"{name}: a campaign counts what nobody could run");
        if (document.Campaigns.Any(campaign => campaign.Witnesses.Any(witness => !Counts(witness.Seen))))
            throw new ResultDocumentException($"{name}: a witness was seen more often than anybody could run");
        if (document.Coverage?.Unreachable.Any(entry => entry is null) == true)
            throw new ResultDocumentException($"{name}: \"unreachable\" holds null");
        CheckAreas(document.Coverage, name);

        static bool Counts(long count) => count is >= 0 and <= MaxCount;
    }

    private static void CheckAreas(CoverageFacts? coverage, string name)
    {
        if (coverage is null)
            return;
        if (coverage.Areas is null)
        {
            if (coverage.RequestPairs is null || coverage.Arcs is null || coverage.ArcPairs is null)
                throw new ResultDocumentException($"{name}: \"coverage\" has neither \"areas\" nor \"requestPairs\", \"arcs\" and \"arcPairs\"");
            return;
        }

        if (coverage.Areas.Any(area => area is null))
            throw new ResultDocumentException($"{name}: \"areas\" holds null");
        if (coverage.Areas.Any(area => area.Flags is < 0 or > CoverageFacts.MostFlags || area.Flags % 8 != 0))
            throw new ResultDocumentException($"{name}: \"flags\" of an area is not a multiple of 8 up to {CoverageFacts.MostFlags}");
        if (coverage.Areas.Count > CoverageFacts.MostFlags / 8)
            throw new ResultDocumentException($"{name}: \"areas\" are more than any suite has");
    }
}

/// <summary>A file is not a result document that this kit can read.</summary>
/// <param name="message">Which file, and what is wrong, in one line.</param>
public sealed class ResultDocumentException(string message) : Exception(message);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    NewLine = "\n",
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(ResultDocument))]
internal sealed partial class ResultJsonContext : JsonSerializerContext;
