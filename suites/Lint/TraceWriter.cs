using System.Globalization;
using System.Text;
using Conformance.Model.Contract;

namespace Conformance.Suites.Lint;

/// <summary>Writes what a user in this process asks of devices as a trace.</summary>
internal sealed class TraceWriter
{
    private const int HeadBytes = 16;
    private const int PayloadBytes = 32;

    private readonly StringBuilder text = new($"{TraceReader.Header}\n");

    /// <summary>The trace so far.</summary>
    public override string ToString() => text.ToString();

    /// <summary>A line of words.</summary>
    internal void Line(string call, long process, string words) => text.Append(CultureInfo.InvariantCulture, $"{call} pid={process} {words}\n");

    /// <summary>A result as it stands in a line.</summary>
    internal static string Result(CallResult result) => string.Create(CultureInfo.InvariantCulture, $"ret={(result.Ok ? result.Value : -result.Errno)}");

    /// <summary>The first bytes of a buffer.</summary>
    internal static string Head(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes[..Math.Min(bytes.Length, HeadBytes)]);

    /// <summary>What is behind the envelope.</summary>
    internal static string Payload(ReadOnlySpan<byte> argument) =>
        argument.Length <= 8 ? "" : Convert.ToHexStringLower(argument[8..Math.Min(argument.Length, 8 + PayloadBytes)]);
}
