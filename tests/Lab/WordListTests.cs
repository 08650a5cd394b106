using Conformance.Drivers.Processes;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

[TestFixture]
[Category("quick")]
public sealed class WordListTests
{
    [TestCase("", ExpectedResult = new string[0])]
    [TestCase("  \t ", ExpectedResult = new string[0])]
    [TestCase("labs/kernel/boot --kernel trixie", ExpectedResult = new[] { "labs/kernel/boot", "--kernel", "trixie" })]
    [TestCase("a 'b c' d", ExpectedResult = new[] { "a", "b c", "d" })]
    [TestCase("a\\ b '' \"\"", ExpectedResult = new[] { "a b", "", "" })]
    [TestCase("x\"y 'z'\"'\"'", ExpectedResult = new[] { "xy 'z'\"" })]
    [TestCase("\"a\\\"b\\\\c\\d\"", ExpectedResult = new[] { "a\"b\\c\\d" })]
    [TestCase("$HOME `ls` *", ExpectedResult = new[] { "$HOME", "`ls`", "*" })]
    public IReadOnlyList<string> Splits(string command) => WordList.Split(command);

    [TestCase("'open")]
    [TestCase("\"open")]
    [TestCase("\"open\\\"")]
    [TestCase("end\\")]
    public void Refuses(string command) => Assert.That(() => WordList.Split(command), Throws.TypeOf<FormatException>());
}
