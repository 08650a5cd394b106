using System.Buffers.Binary;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Conformance.Tests.Migration.Minimality;

/// <summary>
/// A digest of everything that an object reaches: the fields of every object, private ones of base classes too, arrays whole, and which references are the same
/// object. Two deterministic devices with the same digest answer any further calls alike. What cannot be looked into (a pointer, a thread) gives no digest.
/// </summary>
internal sealed class ObjectDigest
{
    private readonly Dictionary<(Type Seen, Type Actual), (int Id, Delegate Look)> types = [];
    private readonly Dictionary<object, int> seen = new(ReferenceEqualityComparer.Instance);
    private byte[] bytes = new byte[4096],
        before = new byte[4096];
    private int length,
        lengthBefore = -1;
    private UInt128 digestBefore;

    /// <summary>The digest, or null when something cannot be looked into. Digests of one instance of this class can be compared.</summary>
    public UInt128? Of(object root)
    {
        seen.Clear();
        length = 0;
        if (!Visit(root))
            return null;
        // Most calls change nothing, and comparing is cheaper than hashing.
        if (length != lengthBefore || !bytes.AsSpan(0, length).SequenceEqual(before.AsSpan(0, length)))
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(bytes.AsSpan(0, length), hash);
            digestBefore = BinaryPrimitives.ReadUInt128LittleEndian(hash);
            (bytes, before, lengthBefore) = (before, bytes, length);
        }

        return digestBefore;
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
                return WriteSpan(MemoryMarshal.AsBytes(text.AsSpan()));
            case MemberInfo member:
                Write(-3);
                return Visit($"{member.DeclaringType} {member}");
            case Pointer or Thread or WeakReference:
                return false;
        }

        if (seen.TryGetValue(value, out var place))
            return Write(-4) && Write(place);
        seen.Add(value, seen.Count);
        if (value is Delegate function)
            return Write(-5) && Array.TrueForAll(function.GetInvocationList(), one => Visit(one.Method) && Visit(one.Target));
        var (id, look) = Describe<object>(value.GetType());
        return Write(id) && look(value);
    }

    private bool VisitArray<T>(T[] array)
    {
        Write(array.Length);
        if (typeof(T).IsPrimitive && typeof(T) != typeof(nint) && typeof(T) != typeof(nuint))
            return WriteSpan(MemoryMarshal.CreateReadOnlySpan(ref MemoryMarshal.GetArrayDataReference((Array)array), Buffer.ByteLength(array)));
        return Array.TrueForAll(array, new(Describe<T>(typeof(T)).Look));
    }

    // A type's fields are looked up once; reading them by reflection each time costs more than the run that is digested.
    private (int Id, Func<T, bool> Look) Describe<T>(Type type)
    {
        if (!types.TryGetValue((typeof(T), type), out var known))
        {
            var value = Expression.Parameter(typeof(T));
            var look =
                type == typeof(T) ? Look(value)
                : type.IsArray ? LookIntoArray(Expression.Convert(value, type))
                : LookIntoFields(Expression.Convert(value, type));
            types[(typeof(T), type)] = known = (types.Count, Expression.Lambda<Func<T, bool>>(look, value).Compile());
        }

        return (known.Id, (Func<T, bool>)known.Look);
    }

    private Expression Look(Expression value)
    {
        var type = value.Type;
        return type.IsEnum ? Look(Expression.Convert(value, Enum.GetUnderlyingType(type)))
            : type.IsPointer || type.IsFunctionPointer || type == typeof(nint) || type == typeof(nuint) ? Expression.Constant(false)
            : type.IsPrimitive ? Call(nameof(WriteBytes), type, value)
            : type.IsValueType ? LookIntoFields(value)
            : Expression.Call(Expression.Constant(this), nameof(Visit), null, value);
    }

    private Expression LookIntoFields(Expression value)
    {
        Expression all = Expression.Constant(true);
        for (var type = value.Type; type is not null; type = type.BaseType)
            foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                all = Expression.AndAlso(all, Look(Expression.Field(value, field)));
        return all;
    }

    private Expression LookIntoArray(Expression value) =>
        value.Type.IsSZArray ? Call(nameof(VisitArray), value.Type.GetElementType()!, value) : Expression.Constant(false);

    private MethodCallExpression Call(string method, Type argument, Expression value) => Expression.Call(Expression.Constant(this), method, [argument], value);

    private bool WriteBytes<T>(T value)
        where T : unmanaged
    {
        Reserve(Unsafe.SizeOf<T>());
        Unsafe.WriteUnaligned(ref bytes[length], value);
        length += Unsafe.SizeOf<T>();
        return true;
    }

    private bool WriteSpan(ReadOnlySpan<byte> span)
    {
        Reserve(span.Length);
        span.CopyTo(bytes.AsSpan(length));
        length += span.Length;
        return true;
    }

    private void Reserve(int count)
    {
        if (length + count > bytes.Length)
            Array.Resize(ref bytes, (length + count) * 2);
    }

    private bool Write(long value) => WriteBytes(value);
}
