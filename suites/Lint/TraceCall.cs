namespace Conformance.Suites.Lint;

/// <summary>What a line of a trace is about.</summary>
internal enum TraceCallKind
{
    /// <summary>A device was opened: by VFIO_GROUP_GET_DEVICE_FD, or as its own node.</summary>
    Device,

    /// <summary>VFIO_DEVICE_FEATURE.</summary>
    Feature,

    /// <summary>VFIO_DEVICE_RESET.</summary>
    Reset,

    /// <summary>VFIO_MIG_GET_PRECOPY_INFO.</summary>
    Info,

    /// <summary>Any other ioctl.</summary>
    Ioctl,

    /// <summary>read(2) or readv(2).</summary>
    Read,

    /// <summary>write(2) or writev(2).</summary>
    Write,

    /// <summary>pread(2).</summary>
    PositionedRead,

    /// <summary>pwrite(2).</summary>
    PositionedWrite,

    /// <summary>lseek(2).</summary>
    Seek,

    /// <summary>poll(2) or ppoll(2), a line for each data fd in it.</summary>
    Poll,

    /// <summary>dup(2) and what is like it.</summary>
    Duplicate,

    /// <summary>close(2).</summary>
    Close,

    /// <summary>mmap(2) of a device.</summary>
    Map,

    /// <summary>The process ended by itself.</summary>
    End,
}

/// <summary>One line of a trace: a call that a user of the uAPI made, and its answer. docs/lint.md has the format.</summary>
internal sealed record TraceCall
{
    /// <summary>The line of its file, counted from 1.</summary>
    public required int Line { get; init; }

    /// <summary>The line as it stands there.</summary>
    public required string Text { get; init; }

    /// <summary>What it is.</summary>
    public required TraceCallKind Kind { get; init; }

    /// <summary>The process: descriptors mean something within one.</summary>
    public long Process { get; init; }

    /// <summary>The descriptor.</summary>
    public int Descriptor { get; init; } = -1;

    /// <summary>What came back: 0, a count, a descriptor, or an errno below zero.</summary>
    public long Result { get; init; }

    /// <summary>True when the call did not fail.</summary>
    public bool Ok => Result >= 0;

    /// <summary>The errno; 0 on success.</summary>
    public int Errno => Result < 0 ? (int)-Result : 0;

    /// <summary>How many bytes were asked for.</summary>
    public long Size { get; init; }

    /// <summary>Where, of calls with a position.</summary>
    public ulong Offset { get; init; }

    /// <summary>The first word of the argument of a feature or info call.</summary>
    public uint ArgumentSize { get; init; }

    /// <summary>The second word of it.</summary>
    public uint Flags { get; init; }

    /// <summary>The ioctl.</summary>
    public uint Request { get; init; }

    /// <summary>The payload behind the envelope before the call, as far as it was recorded.</summary>
    public byte[] Before { get; init; } = [];

    /// <summary>The payload after the call.</summary>
    public byte[] After { get; init; } = [];

    /// <summary>The first bytes that a read gave or a write offered.</summary>
    public byte[] Head { get; init; } = [];

    /// <summary>FNV-1a of all bytes that went through the descriptor so far, this call included; null when it was not recorded.</summary>
    public ulong? Sum { get; init; }

    /// <summary>What a device is called.</summary>
    public string Name { get; init; } = "";
}
