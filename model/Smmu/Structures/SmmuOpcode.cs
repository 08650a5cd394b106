namespace Conformance.Model.Smmu.Structures;

/// <summary>The opcodes of commands. Values that are not named are illegal; 0x80..0x8f are implementation defined.</summary>
public enum SmmuOpcode : byte
{
    /// <summary>0x01.</summary>
    PrefetchConfig = 0x01,

    /// <summary>0x02.</summary>
    PrefetchAddress = 0x02,

    /// <summary>0x03.</summary>
    CfgiSte = 0x03,

    /// <summary>0x04; with Range=31 it is CFGI_ALL.</summary>
    CfgiSteRange = 0x04,

    /// <summary>0x05; needs stage 1.</summary>
    CfgiCd = 0x05,

    /// <summary>0x06; needs stage 1.</summary>
    CfgiCdAll = 0x06,

    /// <summary>0x07; needs MPAM.</summary>
    CfgiVmsPidm = 0x07,

    /// <summary>0x10; needs stage 1.</summary>
    TlbiNhAll = 0x10,

    /// <summary>0x11; needs stage 1.</summary>
    TlbiNhAsid = 0x11,

    /// <summary>0x12; needs stage 1.</summary>
    TlbiNhVa = 0x12,

    /// <summary>0x13; needs stage 1.</summary>
    TlbiNhVaa = 0x13,

    /// <summary>0x18; illegal on the Non-secure queue.</summary>
    TlbiEl3All = 0x18,

    /// <summary>0x1a; illegal on the Non-secure queue.</summary>
    TlbiEl3Va = 0x1a,

    /// <summary>0x20; needs HYP.</summary>
    TlbiEl2All = 0x20,

    /// <summary>0x21; needs HYP.</summary>
    TlbiEl2Asid = 0x21,

    /// <summary>0x22; needs HYP.</summary>
    TlbiEl2Va = 0x22,

    /// <summary>0x23; needs HYP.</summary>
    TlbiEl2Vaa = 0x23,

    /// <summary>0x28; needs stage 2.</summary>
    TlbiS12VmAll = 0x28,

    /// <summary>0x2a; needs stage 2.</summary>
    TlbiS2Ipa = 0x2a,

    /// <summary>0x30.</summary>
    TlbiNsnhAll = 0x30,

    /// <summary>0x40; needs ATS.</summary>
    AtcInv = 0x40,

    /// <summary>0x41; needs PRI.</summary>
    PriResp = 0x41,

    /// <summary>0x44; needs stalls.</summary>
    Resume = 0x44,

    /// <summary>0x45; needs stalls.</summary>
    StallTerm = 0x45,

    /// <summary>0x46.</summary>
    Sync = 0x46,
}

/// <summary>What CMD_RESUME does with a stalled transaction.</summary>
public enum ResumeAction : byte
{
    /// <summary>It reads as zero or writes nothing; with TERM_MODEL=1 it is aborted.</summary>
    Terminate = 0,

    /// <summary>It is translated again.</summary>
    Retry = 1,

    /// <summary>It is aborted.</summary>
    Abort = 2,
}
