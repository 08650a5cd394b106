using Conformance.Model.Contract;
using Conformance.Model.DmaLogging;
using NUnit.Framework;

namespace Conformance.Tests.DmaLogging;

/// <summary>The comparison of bitmaps and sets of pages, beside one that looks at every page by itself.</summary>
[Category("quick")]
public sealed class BitmapCheckTests
{
    private const ulong Base = 0x4000_0000;
    private const int Pages = 96;

    [Test]
    public void Runs_are_what_single_pages_are()
    {
        var random = new SplitMix(1);
        var set = new PageSet();
        var expected = new HashSet<ulong>();
        for (var round = 0; round < 20_000; round++)
        {
            ulong first = random.Below(64),
                last = first + random.Below(6);
            if (random.Below(2) == 0)
            {
                set.Add(first, last);
                expected.UnionWith(Range(first, last));
            }
            else
            {
                set.Remove(first, last);
                expected.ExceptWith(Range(first, last));
            }

            Assert.That(set.Runs.SelectMany(run => Range(run.First, run.Last)), Is.EqualTo(expected.Order()));
            Assert.That(set.HasAny(first, last), Is.EqualTo(expected.Overlaps(Range(first, last))));
            Assert.That(set.IsEmpty, Is.EqualTo(expected.Count == 0));
        }
    }

    [Test]
    public void The_end_of_the_address_space_is_an_ordinary_page()
    {
        const ulong last = ulong.MaxValue / PageSet.PageSize;
        var set = new PageSet();
        set.Add(last, last);
        set.Add(last - 1, last - 1);
        Assert.That(set.Runs, Is.EqualTo([(last - 1, last)]));
        set.Remove(last, last);
        Assert.That(set.Runs, Is.EqualTo([(last - 1, last - 1)]));
    }

    [Test]
    public void Finds_what_a_look_at_every_page_finds([Values(0, 0x55, 0xFF)] int pattern, [Values(12, 13, 14)] int bit, [Values(12, 14, 16)] int page)
    {
        var random = new SplitMix((ulong)((pattern << 16) + (bit << 8) + page));
        for (var round = 0; round < 3000; round++)
        {
            ulong bitSize = 1ul << bit,
                logPage = 1ul << page;
            var bits = 1 + random.Below(Pages * 4096 / (uint)bitSize);
            var range = new IovaRange(Base + (random.Below(4) * bitSize), bits * bitSize);
            var (may, reported, old) = (Some(random), Some(random), Some(random));
            var due = Some(random);
            foreach (var run in may.Runs)
            foreach (var one in Range(run.First, run.Last))
                if (random.Below(2) == 0)
                    due.Add(one, one);
            foreach (var run in due.Runs)
                may.Add(run.First, run.Last);
            var bitmap = new byte[(bits + 7) / 8];
            for (var at = 0; at < bitmap.Length; at++)
                bitmap[at] = (byte)(random.Below(3) == 0 ? random.Next() : (byte)pattern | (random.Next() & random.Next() & random.Next()));
            if (bits % 8 != 0)
                bitmap[^1] = (byte)((bitmap[^1] & ((1 << (int)(bits % 8)) - 1)) | (pattern & ~((1 << (int)(bits % 8)) - 1)));

            var check = new BitmapCheck(range, bitSize, logPage, (byte)pattern);
            var marks = check.Compare(bitmap, due, PageSet.PageSize, may, reported, old, out _);
            Assert.That(marks, Is.EqualTo(Naive(bitmap, (byte)pattern, range, bitSize, logPage, due, may, reported, old)), $"round {round}");

            var collected = new PageSet();
            check.Collect(bitmap, collected);
            var fresh = Bits(bits).Where(one => IsSet(bitmap, one) && (pattern >> (int)(one % 8) & 1) == 0);
            Assert.That(
                collected.Runs.SelectMany(run => Range(run.First, run.Last)),
                Is.EqualTo(fresh.SelectMany(one => PagesOf(range, bitSize, one)).Order())
            );
        }
    }

    // The device wrote somewhere in 16 KiB: any bit of them will do, and none will not.
    [Test]
    public void One_bit_of_a_chunk_is_enough([Range(0, 4)] int set)
    {
        var due = new PageSet();
        due.Add(Base / 4096, (Base / 4096) + 3);
        var bitmap = new byte[] { (byte)(set < 4 ? 1 << set : 0) };
        var check = new BitmapCheck(new(Base, 8 * 4096), 4096, 4096, 0);
        var marks = check.Compare(bitmap, due, 16384, due, new(), new(), out var page);
        Assert.That(marks, Is.EqualTo(set < 4 ? BitmapMarks.None : BitmapMarks.Missing));
        Assert.That(page, Is.EqualTo(set < 4 ? 0 : Base / 4096));
    }

    [Test]
    public void Names_the_first_page_that_differs()
    {
        var due = new PageSet();
        due.Add((Base / 4096) + 9, (Base / 4096) + 10);
        var bitmap = new byte[2];
        bitmap[1] = 2;
        var check = new BitmapCheck(new(Base, 16 * 4096), 4096, 4096, 0);
        Assert.That(check.Compare(bitmap, due, 4096, due, new(), new(), out var page), Is.EqualTo(BitmapMarks.Missing));
        Assert.That(page, Is.EqualTo((Base / 4096) + 10));
    }

    private static BitmapMarks Naive(
        byte[] bitmap,
        byte pattern,
        IovaRange range,
        ulong bitSize,
        ulong logPage,
        PageSet due,
        PageSet may,
        PageSet reported,
        PageSet old
    )
    {
        var marks = BitmapMarks.None;
        var bits = range.Length / bitSize;
        bool Before(ulong bit) => (pattern >> (int)(bit % 8) & 1) != 0;
        foreach (var bit in Bits(bits))
        {
            var pages = PagesOf(range, bitSize, bit).ToList();
            if (!IsSet(bitmap, bit))
            {
                if (Before(bit))
                    marks |= BitmapMarks.Cleared;
                if (pages.Exists(page => due.HasAny(page, page)))
                    marks |= BitmapMarks.Missing;
                continue;
            }

            if (Before(bit))
                continue;
            var unit = Math.Max(bitSize, logPage) / 4096;
            ulong first = pages[0] / unit * unit,
                last = first + unit - 1;
            if (!may.HasAny(first, last))
                marks |=
                    reported.HasAny(pages[0], pages[^1]) ? BitmapMarks.Again
                    : old.HasAny(pages[0], pages[^1]) ? BitmapMarks.Old
                    : BitmapMarks.Extra;
            // The other bits of the same page of the log.
            foreach (var other in Bits(bits))
                if (logPage > bitSize && (range.Iova + (other * bitSize)) / logPage == (range.Iova + (bit * bitSize)) / logPage && !IsSet(bitmap, other))
                    marks |= BitmapMarks.Partial;
        }

        return marks;
    }

    private static PageSet Some(SplitMix random)
    {
        var set = new PageSet();
        for (var count = random.Below(4); count > 0; count--)
        {
            var first = (Base / 4096) + random.Below(Pages);
            set.Add(first, first + random.Below(8));
        }

        return set;
    }

    private static bool IsSet(byte[] bitmap, ulong bit) => (bitmap[bit / 8] >> (int)(bit % 8) & 1) != 0;

    private static IEnumerable<ulong> Bits(ulong bits) => bits == 0 ? [] : Range(0, bits - 1);

    private static IEnumerable<ulong> PagesOf(IovaRange range, ulong bitSize, ulong bit) =>
        Range((range.Iova + (bit * bitSize)) / 4096, ((range.Iova + ((bit + 1) * bitSize)) / 4096) - 1);

    private static IEnumerable<ulong> Range(ulong first, ulong last)
    {
        for (var page = first; page <= last; page++)
            yield return page;
    }
}
