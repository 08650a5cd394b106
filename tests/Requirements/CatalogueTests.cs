using System.Text.RegularExpressions;
using Conformance.Model.Contract;
using Conformance.Model.Requirements;
using NUnit.Framework;

namespace Conformance.Tests.Requirements;

public sealed class CatalogueTests
{
    private static readonly Regex references = new(@"\b(ABI|MIG-[A-Z0-9]+|PINFO2|SIZE|DLOG|SEED|HANDOVER|SMMU-[A-Z]+|DIRTY|VMS)-\d+\b");

    private static readonly RequirementGroup[] checkedGroups =
    [
        RequirementGroup.Abi,
        RequirementGroup.MigFeat,
        RequirementGroup.MigFsm,
        RequirementGroup.MigFd,
        RequirementGroup.MigErr,
        RequirementGroup.Size,
        RequirementGroup.SmmuReg,
        RequirementGroup.SmmuSte,
        RequirementGroup.SmmuCd,
        RequirementGroup.SmmuWalk,
        RequirementGroup.SmmuEvt,
        RequirementGroup.SmmuCmdq,
        RequirementGroup.SmmuCache,
        RequirementGroup.SmmuHttu,
    ];

    [Test]
    public void Has_every_requirement() => Assert.That(Catalogue.All, Has.Count.EqualTo(493));

    // All rows, then MUST, MUST(core), SHOULD, MAY, CONV, USER.
    [TestCase(RequirementGroup.Abi, 26, 18, 8, 0, 0, 0, 0)]
    [TestCase(RequirementGroup.MigFeat, 11, 11, 0, 0, 0, 0, 0)]
    [TestCase(RequirementGroup.MigFsm, 27, 19, 4, 2, 1, 1, 0)]
    [TestCase(RequirementGroup.MigFd, 33, 22, 3, 3, 2, 2, 1)]
    [TestCase(RequirementGroup.MigPre, 25, 17, 0, 7, 1, 0, 0)]
    [TestCase(RequirementGroup.Pinfo2, 14, 10, 2, 2, 0, 0, 0)]
    [TestCase(RequirementGroup.MigStop, 17, 14, 0, 1, 0, 1, 1)]
    [TestCase(RequirementGroup.MigP2p, 13, 9, 0, 0, 2, 0, 2)]
    [TestCase(RequirementGroup.MigRes, 28, 23, 0, 3, 1, 1, 0)]
    [TestCase(RequirementGroup.MigErr, 19, 11, 1, 2, 4, 1, 0)]
    [TestCase(RequirementGroup.Size, 9, 6, 0, 3, 0, 0, 0)]
    [TestCase(RequirementGroup.Dlog, 44, 26, 6, 3, 5, 3, 1)]
    [TestCase(RequirementGroup.Seed, 7, 5, 0, 0, 1, 0, 1)]
    [TestCase(RequirementGroup.Handover, 14, 12, 0, 0, 2, 0, 0)]
    [TestCase(RequirementGroup.SmmuReg, 15, 15, 0, 0, 0, 0, 0)]
    [TestCase(RequirementGroup.SmmuSte, 24, 24, 0, 0, 0, 0, 0)]
    [TestCase(RequirementGroup.SmmuCd, 13, 13, 0, 0, 0, 0, 0)]
    [TestCase(RequirementGroup.SmmuWalk, 27, 27, 0, 0, 0, 0, 0)]
    [TestCase(RequirementGroup.SmmuEvt, 19, 18, 0, 1, 0, 0, 0)]
    [TestCase(RequirementGroup.SmmuCmdq, 16, 16, 0, 0, 0, 0, 0)]
    [TestCase(RequirementGroup.SmmuCache, 26, 24, 0, 0, 2, 0, 0)]
    [TestCase(RequirementGroup.SmmuHttu, 14, 14, 0, 0, 0, 0, 0)]
    [TestCase(RequirementGroup.SmmuNest, 22, 22, 0, 0, 0, 0, 0)]
    [TestCase(RequirementGroup.Dirty, 19, 19, 0, 0, 0, 0, 0)]
    [TestCase(RequirementGroup.Vms, 11, 11, 0, 0, 0, 0, 0)]
    public void Has_every_strength(RequirementGroup group, int all, int must, int mustCore, int should, int may, int convention, int user)
    {
        var rows = Catalogue.All.Where(row => row.Group == group).ToArray();
        Assert.That(rows, Has.Length.EqualTo(all));
        Strength[] strengths = [Strength.Must, Strength.MustCore, Strength.Should, Strength.May, Strength.Convention, Strength.User];
        Assert.That(strengths.Select(strength => rows.Count(row => row.Strength == strength)), Is.EqualTo([must, mustCore, should, may, convention, user]));
    }

    [Test]
    public void Ids_are_the_members_of_the_enum_in_order() =>
        Assert.That(Catalogue.All.Select(row => row.Id), Is.EqualTo(Enum.GetValues<RequirementId>().Where(id => id != RequirementId.None)));

    [Test]
    public void Names_spell_the_ids_and_number_each_group_from_one()
    {
        var expected = Enum.GetValues<RequirementGroup>()
            .SelectMany(group => Enumerable.Range(1, Catalogue.All.Count(row => row.Group == group)).Select(number => $"{group.Name()}-{number:00}"));
        Assert.That(Catalogue.All.Select(row => row.Name), Is.EqualTo(expected));
        Assert.That(Catalogue.All.Select(row => row.Name.Replace('-', '_')), Is.EqualTo(Catalogue.All.Select(row => row.Id.ToString())));
    }

    [Test]
    public void Groups_have_titles() => Assert.That(Enum.GetValues<RequirementGroup>().Select(group => group.Title()), Is.Unique.And.None.Empty);

    [TestCase("migration", 229)]
    [TestCase("dma-logging", 44)]
    [TestCase("smmu", 154)]
    [TestCase("nested", 66)]
    public void Every_group_has_a_suite(string suite, int requirements) =>
        Assert.That(Catalogue.All.Count(row => row.Group.Suite() == suite), Is.EqualTo(requirements));

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

    [TestCase(RequirementId.None)]
    [TestCase((RequirementId)494)]
    [TestCase((RequirementId)ushort.MaxValue)]
    public void Refuses_an_id_outside_the_catalogue(RequirementId id) => Assert.That(() => Catalogue.Of(id), Throws.InstanceOf<ArgumentOutOfRangeException>());

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
            foreach (var text in new[] { row.Statement, row.Violation, row.Source, row.Fault, row.Unchecked }.OfType<string>())
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
        foreach (var text in new[] { row.Statement, row.Violation, row.Source, row.Fault, row.Unchecked }.OfType<string>())
        foreach (Match name in references.Matches(text))
            Assert.That(Catalogue.TryParse(name.Value, out _), Is.True, $"{row.Name} names {name.Value}");
    }

    [Test]
    public void Only_latitude_facts_and_duties_of_the_user_have_no_channel()
    {
        const Channels ways = Channels.Kernel | Channels.Socket | Channels.InProcess;
        var without = Catalogue.All.Where(row => (row.Channels & ways) == 0).ToArray();
        Assert.That(without.Select(row => row.Channels), Is.All.EqualTo(Channels.None));
        Assert.That(without.Where(row => row.Strength is not (Strength.May or Strength.User)).Select(row => row.Id), Is.EqualTo([RequirementId.SIZE_03]));
        Assert.That(without.Select(row => row.Unchecked), Has.None.Null);
        Assert.That(without, Has.Length.EqualTo(18));
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

    [Test]
    public void What_is_to_be_checked_has_a_fault_and_a_channel()
    {
        foreach (var row in Catalogue.All.Where(row => row.Unchecked is null))
        {
            Assert.That(row.Fault, Is.Not.Null.And.Not.Empty, row.Name);
            Assert.That(row.Channels, Is.Not.EqualTo(Channels.None), row.Name);
        }
    }

    // The rows that no plan can turn into a verdict; everything else in these groups is checked.
    [Test]
    public void The_groups_that_are_checked_leave_out_only_what_cannot_be() =>
        Assert.That(
            Catalogue.All.Where(row => checkedGroups.Contains(row.Group) && row.Unchecked is not null).Select(row => row.Id),
            Is.EqualTo([
                RequirementId.ABI_23,
                RequirementId.MIG_FEAT_10,
                RequirementId.MIG_FSM_17,
                RequirementId.MIG_FSM_24,
                RequirementId.MIG_FSM_25,
                RequirementId.MIG_FD_26,
                RequirementId.MIG_FD_31,
                RequirementId.MIG_FD_32,
                RequirementId.MIG_FD_33,
                RequirementId.MIG_ERR_05,
                RequirementId.MIG_ERR_06,
                RequirementId.MIG_ERR_15,
                RequirementId.MIG_ERR_16,
                RequirementId.MIG_ERR_18,
                RequirementId.SIZE_03,
                RequirementId.SIZE_09,
                RequirementId.SMMU_REG_14,
                RequirementId.SMMU_CACHE_14,
                RequirementId.SMMU_CACHE_18,
                RequirementId.SMMU_HTTU_10,
            ])
        );
}
