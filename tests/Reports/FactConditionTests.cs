using Conformance.Reports;
using NUnit.Framework;

namespace Conformance.Tests.Reports;

/// <summary>Conditions on the facts of a finding.</summary>
[Category("quick")]
public sealed class FactConditionTests
{
    private static readonly string[] facts = ["stage=1", "AF=0", "expected=F_ACCESS", "seen=no-record"];

    [TestCase("stage=1", true)]
    [TestCase("stage=2", false)]
    [TestCase("stage=1 and AF=0", true)]
    [TestCase("stage=1 and AF=1", false)]
    [TestCase("stage=2|stage=1 and seen=no-record", true)]
    [TestCase("stage=2|stage=nested and seen=no-record", false)]
    [TestCase("seen!=F_ACCESS", true)]
    [TestCase("seen!=no-record", false)]
    [TestCase("AF=0 and seen!=F_ACCESS|stage=2", true)]
    [TestCase("stag=1", false)]
    public void A_condition_holds_when_each_of_its_parts_does(string condition, bool holds) =>
        Assert.That(FactCondition.Parse(condition)!.Holds(facts), Is.EqualTo(holds));

    [TestCase(null)]
    [TestCase("")]
    [TestCase("SET PRE_COPY")]
    [TestCase("SET PRE_COPY and stage=1")]
    [TestCase("=1")]
    [TestCase("stage=1|")]
    public void What_is_no_fact_is_a_part_of_what_people_read(string? text) => Assert.That(FactCondition.Parse(text), Is.Null);
}
