using System.Globalization;
using System.Text;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Engine.Smmu;

/// <summary>Prints scenes the way that people talk about an SMMU: registers, stream table, context descriptors, tables as a tree, steps.</summary>
public static class ScenePrinter
{
    /// <summary>The configuration of a scene, a line per thing.</summary>
    public static IReadOnlyList<string> Configuration(Scene scene)
    {
        var lines = new List<string> { Setup(scene.Setup) };
        foreach (var (index, stream) in scene.Streams.Index())
        {
            lines.Add(Stream(index, stream));
            foreach (var substream in stream.Substreams)
                if (substream.Context < scene.Contexts.Length)
                    lines.Add($"  {Context(stream, substream, scene.Contexts[substream.Context])}");
        }

        foreach (var (index, tree) in scene.Trees.Index())
        {
            if (!IsUsed(scene, index))
                continue;
            lines.Add(Tree(index, tree));
            foreach (var entry in tree.Entries.OrderBy(entry => entry.Input).ThenBy(entry => entry.Level))
                lines.Add($"  {Entry(tree, entry)}");
        }

        return lines;
    }

    /// <summary>A step.</summary>
    public static string Step(Scene scene, SceneStep step) =>
        step switch
        {
            TransactionStep transaction => Transaction(transaction.Transaction),
            AskStep ask => $"ask for {Ago(ask.Transaction)} again",
            EditStep edit => Edit(scene, edit),
            CommandStep commands => $"{(commands.Ring ? "commands" : "commands, no doorbell")}: {string.Join(", ", commands.Commands.Select(Command))}",
            OverwriteCommandStep overwrite => $"the command {overwrite.Back} before CMDQ_PROD becomes {Command(overwrite.Command)}",
            MoveProducerStep move => $"CMDQ_PROD moves by {move.By}",
            WriteRegisterStep write => $"{Register(write.Offset)} := {write.Value}{(write.Wide ? " (64-bit access)" : "")}",
            ReadRegisterStep read => $"read {Register(read.Offset)}{(read.Wide ? " (64-bit access)" : "")}",
            WriteMemoryStep write => $"memory {write.Address} := 0x{write.Value:x}",
            ReadMemoryStep read => $"read memory {read.Address}",
            ReadStructureStep read => $"read {Structure(scene, read.Target)}{(StructureFields.Words(read.Target.Kind) > 1 ? $" D{read.Word}" : "")}",
            TakeInterruptsStep => "take interrupts",
            ConsumeEventsStep consume => $"take {(consume.Count < 0 ? "all" : consume.Count.ToString(CultureInfo.InvariantCulture))} "
                + $"records{(consume.AcknowledgeOverflow ? "" : ", overflow not acknowledged")}",
            ResumeStep resume => $"RESUME {resume.Action} for {Ago(resume.Transaction)}, with the STAG of its record",
            AcknowledgeErrorsStep => "GERRORN := GERROR",
            ResetStep reset => $"reset line{(reset.Setup ? ", registers programmed again" : "")}",
            BringUpStep bringUp => $"registers programmed{(bringUp.Setup is { } other ? $" ({Setup(other)})" : " again")}"
                + $"{(bringUp.Invalidate ? ", everything invalidated" : ", nothing invalidated")}",
            MigrateStep migrate => migrate.Text,
            _ => step.ToString(),
        };

    /// <summary>A transaction: "stream 0x8 reads 4 bytes at 0x1234".</summary>
    public static string Transaction(in SmmuTransaction transaction)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"stream 0x{transaction.StreamId:x}");
        if (transaction.HasSubstream)
            text.Append(CultureInfo.InvariantCulture, $".{transaction.SubstreamId}");
        text.Append(
            transaction.IsInstruction ? " fetches "
            : transaction.IsRead ? " reads "
            : " writes "
        );
        text.Append(CultureInfo.InvariantCulture, $"{transaction.Length} bytes at 0x{transaction.Address:x}{(transaction.IsPrivileged ? ", privileged" : "")}");
        return text.ToString();
    }

    /// <summary>A command with its fields: "TLBI_NH_VA VMID=3 ASID=17 VA=0x1000 Leaf=1".</summary>
    public static string Command(SceneCommand with)
    {
        var command = with.Command;
        var text = new StringBuilder(Opcode(command.Opcode));
        var (d0, d1) = (command.D0 & ~0xffUL, command.D1);
        switch (command.Opcode)
        {
            case SmmuOpcode.CfgiSte
            or SmmuOpcode.CfgiCd
            or SmmuOpcode.CfgiCdAll
            or SmmuOpcode.CfgiSteRange
            or SmmuOpcode.PrefetchConfig
            or SmmuOpcode.PrefetchAddress
            or SmmuOpcode.StallTerm:
                if (command is { Opcode: SmmuOpcode.CfgiSteRange, Range: 31 })
                    return "CFGI_ALL";
                text.Append(CultureInfo.InvariantCulture, $" SID=0x{command.StreamId:x}");
                if (command.Opcode == SmmuOpcode.CfgiCd || command.SSV)
                    text.Append(CultureInfo.InvariantCulture, $" SSID={command.SubstreamId}");
                if (command.Opcode == SmmuOpcode.CfgiSteRange)
                    text.Append(CultureInfo.InvariantCulture, $" Range={command.Range}");
                else if (command.Opcode is SmmuOpcode.CfgiSte or SmmuOpcode.CfgiCd)
                    text.Append(CultureInfo.InvariantCulture, $" Leaf={(command.Leaf ? 1 : 0)}");
                if (command.Opcode == SmmuOpcode.PrefetchAddress)
                    text.Append(CultureInfo.InvariantCulture, $" Address=0x{command.Address:x}");
                break;
            case SmmuOpcode.TlbiNhAll
            or SmmuOpcode.TlbiNhAsid
            or SmmuOpcode.TlbiNhVa
            or SmmuOpcode.TlbiNhVaa
            or SmmuOpcode.TlbiS12VmAll
            or SmmuOpcode.TlbiS2Ipa
            or SmmuOpcode.TlbiEl2Va
            or SmmuOpcode.TlbiEl2Vaa:
                text.Append(CultureInfo.InvariantCulture, $" VMID={command.VMID}");
                if (command.Opcode is SmmuOpcode.TlbiNhAsid or SmmuOpcode.TlbiNhVa or SmmuOpcode.TlbiEl2Va)
                    text.Append(CultureInfo.InvariantCulture, $" ASID={command.ASID}");
                if (command.Opcode is SmmuOpcode.TlbiNhVa or SmmuOpcode.TlbiNhVaa or SmmuOpcode.TlbiS2Ipa or SmmuOpcode.TlbiEl2Va or SmmuOpcode.TlbiEl2Vaa)
                {
                    text.Append(
                        CultureInfo.InvariantCulture,
                        $" {(command.Opcode == SmmuOpcode.TlbiS2Ipa ? "IPA" : "VA")}="
                            + $"{(with.Address == default ? $"0x{command.Address:x}" : with.Address.ToString())} Leaf={(command.Leaf ? 1 : 0)}"
                    );
                    if (command.TG != 0)
                        text.Append(CultureInfo.InvariantCulture, $" TG={command.TG} TTL={command.TTL} NUM={command.NUM} SCALE={command.SCALE}");
                }

                break;
            case SmmuOpcode.Sync or SmmuOpcode.TlbiNsnhAll or SmmuOpcode.TlbiEl2All when d0 == 0 && d1 == 0:
                break;
            default:
                if (d0 != 0 || d1 != 0)
                    text.Append(CultureInfo.InvariantCulture, $" 0x{d0:x} 0x{d1:x}");
                break;
        }

        return text.ToString();
    }

    /// <summary>A record: "F_TRANSLATION SID=0x8 RnW=1 InputAddr=0x1000 ...".</summary>
    public static string Event(in SmmuEvent record) =>
        string.Join(' ', Fields(record).Select(field => field.Name == "Type" ? field.Text : $"{field.Name}={field.Text}"));

    /// <summary>The fields of a record by their names.</summary>
    public static IReadOnlyList<(string Name, string Text)> Fields(in SmmuEvent record)
    {
        var fields = new List<(string, string)> { ("Type", EventType(record.Type)), ("SID", $"0x{record.StreamId:x}") };
        if (record.SSV || record.SubstreamId != 0)
            fields.Add(("SSID", $"{record.SubstreamId}{(record.SSV ? "" : " (SSV=0)")}"));
        if (record.D1 != 0 || record.D2 != 0 || record.D3 != 0 || record.Type >= SmmuEventType.WalkAbort)
        {
            fields.Add(("RnW", record.RnW ? "1" : "0"));
            fields.Add(("PnU", record.PnU ? "1" : "0"));
            fields.Add(("InD", record.InD ? "1" : "0"));
            fields.Add(("S2", record.S2 ? "1" : "0"));
            fields.Add(("CLASS", EventClass(record.Class)));
            if (record.Stall)
                fields.Add(("STAG", $"0x{record.STAG:x}"));
            if (record.TTRnW)
                fields.Add(("TTRnW", "1"));
            fields.Add(("InputAddr", $"0x{record.InputAddress:x}"));
            fields.Add(("D3", $"0x{record.D3:x}"));
        }

        return fields;
    }

    /// <summary>The name of a register: "CMDQ_PROD".</summary>
    public static string Register(uint offset) =>
        offset switch
        {
            SmmuRegister.Idr0 => "IDR0",
            SmmuRegister.Idr1 => "IDR1",
            SmmuRegister.Idr2 => "IDR2",
            SmmuRegister.Idr3 => "IDR3",
            SmmuRegister.Idr4 => "IDR4",
            SmmuRegister.Idr5 => "IDR5",
            SmmuRegister.Iidr => "IIDR",
            SmmuRegister.Aidr => "AIDR",
            SmmuRegister.Cr0 => "CR0",
            SmmuRegister.Cr0Ack => "CR0ACK",
            SmmuRegister.Cr1 => "CR1",
            SmmuRegister.Cr2 => "CR2",
            SmmuRegister.StatusR => "STATUSR",
            SmmuRegister.Gbpa => "GBPA",
            SmmuRegister.IrqCtrl => "IRQ_CTRL",
            SmmuRegister.IrqCtrlAck => "IRQ_CTRLACK",
            SmmuRegister.GError => "GERROR",
            SmmuRegister.GErrorN => "GERRORN",
            SmmuRegister.StrtabBase => "STRTAB_BASE",
            SmmuRegister.StrtabBase + 4 => "STRTAB_BASE[63:32]",
            SmmuRegister.StrtabBaseCfg => "STRTAB_BASE_CFG",
            SmmuRegister.CmdqBase => "CMDQ_BASE",
            SmmuRegister.CmdqBase + 4 => "CMDQ_BASE[63:32]",
            SmmuRegister.CmdqProd => "CMDQ_PROD",
            SmmuRegister.CmdqCons => "CMDQ_CONS",
            SmmuRegister.EventqBase => "EVENTQ_BASE",
            SmmuRegister.EventqBase + 4 => "EVENTQ_BASE[63:32]",
            SmmuRegister.EventqProd => "EVENTQ_PROD",
            SmmuRegister.EventqCons => "EVENTQ_CONS",
            _ => $"register 0x{offset:x}",
        };

    /// <summary>The names of bits of a register: those of CR0, IRQ_CTRL and GERROR, index and error of the command queue; "other" for the rest.</summary>
    internal static IEnumerable<string> Bits(uint offset, ulong bits)
    {
        (string Name, ulong Mask)[] names = offset switch
        {
            SmmuRegister.Cr0 or SmmuRegister.Cr0Ack => [("SMMUEN", 1), ("PRIQEN", 2), ("EVENTQEN", 4), ("CMDQEN", 8), ("ATSCHK", 0x10), ("VMW", 0x1c0)],
            SmmuRegister.IrqCtrl or SmmuRegister.IrqCtrlAck => [("GERROR_IRQEN", 1), ("PRIQ_IRQEN", 2), ("EVENTQ_IRQEN", 4)],
            SmmuRegister.GError or SmmuRegister.GErrorN => [("CMDQ_ERR", 1), ("EVENTQ_ABT_ERR", 4)],
            SmmuRegister.CmdqCons => [("RD", 0xf_ffff), ("ERR", 0x7f00_0000)],
            _ => [],
        };
        foreach (var (name, mask) in names)
            if ((bits & mask) != 0)
                yield return name;
        if (names.Aggregate(bits, (left, name) => left & ~name.Mask) != 0)
            yield return "other";
    }

    /// <summary>What a record's CLASS says: "TT".</summary>
    public static string EventClass(SmmuEventClass reason) =>
        reason switch
        {
            SmmuEventClass.ContextDescriptor => "CD",
            SmmuEventClass.TranslationTable => "TT",
            SmmuEventClass.InputAddress => "IN",
            _ => "3",
        };

    /// <summary>The name of a record's type: "F_TRANSLATION".</summary>
    public static string EventType(SmmuEventType type) =>
        type switch
        {
            SmmuEventType.UnsupportedTransaction => "F_UUT",
            SmmuEventType.BadStreamId => "C_BAD_STREAMID",
            SmmuEventType.SteFetch => "F_STE_FETCH",
            SmmuEventType.BadSte => "C_BAD_STE",
            SmmuEventType.BadSubstreamId => "C_BAD_SUBSTREAMID",
            SmmuEventType.StreamDisabled => "F_STREAM_DISABLED",
            SmmuEventType.TranslationForbidden => "F_TRANSL_FORBIDDEN",
            SmmuEventType.CdFetch => "F_CD_FETCH",
            SmmuEventType.BadCd => "C_BAD_CD",
            SmmuEventType.WalkAbort => "F_WALK_EABT",
            SmmuEventType.Translation => "F_TRANSLATION",
            SmmuEventType.AddressSize => "F_ADDR_SIZE",
            SmmuEventType.Access => "F_ACCESS",
            SmmuEventType.Permission => "F_PERMISSION",
            _ => $"record type 0x{(int)type:x2}",
        };

    /// <summary>The name of a command: "TLBI_NH_VA".</summary>
    internal static string Opcode(SmmuOpcode opcode) =>
        opcode switch
        {
            SmmuOpcode.PrefetchConfig => "PREFETCH_CONFIG",
            SmmuOpcode.PrefetchAddress => "PREFETCH_ADDR",
            SmmuOpcode.CfgiSte => "CFGI_STE",
            SmmuOpcode.CfgiSteRange => "CFGI_STE_RANGE",
            SmmuOpcode.CfgiCd => "CFGI_CD",
            SmmuOpcode.CfgiCdAll => "CFGI_CD_ALL",
            SmmuOpcode.TlbiNhAll => "TLBI_NH_ALL",
            SmmuOpcode.TlbiNhAsid => "TLBI_NH_ASID",
            SmmuOpcode.TlbiNhVa => "TLBI_NH_VA",
            SmmuOpcode.TlbiNhVaa => "TLBI_NH_VAA",
            SmmuOpcode.TlbiEl3All => "TLBI_EL3_ALL",
            SmmuOpcode.TlbiEl3Va => "TLBI_EL3_VA",
            SmmuOpcode.TlbiEl2All => "TLBI_EL2_ALL",
            SmmuOpcode.TlbiEl2Asid => "TLBI_EL2_ASID",
            SmmuOpcode.TlbiEl2Va => "TLBI_EL2_VA",
            SmmuOpcode.TlbiEl2Vaa => "TLBI_EL2_VAA",
            SmmuOpcode.TlbiS12VmAll => "TLBI_S12_VMALL",
            SmmuOpcode.TlbiS2Ipa => "TLBI_S2_IPA",
            SmmuOpcode.TlbiNsnhAll => "TLBI_NSNH_ALL",
            SmmuOpcode.AtcInv => "ATC_INV",
            SmmuOpcode.PriResp => "PRI_RESP",
            SmmuOpcode.Resume => "RESUME",
            SmmuOpcode.StallTerm => "STALL_TERM",
            SmmuOpcode.Sync => "SYNC",
            _ => $"opcode 0x{(int)opcode:x2}",
        };

    private static string Setup(SceneSetup setup)
    {
        var text = new StringBuilder();
        text.Append(
            setup.Format switch
            {
                0 => "linear stream table",
                1 => "two-level stream table",
                _ => $"stream table of FMT={setup.Format}",
            }
        );
        text.Append(CultureInfo.InvariantCulture, $", LOG2SIZE={setup.Log2Size}");
        if (setup.Format == 1)
            text.Append(CultureInfo.InvariantCulture, $", SPLIT={setup.Split}");
        if (setup.StreamTableExtra != 0)
            text.Append(CultureInfo.InvariantCulture, $", base + 0x{setup.StreamTableExtra:x}");
        text.Append(
            CultureInfo.InvariantCulture,
            $"; command queue of {1L << (int)setup.CommandQueueLog2}, event queue of {1L << (int)setup.EventQueueLog2} entries; CR0=0x{setup.Cr0:x} "
                + $"CR2=0x{setup.Cr2:x}"
        );
        if (setup.Gbpa is { } gbpa)
            text.Append(CultureInfo.InvariantCulture, $" GBPA=0x{gbpa:x}");
        return text.ToString();
    }

    private static string Stream(int index, SceneStream stream)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"stream {index}: StreamID 0x{stream.Id:x}, STE Config={stream.Config} ({Configuration(stream.Config)})");
        if (stream.Vmid != 0)
            text.Append(CultureInfo.InvariantCulture, $" S2VMID={stream.Vmid}");
        if (stream is { Stage2: { } tree, HasStage2: true })
            text.Append(CultureInfo.InvariantCulture, $" S2TTB=tree {tree}");
        if (stream.ContextBits > 0)
            text.Append(CultureInfo.InvariantCulture, $" S1CDMax={stream.ContextBits} S1Fmt={stream.ContextFormat}");
        if (stream.ContextPointer is { } pointer)
            text.Append(CultureInfo.InvariantCulture, $" S1ContextPtr={pointer}");
        Append(text, stream.Fields);
        if (stream.SecondLevel is { } level)
            text.Append(CultureInfo.InvariantCulture, $"; L1STD L2Ptr={level}");
        if (stream.L1Fields.Length > 0)
            Append(text.Append("; L1STD"), stream.L1Fields);
        return text.ToString();
    }

    /// <summary>What STE.Config stands for.</summary>
    public static string Configuration(uint config) =>
        config switch
        {
            4 => "bypass",
            5 => "stage 1",
            6 => "stage 2",
            7 => "nested",
            _ => "abort",
        };

    private static string Context(SceneStream stream, SceneSubstream substream, SceneContext context)
    {
        var text = new StringBuilder("CD");
        if (stream.ContextBits > 0)
            text.Append(CultureInfo.InvariantCulture, $" of SubstreamID {substream.SubstreamId}");
        text.Append(CultureInfo.InvariantCulture, $": ASID={context.Asid}");
        text.Append(context.Lower is { } lower ? $" TTB0=tree {lower}" : " EPD0=1").Append(context.Upper is { } upper ? $" TTB1=tree {upper}" : " EPD1=1");
        Append(text, context.Fields);
        if (context.Leaf is { } leaf)
            text.Append(CultureInfo.InvariantCulture, $"; L1CD L2Ptr={leaf}");
        if (context.L1Fields.Length > 0)
            Append(text.Append("; L1CD"), context.L1Fields);
        return text.ToString();
    }

    private static void Append(StringBuilder text, IEnumerable<FieldValue> fields)
    {
        foreach (var field in fields)
            text.Append(' ').Append(field);
    }

    private static bool IsUsed(Scene scene, int tree) =>
        scene.Steps.Any(step => step is EditStep { Address: { Base: AddressBase.Tree } address } && address.Index == tree)
        || scene.Streams.Any(stream =>
            (stream.HasStage2 && stream.Stage2 == tree)
            || stream.Substreams.Any(substream =>
                substream.Context < scene.Contexts.Length
                && (scene.Contexts[substream.Context].Lower == tree || scene.Contexts[substream.Context].Upper == tree)
            )
        );

    private static string Tree(int index, SceneTree tree)
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"tree {index}: stage {tree.Stage}, {Granule(tree.Granule)} granule, {tree.InputBits} input bits, from level {tree.FirstLevel}"
        );
        if (tree.Behind is { } behind)
            text.Append(CultureInfo.InvariantCulture, $", behind tree {behind}");
        if (tree.BaseExtra != 0)
            text.Append(CultureInfo.InvariantCulture, $", base + 0x{tree.BaseExtra:x}");
        if (tree.BigEndian)
            text.Append(", big-endian");
        return text.ToString();
    }

    /// <summary>A granule: "4K".</summary>
    public static string Granule(int bits) =>
        bits switch
        {
            12 => "4K",
            14 => "16K",
            16 => "64K",
            _ => $"2^{bits}",
        };

    private static string Entry(SceneTree tree, SceneEntry entry)
    {
        var where = $"{new string(' ', 2 * Math.Max(0, entry.Level - tree.FirstLevel))}level {entry.Level} 0x{entry.Input:x}:";
        return entry.Kind switch
        {
            EntryKind.Raw => $"{where} descriptor 0x{entry.Attributes:x}",
            EntryKind.Table => $"{where} table{(entry.Output == default ? "" : $" at {entry.Output}")}{Attributes(tree, entry.Attributes, table: true)}",
            _ => $"{where} {(entry.Kind == EntryKind.Invalid ? "invalid " : "")}{(entry.Level == 3 ? "page" : "block")} -> "
                + $"{entry.Output}{Attributes(tree, entry.Attributes, table: false)}",
        };
    }

    private static string Attributes(SceneTree tree, ulong attributes, bool table)
    {
        var structure = tree.Stage == 1 ? StructureKind.Stage1Descriptor : StructureKind.Stage2Descriptor;
        var text = new StringBuilder();
        foreach (var field in StructureFields.All(structure))
        {
            if (field.Name is "Type" or "Output" or "Output[51:48]" || field.Name.Contains("Table", StringComparison.Ordinal) != table)
                continue;
            if (field.Of(attributes) is var value and not 0 || field.Name is "AF" or "AP1" or "S2AP0" or "S2AP1" && !table)
                text.Append(' ').Append(new FieldValue(field, field.Of(attributes)));
        }

        return text.ToString();
    }

    private static string Edit(Scene scene, EditStep edit)
    {
        var text = new StringBuilder(Structure(scene, edit.Target)).Append(':');
        var left = edit.Mask;
        foreach (var field in StructureFields.All(edit.Target.Kind))
        {
            if (field.Word != edit.Word || (field.Mask & left) == 0)
                continue;
            left &= ~field.Mask;
            var whole = (field.Mask & edit.Mask) == field.Mask;
            text.Append(' ')
                .Append(edit.Address is { } address && whole ? $"{field.Name}={address}" : new FieldValue(field, field.Of(edit.Value & edit.Mask)).ToString())
                .Append(whole ? "" : $" (bits 0x{(field.Mask & edit.Mask) >> field.Low:x})");
        }

        if (left != 0)
            text.Append(CultureInfo.InvariantCulture, $" D{edit.Word} bits 0x{left:x} = 0x{edit.Value & left:x}");
        return text.ToString();
    }

    private static string Structure(Scene scene, StructureReference target)
    {
        var stream = target.Index < scene.Streams.Length ? $"0x{scene.Streams[target.Index].Id:x}" : "none";
        return target.Kind switch
        {
            StructureKind.StreamTableEntry => $"STE of {stream}",
            StructureKind.L1StreamTableDescriptor => $"L1STD of {stream}",
            StructureKind.ContextDescriptor => $"CD of {stream}.{target.Input}",
            StructureKind.L1ContextDescriptor => $"L1CD of {stream}.{target.Input}",
            _ => $"tree {target.Index}, level {target.Level}, 0x{target.Input:x}",
        };
    }

    private static string Ago(int count) => count == 0 ? "the last transaction" : $"the transaction {count} before the last";
}
