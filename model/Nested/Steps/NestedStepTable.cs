using System.Globalization;

namespace Conformance.Model.Nested.Steps;

/// <summary>What an operand means, and with it how it is printed.</summary>
public enum OperandRole : byte
{
    /// <summary>A number.</summary>
    Number,

    /// <summary>A word of bits, printed in hexadecimal.</summary>
    Word,

    /// <summary>A slot that the id of a new object goes to, 0..<see cref="NestedStepTable.Slots"/>-1.</summary>
    Slot,

    /// <summary>An object: a slot, or one of the references of <see cref="NestedStepTable"/>.</summary>
    Reference,

    /// <summary>A device by its place in the facts of the host; <see cref="NestedStepTable.NoDevice"/> for none.</summary>
    Device,

    /// <summary>Yes or no.</summary>
    Flag,

    /// <summary>What an STE says: <see cref="GuestConfig"/>.</summary>
    Config,

    /// <summary>When a DMA is done: <see cref="Device.DmaMoment"/>.</summary>
    Moment,

    /// <summary>What devices may do: <see cref="Device.MemoryAccess"/>.</summary>
    Access,

    /// <summary>In which respect a host is another one: <see cref="Device.HostMake"/>.</summary>
    Make,

    /// <summary>A group of a container: 0 tells nobody what it writes, 1 pins, 2 would pin and never does.</summary>
    Group,
}

/// <summary>What the guest says in the STE of a stream.</summary>
public enum GuestConfig : byte
{
    /// <summary>V=0.</summary>
    Invalid,

    /// <summary>Abort.</summary>
    Abort,

    /// <summary>Bypass.</summary>
    Bypass,

    /// <summary>Stage 1.</summary>
    Translate,

    /// <summary>Stage 2, which the virtual SMMU does not have.</summary>
    Illegal,
}

/// <summary>A kind of step: its name, and what its operands are.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Name">Its name, as plans print it.</param>
/// <param name="Operands">Its operands in their order.</param>
public sealed record NestedStepRow(NestedStepKind Kind, string Name, params IReadOnlyList<(string Name, OperandRole Role)> Operands);

/// <summary>The kinds of step of nested plans.</summary>
public static class NestedStepTable
{
    /// <summary>How many objects a plan can name.</summary>
    public const int Slots = 12;

    /// <summary>The reference of the IOAS.</summary>
    public const ulong AddressSpace = 32;

    /// <summary>The reference of an id that was never given.</summary>
    public const ulong Nothing = 33;

    /// <summary>The reference of the first device; those of others follow.</summary>
    public const ulong FirstDevice = 40;

    /// <summary>A device that is none.</summary>
    public const ulong NoDevice = 15;

    private const OperandRole Number = OperandRole.Number,
        Word = OperandRole.Word,
        Slot = OperandRole.Slot,
        Reference = OperandRole.Reference,
        Device = OperandRole.Device,
        Flag = OperandRole.Flag;

    private static readonly NestedStepRow[] rows =
    [
        new(
            NestedStepKind.Table,
            "HWPT_ALLOC",
            ("into", Slot),
            ("flags", Word),
            ("device", Device),
            ("pt", Reference),
            ("data_type", Number),
            ("data_len", Number),
            ("D0", Word),
            ("D1", Word),
            ("reserved", Number)
        ),
        new(NestedStepKind.Viommu, "VIOMMU_ALLOC", ("into", Slot), ("flags", Word), ("type", Number), ("device", Device), ("hwpt", Reference)),
        new(NestedStepKind.Vdevice, "VDEVICE_ALLOC", ("into", Slot), ("viommu", Reference), ("device", Device), ("virt_id", Word)),
        new(NestedStepKind.EventQueue, "VEVENTQ_ALLOC", ("into", Slot), ("flags", Word), ("type", Number), ("viommu", Reference), ("depth", Number)),
        new(NestedStepKind.Attach, "ATTACH", ("device", Device), ("pt", Reference)),
        new(NestedStepKind.Map, "IOAS_MAP", ("iova", Word), ("pages", Number), ("read-only", Flag), ("ram-page", Number)),
        new(NestedStepKind.Unmap, "IOAS_UNMAP", ("iova", Word), ("pages", Number)),
        new(
            NestedStepKind.Invalidate,
            "HWPT_INVALIDATE",
            ("object", Reference),
            ("data_type", Number),
            ("entry_len", Number),
            ("entries", Number),
            ("odd-one", Number),
            ("D0", Word),
            ("D1", Word),
            ("tail", Number)
        ),
        new(NestedStepKind.Track, "SET_DIRTY_TRACKING", ("hwpt", Reference), ("flags", Word), ("reserved", Number)),
        new(
            NestedStepKind.Bitmap,
            "GET_DIRTY_BITMAP",
            ("hwpt", Reference),
            ("flags", Word),
            ("iova", Word),
            ("length", Word),
            ("page_size", Word),
            ("buffer-offset", Number),
            ("prefilled", Word),
            ("reserved", Number)
        ),
        new(NestedStepKind.Dma, "DMA", ("device", Device), ("address", Word), ("read", Flag)),
        new(NestedStepKind.Events, "read vEVENTQ", ("object", Reference)),
        new(NestedStepKind.HwInfo, "GET_HW_INFO", ("device", Device), ("data_type", Number)),
        new(NestedStepKind.GuestControl, "guest: SMMUEN=0", ("enable", Flag), ("abort", Flag)),
        new(NestedStepKind.GuestStream, "guest: STE and CFGI_STE", ("device", Device), ("config", OperandRole.Config), ("context", Number)),
        new(NestedStepKind.GuestMap, "guest: map", ("context", Number), ("giova-page", Number), ("gpa-page", Number), ("read-only", Flag)),
        new(NestedStepKind.GuestUnmap, "guest: unmap", ("context", Number), ("giova-page", Number)),
        new(NestedStepKind.GuestContext, "guest: CD and CFGI_CD", ("context", Number), ("invalid", Flag), ("unrecorded", Flag)),
        new(NestedStepKind.GuestCommand, "guest: command and CMD_SYNC", ("D0", Word), ("D1", Word)),
        new(NestedStepKind.GuestWrite, "guest: a processor writes", ("gpa-page", Number), ("word", Number)),
        new(NestedStepKind.GuestDma, "device: DMA", ("device", Device), ("giova", Word), ("read", Flag), ("moment", OperandRole.Moment)),
        new(NestedStepKind.Memory, "vmm: stage 2 of", ("gpa-page", Number), ("access", OperandRole.Access)),
        new(NestedStepKind.Begin, "migration: begin"),
        new(NestedStepKind.Round, "migration: round of pre-copy"),
        new(NestedStepKind.Stop, "migration: stop the devices, last synchronisation"),
        new(NestedStepKind.Save, "migration: save"),
        new(NestedStepKind.Prepare, "migration: destination", ("used-before", Flag), ("make", OperandRole.Make)),
        new(NestedStepKind.Load, "migration: load the virtual SMMU"),
        new(NestedStepKind.LoadDevices, "migration: load the devices"),
        new(NestedStepKind.Start, "migration: start the destination"),
        new(NestedStepKind.Cancel, "migration: cancel"),
        new(NestedStepKind.Refuse, "host: refuses the next attach", ("device", Device), ("of-the-destination", Flag)),
        new(NestedStepKind.Migrate, "migration: to its end", ("used-before", Flag)),
        new(NestedStepKind.Identify, "guest: reads the identification registers"),
        new(NestedStepKind.WriteEntry, "writer: entry", ("CD", Flag), ("from", Number), ("to", Number), ("more-streams", Number), ("one-twice", Flag)),
        new(NestedStepKind.ContainerGroup, "container: group", ("kind", OperandRole.Group), ("leaves", Flag)),
        new(NestedStepKind.ContainerMap, "container: MAP_DMA", ("iova", Word), ("pages", Number)),
        new(NestedStepKind.ContainerUnmap, "container: UNMAP_DMA", ("iova", Word), ("pages", Number)),
        new(NestedStepKind.ContainerPin, "container: pin", ("iova", Word), ("let-go", Flag)),
        new(NestedStepKind.ContainerWrite, "container: write through the kernel", ("iova", Word)),
        new(
            NestedStepKind.ContainerDirty,
            "container: DIRTY_PAGES",
            ("flags", Word),
            ("iova", Word),
            ("size", Word),
            ("pgsize", Word),
            ("bitmap-size", Number)
        ),
        new(
            NestedStepKind.ContainerUnmapDirty,
            "container: UNMAP_DMA with a bitmap",
            ("flags", Word),
            ("iova", Word),
            ("size", Word),
            ("pgsize", Word),
            ("bitmap-size", Number)
        ),
    ];

    private static readonly Dictionary<NestedStepKind, NestedStepRow> byKind = rows.ToDictionary(row => row.Kind);

    /// <summary>All kinds, in the order of their numbers.</summary>
    public static IReadOnlyList<NestedStepRow> All => rows;

    /// <summary>The row of a kind.</summary>
    public static NestedStepRow Of(NestedStepKind kind) => byKind[kind];

    /// <summary>A step as a person would say it. Operands that are 0 are left out where 0 says nothing.</summary>
    public static string Print(in NestedStep step)
    {
        var row = Of(step.Kind);
        if (step.Kind == NestedStepKind.GuestControl)
            return step[0] != 0 ? "guest: SMMUEN=1"
                : step[1] != 0 ? "guest: SMMUEN=0 GBPA.ABORT=1"
                : "guest: SMMUEN=0 GBPA.ABORT=0";
        if (step.Kind == NestedStepKind.WriteEntry)
            return string.Create(
                CultureInfo.InvariantCulture,
                $"writer: {(step[0] != 0 ? "CD" : "STE")} of {1 + (step[3] % 4)} streams{(step[4] != 0 ? ", one twice" : "")}: "
                    + $"{Value(step, 1)} -> {Value(step, 2)}"
            );
        var parts = new List<string> { row.Name };
        for (var i = 0; i < row.Operands.Count; i++)
        {
            var (name, role) = row.Operands[i];
            var value = step[i];
            if (role == OperandRole.Flag)
            {
                if (value != 0)
                    parts.Add(name);
            }
            else if (role is OperandRole.Config or OperandRole.Moment or OperandRole.Access or OperandRole.Make or OperandRole.Group)
                parts.Add(InWords(role, value));
            else if (value != 0 || role is OperandRole.Slot or OperandRole.Reference or OperandRole.Device)
                parts.Add($"{name}={Print(role, value)}");
        }

        return string.Join(' ', parts.Where(part => part.Length > 0));
    }

    private static string Value(in NestedStep step, int operand) =>
        string.Create(CultureInfo.InvariantCulture, $"{EntryValues.Name(step[0] != 0, (int)(step[operand] % int.MaxValue))} ({step[operand]})");

    private static string InWords(OperandRole role, ulong value) =>
        (role, value) switch
        {
            (OperandRole.Config, 0) => "V=0",
            (OperandRole.Config, 1) => "abort",
            (OperandRole.Config, 2) => "bypass",
            (OperandRole.Config, 3) => "translate",
            (OperandRole.Config, _) => "Config=0b110",
            (OperandRole.Moment, 1) => "outstanding-until-stop",
            (OperandRole.Moment, 2) => "as-soon-as-started",
            (OperandRole.Access, 0) => "read-write",
            (OperandRole.Access, 1) => "read-only",
            (OperandRole.Access, _) => "nothing",
            (OperandRole.Group, 0) => "that-tells-nobody",
            (OperandRole.Group, 1) => "that-pins",
            (OperandRole.Group, _) => "that-would-pin",
            (OperandRole.Make, 1) => "with-other-HTTU-BTM-MPAM",
            (OperandRole.Make, 2) => "without-16-KiB",
            (OperandRole.Make, 3) => "with-ASIDs-of-8-bits",
            (OperandRole.Make, 4) => "without-range-invalidation",
            (OperandRole.Make, 5) => "with-smaller-addresses",
            (OperandRole.Make, 6) => "with-fewer-StreamIDs",
            _ => "",
        };

    private static string Print(OperandRole role, ulong value) =>
        role switch
        {
            OperandRole.Word => string.Create(CultureInfo.InvariantCulture, $"0x{value:x}"),
            OperandRole.Slot => string.Create(CultureInfo.InvariantCulture, $"#{value}"),
            OperandRole.Device => value == NoDevice ? "none" : string.Create(CultureInfo.InvariantCulture, $"dev{value}"),
            OperandRole.Reference => value switch
            {
                AddressSpace => "ioas",
                Nothing => "nothing",
                >= FirstDevice => string.Create(CultureInfo.InvariantCulture, $"dev{value - FirstDevice}"),
                _ => string.Create(CultureInfo.InvariantCulture, $"#{value}"),
            },
            _ => value.ToString(CultureInfo.InvariantCulture),
        };
}
