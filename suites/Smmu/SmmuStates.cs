using Conformance.Engine.Campaigns;
using Conformance.Engine.Judging;
using Conformance.Engine.Smmu;
using Conformance.Engine.Snapshots;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Serialization.Qemu;
using Conformance.Model.Smmu.Device;
using Conformance.Reports;
using Conformance.Suites.Seam;

namespace Conformance.Suites.Smmu;

/// <summary>
/// The states of an SMMU: what it saves in each of the states that <c>migrated-in-every-state</c> and <c>gbpa-of-a-migrated-smmu</c> bring it into. Of a
/// stream of QEMU the SMMU's section alone is kept, with its subsection: what the rest of the machine saves is not the SMMU's.
/// </summary>
internal sealed class SmmuStates : IStateSource
{
    // Nothing is judged here: a scene goes on behind whatever leaves its state in no doubt.
    private static readonly KnownDeviations anything = new([new Expectation { When = "kind!=none", Verdict = RequirementVerdict.Violation.Name() }]);

    private readonly ISmmuTarget target;
    private readonly SceneRunner runner;
    private readonly IJournal journal;
    private readonly IReadOnlyList<Named<Scene>> scenes;
    private byte[]? saved;

    /// <param name="target">The SMMU, which is released with this.</param>
    /// <param name="journal">Where it is noted what runs.</param>
    internal SmmuStates(ISmmuTarget target, IJournal journal)
    {
        this.target = target;
        this.journal = journal;
        journal.Enter(-1);
        // A plugin may give the same array each time.
        runner = new(target, journal) { Known = anything, Saved = bytes => saved ??= [.. bytes] };
        journal.Leave();
        if (runner.Facts.StateFormat == SmmuStateFormat.None)
            throw new DeviceLostException(
                DeviceLoss.Unreachable,
                "the state of this SMMU cannot be saved, so there is none to compare (of a QEMU it can with migration=on in the address)"
            );
        scenes = [.. StateCampaigns.ToFreeze(runner.Facts)];
    }

    public IReadOnlyList<string> Names => [.. scenes.Select(scene => scene.Note)];

    public byte[] Save(int number)
    {
        saved = null;
        var plan = scenes[number].Plan;
        journal.Begin(0, number, SceneLanguage.Instance, plan);
        // As what is run again it begins with the reset line: caches are no part of a state, and what ran before is no part of this one.
        var result = ((IJudge<Scene>)runner).Run(plan, null, again: true);
        if (result.HarnessError is { } error)
            throw new DeviceLostException(DeviceLoss.Unreachable, error);
        if (result.Worst is { IsLoss: true } loss)
        {
            var finding = runner.Describe(plan, loss);
            throw new StateException(string.Join(": ", new[] { finding.Seen, finding.LastWords }.Where(text => !string.IsNullOrEmpty(text))));
        }

        if (saved is null)
        {
            // Where the SMMU differs in what leaves its state in doubt, the scene ended before its last step: what it has come to is as good.
            journal.Enter(plan.Steps.Length - 1);
            runner.Save();
            journal.Leave();
        }

        journal.End();
        if (saved is not { } bytes)
            throw new StateException("the SMMU saved nothing");
        if (bytes.Length > StateException.MaxBytes && runner.Facts.StateFormat != SmmuStateFormat.Qemu)
            throw new StateException($"the state has more than {StateException.MaxBytes >> 10} KiB");
        return runner.Facts.StateFormat == SmmuStateFormat.Qemu ? Section(bytes) : bytes;
    }

    private static byte[] Section(byte[] stream) =>
        SmmuVmStream.Read(QemuStream.Read(stream), out var problem) is { } state
            ? SmmuVmStream.Write("none", state)
            : throw new StateException($"what was saved has no section of an SMMU that is understood: {problem}");

    public void Dispose() => target.Dispose();
}
