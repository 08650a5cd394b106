using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Text;

namespace Conformance.Engine.Snapshots;

/// <summary>The names of snapshots, as Verify makes them: <c>Outer.Inner.Method_first=1_second=a,b</c>.</summary>
public static class SnapshotName
{
    private static readonly SearchValues<char> NotInNames = SearchValues.Create(
        "\"\\<>|:*?/#" + string.Concat(Enumerable.Range(0, 32).Select(code => (char)code))
    );

    /// <summary>The name of a snapshot: the type with the types around it, the method, the arguments.</summary>
    /// <param name="type">The class of the test.</param>
    /// <param name="method">The name of the test method.</param>
    /// <param name="arguments">Parameters and their values: those of the fixture first, then those of the method.</param>
    public static string Of(Type type, string method, params IReadOnlyList<KeyValuePair<string, object?>> arguments)
    {
        var name = new StringBuilder(type.Name);
        for (var outer = type.DeclaringType; outer is not null; outer = outer.DeclaringType)
            name.Insert(0, $"{outer.Name}.");
        name.Append('.').Append(method);
        foreach (var (parameter, value) in arguments)
            name.Append('_').Append(parameter).Append('=').Append(Value(value));
        return Clean(name.ToString());
    }

    /// <summary>A value as it stands in a name: <c>null</c>, <c>a,b</c> for a list, <c>[a,b],c</c> for lists in a list, <c>[]</c> for an empty one.</summary>
    /// <exception cref="ArgumentException">A time: its text depends on more than its value.</exception>
    public static string Value(object? value) => Value(value, outermost: true);

    /// <summary>Puts a dash for every character that some file system does not take in a name, and for #, which separates the parts of one snapshot.</summary>
    public static string Clean(string text)
    {
        if (!text.AsSpan().ContainsAny(NotInNames))
            return text;
        return string.Create(
            text.Length,
            text,
            static (span, from) =>
            {
                from.CopyTo(span);
                span.ReplaceAny(NotInNames, '-');
            }
        );
    }

    private static string Value(object? value, bool outermost) =>
        value switch
        {
            null => "null",
            string text => Clean(text),
            DateOnly date => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            DateTime or DateTimeOffset or TimeOnly or TimeSpan => throw new ArgumentException(
                $"a {value.GetType().Name} is no parameter of a snapshot; give it as a text",
                nameof(value)
            ),
            IDictionary map => List(Pairs(map), outermost),
            IEnumerable list => List(list.Cast<object?>().Select(item => Value(item, outermost: false)), outermost),
            IFormattable number => Clean(number.ToString(null, CultureInfo.InvariantCulture)),
            _ => Clean(value.ToString() ?? throw new ArgumentException($"{value.GetType().Name}.ToString gives null", nameof(value))),
        };

    private static string List(IEnumerable<string> items, bool outermost)
    {
        var text = string.Join(',', items);
        return text.Length == 0 ? "[]"
            : outermost ? text
            : $"[{text}]";
    }

    private static IEnumerable<string> Pairs(IDictionary map)
    {
        // Over IEnumerable a generic dictionary gives pairs of another type.
        for (var entries = map.GetEnumerator(); entries.MoveNext(); )
            yield return $"{Value(entries.Key, outermost: true)}={Value(entries.Value, outermost: true)}";
    }
}
