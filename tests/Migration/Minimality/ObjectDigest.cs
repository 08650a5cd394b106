using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Conformance.Tests.Migration.Minimality;

/// <summary>
/// A digest of everything that an object reaches: the fields of every object, private ones of base classes too, arrays whole, and which references are the same
/// object. Two deterministic devices with the same digest answer any further calls alike. What cannot be looked into (a pointer, a thread) gives no digest.
/// </summary>
internal sealed class ObjectDigest
{
    private readonly Dictionary<Type, (int Id, FieldInfo[] Fields)> types = [];
    private readonly Dictionary<object, int> seen = new(ReferenceEqualityComparer.Instance);
    private readonly ArrayBufferWriter<byte> bytes = new();

    /// <summary>The digest, or null when something cannot be looked into. Digests of one instance of this class can be compared.</summary>
    public UInt128? Of(object root)
    {
        seen.Clear();
        bytes.ResetWrittenCount();
        if (!Visit(root))
            return null;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes.WrittenSpan, hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }

    private bool Visit(object? value)
    {
        switch (value)
        {
            case null:
                return Write(-1);
            case string text:
                Write(-2);
                Write(text.Length);
                bytes.Write(MemoryMarshal.AsBytes(text.AsSpan()));
                return true;
            case MemberInfo member:
                Write(-3);
                return Visit($"{member.DeclaringType} {member}");
            case nint or nuint or Pointer or Thread or WeakReference:
                return false;
        }

        var type = value.GetType();
        if (!type.IsValueType)
        {
            if (seen.TryGetValue(value, out var place))
                return Write(-4) && Write(place);

            seen.Add(value, seen.Count);
        }

        var (id, fields) = Describe(type);
        Write(id);
        return value switch
        {
            Enum => Visit(Convert.ChangeType(value, Enum.GetUnderlyingType(type), CultureInfo.InvariantCulture)),
            ulong number => Write(unchecked((long)number)),
            double number => Write(BitConverter.DoubleToInt64Bits(number)),
            float number => Write(BitConverter.SingleToInt32Bits(number)),
            char number => Write(number),
            _ when type.IsPrimitive => Write(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
            Delegate function => Array.TrueForAll(function.GetInvocationList(), one => Visit(one.Method) && Visit(one.Target)),
            Array array => VisitArray(array, type.GetElementType()!),
            _ => Array.TrueForAll(fields, field => Visit(field.GetValue(value))),
        };
    }

    private bool VisitArray(Array array, Type element)
    {
        Write(array.Length);
        if (!element.IsPrimitive || element == typeof(nint) || element == typeof(nuint))
            return array.Cast<object?>().All(Visit);
        bytes.Write(MemoryMarshal.CreateReadOnlySpan(ref MemoryMarshal.GetArrayDataReference(array), Buffer.ByteLength(array)));
        return true;
    }

    private (int Id, FieldInfo[] Fields) Describe(Type type)
    {
        if (types.TryGetValue(type, out var known))
            return known;
        var fields = new List<FieldInfo>();
        for (var at = type; at is not null && !type.IsPrimitive; at = at.BaseType)
            fields.AddRange(at.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly));
        return types[type] = (types.Count, [.. fields]);
    }

    private bool Write(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes.GetSpan(sizeof(long)), value);
        bytes.Advance(sizeof(long));
        return true;
    }
}
