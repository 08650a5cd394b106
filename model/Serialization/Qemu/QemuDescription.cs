using System.Text.Json;

namespace Conformance.Model.Serialization.Qemu;

/// <summary>One field of a described device.</summary>
/// <param name="Name">Its name, as the VMM wrote it.</param>
/// <param name="Type">Its type, as the VMM wrote it: uint32, struct, ...</param>
/// <param name="Size">Bytes of one element in the stream.</param>
/// <param name="Count">How many elements follow each other; 1 when it is no array.</param>
/// <param name="Members">The fields of a struct; empty for others.</param>
public sealed record QemuField(string Name, string Type, int Size, int Count, IReadOnlyList<QemuField> Members)
{
    /// <summary>The version of a struct; 0 for others.</summary>
    public int Version { get; init; }
}

/// <summary>A device, or one of its subsections, as the description at the end of a stream has it.</summary>
/// <param name="Name">The idstr of its section, or the name of the subsection.</param>
/// <param name="Instance">The instance of the section; 0 for a subsection.</param>
/// <param name="Version">The version of its fields.</param>
/// <param name="Fields">The fields in their order.</param>
/// <param name="Subsections">The subsections that are in the stream, in their order.</param>
public sealed record QemuDevice(string Name, uint Instance, int Version, IReadOnlyList<QemuField> Fields, IReadOnlyList<QemuDevice> Subsections)
{
    /// <summary>Bytes of the fields, without subsections.</summary>
    public long FieldBytes => Fields.Sum(one => (long)one.Size * one.Count);
}

/// <summary>
/// The description of devices that a stream ends with (JSON): without it only sections of known layout can be passed over, since a section has no length.
/// </summary>
public sealed class QemuDescription
{
    /// <summary>The most bytes that a description may have.</summary>
    public const int MaxBytes = 16 << 20;

    private const int MaxElements = 1 << 20;

    private readonly Dictionary<(string, uint), QemuDevice> devices = [];

    private QemuDescription(int pageSize) => PageSize = pageSize;

    /// <summary>The page size of the guest, in bytes; 0 when it is not said.</summary>
    public int PageSize { get; }

    /// <summary>The devices in the order of the description.</summary>
    public IReadOnlyCollection<QemuDevice> Devices => devices.Values;

    /// <summary>The device of a section; null when it is not described.</summary>
    public QemuDevice? Find(string name, uint instance) => devices.GetValueOrDefault((name, instance));

    /// <summary>Reads a description.</summary>
    /// <param name="json">UTF-8, at most <see cref="MaxBytes"/>.</param>
    /// <returns>Null when it is not one.</returns>
    public static QemuDescription? Read(ReadOnlyMemory<byte> json)
    {
        if (json.Length > MaxBytes)
            return null;
        try
        {
            using var document = JsonDocument.Parse(json, new() { MaxDepth = 64 });
            var root = document.RootElement;
            var description = new QemuDescription(root.TryGetProperty("page_size", out var pages) ? pages.GetInt32() : 0);
            foreach (var device in root.GetProperty("devices").EnumerateArray())
            {
                var read = Device(device, "name");
                description.devices.TryAdd((read.Name, read.Instance), read);
            }

            return description;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            return null;
        }
    }

    private static QemuDevice Device(JsonElement device, string name) =>
        new(
            device.GetProperty(name).GetString() ?? "",
            device.TryGetProperty("instance_id", out var instance) ? instance.GetUInt32() : 0,
            device.TryGetProperty("version", out var version) ? version.GetInt32() : 0,
            Fields(device),
            device.TryGetProperty("subsections", out var subsections) ? [.. subsections.EnumerateArray().Select(part => Device(part, "vmsd_name"))] : []
        );

    private static List<QemuField> Fields(JsonElement of)
    {
        var fields = new List<QemuField>();
        if (!of.TryGetProperty("fields", out var list))
            return fields;
        foreach (var field in list.EnumerateArray())
        {
            var size = field.GetProperty("size").GetInt32();
            var count = field.TryGetProperty("array_len", out var length) ? length.GetInt32() : 1;
            if (size < 0 || count is < 0 or > MaxElements)
                throw new FormatException("a size that nothing has");
            var isStruct = field.TryGetProperty("struct", out var inner) && inner.ValueKind == JsonValueKind.Object;
            fields.Add(
                new(field.GetProperty("name").GetString() ?? "", field.GetProperty("type").GetString() ?? "", size, count, isStruct ? Fields(inner) : [])
                {
                    Version = isStruct && inner.TryGetProperty("version", out var version) ? version.GetInt32() : 0,
                }
            );
        }

        return fields;
    }
}
