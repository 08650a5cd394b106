using System.Text;
using Conformance.Engine.Workers;
using NUnit.Framework;

namespace Conformance.Tests.Workers;

/// <summary>What is kept of what a process says before it dies.</summary>
[Category("quick")]
public sealed class LastWordsTests
{
    [Test]
    public void A_text_that_is_kept_whole_is_kept_as_it_was([Range(2044, 2052)] int length)
    {
        var text = new string('a', length) + "\u00e9\u20ac\U0001F600" + new string('b', 100);
        Assert.That(Kept(text), Is.EqualTo(text));
    }

    [Test]
    public void Of_a_long_text_the_beginning_and_the_end_are_kept()
    {
        var kept = Kept("first" + new string('x', 100_000) + "last");
        Assert.That(kept, Does.StartWith("first").And.EndWith("last").And.Contain("\n... (91817 bytes) ...\n"));
    }

    private static string Kept(string text)
    {
        var words = new LastWords(new MemoryStream(Encoding.UTF8.GetBytes(text)));
        words.Join();
        return words.Text;
    }
}
