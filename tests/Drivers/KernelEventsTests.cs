using System.Buffers.Binary;
using Conformance.Drivers.LinuxIommufd;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Model.Smmu.Structures;
using NUnit.Framework;

namespace Conformance.Tests.Drivers;

/// <summary>
/// What a read of a vEVENTQ gives is taken apart to its last byte; what is no record is a lost device, and nothing is made of what an earlier read left.
/// </summary>
[TestFixture]
[Category("quick")]
public sealed class KernelEventsTests
{
    private const int Header = 8;

    [Test]
    public void Records_and_the_header_that_says_of_lost_ones_are_taken_in_their_order()
    {
        var bytes = new byte[Header + SmmuEvent.Length + Header];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), 5);
        bytes[Header] = (byte)SmmuEventType.Translation;
        bytes[Header + 4] = 0x50;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(Header + SmmuEvent.Length), Iommufd.LostEvents);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(Header + SmmuEvent.Length + 4), 9);
        var events = new List<VirtualEvent>();
        KernelHost.TakeEvents(bytes, events);
        Assert.That(
            events.Select(one => (one.Flags, one.Sequence, one.Record.Type, one.Record.StreamId)),
            Is.EqualTo(new[] { (0u, 5u, SmmuEventType.Translation, 0x50u), (Iommufd.LostEvents, 9u, default, 0u) })
        );
        events.Clear();
        KernelHost.TakeEvents([], events);
        Assert.That(events, Is.Empty);
    }

    [Test]
    public void A_piece_of_a_record_is_none([Values(1, 7, 8, 9, 39, 41, 47, 48, 79)] int length)
    {
        var events = new List<VirtualEvent>();
        var lost = Assert.Throws<DeviceLostException>(() => KernelHost.TakeEvents(new byte[length], events))!;
        Assert.That(lost.Loss, Is.EqualTo(DeviceLoss.Died));
        Assert.That(lost.Message, Does.Contain($"gave {length} bytes"));
        Assert.That(events, Has.Count.EqualTo(length / (Header + SmmuEvent.Length)));
    }
}
