using Conformance.Drivers;
using Conformance.Engine.Migration;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using Conformance.Suites.Migration;
using NUnit.Framework;

namespace Conformance.Tests.Plans;

/// <summary>The form in which a worker notes the plan that it runs, and which is all that is left of it when it dies.</summary>
[Category("quick")]
public sealed class JournalFormTests
{
    private static readonly MigrationLanguage language = MigrationLanguage.Instance;

    [Test]
    public void Every_plan_comes_back([Values("full", "stop_copy")] string name)
    {
        using var target = DriverSchemes.Parse($"reference:{name}").Open<IMigrationTarget>();
        var machine = Survey.Look(target, NullJournal.Instance).Machine!;
        var compared = 0;
        foreach (var named in MigrationCampaigns.All.SelectMany(campaign => campaign.Plans(machine, new(1, 4))))
        {
            var plan = language.Recall(new(Noted(named.Plan)));
            Assert.That(plan.Steps, Is.EqualTo(named.Plan.Steps), named.Plan.ToString());
            Assert.That((plan.Unbound, plan.IsConcurrent), Is.EqualTo((named.Plan.Unbound, named.Plan.IsConcurrent)), named.Plan.ToString());
            Assert.That(plan.Schedule, Is.EqualTo(named.Plan.Schedule), named.Plan.ToString());
            compared++;
        }

        Assert.That(compared, Is.GreaterThan(1000));
    }

    [Test]
    public void What_is_no_plan_is_none()
    {
        var noted = Noted(Plan.Of(Step.Set(DeviceState.Stop), Step.Get));
        for (var length = 0; length < noted.Length; length++)
            Assert.That(() => language.Recall(new(noted.AsMemory(0, length))), Throws.TypeOf<PlanFormatException>(), $"{length} bytes");
        var kind = noted.AsSpan().IndexOf((byte)StepKind.SetState);
        noted[kind] = 0xFF;
        Assert.That(() => language.Recall(new(noted)), Throws.TypeOf<PlanFormatException>());
    }

    private static byte[] Noted(Plan plan)
    {
        var bytes = new byte[Journal.MaxPlan];
        var writer = new PlanWriter(bytes);
        language.Note(plan, ref writer);
        Assert.That(writer.Overflows, Is.False);
        return bytes[..writer.Length];
    }
}
