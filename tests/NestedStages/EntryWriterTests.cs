using Conformance.Drivers.Reference.Nested;
using Conformance.Model.Nested.Device;
using Conformance.Model.Nested.Oracle;
using Conformance.Model.Nested.Steps;
using Conformance.Model.Smmu.Structures;
using NUnit.Framework;

namespace Conformance.Tests.NestedStages;

/// <summary>The cases of the driver's own test: from, to, whether hardware ever meets an invalid entry on the way, and how many syncs it takes.</summary>
[Category("quick")]
public sealed class EntryWriterTests
{
    // Numbers of EntryValues: 1 abort, 2 bypass, 3 CD table (SSID0), 4 CD table (bypass), 5 S2 with ATS, 6 S2, 7 and 8 with stalls, 9 nested,
    // 10 another pointer.
    [TestCase(false, 2, 1, true, 2)]
    [TestCase(false, 1, 2, true, 2)]
    [TestCase(false, 3, 1, true, 2)]
    [TestCase(false, 1, 3, true, 2)]
    [TestCase(false, 3, 2, true, 3)]
    [TestCase(false, 2, 3, true, 3)]
    [TestCase(false, 3, 4, true, 1)]
    [TestCase(false, 4, 3, true, 1)]
    [TestCase(false, 4, 2, true, 2)]
    [TestCase(false, 2, 4, true, 2)]
    [TestCase(false, 5, 1, true, 2)]
    [TestCase(false, 1, 5, true, 2)]
    [TestCase(false, 5, 2, true, 2)]
    [TestCase(false, 2, 5, true, 2)]
    [TestCase(false, 3, 5, true, 3)]
    [TestCase(false, 5, 3, true, 3)]
    [TestCase(false, 3, 10, false, 3)]
    [TestCase(false, 7, 8, true, 3)]
    [TestCase(false, 8, 7, true, 3)]
    [TestCase(false, 9, 6, true, 3)]
    [TestCase(false, 6, 9, true, 2)]
    [TestCase(true, 0, 1, false, 2)]
    [TestCase(true, 1, 0, false, 2)]
    [TestCase(true, 2, 1, true, 1)]
    [TestCase(true, 1, 2, true, 1)]
    [TestCase(true, 0, 3, false, 2)]
    [TestCase(true, 3, 0, false, 2)]
    [TestCase(true, 3, 4, true, 2)]
    [TestCase(true, 4, 3, true, 2)]
    public void A_case_takes_its_syncs(bool isContext, int from, int to, bool isHitless, int syncs)
    {
        var memory = new Memory(EntryValues.Of(isContext, from));
        var target = EntryValues.Of(isContext, to);
        using var writer = new StreamTableWriter();
        if (isContext)
            writer.WriteContext(memory, [0x18], target);
        else
            writer.WriteStream(memory, [0x18], target);
        Assert.That(memory.Words, Is.EqualTo(target));
        Assert.That((memory.Syncs, !memory.WasInvalid), Is.EqualTo((syncs, isHitless)));
        if (!isHitless && from != 0 && to != 0)
            Assert.That(EntryBits.CanBeHitless(isContext, EntryValues.Of(isContext, from), target), Is.False);
        else if (isHitless)
            Assert.That(EntryBits.CanBeHitless(isContext, EntryValues.Of(isContext, from), target), Is.True);
    }

    private sealed class Memory(ulong[] words) : IEntryMemory
    {
        public ulong[] Words => words;

        public int Syncs { get; private set; }

        public bool WasInvalid { get; private set; }

        public ulong Load(uint entry, int doubleword) => words[doubleword];

        public void Store(uint entry, int doubleword, ulong value) => words[doubleword] = value;

        public void Issue(in SmmuCommand command)
        {
            if (command.Opcode != SmmuOpcode.Sync)
                return;
            Syncs++;
            WasInvalid |= words[0] == 0;
        }
    }
}
