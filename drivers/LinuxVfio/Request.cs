using System.Buffers.Binary;
using Conformance.Model.Contract;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>The argument of one ioctl: its size first, then fields by their places, little-endian.</summary>
internal ref struct Request
{
    private readonly Span<byte> bytes;
    private Span<byte> attached;
    private int pointer = -1;

    /// <summary>An argument.</summary>
    /// <param name="bytes">Its memory; all of it is sent.</param>
    public Request(Span<byte> bytes)
    {
        this.bytes = bytes;
        bytes.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length);
    }

    public readonly void Set(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes[at..], value);

    public readonly void Set(int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(bytes[at..], value);

    /// <summary>The address of a second buffer goes to a place.</summary>
    public void Attach(int at, Span<byte> buffer)
    {
        pointer = at;
        attached = buffer;
    }

    public readonly uint Word(int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    public readonly ulong Long(int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);

    public readonly CallResult Send(ISystemCalls calls, int descriptor, uint number) =>
        calls.Ioctl(
            descriptor,
            number,
            new UserBuffer(bytes)
            {
                Attached = attached,
                AttachedAccessible = attached.Length,
                PointerOffset = pointer,
            }
        );
}
