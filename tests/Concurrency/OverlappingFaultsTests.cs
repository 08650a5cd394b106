using System.Globalization;
using Conformance.Engine.Campaigns;
using Conformance.Reports;
using Conformance.Tests.Migration;
using NUnit.Framework;

namespace Conformance.Tests.Concurrency;

/// <summary>What only calls of several threads show is found, named, and shown as a history of which no part can be left out.</summary>
[Category("quick")]
public sealed class OverlappingFaultsTests
{
    [TestCase("takes-no-state-lock", "MIG-FSM-17", "order")]
    [TestCase("loses-the-other-request", "MIG-FSM-17", "order")]
    [TestCase("tears-the-state", "MIG-FSM-17", "order")]
    [TestCase("read-takes-locks-in-the-wrong-order", "MIG-FSM-24", "deadlock")]
    [TestCase("read-looks-before-it-locks", "MIG-FD-33", "order")]
    [TestCase("loses-deferred-reset", "MIG-ERR-03 MIG-ERR-05", "order")]
    [TestCase("stores-state-after-deferred-reset", "MIG-ERR-06", "order")]
    [TestCase("data-size-takes-locks-in-the-wrong-order", "SIZE-09", "deadlock")]
    public void Is_named_and_has_a_plan_of_which_nothing_can_be_left_out(string fault, string requirements, string kind)
    {
        var finding = Find(fault, requirements);
        Assert.Multiple(() =>
        {
            Assert.That(finding.Kind, Is.EqualTo(kind));
            Assert.That(finding.Verdict, Is.EqualTo(RequirementVerdict.Violation));
            Assert.That(finding.Minimised, Is.True);
            Assert.That(finding.Repeats, Is.Null, "the schedule is part of the plan: it fails each time");
        });
    }

    /// <summary>Two readers take the same byte; what one of them stored of the position is lost, and the next byte comes once more.</summary>
    [Test]
    public void A_lost_update() =>
        Assert.That(
            History("read-looks-before-it-locks", "MIG-FD-33"),
            Is.EqualTo(
                """
                SET STOP_COPY => success, data_fd 0
                read to the end, 65536 bytes at a time => 264 bytes, then 0
                SET STOP => success, data_fd -1
                SET STOP_COPY => success, data_fd 1
                thread 1: read 1 bytes => (--).. success, 1 bytes
                thread 2: read 1 bytes => .()... success, 1 bytes
                read 1 bytes => ....() success, 1 bytes
                (thread 2 goes on in the middle of read 1 bytes of thread 1, at its point 3)
                expected: success, the bytes that stand in the stream from 2 on, of which it has 264
                seen: success, 1 bytes, for which no order of the calls has a place
                """
            )
        );

    /// <summary>A GET reads the halves of two states: RUNNING is 010, RESUMING is 100, and ERROR is 000.</summary>
    [Test]
    public void A_torn_state() =>
        Assert.That(
            History("tears-the-state", "MIG-FSM-17"),
            Is.EqualTo(
                """
                thread 1: SET RESUMING => (--) success, data_fd 0
                thread 2: GET state => .(). success, ERROR, data_fd -1
                (thread 2 goes on in the middle of SET RESUMING of thread 1, at its point 8)
                expected: success, RESUMING, data_fd -1, nothing written behind what belongs to the call
                seen: success, ERROR, data_fd -1, for which no order of the calls has a place
                """
            )
        );

    /// <summary>Two calls wait for each other.</summary>
    [Test]
    public void A_deadlock() =>
        Assert.That(
            History("read-takes-locks-in-the-wrong-order", "MIG-FSM-24"),
            Is.EqualTo(
                """
                SET STOP_COPY => success, data_fd 0
                thread 1: SET STOP => (- does not come back
                thread 2: read 1 bytes => .( does not come back
                (thread 2 goes on in the middle of SET STOP of thread 1, at its point 2)
                expected: an answer
                seen: dead-lock: thread 1 waits for the session lock, which thread 2 has, thread 2 waits for the state lock, which thread 1 has
                """
            )
        );

    /// <summary>A reset and a request leave a state without its session.</summary>
    [Test]
    public void A_mixed_state() =>
        Assert.That(
            History("stores-state-after-deferred-reset", "MIG-ERR-06"),
            Is.EqualTo(
                """
                thread 1: SET STOP_COPY => (--).... success, data_fd 0
                thread 2: RESET => .()..... success
                GET state => ....().. success, STOP_COPY, data_fd -1
                read 1 bytes => ......() ENODEV, 0 bytes
                (thread 2 goes on in the middle of SET STOP_COPY of thread 1, at its point 2)
                expected: success, 0 to 1 bytes
                seen: ENODEV, 0 bytes, for which no order of the calls has a place
                """
            )
        );

    /// <summary>A reset that met another call is forgotten.</summary>
    [Test]
    public void A_lost_reset() =>
        Assert.That(
            History("loses-deferred-reset", "MIG-ERR-03 MIG-ERR-05"),
            Is.EqualTo(
                """
                SET STOP_COPY => success, data_fd 0
                thread 1: SET STOP => (--).. success, data_fd -1
                thread 2: RESET => .()... success
                GET state => ....() success, STOP, data_fd -1
                (thread 2 goes on in the middle of SET STOP of thread 1, at its point 2)
                expected: success, RUNNING, data_fd -1, nothing written behind what belongs to the call
                seen: success, STOP, data_fd -1, for which no order of the calls has a place
                """
            )
        );

    private static Finding Find(string fault, string requirements)
    {
        var run = DirectRun.Of($"fault:{fault}", only: IsOverlapping);
        Assert.That(run.Problems, Is.Empty);
        return run
            .Ledger.Findings.All.Where(finding => finding.Requirements.SequenceEqual(requirements.Split(' ')))
            .OrderBy(finding => finding.Steps.Count)
            .First();
    }

    private static string History(string fault, string requirements)
    {
        var finding = Find(fault, requirements);
        var seen = finding.Trace.ToDictionary(line => line.Step, line => $" => {line.Observation}");
        var lines = finding.Steps.Select((step, at) => string.Create(CultureInfo.InvariantCulture, $"{step}{seen.GetValueOrDefault(at)}"));
        return string.Join('\n', [.. lines, $"expected: {finding.Expected}", $"seen: {finding.Seen}"]);
    }

    private static bool IsOverlapping(ICampaign campaign) => campaign.Name.StartsWith("overlapping", StringComparison.Ordinal);
}
