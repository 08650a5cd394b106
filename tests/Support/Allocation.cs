namespace Conformance.Tests.Support;

/// <summary>What work allocates.</summary>
internal static class Allocation
{
    private const int Times = 7;

    /// <summary>
    /// The fewest bytes that the work allocates on this thread in one of several runs. A collection that another test causes takes the thread's piece of memory
    /// from it, and what was left of that counts as allocated: 8 KiB that are nobody's here, now and then on a busy machine.
    /// </summary>
    internal static long Least(Action work)
    {
        var least = long.MaxValue;
        for (var time = 0; time < Times; time++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
