namespace Conformance.Model.Smmu.Structures;

/// <summary>
/// The bits of an event record that can be compared. Left out are fields whose value is UNKNOWN or the implementation's own: Reason, STAG, the SubstreamID
/// without SSV, the IPA of a stage-1 fault, TTRnW but in a Permission fault on a stage-1 descriptor. Fields that a type does not have are 0 and are compared.
/// </summary>
/// <param name="D0">Of doubleword 0.</param>
/// <param name="D1">Of doubleword 1.</param>
/// <param name="D2">Of doubleword 2.</param>
/// <param name="D3">Of doubleword 3.</param>
public readonly record struct SmmuEventMask(ulong D0, ulong D1, ulong D2, ulong D3)
{
    private const ulong Ssv = 1ul << 11;
    private const ulong SubstreamId = 0xffff_f000;
    private const ulong Stag = 0xffff;
    private const ulong Reason = 0xffff_0000;
    private const ulong TtRnW = 1ul << 44;
    private const ulong Ipa = 0x000f_ffff_ffff_f000;

    /// <summary>The comparable bits of a record that is expected.</summary>
    public static SmmuEventMask Of(in SmmuEvent expected)
    {
        var withoutSubstream = expected.SSV ? 0 : SubstreamId;
        return expected.Type switch
        {
            SmmuEventType.UnsupportedTransaction or SmmuEventType.SteFetch or SmmuEventType.CdFetch or SmmuEventType.VmsFetch => new(
                ~withoutSubstream,
                ~Reason,
                ~0ul,
                ~0ul
            ),
            SmmuEventType.BadStreamId or SmmuEventType.BadSte or SmmuEventType.BadCd => new(~withoutSubstream, ~0ul, ~0ul, ~0ul),

            // The record has no SSV: that there is a SubstreamID goes without saying, unless an L1CD of a transaction without one was invalid.
            SmmuEventType.BadSubstreamId => new(~(withoutSubstream | Ssv), ~0ul, ~0ul, ~0ul),
            SmmuEventType.StreamDisabled or SmmuEventType.TranslationForbidden => new(~0ul, ~0ul, ~0ul, ~0ul),
            SmmuEventType.WalkAbort => new(~withoutSubstream, ~(Reason | Stag | TtRnW), ~0ul, ~0ul),
            SmmuEventType.Translation or SmmuEventType.AddressSize or SmmuEventType.Access => new(
                ~withoutSubstream,
                ~(Stag | TtRnW),
                ~0ul,
                expected.S2 ? ~0ul : ~Ipa
            ),
            SmmuEventType.Permission => new(
                ~withoutSubstream,
                expected.S2 && expected.Class == SmmuEventClass.TranslationTable ? ~Stag : ~(Stag | TtRnW),
                ~0ul,
                expected.S2 ? ~0ul : ~Ipa
            ),

            // The rest never has to be recorded; when it is, its type and StreamID are what one can rely on.
            _ => new(0xffff_ffff_0000_00ff, 0, 0, 0),
        };
    }

    /// <summary>True when a record that was seen is the one that was expected.</summary>
    public bool Matches(in SmmuEvent expected, in SmmuEvent seen) =>
        ((expected.D0 ^ seen.D0) & D0 | (expected.D1 ^ seen.D1) & D1 | (expected.D2 ^ seen.D2) & D2 | (expected.D3 ^ seen.D3) & D3) == 0;
}
