using System.Globalization;
using System.Numerics;
using System.Reflection;
using NUnit.Framework;

namespace Conformance.Tests.Smmu.Structures;

/// <summary>
/// Fields of a structure as the specification lists them, one per line: "name word[high:low]"; a '@' in front marks an address, whose bits stay in their place.
/// The properties of the type are compared with it bit by bit, so a position that is wrong in either is seen.
/// </summary>
internal sealed class FieldTable
{
    private readonly Type type;
    private readonly Dictionary<string, MemberInfo> words;
    private readonly List<Field> fields = [];

    /// <param name="type">The structure.</param>
    /// <param name="words">The members that hold its words.</param>
    /// <param name="table">The lines.</param>
    public FieldTable(Type type, string[] words, string table)
    {
        this.type = type;
        this.words = words.ToDictionary(word => word, word => type.GetMember(word).Single());
        foreach (var line in table.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = line.Split([' ', '[', ':', ']'], StringSplitOptions.RemoveEmptyEntries);
            var high = int.Parse(parts[2], CultureInfo.InvariantCulture);
            var low = parts.Length > 3 ? int.Parse(parts[3], CultureInfo.InvariantCulture) : high;
            fields.Add(new(parts[0].TrimStart('@'), parts[1], high, low, parts[0][0] == '@'));
        }
    }

    private sealed record Field(string Name, string Word, int High, int Low, bool IsInPlace)
    {
        public ulong Mask => ulong.MaxValue >> 63 - (High - Low) << Low;

        public ulong ValueOf(ulong word) => IsInPlace ? word & Mask : (word & Mask) >> Low;
    }

    /// <summary>No property is missing in the table, and none in the type.</summary>
    public void HasAllPropertiesBut(params string[] others)
    {
        var inType = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => property.Name).Except(words.Keys).Except(others);
        Assert.That(fields.Select(field => field.Name), Is.EquivalentTo(inType));
    }

    /// <summary>Every bit of every word, alone: the fields that contain it have it, all others are 0.</summary>
    public void ReadsEachBit()
    {
        foreach (var word in words.Keys)
            for (var bit = 0; bit < BitOperations.PopCount(Ones(word)); bit++)
            {
                var structure = Of(word, 1ul << bit);
                foreach (var field in fields)
                    Assert.That(
                        Get(structure, field),
                        Is.EqualTo(field.Word == word ? field.ValueOf(1ul << bit) : 0),
                        $"{field.Name} with {word}[{bit}] alone"
                    );
            }
    }

    /// <summary>Every bit of every field, written alone into zeros and taken out of ones: that bit of the word changes and no other.</summary>
    public void WritesEachBit()
    {
        foreach (var field in fields)
            for (var bit = field.Low; bit <= field.High; bit++)
            {
                var structure = Activator.CreateInstance(type)!;
                Set(structure, field, field.ValueOf(1ul << bit));
                foreach (var (name, member) in words)
                    Assert.That(
                        Read(structure, member),
                        Is.EqualTo(name == field.Word ? 1ul << bit : 0),
                        $"{name} after {field.Name} was set to bit {bit} alone"
                    );

                var ones = Ones(field.Word);
                structure = Of(field.Word, ones);
                Set(structure, field, field.ValueOf(~(1ul << bit)));
                Assert.That(Read(structure, words[field.Word]), Is.EqualTo(ones & ~(1ul << bit)), $"{field.Word} after {field.Name} lost bit {bit}");
            }
    }

    private ulong Ones(string word) => words[word] is PropertyInfo property && property.PropertyType == typeof(uint) ? uint.MaxValue : ulong.MaxValue;

    private object Of(string word, ulong value)
    {
        var structure = Activator.CreateInstance(type)!;
        if (words[word] is FieldInfo field)
            field.SetValue(structure, value);
        else
            ((PropertyInfo)words[word]).SetValue(structure, Converted(value, ((PropertyInfo)words[word]).PropertyType));
        return structure;
    }

    private static ulong Read(object structure, MemberInfo member) =>
        Convert.ToUInt64(member is FieldInfo field ? field.GetValue(structure) : ((PropertyInfo)member).GetValue(structure), CultureInfo.InvariantCulture);

    private ulong Get(object structure, Field field) => Convert.ToUInt64(type.GetProperty(field.Name)!.GetValue(structure), CultureInfo.InvariantCulture);

    private void Set(object structure, Field field, ulong value)
    {
        var property = type.GetProperty(field.Name)!;
        property.SetValue(structure, Converted(value, property.PropertyType));
    }

    private static object Converted(ulong value, Type to) => to.IsEnum ? Enum.ToObject(to, value) : Convert.ChangeType(value, to, CultureInfo.InvariantCulture);
}
