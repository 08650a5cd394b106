using System.CommandLine;
using System.Globalization;
using Conformance.Drivers;
using Conformance.Drivers.Addresses;
using Conformance.Drivers.Readiness;
using Conformance.Reports;

namespace Conformance.Suites.Command;

/// <summary><c>conformance doctor</c>: is the environment of a driver ready, and what is to be done when it is not.</summary>
internal static class DoctorCommand
{
    internal static System.CommandLine.Command Build()
    {
        var address = new Argument<string>("address") { Description = "the driver, as check takes it" };
        var command = new System.CommandLine.Command("doctor", "Says whether everything is there that a check of a driver needs; 0 when it is, else 3.")
        {
            address,
        };
        command.SetAction(parse => Run(parse.GetRequiredValue(address)));
        return command;
    }

    private static int Run(string text)
    {
        DriverAddress address;
        try
        {
            address = DriverSchemes.Parse(text);
        }
        catch (DriverAddressException error)
        {
            throw new UsageException(error.Message);
        }

        var lines = address.Look();
        var width = lines.Max(line => line.What.Length);
        var page = new List<ConsoleLine>();
        foreach (var line in lines)
        {
            var (word, tone) = line.Status switch
            {
                ReadinessStatus.Ok => ("ok", Tone.Good),
                ReadinessStatus.NotOk => ("not ok", Tone.Bad),
                _ => ("skipped", Tone.Faint),
            };
            page.Add(new(tone, $"{word, -7}  {line.What.PadRight(width)}  {Escaping.Line(line.Seen, 300)}"));
            if (line.Fix.Length > 0)
                page.Add(new(Tone.Plain, $"{"", -7}  {"".PadRight(width)}  {Escaping.Line(line.Fix, 300)}"));
        }

        var missing = lines.Count(line => line.Status == ReadinessStatus.NotOk);
        page.Add(
            new(
                missing == 0 ? Tone.Good : Tone.Bad,
                missing == 0
                    ? "READY (exit code 0)"
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"NOT READY: {missing} {(missing == 1 ? "thing is" : "things are")} missing (exit code {RunVerdict.HarnessFailed.ExitCode()})"
                    )
            )
        );
        SummaryPrinter.Print(page);
        return missing == 0 ? 0 : RunVerdict.HarnessFailed.ExitCode();
    }
}
