using System.Text.RegularExpressions;
using Conformance.Model.Contract;
using Conformance.Model.Requirements;
using NUnit.Framework;

namespace Conformance.Tests.Requirements;

[Category("quick")]
public sealed class CatalogueTests
{
    private static readonly Regex references = new(
        $@"\b({string.Join('|', Enum.GetValues<RequirementGroup>().Select(group => group.Name()))})-\d+\b",
        RegexOptions.None,
        TimeSpan.FromSeconds(1)
    );

    [Test]
    public void Ids_are_the_members_of_the_enum_in_order() =>
        Assert.That(Catalogue.All.Select(row => row.Id), Is.EqualTo(Enum.GetValues<RequirementId>().Where(id => id != RequirementId.None)));

    // A journal and a set of rules hold ids as numbers of 16 bits.
    [Test]
    public void Ids_are_numbered_without_gaps() =>
        Assert.That(Enum.GetValues<RequirementId>().Select(id => (int)id), Is.EqualTo(Enumerable.Range(0, Catalogue.All.Count + 1)));

    [Test]
    public void Names_number_each_group_from_one()
    {
        var expected = Enum.GetValues<RequirementGroup>()
            .SelectMany(group => Enumerable.Range(1, Catalogue.All.Count(row => row.Group == group)).Select(number => $"{group.Name()}-{number:00}"));
        Assert.That(Catalogue.All.Select(row => row.Name), Is.EqualTo(expected));
    }

    [Test]
    public void Groups_have_names_suites_titles_and_requirements()
    {
        var groups = Enum.GetValues<RequirementGroup>();
        Assert.That(groups.Select(group => group.Name()), Is.Unique.And.All.Match("^[A-Z0-9]+(-[A-Z0-9]+)?$"));
        Assert.That(
            groups.Select(group => group.Name().Replace("-", "").ToUpperInvariant()),
            Is.EqualTo(groups.Select(group => group.ToString().ToUpperInvariant()))
        );
        Assert.That(groups.Select(group => group.Title()), Is.Unique.And.None.Empty);
        Assert.That(groups.Select(group => group.Suite()), Is.All.Match("^[a-z]+(-[a-z]+)?$"));
        Assert.That(Catalogue.All.Select(row => row.Group).Distinct(), Is.EquivalentTo(groups));
        Assert.That(() => ((RequirementGroup)groups.Length).Name(), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    // What the state of an SMMU depends on is said by its identification registers.
    [Test]
    public void Only_the_suites_of_the_uapi_have_levels() =>
        Assert.That(Catalogue.All.Where(row => row.Level is null).Select(row => row.Group.Suite()), Is.All.EqualTo("smmu").Or.EqualTo("nested"));

    [Test]
    public void Finds_by_id_and_by_name()
    {
        foreach (var row in Catalogue.All)
        {
            Assert.That(Catalogue.Of(row.Id), Is.SameAs(row));
            Assert.That(Catalogue.TryParse(row.Name, out var found), Is.True);
            Assert.That(found, Is.SameAs(row));
        }
    }

    [Test]
    public void Of_does_not_allocate()
    {
        Catalogue.Of(RequirementId.MIG_FSM_06);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            Catalogue.Of(RequirementId.MIG_FSM_06);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void Refuses_an_id_outside_the_catalogue()
    {
        foreach (var id in new[] { 0, Catalogue.All.Count + 1, ushort.MaxValue })
            Assert.That(() => Catalogue.Of((RequirementId)id), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [TestCase("")]
    [TestCase("mig-fsm-06")]
    [TestCase("MIG_FSM_06")]
    [TestCase("MIG-FSM-6")]
    [TestCase("None")]
    public void Refuses_another_name(string name)
    {
        Assert.That(Catalogue.TryParse(name, out var found), Is.False);
        Assert.That(found, Is.Null);
    }

    [Test]
    public void Texts_are_plain_and_complete()
    {
        foreach (var row in Catalogue.All)
        {
            Assert.That(row.Statement, Does.Match(@"^\S.*[.)]$"), row.Name);
            Assert.That(row.Note ?? ".", Does.EndWith("."), row.Name);
            foreach (var text in Texts(row))
            {
                Assert.That(text.Trim(), Is.EqualTo(text).And.Not.Empty, row.Name);
                Assert.That(text, Does.Not.Contain("**").And.Not.Contain("`").And.Not.Contain("\\").And.Not.Contain("  ").And.Not.EqualTo("-"), row.Name);
            }
        }
    }

    [Test]
    public void Texts_name_existing_requirements()
    {
        foreach (var row in Catalogue.All)
        foreach (var text in Texts(row))
        foreach (Match name in references.Matches(text))
            Assert.That(Catalogue.TryParse(name.Value, out _), Is.True, $"{row.Name} names {name.Value}");
    }

    // Notes are the place for the kit, for what a test does and for what was measured.
    [Test]
    public void Statements_are_sentences_of_the_contract()
    {
        foreach (var row in Catalogue.All)
            Assert.That(
                row.Statement,
                Does.Not.Match(@"\b([Tt]he kit|[Tt]he suite|[Tt]he harness|[Tt]o be tested|[Mm]easured|fuzz|not checked yet)\b"),
                row.Name
            );
    }

    [Test]
    public void No_row_says_that_it_is_not_checked_yet()
    {
        foreach (var row in Catalogue.All)
        foreach (var text in Texts(row))
            Assert.That(text, Does.Not.Contain("not checked yet").And.Not.Contain("generated yet"), row.Name);
    }

    // A file with a comment, struct or function; or a document with a section, a field, a command or a register.
    [Test]
    public void Sources_are_places_that_a_reader_can_open()
    {
        const string file = @"(QEMU )?[a-z0-9_./-]+/[a-zA-Z0-9_.-]+\.(c|h|rst)(, | \(| and |; |$)";
        const string section = @"IHI 0070, (\d+(\.\d+)* |\d )[A-Z]";
        const string other = @"Arm ARM \(DDI 0487\), |POSIX [a-z]+\(\)|(kvm|qemu-devel) list, RFC ""[^""]+"", ";
        foreach (var row in Catalogue.All)
            Assert.That(row.Source, Does.Match($"^({file}|{section}|{other})"), row.Name);
    }

    [Test]
    public void Only_latitude_facts_and_duties_of_the_user_have_no_channel()
    {
        const Channels ways = Channels.Kernel | Channels.Socket | Channels.InProcess;
        var without = Catalogue.All.Where(row => (row.Channels & ways) == 0).ToArray();
        Assert.That(without.Select(row => row.Channels), Is.All.EqualTo(Channels.None));
        Assert.That(without.Where(row => row.Strength is not (Strength.May or Strength.User)).Select(row => row.Id), Is.EqualTo([RequirementId.SIZE_03]));
        Assert.That(without.Select(row => row.Uncheckable), Is.Not.Empty.And.None.Null);
    }

    [Test]
    public void What_may_kill_a_kernel_is_conditional()
    {
        var conditional = Catalogue.All.Where(row => row.Channels.HasFlag(Channels.KernelConditional)).ToArray();
        Assert.That(
            conditional.Select(row => row.Id),
            Is.EqualTo([
                RequirementId.MIG_FSM_27,
                RequirementId.MIG_FD_33,
                RequirementId.MIG_RES_28,
                RequirementId.MIG_ERR_19,
                RequirementId.HANDOVER_01,
                RequirementId.HANDOVER_06,
                RequirementId.SMMU_NEST_11,
                RequirementId.DIRTY_10,
                RequirementId.DIRTY_11,
            ])
        );
        Assert.That(conditional.Select(row => row.Channels.HasFlag(Channels.Kernel)), Is.All.True);
    }

    [Test]
    public void Levels_start_where_the_interface_grew()
    {
        foreach (var row in Catalogue.All)
            Assert.That(row.Level, Is.EqualTo(Expected(row)), row.Name);

        static UapiLevel? Expected(Requirement row) =>
            row.Id switch
            {
                RequirementId.ABI_20 or RequirementId.ABI_21 or RequirementId.ABI_22 or RequirementId.MIG_FEAT_08 => UapiLevel.V6_2,
                RequirementId.ABI_18 => UapiLevel.V6_6,
                RequirementId.DLOG_41 or RequirementId.HANDOVER_13 or RequirementId.HANDOVER_14 => UapiLevel.V6_7,
                RequirementId.ABI_16 or RequirementId.MIG_FEAT_09 => UapiLevel.V7_2,
                >= RequirementId.DIRTY_13 and <= RequirementId.DIRTY_17 => UapiLevel.V6_1,
                _ => row.Group switch
                {
                    RequirementGroup.MigPre or RequirementGroup.Size => UapiLevel.V6_2,
                    RequirementGroup.Pinfo2 => UapiLevel.V7_2,
                    RequirementGroup.Dirty => UapiLevel.V6_7,
                    >= RequirementGroup.SmmuReg => null,
                    _ => UapiLevel.V6_1,
                },
            };
    }

    private static IEnumerable<string> Texts(Requirement row) =>
        new[] { row.Statement, row.Violation, row.Source, row.Fault, row.Uncheckable, row.Note }.OfType<string>();
}
