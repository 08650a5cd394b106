using System.Globalization;
using System.Text;
using System.Xml;
using static Conformance.Reports.Wording;

namespace Conformance.Reports;

/// <summary>
/// A result document as JUnit XML: a suite per requirement group, a case per requirement, one more suite, kit, for what
/// belongs to no requirement. Jenkins, GitLab and
/// GitHub readers take failure, error and skipped from it. A requirement keeps its name from run to run, so that readers can follow it.
/// </summary>
public static class JUnitXml
{
    /// <summary>The file, UTF-8, LF.</summary>
    public static string Render(ResultDocument document)
    {
        using var buffer = new MemoryStream();
        var settings = new XmlWriterSettings
        {
            Encoding = new UTF8Encoding(false),
            Indent = true,
            IndentChars = "  ",
            NewLineChars = "\n",
            NewLineHandling = NewLineHandling.Replace,
        };
        using (var xml = XmlWriter.Create(buffer, settings))
        {
            xml.WriteStartDocument();
            xml.WriteStartElement("testsuites");
            var groups = Wording.Groups(document).Select(group => new Suite(group.Key, [.. group])).ToList();
            var kit = KitCase.Of(document);
            var cards = new CauseCards(document);
            Attribute(xml, "name", "conformance");
            Totals(
                xml,
                groups.Sum(group => group.Rows.Count) + kit.Count,
                groups.Sum(group => group.Failures(document)) + kit.Count(row => row.Kind == "failure"),
                groups.Sum(group => group.Errors) + kit.Count(row => row.Kind == "error"),
                groups.Sum(group => group.Skipped)
            );
            Attribute(xml, "time", Seconds(document.Environment?.DurationSeconds ?? 0));
            foreach (var group in groups)
                Group(xml, document, cards, group);
            if (kit.Count > 0)
                Kit(xml, document, kit);
            xml.WriteEndElement();
        }

        return Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }

    private sealed record Suite(string Name, IReadOnlyList<RequirementResult> Rows)
    {
        internal int Errors => Rows.Count(row => row.Verdict is RequirementVerdict.Hang or RequirementVerdict.Crash);

        internal int Skipped => Rows.Count(row => row.Verdict is RequirementVerdict.NotExercised or RequirementVerdict.ExpectedDeviation);

        internal int Failures(ResultDocument document) => Rows.Count(row => row.Verdict.Fails(document.Run.Strict)) - Errors;
    }

    private static void Group(XmlWriter xml, ResultDocument document, CauseCards cards, Suite group)
    {
        xml.WriteStartElement("testsuite");
        Attribute(xml, "name", Escaping.Line(group.Name, 60));
        Totals(xml, group.Rows.Count, group.Failures(document), group.Errors, group.Skipped);
        Attribute(xml, "time", "0");
        Properties(xml, document);
        foreach (var row in group.Rows)
            Case(xml, document, cards, row);
        xml.WriteEndElement();
    }

    private static void Properties(XmlWriter xml, ResultDocument document)
    {
        xml.WriteStartElement("properties");
        Property(xml, "driver", document.Driver.Address);
        foreach (var fact in document.Driver.Identity)
            Property(xml, $"build.{Escaping.Line(fact.Name, 40).Replace(' ', '-')}", fact.Value);
        Property(xml, "channel", document.Driver.Channel);
        Property(xml, "features", document.Driver.Features?.Text ?? "unknown");
        Property(xml, "uapi-level", document.Driver.Level ?? "unknown");
        Property(xml, "traits", document.Driver.Traits ?? "unknown");
        Property(xml, "kit", document.Kit);
        Property(xml, "seed", document.Run.Seed.ToString(CultureInfo.InvariantCulture));
        Property(xml, "plans", document.Run.Plans.ToString(CultureInfo.InvariantCulture));
        xml.WriteEndElement();
    }

    private static void Case(XmlWriter xml, ResultDocument document, CauseCards cards, RequirementResult row)
    {
        xml.WriteStartElement("testcase");
        Attribute(xml, "name", Escaping.Line(row.Id, 60));
        Attribute(xml, "classname", $"conformance.{Escaping.Line(row.Group, 60)}");
        Attribute(xml, "time", "0");
        var finding = row.Finding is { } index ? document.Findings[index] : null;
        var body = Body(document, cards, row, finding);
        var headline =
            $"{Escaping.Line(row.Strength, 20)} {Escaping.Line(row.Statement, 300)}{(finding is null ? "" : $" Seen: {Escaping.Line(finding.Seen, 300)}")}";
        switch (row.Verdict)
        {
            case RequirementVerdict.Pass:
                break;
            case RequirementVerdict.NotExercised:
                Outcome(xml, "skipped", null, $"not exercised: {Reason(row)}", "");
                break;
            case RequirementVerdict.ExpectedDeviation:
                Outcome(xml, "skipped", null, $"expected deviation: {Reason(row)}", "");
                break;
            case RequirementVerdict.UnexpectedPass:
                Outcome(xml, "failure", row.Verdict.Name(), $"passed, but the expectations file says that it deviates: {Reason(row)}", body);
                break;
            case RequirementVerdict.Hang or RequirementVerdict.Crash:
                Outcome(xml, "error", row.Verdict.Name(), headline, body);
                break;
            case RequirementVerdict.Warning when !document.Run.Strict:
                xml.WriteStartElement("system-out");
                xml.WriteString($"warning: {headline}\n\n{body}");
                xml.WriteEndElement();
                break;
            default:
                Outcome(xml, "failure", row.Verdict.Name(), headline, body);
                break;
        }

        xml.WriteEndElement();
    }

    // A cause is told in full once; the other requirements that it breaks say where.
    private static string Body(ResultDocument document, CauseCards cards, RequirementResult row, Finding? finding)
    {
        var told = cards.At(row).Select(cause => FindingText.Render(document, cause)).ToList();
        if (cards.Elsewhere(row) is { } elsewhere && finding is not null)
            told.Insert(
                0,
                $"{Escaping.Line(row.Statement)}\n\nexpected  {Escaping.Line(finding.Expected)}\nseen      {Escaping.Line(finding.Seen)}\nagain     "
                    + $"{Again(document, finding)}\ncause     shown with {Escaping.Line(elsewhere, 60)}\n"
            );
        else if (told.Count == 0)
            told.Add(finding is null ? Escaping.Line(row.Statement) + "\n" : FindingText.Render(document, finding));
        return string.Join("\n", told);
    }

    private static void Kit(XmlWriter xml, ResultDocument document, IReadOnlyList<KitCase> cases)
    {
        xml.WriteStartElement("testsuite");
        Attribute(xml, "name", "kit");
        Totals(xml, cases.Count, cases.Count(row => row.Kind == "failure"), cases.Count(row => row.Kind == "error"), 0);
        Attribute(xml, "time", "0");
        Properties(xml, document);
        foreach (var row in cases)
        {
            xml.WriteStartElement("testcase");
            Attribute(xml, "name", row.Name);
            Attribute(xml, "classname", "conformance.kit");
            Attribute(xml, "time", "0");
            Outcome(xml, row.Kind, row.Type, Escaping.Line(row.Message), row.Cause is null ? "" : FindingText.Render(document, row.Cause));
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static void Outcome(XmlWriter xml, string element, string? type, string message, string body)
    {
        xml.WriteStartElement(element);
        if (type is not null)
            Attribute(xml, "type", type);
        Attribute(xml, "message", message);
        if (body.Length > 0)
            xml.WriteString(body);
        xml.WriteEndElement();
    }

    private static void Totals(XmlWriter xml, int tests, int failures, int errors, int skipped)
    {
        Attribute(xml, "tests", tests.ToString(CultureInfo.InvariantCulture));
        Attribute(xml, "failures", failures.ToString(CultureInfo.InvariantCulture));
        Attribute(xml, "errors", errors.ToString(CultureInfo.InvariantCulture));
        Attribute(xml, "skipped", skipped.ToString(CultureInfo.InvariantCulture));
    }

    private static void Property(XmlWriter xml, string name, string value)
    {
        xml.WriteStartElement("property");
        Attribute(xml, "name", name);
        Attribute(xml, "value", Escaping.Line(value));
        xml.WriteEndElement();
    }

    private static void Attribute(XmlWriter xml, string name, string value) => xml.WriteAttributeString(name, value);

    private static string Seconds(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
