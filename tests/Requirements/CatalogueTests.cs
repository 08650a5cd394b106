using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Conformance.Model.Contract;
using Conformance.Model.Requirements;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Requirements;

[Category("quick")]
public sealed class CatalogueTests
{
    private static readonly Regex references = new(
        $@"\b({string.Join('|', RequirementGroups.All.Select(group => group.Name()))})-\d+\b",
        RegexOptions.None,
        TimeSpan.FromSeconds(1)
    );

    // A journal, a set of rules and the tokens of scenes hold ids as these numbers.
    [TestCase("ABI-01", 129)]
    [TestCase("MIG-FSM-06", 390)]
    [TestCase("SIZE-09", 1417)]
    [TestCase("SMMU-REG-01", 1921)]
    [TestCase("SMMU-HTTU-14", 2830)]
    [TestCase("VMS-11", 3211)]
    public void A_number_is_for_good(string name, int number)
    {
        Assert.That(Catalogue.TryParse(name, out var row), Is.True);
        Assert.That(row!.Id.Number, Is.EqualTo(number));
    }

    [Test]
    public void Numbers_are_those_of_the_group_and_in_the_group()
    {
        foreach (var row in Catalogue.All)
            Assert.That(row.Id.Number, Is.EqualTo(128 * (int)row.Group + int.Parse(row.Name.Split('-')[^1], CultureInfo.InvariantCulture)), row.Name);
        Assert.That(Catalogue.All.Select(row => row.Id.Number), Is.Unique.And.All.LessThan(RequirementId.Bound));
    }

    // The number of a group is that of its ids, and stored.
    [Test]
    public void Groups_have_their_numbers_for_good()
    {
        const string numbered =
            "Abi=1 MigFeat=2 MigFsm=3 MigFd=4 MigPre=5 Pinfo2=6 MigStop=7 MigP2p=8 MigRes=9 MigErr=10 Size=11 Dlog=12 Seed=13 Handover=14 SmmuReg=15 "
            + "SmmuSte=16 SmmuCd=17 SmmuWalk=18 SmmuEvt=19 SmmuCmdq=20 SmmuCache=21 SmmuHttu=22 SmmuNest=23 Dirty=24 Vms=25";
        Assert.That(RequirementGroups.All.Select(group => $"{group}={(int)group}"), Is.SupersetOf(numbered.Split(' ')));
        Assert.That(RequirementGroups.All, Is.Unique.And.EquivalentTo(Enum.GetValues<RequirementGroup>()));
        Assert.That(RequirementGroups.All.Select(group => (int)group), Is.All.InRange(1, ushort.MaxValue / 128));
    }

    [Test]
    public void Ids_are_the_fields_that_are_called_like_them()
    {
        var fields = typeof(RequirementId)
            .GetFields(BindingFlags.Static | BindingFlags.Public)
            .Select(field => (field.Name, Id: (RequirementId)field.GetValue(null)!))
            .ToList();
        Assert.That(fields.Select(field => field.Id), Is.EquivalentTo(Catalogue.All.Select(row => row.Id)));
        foreach (var (name, id) in fields)
        {
            Assert.That(id.ToString(), Is.EqualTo(name));
            Assert.That(Catalogue.Of(id).Name, Is.EqualTo(name.Replace('_', '-')));
        }

        Assert.That(default(RequirementId), Is.EqualTo(RequirementId.None));
        Assert.That(RequirementId.None.ToString(), Is.EqualTo("None"));
    }

    [Test]
    public void Names_number_each_group_from_one()
    {
        var expected = RequirementGroups.All.SelectMany(group =>
            Enumerable.Range(1, Catalogue.All.Count(row => row.Group == group)).Select(number => $"{group.Name()}-{number:00}")
        );
        Assert.That(Catalogue.All.Select(row => row.Name), Is.EqualTo(expected));
    }

    [Test]
    public void Groups_have_names_suites_titles_and_requirements()
    {
        var groups = RequirementGroups.All;
        Assert.That(groups.Select(group => group.Name()), Is.Unique.And.All.Match("^[A-Z0-9]+(-[A-Z0-9]+)?$"));
        Assert.That(
            groups.Select(group => group.Name().Replace("-", "").ToUpperInvariant()),
            Is.EqualTo(groups.Select(group => group.ToString().ToUpperInvariant()))
        );
        Assert.That(groups.Select(group => group.Title()), Is.Unique.And.None.Empty);
        Assert.That(groups.Select(group => group.Suite()), Is.All.Match("^[a-z]+(-[a-z]+)?$"));
        Assert.That(Catalogue.All.Select(row => row.Group).Distinct(), Is.EquivalentTo(groups));
        foreach (var none in new[] { default, (RequirementGroup)999 })
            Assert.That(() => none.Name(), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    // What the state of an SMMU depends on is said by its identification registers.
    [Test]
    public void Rows_have_levels_where_their_group_has_them()
    {
        foreach (var row in Catalogue.All)
            Assert.That(row.Level is not null, Is.EqualTo(row.Group.HasLevels()), row.Name);
        Assert.That(RequirementGroups.All.Where(group => !group.HasLevels()), Does.Contain(RequirementGroup.SmmuReg).And.Not.Contain(RequirementGroup.Abi));
    }

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
        Assert.That(
            Allocation.Least(() =>
            {
                for (var i = 0; i < 1000; i++)
                    Catalogue.Of(RequirementId.MIG_FSM_06);
            }),
            Is.Zero
        );
    }

    [Test]
    public void Refuses_what_is_no_id()
    {
        Assert.That(() => Catalogue.Of(RequirementId.None), Throws.InstanceOf<ArgumentOutOfRangeException>());
        foreach (
            var number in new[] { long.MinValue, -1, 0, 1, 128, RequirementId.MIG_FSM_06.Number + 121, RequirementId.Bound, ushort.MaxValue, long.MaxValue }
        )
        {
            Assert.That(Catalogue.TryFind(number, out var none), Is.False);
            Assert.That(none, Is.Null);
        }

        Assert.That(Catalogue.TryFind(RequirementId.MIG_FSM_06.Number, out var row), Is.True);
        Assert.That(row!.Id, Is.EqualTo(RequirementId.MIG_FSM_06));
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
            row.Name switch
            {
                "ABI-20" or "ABI-21" or "ABI-22" or "MIG-FEAT-08" => UapiLevel.V6_2,
                "ABI-18" => UapiLevel.V6_6,
                "DLOG-41" or "HANDOVER-13" or "HANDOVER-14" => UapiLevel.V6_7,
                "ABI-16" or "MIG-FEAT-09" => UapiLevel.V7_2,
                "DIRTY-13" or "DIRTY-14" or "DIRTY-15" or "DIRTY-16" or "DIRTY-17" => UapiLevel.V6_1,
                _ => row.Group switch
                {
                    RequirementGroup.MigPre or RequirementGroup.Size => UapiLevel.V6_2,
                    RequirementGroup.Pinfo2 => UapiLevel.V7_2,
                    RequirementGroup.Dirty => UapiLevel.V6_7,
                    var group => group.HasLevels() ? UapiLevel.V6_1 : null,
                },
            };
    }

    private static IEnumerable<string> Texts(Requirement row) =>
        new[] { row.Statement, row.Violation, row.Source, row.Fault, row.Uncheckable, row.Note }.OfType<string>();
}
