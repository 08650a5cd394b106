using System.Globalization;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>What reached a function of the software device of labs/hisi: it counts, and shows the counts in debugfs.</summary>
/// <param name="calls">The guest.</param>
/// <param name="function">The function, <c>19e5:00:00.1</c> for one.</param>
internal sealed class HisiAccEvidence(ISystemCalls calls, string function) : IDeviceEvidence
{
    private Counts before;

    /// <inheritdoc/>
    public string Take()
    {
        var now = Look();
        var parts = Parts(before, now);
        before = now;
        return string.Join(", ", parts);
    }

    private static IEnumerable<string> Parts(Counts before, Counts now)
    {
        // A reset begins to count pauses anew, and forgets the bases.
        var wasReset = now.Resets > before.Resets;
        var (pauses, submission, completion) = wasReset ? (0, 0, 0) : (before.Pauses, before.Submission, before.Completion);
        if (wasReset)
            yield return Count(now.Resets - before.Resets, "reset");
        if (now.Pauses > pauses)
            yield return Count(now.Pauses - pauses, "pause");
        if (now.Mailboxes > before.Mailboxes)
            yield return $"{Count(now.Mailboxes - before.Mailboxes, "mailbox command")} (the last: 0x{now.LastMailbox:x})";
        if (now.Doorbells > before.Doorbells)
            yield return $"{Count(now.Doorbells - before.Doorbells, "doorbell")} (the last: 0x{now.LastDoorbell:x})";
        if (now.Submission != submission)
            yield return $"SQ contexts at 0x{now.Submission:x}";
        if (now.Completion != completion)
            yield return $"CQ contexts at 0x{now.Completion:x}";
    }

    private static string Count(ulong count, string one) => string.Create(CultureInfo.InvariantCulture, $"{count} {one}{(count == 1 ? "" : "s")}");

    private Counts Look() =>
        new(Read("resets"), Read("paused"), Read("mailboxes"), Read("last_mailbox"), Read("doorbells"), Read("last_doorbell"), Read("sqc"), Read("cqc"));

    // A file that is not there counts nothing: an older build of the lab.
    private ulong Read(string file)
    {
        var text = calls.ReadText($"/sys/kernel/debug/fakeqm/{function}/{file}") ?? "";
        return text.StartsWith("0x", StringComparison.Ordinal)
            ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hexadecimal)
                ? hexadecimal
                : 0
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : 0;
    }

    private readonly record struct Counts(
        ulong Resets,
        ulong Pauses,
        ulong Mailboxes,
        ulong LastMailbox,
        ulong Doorbells,
        ulong LastDoorbell,
        ulong Submission,
        ulong Completion
    );
}
