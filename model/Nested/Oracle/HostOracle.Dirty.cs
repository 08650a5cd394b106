using System.Numerics;
using Conformance.Model.Contract;
using Conformance.Model.DmaLogging;
using Conformance.Model.Nested.Device;
using Conformance.Model.Nested.Steps;
using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Nested.Oracle;

// Mappings, and the dirty state of their pages: what a query must report, and what it may.
public sealed partial class HostOracle
{
    private void AllowedMap(in NestedStep step)
    {
        var (iova, length) = (step[0], step[1] * Page);
        expected.Fails(length == 0 || iova % Page != 0, Errno.EINVAL);
        expected.Fails(iova + length < iova, Errno.EOVERFLOW);
        expected.Fails(step[3] * Page + length > facts.RamSize, Errno.EINVAL);
        expected.Fails(mappings.Exists(one => iova < one.Iova + one.Length && one.Iova < iova + length), Errno.EEXIST);
        // How many bits stage 2 takes is the host's.
        if (iova >> 39 == 0 && iova + length >> 39 == 0)
            return;
        if (!expected.HasFailed)
            expected.Grants(Errno.None);
        expected.Grants(Errno.EINVAL);
    }

    private void AllowedUnmap(in NestedStep step)
    {
        var (iova, length) = (step[0], step[1] * Page);
        var inside = mappings.FindAll(one => one.Iova < iova + length && iova < one.Iova + one.Length);
        expected.Fails(length == 0, Errno.EINVAL);
        expected.Fails(length != 0 && inside.Count == 0, Errno.ENOENT);
        expected.Fails(inside.Exists(one => one.Iova < iova || one.Iova + one.Length > iova + length), Errno.ENOENT);
    }

    private void Mapped(ulong iova, ulong length, ulong ram, bool isWritable)
    {
        mappings.Add((iova, length, ram, isWritable));
        foreach (var table in Tables().Where(table => table.IsTracking && isWritable))
        {
            table.May.Add(iova / Page, (iova + length) / Page - 1);
            if (facts.MapsDirty)
                table.Must.Add(iova / Page, (iova + length) / Page - 1);
        }
    }

    private void Unmapped(ulong iova, ulong length)
    {
        mappings.RemoveAll(one => one.Iova >= iova && one.Iova + one.Length <= iova + length);
        foreach (var table in Tables())
        {
            table.Must.Remove(iova / Page, (iova + length) / Page - 1);
            table.May.Remove(iova / Page, (iova + length) / Page - 1);
        }
    }

    // Enabling again is a new baseline. What happens while tracking is off nobody says.
    private static void Tracked(ModelTable table, bool isOn)
    {
        table.IsTracking = isOn;
        table.Must.Clear();
        table.May.Clear();
    }

    private IEnumerable<ModelTable> Tables() => slots.OfType<ModelTable>();

    /// <summary>Where an address of stage 2 leads: the place in the memory of the host; null where nothing is mapped.</summary>
    public (ulong Ram, bool IsWritable)? Translate(ulong gpa)
    {
        foreach (var (iova, length, ram, isWritable) in mappings)
            if (gpa >= iova && gpa - iova < length)
                return (ram + (gpa - iova), isWritable);
        return null;
    }

    /// <summary>A device wrote.</summary>
    /// <param name="device">The device.</param>
    /// <param name="gpa">Where to, an address of stage 2.</param>
    /// <param name="leaf">Bytes of the leaf that translates it; 0 where nobody knows.</param>
    public void Wrote(ModelDevice device, ulong gpa, ulong leaf)
    {
        if (ParentOf(device) is not { IsTracking: true } table)
            return;
        var size = Math.Max(leaf, Page);
        var first = gpa & ~(size - 1);
        table.Must.Add(first / Page, (first + size) / Page - 1);
        if (leaf != 0)
        {
            table.May.Add(first / Page, (first + size) / Page - 1);
            return;
        }

        // Its leaf may be as large as the mapping.
        var mapping = mappings.Find(one => gpa >= one.Iova && gpa - one.Iova < one.Length);
        table.May.Add(mapping.Iova / Page, (mapping.Iova + mapping.Length) / Page - 1);
    }

    private void AllowedBitmap(in NestedStep step)
    {
        expected.Clear(Rules.Of(DIRTY_07));
        var (flags, iova, length, size) = (step[1], step[2], step[3], step[4]);
        expected.Fails(flags > Iommufd.NoClear || step[7] != 0, Errno.EOPNOTSUPP);
        if (!expected.HasFailed)
            expected.Fails(Find(step[0]) is not ModelTable, Errno.ENOENT);
        if (!expected.HasFailed)
            expected.Fails(iova + length - 1 < iova, Errno.EOVERFLOW);
        if (!expected.HasFailed)
            expected.Fails(iova % Page != 0 || length % Page != 0, Errno.EINVAL);
        if (!expected.HasFailed)
            expected.Fails(size == 0 || (!IsNoPowerOfTwo(step) && (iova % size != 0 || length % size != 0)), Errno.EINVAL);
        // What a multiple of such a size is nobody says: it is refused as one, or the call goes on.
        var mayBeRefused = !expected.HasFailed && IsNoPowerOfTwo(step);
        if (!expected.HasFailed)
            expected.Fails(Find(step[0]) is ModelTable { KeepsDirty: false }, Errno.EOPNOTSUPP);
        // A hole ends the query with an error, or is no obstacle (DIRTY-10).
        if (!expected.HasFailed && HasHole(iova, length))
        {
            expected.Rules = Rules.Of(DIRTY_10);
            foreach (var errno in (ReadOnlySpan<int>)[Errno.None, Errno.ENOENT, Errno.EINVAL, Errno.EFAULT])
                expected.Grants(errno);
        }
        else if (mayBeRefused)
        {
            expected.OtherwiseSucceeds();
            expected.Grants(Errno.EINVAL);
        }
    }

    // A page size that is no power of two. Linux 7.2 takes it, and numbers the bits by the lowest bit that is set in it.
    private static bool IsNoPowerOfTwo(in NestedStep step) => step[4] != 0 && !BitOperations.IsPow2(step[4]);

    /// <summary>True when a part of a range is not mapped.</summary>
    public bool HasHole(ulong iova, ulong length)
    {
        var covered = 0ul;
        foreach (var one in mappings)
        {
            var (from, to) = (Math.Max(iova, one.Iova), Math.Min(iova + length, one.Iova + one.Length));
            covered += to > from ? to - from : 0;
        }

        return covered < length;
    }

    /// <summary>
    /// What is wrong with a bitmap, in words (the third is the fact <c>differs</c>), and by which requirements; null when nothing is. The buffer had the
    /// prefilled byte everywhere, and the request may have failed.
    /// </summary>
    public (string Expected, string Seen, string Differs, Rules Rules)? CheckBitmap(in NestedStep step, bool succeeded, ReadOnlySpan<byte> buffer, int offset)
    {
        // One that is no power of two may be taken for its lowest bit: then there are more bits than the size says.
        var (iova, length, size) = (step[2], step[3], step[4] & (~step[4] + 1));
        var prefilled = (byte)step[6];
        var pages = succeeded && size != 0 ? length / size : 0;
        var bytes = (int)((pages + 7) / 8);
        var (before, behind) = (buffer[..offset].IndexOfAnyExcept(prefilled), buffer[(offset + bytes)..].IndexOfAnyExcept(prefilled));
        if (before >= 0 || behind >= 0)
        {
            var changed = before >= 0 ? before : offset + bytes + behind;
            return (
                $"byte {changed - offset} of the bitmap's memory stays 0x{prefilled:x2}",
                $"0x{buffer[changed]:x2}",
                "guard",
                succeeded ? Rules.Of(DIRTY_11, DIRTY_06) : Rules.Of(DIRTY_19)
            );
        }

        if (succeeded && IsNoPowerOfTwo(step))
        {
            // Which pages its bits stand for nobody says; what the caller had set stays set all the same.
            for (var at = 0; at < bytes; at++)
                if ((buffer[offset + at] & prefilled) != prefilled)
                    return ($"the bits of byte {at} that the caller had set stay set", $"0x{buffer[offset + at]:x2}", "caller-bit", Rules.Of(DIRTY_04));
            return null;
        }

        if (Find(step[0]) is not ModelTable { IsTracking: true } table)
            return null;
        // Nearly every bitmap is right, and that is seen without a look at each page.
        var differs =
            pages != 0
            && new BitmapCheck(new(iova, length), size, size, prefilled).Compare(buffer.Slice(offset, bytes), table.Must, size, table.May, none, none, out _)
                != BitmapMarks.None;
        for (ulong page = 0; differs && page < pages; page++)
        {
            var at = iova + page * size;
            var isSet = (buffer[offset + (int)(page / 8)] >> (int)(page % 8) & 1) != 0;
            if ((prefilled >> (int)(page % 8) & 1) != 0)
            {
                if (!isSet)
                    return ($"the bit of 0x{at:x}, which the caller had set, stays set", "it is cleared", "caller-bit", Rules.Of(DIRTY_04));
                continue;
            }

            var (first, last) = (at / Page, (at + size) / Page - 1);
            if (!isSet && table.Must.HasAny(first, last))
                return ($"the bit of 0x{at:x} is set: it was written, and not reported since", "it is not set", "missing-bit", RulesOfLoss(step, at, table));
            if (isSet && !table.May.HasAny(first, last))
                return ($"the bit of 0x{at:x} is not set: nothing wrote there", "it is set", "extra-bit", RulesOfExtra(step, at));
        }

        for (var bit = pages; bit < (ulong)bytes * 8; bit++)
            if ((buffer[offset + (int)(bit / 8)] >> (int)(bit % 8) & 1) != (prefilled >> (int)(bit % 8) & 1))
                return ("the bits behind the last page stay as they are", $"bit {bit} changed", "guard", Rules.Of(DIRTY_11, DIRTY_06));
        return null;
    }

    /// <summary>The requirements that a bitmap which agrees has shown.</summary>
    public IEnumerable<RequirementId> Shown(in NestedStep step, bool succeeded)
    {
        if (!succeeded)
            return [DIRTY_19];
        if (IsNoPowerOfTwo(step) || Find(step[0]) is not ModelTable { IsTracking: true } table)
            return [];
        var shown = new List<RequirementId> { DIRTY_01, DIRTY_04, DIRTY_05, DIRTY_06, DIRTY_09, DIRTY_08 };
        shown.Add(step[1] == Iommufd.NoClear ? DIRTY_02 : DIRTY_03);
        if (HasHole(step[2], step[3]))
            shown.Add(DIRTY_10);
        shown.Add(DIRTY_11);
        return shown;
    }

    // Where the loss is says which sentence was not kept.
    private Rules RulesOfLoss(in NestedStep step, ulong at, ModelTable table)
    {
        if (wasQueriedInPart)
            return Rules.Of(DIRTY_11, DIRTY_01);
        if (HasHole(step[2], step[3]))
            return Rules.Of(DIRTY_10, DIRTY_01);
        if (wasUncleared)
            return Rules.Of(DIRTY_02, DIRTY_01);
        if (IsFresh(at))
            return Rules.Of(DIRTY_08, DIRTY_01);
        if (failed)
            return Rules.Of(DIRTY_19, DIRTY_01);
        if (step[4] != Page)
            return Rules.Of(DIRTY_05, DIRTY_01, DIRTY_04, DIRTY_06);
        // No other reason is in sight.
        if (MayHaveBeenInPart)
            return Rules.Of(DIRTY_11, DIRTY_01);
        return queries == 0 ? Rules.Of(DIRTY_04, DIRTY_01, DIRTY_05, DIRTY_06) : Rules.Of(DIRTY_01, DIRTY_04, DIRTY_05, DIRTY_06);
    }

    private Rules RulesOfExtra(in NestedStep step, ulong at)
    {
        if (Translate(at) is null && step[4] == Page)
            return Rules.Of(DIRTY_09);
        if (queries > 0 && step[1] == 0 && !HasHole(step[2], step[3]))
            return Rules.Of(DIRTY_03, DIRTY_04, DIRTY_11);
        return queries == 0 && !wroteAnything ? Rules.Of(DIRTY_08, DIRTY_04) : Rules.Of(DIRTY_04, DIRTY_11, DIRTY_08);
    }

    /// <summary>
    /// True when an earlier query that clears began or ended inside of a leaf, or of a mapping where nobody knows how large leaves are (DIRTY-11).
    /// </summary>
    public bool MayHaveBeenInPart { get; private set; }

    // What happened before the present query, as far as it explains what is missing.
    private bool wasQueriedInPart,
        wasUncleared,
        failed,
        wroteAnything;
    private int queries;
    private readonly List<ulong> fresh = [];
    private readonly PageSet none = new();

    private bool IsFresh(ulong at) => fresh.Contains(at & ~(Page - 1));

    /// <summary>A page was mapped while tracking was on, or written.</summary>
    public void Note(bool mapped, ulong at)
    {
        if (mapped)
            fresh.Add(at);
        else
        {
            wroteAnything = true;
            fresh.Remove(at & ~(Page - 1));
        }
    }

    /// <summary>A query agreed: what it reported is clean now.</summary>
    /// <param name="step">The query.</param>
    /// <param name="succeeded">True when it did not fail.</param>
    /// <param name="leafOf">Bytes of the leaf that translates an address; 0 where nobody knows.</param>
    public void Queried(in NestedStep step, bool succeeded, Func<ulong, ulong> leafOf)
    {
        ArgumentNullException.ThrowIfNull(leafOf);
        if (!succeeded)
        {
            failed = true;
            return;
        }

        queries++;
        if (Find(step[0]) is not ModelTable { IsTracking: true } table)
            return;
        if (step[1] == Iommufd.NoClear)
        {
            wasUncleared = true;
            return;
        }

        var (iova, end) = (step[2], step[2] + step[3]);
        if (iova == end)
            return;
        table.Must.Remove(iova / Page, end / Page - 1);
        // A block that was asked for in part may keep its dirty state: the first and the last can be that.
        var size = Math.Max(leafOf(iova), Page);
        // Where nobody knows how large leaves are, one may be as large as its mapping.
        MayHaveBeenInPart |= leafOf(iova) == 0 && mappings.Exists(one => IsWithin(one.Iova, one.Length, iova) || IsWithin(one.Iova, one.Length, end));
        var from = iova;
        if ((iova & (size - 1)) != 0 || iova + size > end)
            from = Math.Min(end, (iova & ~(size - 1)) + size);
        size = Math.Max(leafOf(end - 1), Page);
        var to = (end & (size - 1)) == 0 ? end : Math.Max(iova, end & ~(size - 1));
        var inPart = from != iova || to != end;
        wasQueriedInPart |= inPart;
        MayHaveBeenInPart |= inPart;
        if (from < to)
            table.May.Remove(from / Page, to / Page - 1);
        fresh.RemoveAll(page => page >= iova && page < end);
    }

    private static bool IsWithin(ulong start, ulong length, ulong border) => border > start && border - start < length;
}
