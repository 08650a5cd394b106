namespace Conformance.Drivers.Reference.Smmu;

/// <summary>What CMDQ_CONS.ERR can say.</summary>
internal enum CommandError
{
    None = 0,

    /// <summary>CERROR_ILL.</summary>
    Illegal = 1,

    /// <summary>CERROR_ABT.</summary>
    Abort = 2,
}
