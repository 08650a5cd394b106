namespace Conformance.Model.Requirements;

/// <summary>The parts of nested stages: whose a requirement is where they are not of one make, and what of them is somebody's own, and judged.</summary>
[Flags]
public enum NestedParts : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The host.</summary>
    Host = 1,

    /// <summary>The VMM with its virtual SMMU.</summary>
    Machine = 2,

    /// <summary>The writer of STEs and CDs.</summary>
    Writer = 4,

    /// <summary>The container of type 1.</summary>
    Container = 8,

    /// <summary>All of it.</summary>
    All = Host | Machine | Writer | Container,
}
