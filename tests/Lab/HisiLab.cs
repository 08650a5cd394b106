using System.Globalization;
using Conformance.Drivers.LinuxVfio;
using Conformance.Tests.Support;

namespace Conformance.Tests.Lab;

/// <summary>The functions of labs/hisi: two of the first kind.</summary>
internal static class HisiLab
{
    public const string FirstDevice = "19e5:00:00.1";
    public const string SecondDevice = "19e5:00:00.2";

    /// <summary>What the driver promises, for <c>?traits=</c>, from the clone.</summary>
    public const string Traits = "labs/hisi/traits.json";

    /// <summary>The file with the known deviations of a kernel's driver.</summary>
    public static string Expectations(string kernel) => Clone.File("labs", "hisi", "expectations", $"{kernel}.json");

    /// <summary>A file of the software device in the guest, in debugfs.</summary>
    public static string FileOf(string function, string name) => $"/sys/kernel/debug/fakeqm/{function}/{name}";

    /// <summary>What the software device says of a function.</summary>
    public static ulong Number(LinuxMachine machine, string function, string name)
    {
        var text = machine.Connect().ReadText(FileOf(function, name))!;
        return text.StartsWith("0x", StringComparison.Ordinal)
            ? ulong.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            : ulong.Parse(text, CultureInfo.InvariantCulture);
    }
}
