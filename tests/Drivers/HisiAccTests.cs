using System.Buffers.Binary;
using Conformance.Drivers.Reference.HisiAcc;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;
using Conformance.Model.Serialization;
using Conformance.Reports;
using Conformance.Tests.Migration;
using NUnit.Framework;
using static Conformance.Model.Contract.Errno;

namespace Conformance.Tests.Drivers;

/// <summary>
/// The driver of a HiSilicon accelerator: its stream, byte by byte; that its strict profile keeps what the contract asks; and which sentence each habit of the
/// drivers of Linux breaks, alone and all together.
/// </summary>
[Parallelizable(ParallelScope.Self)]
public sealed class HisiAccTests
{
    private static readonly string[] layout =
    [
        "0 8 acc_magic",
        "8 4 qp_num",
        "12 4 dev_id",
        "16 4 que_iso_cfg",
        "20 4 qp_base",
        "24 4 vf_qm_state",
        "28 2 major_ver",
        "30 2 minor_ver",
        "32 4 qm_rsv_state[0]",
        "36 4 qm_rsv_state[1]",
        "40 4 aeq_int_mask",
        "44 4 eq_int_mask",
        "48 4 ifc_int_source",
        "52 4 ifc_int_mask",
        "56 4 ifc_int_set",
        "60 4 page_size",
        .. Enumerable.Range(0, 7).Select(word => $"{64 + (4 * word)} 4 qm_eqc_dw[{word}]"),
        .. Enumerable.Range(0, 7).Select(word => $"{92 + (4 * word)} 4 qm_aeqc_dw[{word}]"),
        .. Enumerable.Range(0, 5).Select(word => $"{120 + (4 * word)} 4 qm_rsv_regs[{word}]"),
        "140 4 padding",
        "144 8 eqe_dma",
        "152 8 aeqe_dma",
        "160 8 sqc_dma",
        "168 8 cqc_dma",
    ];

    [Test]
    public void The_layouts_are_those_of_the_structure()
    {
        Assert.That(Rows(AccVfData.V2), Is.EqualTo(layout));
        var first = layout.ToList();
        first.RemoveRange(6, 4);
        first.InsertRange(6, ["28 4 qm_rsv_state[0]", "32 4 qm_rsv_state[1]", "36 4 qm_rsv_state[2]"]);
        Assert.That(Rows(AccVfData.V1), Is.EqualTo(first));
        foreach (var version in new[] { AccVfData.V1, AccVfData.V2 })
        {
            Assert.That(version.Size, Is.EqualTo(176));
            Assert.That(version.Fields.Select(field => field.Offset), Is.EqualTo(version.Fields.Select(field => field.End).Prepend(0).SkipLast(1)));
        }

        static IEnumerable<string> Rows(ByteLayout layout) => layout.Fields.Select(field => $"{field.Offset} {field.Size} {field.Name}");
    }

    [Test]
    public void The_magic_is_these_bytes()
    {
        Assert.That(Convert.ToHexString(HisiAccImages.Save(HisiAccVersion.V2, ready: true).AsSpan(0, 8)), Is.EqualTo("DEDECADEEDFECCAA"));
        Assert.That(Convert.ToHexString(HisiAccImages.Save(HisiAccVersion.V1, ready: true).AsSpan(0, 8)), Is.EqualTo("CCAAEDFECDCDCDCD"));
    }

    [Test]
    public void A_stream_has_40_bytes_or_176([Values] HisiAccVersion version, [Values] bool preCopy)
    {
        Assert.That(HisiAccImages.Save(version, ready: false, preCopy), Has.Length.EqualTo(40));
        Assert.That(HisiAccImages.Save(version, ready: true, preCopy), Has.Length.EqualTo(176));
    }

    [TestCase("6.1", 1UL, AccVfData.MagicV1)]
    [TestCase("6.7", 5UL, AccVfData.MagicV1)]
    [TestCase("6.12", 5UL, AccVfData.MagicV2)]
    [TestCase("7.2", 5UL, AccVfData.MagicV2)]
    public void What_it_offers_and_saves_depends_on_the_level(string level, ulong features, ulong magic)
    {
        using var target = Conformance.Drivers.DriverSchemes.Parse($"reference:hisi_acc?level={level}").Open<IMigrationTarget>();
        using var device = target.Open();
        Assert.That(device.Feature(Uapi.Migration | Uapi.Get, 0, out var flags).Ok);
        Assert.That(flags, Is.EqualTo(features));
        Assert.That(device.Set(DeviceState.StopCopy, out var fd).Ok);
        Assert.That(BinaryPrimitives.ReadUInt64LittleEndian(device.Drain(fd, () => 4096, out _)), Is.EqualTo(magic));
    }

    /// <summary>Version 1 has wrong addresses, but the words of the contexts; what is loaded is the same, however the stream was cut (MIG-FD-09).</summary>
    [Test]
    public void Both_versions_load_to_the_same_device_in_any_pieces([Values] HisiAccVersion version)
    {
        var image = HisiAccImages.Save(version, ready: true);
        var wanted = new HisiAccFunction();
        wanted.SetUp(HisiAccImages.Pattern);
        wanted.Interrupt(4);
        for (var cut = 0; cut <= image.Length; cut++)
        {
            var (device, driver) = HisiAccImages.Open();
            using (device)
            {
                device.Workload!.Apply(5);
                Assert.That(HisiAccImages.Load(device, image[..cut], image[cut..]).Leave.Ok);
                Assert.That(driver.Function.Digest(), Is.EqualTo(wanted.Digest()), $"cut at {cut}");
            }
        }

        var (whole, bytewise) = HisiAccImages.Open();
        using (whole)
        {
            Assert.That(HisiAccImages.Load(whole, [.. image.Select(one => new[] { one })]).Leave.Ok);
            Assert.That(bytewise.Function.Digest(), Is.EqualTo(wanted.Digest()));
        }
    }

    [Test]
    public void Match_data_alone_leave_a_device_that_nobody_has_set_up()
    {
        var image = HisiAccImages.Save(HisiAccVersion.V2, ready: false);
        var (device, driver) = HisiAccImages.Open();
        using (device)
        {
            device.Workload!.Apply(HisiAccImages.Pattern);
            Assert.That(HisiAccImages.Load(device, image).Leave.Ok);
            Assert.That(driver.Function.Digest(), Is.EqualTo(new HisiAccFunction().Digest()));
        }
    }

    [Test]
    public void Pre_copy_announces_the_match_data_and_is_never_dirty()
    {
        var (device, _) = HisiAccImages.Open();
        using (device)
        {
            Assert.That(device.Set(DeviceState.PreCopy, out var fd).Ok);
            foreach (var left in new ulong[] { 40, 33, 0 })
            {
                var info = new byte[24];
                info[0] = 24;
                Assert.That(device.DataIoctl(fd, Uapi.PrecopyInfo, new UserBuffer(info)).Ok);
                Assert.That(BinaryPrimitives.ReadUInt64LittleEndian(info.AsSpan(8)), Is.EqualTo(left));
                Assert.That(BinaryPrimitives.ReadUInt64LittleEndian(info.AsSpan(16)), Is.Zero);
                device.Read(fd, new byte[left == 40 ? 7 : 33]);
            }

            Assert.That(device.Poll(fd, 1, 0).Value, Is.Zero, "there is nothing to read until the device stops");
            device.Workload!.Apply(HisiAccImages.Pattern);
            Assert.That(device.Set(DeviceState.StopCopy).Ok);
            Assert.That(device.Drain(fd, () => 4096, out _), Has.Length.EqualTo(136));
        }
    }

    // What is loaded though it must not be.
    private static readonly string[] loads = ["MIG-RES-03", "MIG-RES-05", "MIG-RES-06", "MIG-RES-09", "MIG-RES-11", "MIG-RES-13", "MIG-RES-14"];

    private static readonly string[] sessionOutlives = ["MIG-FD-16", "MIG-RES-15"];

    // Of overlapping calls and of contents the labs, which have neither, do not show it: MIG-FSM-24, MIG-FD-33, MIG-RES-03.
    private static readonly string[] everyPiece =
    [
        "MIG-FSM-06",
        "MIG-FSM-07",
        "MIG-FSM-24",
        "MIG-FD-08",
        "MIG-FD-09",
        "MIG-FD-10",
        "MIG-FD-20",
        "MIG-FD-27",
        "MIG-FD-33",
        "MIG-RES-03",
        "MIG-RES-22",
    ];

    // What the suite finds of each habit, and of none: the whole list, so that a check that is added or lost shows here.
    private static IEnumerable<TestCaseData> Habits()
    {
        yield return Row(HisiAccHabits.None);
        yield return Row(HisiAccHabits.EndsPreCopyWithZero, "MIG-PRE-06");
        yield return Row(HisiAccHabits.ForgetsMismatch, "MIG-RES-05", "MIG-RES-06", "MIG-RES-11", "MIG-RES-13", "MIG-RES-19");
        yield return Row(HisiAccHabits.MatchesOncePerOpen, "MIG-RES-05", "MIG-RES-06", "MIG-RES-14");
        yield return Row(HisiAccHabits.ConvertsV1AtMatch);
        yield return Row(HisiAccHabits.TakesMissingAddress, "MIG-RES-09");
        yield return Row(HisiAccHabits.AnswersWholeSize);
        yield return Row(HisiAccHabits.LoadsNothingFromMatchData, "MIG-FD-10", "MIG-FD-20", "MIG-RES-03", "MIG-RES-20");
        yield return Row(HisiAccHabits.StaysPausedWhenStopFails);
        yield return Row(HisiAccHabits.ComparesWhenLeft);
        yield return Row(HisiAccHabits.MatchesOnceForEver, "MIG-RES-05", "MIG-RES-06", "MIG-RES-14");
        yield return Row(HisiAccHabits.Linux72, [.. loads, "MIG-FD-10", "MIG-FD-20", "MIG-PRE-06", "MIG-RES-19", "MIG-RES-20"]);

        yield return new(HisiAccHabits.SessionOutlivesDevice, UapiLevel.V6_1, sessionOutlives);
        yield return new(HisiAccHabits.EveryPieceIsTheFirst, UapiLevel.V6_1, everyPiece);
        yield return new(HisiAccHabits.Linux61, UapiLevel.V6_1, (string[])[.. everyPiece, .. sessionOutlives]);

        static TestCaseData Row(HisiAccHabits habits, params string[] broken) => new(habits, UapiLevel.V7_2, broken);
    }

    // A stream of version 1 is saved up to Linux 6.11: there the suite sees what becomes of its addresses.
    private static IEnumerable<TestCaseData> HabitsWithV1()
    {
        string[] converted = ["MIG-FD-09", "MIG-FD-10", "MIG-FD-20"];
        yield return new(HisiAccHabits.None, UapiLevel.V6_1, Array.Empty<string>());
        yield return new(HisiAccHabits.ConvertsV1AtMatch, UapiLevel.V6_1, converted);
        yield return new(HisiAccHabits.Linux72, UapiLevel.V6_1, (string[])[.. loads, "MIG-FD-10", "MIG-FD-20"]);
    }

    [Category("long")]
    [TestCaseSource(nameof(Habits))]
    [TestCaseSource(nameof(HabitsWithV1))]
    public void The_suite_finds_exactly_this(HisiAccHabits habits, UapiLevel level, string[] broken)
    {
        using var target = HisiAccReference.Create("reference:hisi_acc", habits, level);
        var (ledger, _, problems, _) = DirectRun.Of(target);
        Assert.That(problems, Is.Empty);
        Assert.That(
            Catalogue.All.Where(row => ledger.Violated(row.Id) + ledger.Warned(row.Id) > 0).Select(row => row.Name),
            Is.EquivalentTo(broken),
            string.Join('\n', ledger.Findings.All.Select(FindingText.Of))
        );
    }

    /// <summary>MIG-RES-13: a mismatch that a write has reported must not be forgotten.</summary>
    [TestCase(HisiAccHabits.None, EINVAL, EINVAL)]
    [TestCase(HisiAccHabits.ForgetsMismatch, EFAULT, 0)]
    public void A_mismatch_that_was_reported(HisiAccHabits habits, int write, int leave)
    {
        foreach (var ready in new[] { false, true })
        {
            var image = HisiAccImages.Save(HisiAccVersion.V2, ready);
            BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(AccVfData.DevId), AccVfData.Sec);
            var (device, driver) = HisiAccImages.Open(habits);
            using (device)
            {
                var result = HisiAccImages.Load(device, image);
                Assert.That((result.Write.Errno, result.Leave.Errno), Is.EqualTo((write, leave)));
                Assert.That(driver.Function.IsReady, Is.EqualTo(ready && leave == 0), "the state of another kind of device is loaded");
                Assert.That(device.State(), Is.EqualTo(leave == 0 ? DeviceState.Running : DeviceState.Resuming));
            }
        }
    }

    /// <summary>MIG-RES-14: a second session in the same open is compared like the first, also after a reset.</summary>
    [TestCase(HisiAccHabits.None, EINVAL, EINVAL)]
    [TestCase(HisiAccHabits.MatchesOncePerOpen, 0, EINVAL)]
    [TestCase(HisiAccHabits.MatchesOnceForEver, 0, 0)]
    public void A_second_session_with_another_kind_of_device(HisiAccHabits habits, int leave, int reopened)
    {
        var good = HisiAccImages.Save(HisiAccVersion.V2, ready: true);
        var other = (byte[])good.Clone();
        BinaryPrimitives.WriteUInt32LittleEndian(other.AsSpan(AccVfData.DevId), AccVfData.Sec);
        var (device, driver) = HisiAccImages.Open(habits);
        using (device)
        {
            Assert.That(HisiAccImages.Load(device, good).Leave.Ok);
            Assert.That(HisiAccImages.Load(device, other).Leave.Errno, Is.EqualTo(leave));
            Assert.That(device.Reset().Ok);
            Assert.That(HisiAccImages.Load(device, other).Leave.Errno, Is.EqualTo(leave));
            device.CloseDevice();
            device.Reopen();
            Assert.That(HisiAccImages.Load(device, other).Leave.Errno, Is.EqualTo(reopened), "the next user");
            Assert.That(driver.Function.IsReady, Is.EqualTo(reopened == 0));
        }
    }

    /// <summary>MIG-FD-09: where the first write that reaches byte 40 ends decides what a version 1 stream loads as.</summary>
    [Test]
    public void A_stream_of_version_1_is_converted_too_early()
    {
        var image = HisiAccImages.Save(HisiAccVersion.V1, ready: true);
        var wanted = new HisiAccFunction();
        wanted.SetUp(HisiAccImages.Pattern);
        wanted.Interrupt(4);
        for (var cut = 1; cut < image.Length; cut++)
        {
            var (device, driver) = HisiAccImages.Open(HisiAccHabits.ConvertsV1AtMatch);
            using (device)
            {
                Assert.That(HisiAccImages.Load(device, image[..cut], image[cut..]).Leave.Ok);
                Assert.That(driver.Function.Digest() == wanted.Digest(), Is.EqualTo(cut is < 40 or >= 160), $"cut at {cut}");
            }
        }
    }

    /// <summary>MIG-RES-04: a state with a queue at 0 is no complete state.</summary>
    [TestCase(HisiAccHabits.None, EINVAL)]
    [TestCase(HisiAccHabits.TakesMissingAddress, 0)]
    public void A_state_without_an_address(HisiAccHabits habits, int leave)
    {
        var image = HisiAccImages.Save(HisiAccVersion.V2, ready: true);
        image.AsSpan(AccVfData.SqcDma, 8).Clear();
        var (device, driver) = HisiAccImages.Open(habits);
        using (device)
        {
            Assert.That(HisiAccImages.Load(device, image).Leave.Errno, Is.EqualTo(leave));
            Assert.That(driver.Function.IsReady, Is.False);
        }
    }

    /// <summary>Allowed (SIZE-07): more is announced than comes.</summary>
    [TestCase(HisiAccHabits.None, 40UL)]
    [TestCase(HisiAccHabits.AnswersWholeSize, 176UL)]
    public void The_data_size_of_a_device_that_nobody_has_set_up(HisiAccHabits habits, ulong size)
    {
        var (device, _) = HisiAccImages.Open(habits);
        using (device)
        {
            Assert.That(device.Feature(Uapi.MigDataSize | Uapi.Get, 0, out var bytes).Ok);
            Assert.That(bytes, Is.EqualTo(size));
        }
    }

    /// <summary>MIG-FD-20: the match data alone are the whole state of a device that nobody has set up, and must load as that.</summary>
    [TestCase(HisiAccHabits.None, false)]
    [TestCase(HisiAccHabits.LoadsNothingFromMatchData, true)]
    public void Match_data_alone_on_a_device_that_a_guest_has_used(HisiAccHabits habits, bool stays)
    {
        var image = HisiAccImages.Save(HisiAccVersion.V2, ready: false);
        var (device, driver) = HisiAccImages.Open(habits);
        using (device)
        {
            device.Workload!.Apply(HisiAccImages.Pattern);
            Assert.That(HisiAccImages.Load(device, image).Leave.Ok);
            Assert.That(driver.Function.IsReady, Is.EqualTo(stays));
        }
    }

    /// <summary>MIG-FSM-13: after a failed stop the state says PRE_COPY, and the function must run.</summary>
    [TestCase(HisiAccHabits.None, true)]
    [TestCase(HisiAccHabits.StaysPausedWhenStopFails, false)]
    public void A_stop_that_fails(HisiAccHabits habits, bool runs)
    {
        var (device, driver) = HisiAccImages.Open(habits);
        using (device)
        {
            Assert.That(device.Set(DeviceState.PreCopy).Ok);
            device.Failures!.FailArc(0, EBUSY, broken: false);
            Assert.That(device.Set(DeviceState.StopCopy).Errno, Is.EqualTo(EBUSY));
            Assert.That(device.State(), Is.EqualTo(DeviceState.PreCopy));
            device.Workload!.Apply(HisiAccImages.Pattern);
            Assert.That(driver.Function.IsReady, Is.EqualTo(runs));
        }
    }
}
