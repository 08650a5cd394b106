namespace Conformance.Model.Smmu.Structures;

/// <summary>The types of event records. 0xe0..0xef are implementation defined.</summary>
public enum SmmuEventType : byte
{
    /// <summary>No event.</summary>
    None = 0,

    /// <summary>F_UUT, 0x01: an unsupported transaction.</summary>
    UnsupportedTransaction = 0x01,

    /// <summary>C_BAD_STREAMID, 0x02: the StreamID is out of range.</summary>
    BadStreamId = 0x02,

    /// <summary>F_STE_FETCH, 0x03: the fetch of an L1STD or STE was aborted.</summary>
    SteFetch = 0x03,

    /// <summary>C_BAD_STE, 0x04: the STE is invalid or illegal.</summary>
    BadSte = 0x04,

    /// <summary>F_BAD_ATS_TREQ, 0x05: an ATS Translation Request that is not allowed.</summary>
    BadAtsRequest = 0x05,

    /// <summary>F_STREAM_DISABLED, 0x06: a transaction without SubstreamID, or with SubstreamID 0, that S1DSS excludes.</summary>
    StreamDisabled = 0x06,

    /// <summary>F_TRANSL_FORBIDDEN, 0x07: a translated transaction that is not allowed.</summary>
    TranslationForbidden = 0x07,

    /// <summary>C_BAD_SUBSTREAMID, 0x08: the SubstreamID is out of range.</summary>
    BadSubstreamId = 0x08,

    /// <summary>F_CD_FETCH, 0x09: the fetch of an L1CD or CD was aborted.</summary>
    CdFetch = 0x09,

    /// <summary>C_BAD_CD, 0x0a: the CD is invalid or illegal.</summary>
    BadCd = 0x0a,

    /// <summary>F_WALK_EABT, 0x0b: the fetch or update of a descriptor was aborted.</summary>
    WalkAbort = 0x0b,

    /// <summary>F_TRANSLATION, 0x10.</summary>
    Translation = 0x10,

    /// <summary>F_ADDR_SIZE, 0x11.</summary>
    AddressSize = 0x11,

    /// <summary>F_ACCESS, 0x12.</summary>
    Access = 0x12,

    /// <summary>F_PERMISSION, 0x13.</summary>
    Permission = 0x13,

    /// <summary>F_TLB_CONFLICT, 0x20.</summary>
    TlbConflict = 0x20,

    /// <summary>F_CFG_CONFLICT, 0x21.</summary>
    ConfigurationConflict = 0x21,

    /// <summary>E_PAGE_REQUEST, 0x24.</summary>
    PageRequest = 0x24,

    /// <summary>F_VMS_FETCH, 0x25.</summary>
    VmsFetch = 0x25,
}

/// <summary>CLASS: what was translated when a fault happened.</summary>
public enum SmmuEventClass : byte
{
    /// <summary>The address of a CD or L1CD.</summary>
    ContextDescriptor = 0,

    /// <summary>The address of a stage-1 descriptor.</summary>
    TranslationTable = 1,

    /// <summary>The input address of the transaction, or what stage 1 made of it.</summary>
    InputAddress = 2,

    /// <summary>Reserved.</summary>
    Reserved = 3,
}
