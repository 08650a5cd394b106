using System.Globalization;
using Conformance.Model.Serialization;

namespace Conformance.Drivers.Reference.HisiAcc;

/// <summary>Why a stream, or a part of it, is refused.</summary>
public enum HisiAccReason
{
    /// <summary>It is not.</summary>
    None,

    /// <summary>acc_magic is neither version 1 nor version 2.</summary>
    Magic,

    /// <summary>major_ver of a version 2 stream is not 1.</summary>
    Version,

    /// <summary>Another device id.</summary>
    Device,

    /// <summary>Another number of queue pairs.</summary>
    QueuePairs,

    /// <summary>Another queue isolation.</summary>
    QueueIsolation,

    /// <summary>More than 176 bytes.</summary>
    TooLong,

    /// <summary>Less than the match data, or more than them and less than 176 bytes.</summary>
    TooShort,

    /// <summary>176 bytes that say that there is no device state in them.</summary>
    NotReady,

    /// <summary>An address of 0.</summary>
    Address,
}

/// <summary>A refusal with its numbers: what a kernel driver would write into its log.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Seen">What the stream has: the value of the field, or a length in bytes.</param>
/// <param name="Wanted">What the device wants, where that is one value.</param>
public readonly record struct HisiAccRejection(HisiAccReason Reason, ulong Seen = 0, ulong Wanted = 0)
{
    /// <summary>The refusal in words; empty when there is none.</summary>
    public override string ToString() =>
        Reason switch
        {
            HisiAccReason.Magic => Text($"acc_magic 0x{Seen:x16} is neither version 1 nor version 2"),
            HisiAccReason.Version => Text($"major_ver {Seen} is not {Wanted}"),
            HisiAccReason.Device => Text($"dev_id 0x{Seen:x4} is not that of the device, 0x{Wanted:x4}"),
            HisiAccReason.QueuePairs => Text($"qp_num {Seen} is not that of the device, {Wanted}"),
            HisiAccReason.QueueIsolation => Text($"que_iso_cfg 0x{Seen:x8} is not that of the device, 0x{Wanted:x8}"),
            HisiAccReason.TooLong => Text($"{Seen} bytes are more than the {AccVfData.Size} of a whole state"),
            HisiAccReason.TooShort => Text($"{Seen} bytes are neither the {AccVfData.MatchSize} of the match data nor the {AccVfData.Size} of a whole state"),
            HisiAccReason.NotReady => Text($"vf_qm_state {Seen} says that there is no device state, and there is one"),
            HisiAccReason.Address => Text($"the address at offset {Seen} is 0"),
            _ => "",
        };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
