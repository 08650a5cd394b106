using Conformance.Drivers.Reference.Smmu;
using Conformance.Model.Smmu.Device;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace Conformance.Tests.Smmu.Oracle;

/// <summary>A correct SMMU agrees with the oracle, whatever it caches: none at all, what it needed, everything that it can reach.</summary>
[Category("quick")]
[Parallelizable(ParallelScope.Self)]
public sealed class OraclePropertyTests
{
    private static IEnumerable<TestCaseData> Machines()
    {
        foreach (var caching in Enum.GetValues<SmmuCaching>())
        {
            yield return new TestCaseData(SmmuCapabilities.QemuStage1, caching).SetArgDisplayNames("stage 1", caching.ToString());
            yield return new TestCaseData(SmmuCapabilities.QemuStage2, caching).SetArgDisplayNames("stage 2", caching.ToString());
            yield return new TestCaseData(SmmuCapabilities.QemuNested, caching).SetArgDisplayNames("nested", caching.ToString());
            yield return new TestCaseData(SmmuCapabilities.Full, caching).SetArgDisplayNames("everything", caching.ToString());
        }
    }

    [TestCaseSource(nameof(Machines))]
    public void A_correct_SMMU_stays_inside_what_is_allowed(SmmuCapabilities capabilities, SmmuCaching caching)
    {
        var (transactions, ambiguous, unjudged) = (0, 0, 0L);
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(150).WithReplay(1, 3),
            Prop.ForAll(
                Gen.Choose(0, int.MaxValue - 1).ToArbitrary(),
                seed =>
                {
                    using var smmu = new MemorySmmu(capabilities, caching);
                    var walk = new OracleWalk(seed, capabilities, smmu);
                    var disagreement = walk.Run(150);
                    transactions += walk.Transactions;
                    ambiguous += walk.Ambiguous;
                    unjudged += walk.Unjudged;
                    return (disagreement is null).Label(disagreement ?? "");
                }
            )
        );
        TestContext.Out.WriteLine($"{transactions} transactions, {ambiguous} with several outcomes, {unjudged} not judged");
        Assert.That(ambiguous, Is.GreaterThan(transactions / 20));
        Assert.That(unjudged, Is.LessThan(transactions / 10));
    }
}
