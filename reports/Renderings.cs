namespace Conformance.Reports;

/// <summary>One form in which a result document can be read.</summary>
/// <param name="Name">What the form is called.</param>
/// <param name="File">The name of its file in the folder of a report; null when it is for a console only.</param>
/// <param name="Render">Makes the text: a function of the document, LF, a line end at the end.</param>
public sealed record Rendering(string Name, string? File, Func<ResultDocument, string> Render);

/// <summary>The forms of a result document.</summary>
public static class Renderings
{
    /// <summary>All forms.</summary>
    public static IReadOnlyList<Rendering> All { get; } =
    [
        new("console", null, ConsoleSummary.Render),
        new("json", "result.json", ResultJson.Write),
        new("junit", "junit.xml", JUnitXml.Render),
        new("ktap", "result.ktap", Ktap.Render),
        new("markdown", "summary.md", MarkdownSummary.Render),
    ];
}
