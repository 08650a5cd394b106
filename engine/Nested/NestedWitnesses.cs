using Conformance.Engine.Judging;

namespace Conformance.Engine.Nested;

/// <summary>What campaigns of the nested suite must have seen to have shown anything.</summary>
public static class NestedWitnesses
{
    /// <summary>A step whose answer was judged.</summary>
    public static readonly Witness Judged = new(0, "judged-step");

    /// <summary>A bitmap with a page that had to be in it.</summary>
    public static readonly Witness DirtyPage = new(1, "dirty-page");

    /// <summary>A DMA that went through.</summary>
    public static readonly Witness Dma = new(2, "dma");

    /// <summary>A migration that came to its end.</summary>
    public static readonly Witness Migrated = new(3, "migration");

    /// <summary>A page that only the last synchronisation brought over.</summary>
    public static readonly Witness LastPage = new(4, "last-page");

    /// <summary>A bitmap of a container with a page that had to be in it.</summary>
    public static readonly Witness ContainerPage = new(5, "container-page");

    /// <summary>Such a page although no group tells nobody what it writes: it is pinned, or it was written.</summary>
    public static readonly Witness PinnedPage = new(8, "pinned-page");

    /// <summary>A query of a container that succeeded.</summary>
    public static readonly Witness ContainerQuery = new(6, "container-query");

    /// <summary>A query of a container that would have cut a mapping, and was refused.</summary>
    public static readonly Witness CutRefused = new(7, "cut-refused");
}
