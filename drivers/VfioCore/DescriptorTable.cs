namespace Conformance.Drivers.VfioCore;

/// <summary>
/// The descriptors of the process that uses a device. A number carries the generation of its slot, so that a closed one is never mistaken for its successor.
/// The first number is 0, which is a valid descriptor (E-06).
/// </summary>
internal sealed class DescriptorTable
{
    private const int IndexBits = 10;
    private const int Capacity = 1 << IndexBits;
    private const int GenerationMask = (1 << (31 - IndexBits)) - 1;

    private Slot[] slots = new Slot[4];

    private struct Slot
    {
        public OpenFile? File;
        public int Generation;
    }

    /// <summary>How many descriptors are open.</summary>
    public int Count { get; private set; }

    /// <summary>Installs a descriptor in the lowest free slot; false when the table is full.</summary>
    public bool TryAdd(OpenFile file, out int handle)
    {
        var index = 0;
        while (index < slots.Length && slots[index].File is not null)
            index++;
        if (index == Capacity)
        {
            handle = -1;
            return false;
        }
        if (index == slots.Length)
            Array.Resize(ref slots, slots.Length * 2);
        slots[index].File = file;
        file.References++;
        Count++;
        handle = (slots[index].Generation << IndexBits) | index;
        return true;
    }

    /// <summary>The file behind a descriptor, or null when it is not open.</summary>
    public OpenFile? Find(int handle)
    {
        if (handle < 0)
            return null;
        var index = handle & (Capacity - 1);
        return index < slots.Length && slots[index].Generation == handle >> IndexBits ? slots[index].File : null;
    }

    /// <summary>Closes a descriptor and gives the file that it referred to; null when it was not open.</summary>
    public OpenFile? Remove(int handle)
    {
        var file = Find(handle);
        if (file is null)
            return null;
        ref var slot = ref slots[handle & (Capacity - 1)];
        slot.File = null;
        slot.Generation = (slot.Generation + 1) & GenerationMask;
        file.References--;
        Count--;
        return file;
    }

    /// <summary>Any open descriptor, or -1.</summary>
    public int Any()
    {
        for (var index = 0; index < slots.Length; index++)
        {
            if (slots[index].File is not null)
                return (slots[index].Generation << IndexBits) | index;
        }
        return -1;
    }
}
