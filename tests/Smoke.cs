namespace Conformance.Tests;

public sealed class Smoke
{
    [NUnit.Framework.Test]
    public void Loads() => NUnit.Framework.Assert.That(typeof(Smoke).Assembly.GetName().Name, NUnit.Framework.Is.EqualTo("Conformance.Tests"));
}
