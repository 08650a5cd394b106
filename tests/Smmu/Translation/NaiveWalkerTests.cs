using Conformance.Model.Smmu.Translation;
using Conformance.Tests.Smmu.Translation.Walker;
using NUnit.Framework;

namespace Conformance.Tests.Smmu.Translation;

/// <summary>
/// The model's translations agree with a second procedure that shares nothing with it. <c>dotnet run --project bench -c Release -- walker</c> compares as many
/// as one likes.
/// </summary>
[Parallelizable(ParallelScope.Self)]
[Category("long")]
public sealed class NaiveWalkerTests
{
    private const int Translations = 200_000;

    // Bits that decide how a translation ends. Of a structure the bit is taken in every doubleword.
    private static readonly (FetchKind Kind, int[] Bits)[] decisive =
    [
        (FetchKind.Stage1Descriptor, [0, 1, 6, 7, 10, 20, 47, 51, 53, 54, 59, 60, 61, 62]),
        (FetchKind.Stage2Descriptor, [0, 1, 5, 6, 7, 10, 20, 47, 51, 53, 54]),
        (FetchKind.ContextDescriptor, [0, 14, 31, 35, 36, 38, 40, 42, 43, 45, 46]),
        (FetchKind.StreamTable, [1, 2, 32, 48, 50, 55, 56, 58, 59]),
        (FetchKind.L1StreamTable, [0]),
        (FetchKind.L1ContextTable, [0]),
    ];

    // log2 of the granule, and the levels that have pages or blocks.
    private static readonly (int Granule, int Level)[] withLeaves = [(12, 1), (12, 2), (12, 3), (14, 2), (14, 3), (16, 1), (16, 2), (16, 3)];

    private readonly WalkComparison comparison = new();

    private static IEnumerable<TestCaseData> Decisive => decisive.SelectMany(row => row.Bits.Select(bit => new TestCaseData(row.Kind, bit)));

    [OneTimeSetUp]
    public void Compare() => comparison.Run(Translations, firstWorld: 1);

    [Test]
    public void The_model_agrees_with_the_naive_walker() => Assert.That(string.Join("\n", comparison.Shown), Is.Empty);

    [TestCaseSource(nameof(Decisive))]
    public void A_model_that_reads_a_bit_wrongly_is_noticed(FetchKind kind, int bit)
    {
        var wrong = new WalkComparison();
        wrong.Run(10_000, firstWorld: 1, (read, word) => read == kind ? word ^ (1ul << bit) : word);
        Assert.That(wrong.Disagreements, Is.GreaterThan(0));
    }

    [Test]
    public void Enough_translations_succeed() => Assert.That(comparison.Succeeded, Is.GreaterThan(Translations * 3 / 10));

    // Pages, and blocks where a granule has them, at both stages.
    [Test]
    public void Every_granule_has_leaves_at_every_level()
    {
        var met = comparison.Leaves.Select(leaf => (leaf.Stage, leaf.Granule, leaf.Level)).Distinct().Order();
        Assert.That(met, Is.EqualTo(Enumerable.Range(1, 2).SelectMany(stage => withLeaves.Select(leaf => (stage, leaf.Granule, leaf.Level)))));
    }

    [Test]
    public void Every_way_to_end_is_met() =>
        Assert.That(comparison.Table.Where(row => row.Count < Translations / 10_000).Select(row => $"{row.End}: {row.Count}"), Is.Empty);
}
