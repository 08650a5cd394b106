using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Conformance.Drivers;
using Conformance.Engine.Migration;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using Conformance.Suites.Migration;
using NUnit.Framework;

namespace Conformance.Tests.Plans;

[Category("quick")]
public sealed class ReplayTokenTests
{
    private static readonly ReplayToken Sample = Token(
        new(7, UapiLevel.V7_2, "1ea325e1"),
        Plan.Of(Step.Set(DeviceState.StopCopy), Step.ReadToEnd(), new Probe(0x20001, 16, Options: ProbeOptions.Garbage).ToStep(), Step.Get)
    );

    // Tokens are kept in files and mails: what version 1 means must never change.
    [Test]
    public void A_fixed_plan_has_a_fixed_token() => Assert.That(Sample.ToString(), Is.EqualTo("cfm1-HgAHvgUeoyXhAAQJAzGAgAR3gYAIkICAgPD_v4ACBMdtCvY"));

    [Test]
    public void The_numbers_of_the_kinds_are_part_of_the_version() =>
        Assert.That(
            string.Join(' ', Enum.GetNames<StepKind>()),
            Does.StartWith(
                "QueryFeatures GetState SetState SetWithoutDescriptor SetReadOnly SetWatched QueryDataSize Reset CloseDevice Reopen Bind Read "
                    + "ReadToEnd ReadDuplicate ReadUnmapped "
                    + "Write WriteRest CloseData StaleRead StaleWrite WrongDirection Seek PositionedRead PositionedWrite Poll DescriptorFlags "
                    + "UnknownDataIoctl PrecopyInfo DeviceIoctl "
                    + "Probe CountDescriptors FailArc FailSave Apply Digest Pause FailSaveRequest"
            )
        );

    [Test]
    public void Every_plan_of_every_campaign_comes_back_as_it_was()
    {
        using var target = DriverSchemes.Parse("reference:full").Open<IMigrationTarget>();
        var machine = Survey.Look(target, NullJournal.Instance).Machine!;
        var count = 0;
        foreach (var plan in MigrationCampaigns.All.SelectMany(campaign => campaign.Plans(machine, new(1, 256))).Select(named => named.Plan))
        {
            var text = Token(new(7, UapiLevel.V6_12, "0123abcd"), plan).ToString();
            Assert.That(ReplayToken.TryParse($"  {text}\n", out var token, out var error), Is.True, error);
            Assert.That((token!.Suite, token.MadeFor), Is.EqualTo((0, new MadeFor(7, UapiLevel.V6_12, "0123abcd"))));
            var back = token.Read(MigrationLanguage.Instance);
            Assert.That(back.Steps.SequenceEqual(plan.Steps) && back.Unbound == plan.Unbound, Is.True, plan.ToString());
            Assert.That(Uri.EscapeDataString(text), Is.EqualTo(text), "a token is a shell word and a part of a URL as it is");
            count++;
        }

        Assert.That(count, Is.GreaterThan(3000));
    }

    // The device is a part of the kind's number that was always 0 before.
    [Test]
    public void A_step_on_the_peer_comes_back()
    {
        var plan = Plan.Of(Step.Get, Step.Set(DeviceState.Stop) with { Device = 1 }, new Step(StepKind.Read, 1, 7, 1ul << 40));
        Assert.That(ReplayToken.TryParse(Token(Sample.MadeFor, plan).ToString(), out var token, out var error), Is.True, error);
        Assert.That(token!.Read(MigrationLanguage.Instance).Steps, Is.EqualTo(plan.Steps));
    }

    [Test]
    public void Every_cut_and_every_changed_character_is_noticed()
    {
        var text = Sample.ToString();
        for (var length = 0; length < text.Length; length++)
            Assert.That(ReplayToken.TryParse(text[..length], out _, out _), Is.False, $"{length} characters");
        for (var at = 0; at < text.Length; at++)
            foreach (var other in "Az0_-%")
                if (text[at] != other)
                    Assert.That(ReplayToken.TryParse(text[..at] + other + text[(at + 1)..], out _, out var error), Is.False, $"'{other}' at {at}: {error}");
    }

    private static IEnumerable<TestCaseData> Wrong()
    {
        var text = Sample.ToString();
        yield return Case("", "the token is empty");
        yield return Case("hello", "a token begins with cfm1-");
        yield return Case("cfm-abc", "a token begins with cfm1-");
        yield return Case("check", "a token begins with cfm1-");
        yield return Case(text.Replace("cfm1", "cfm2", StringComparison.Ordinal), "the token is of version 2, this kit reads version 1");
        yield return Case("cfm99999999999999999999-AAAA", "the token is of version 999999999, this kit reads version 1");
        yield return Case(text[..20] + "+" + text[21..], "character 21 is no part of a token");
        yield return Case(text[..^8], "the token is cut off: 6 of its");
        yield return Case(text + "AAAA", "bytes too many: is it two in one?");
        yield return Case(text[..20] + (text[20] == 'A' ? 'B' : 'A') + text[21..], "the token was changed: its checksum does not fit");
        yield return Case("cfm1-" + new string('A', ReplayToken.MaxLength), "are no token: the longest has 262144");
        yield return Case("cfm1-_____________w", "it does not say how long it is");
        yield return Case(Forge(0, 7, 702, 0, 0, 0, 0, 0, 0), "it holds 0 steps; a plan has 1 to 16384");
        yield return Case(Forge(0, 7, 702, 0, 0, 0, 0, 0, 1ul << 60), "1152921504606846976 where at most 9 can stand");
        yield return Case(Forge(0, 7, 702, 0, 0, 0, 0, 0, 16_384, 4), "16384 where at most 4 can stand");
        yield return Case(Forge(0, 7, 999, 0, 0, 0, 0, 0, 1, 4), "a uAPI level that this kit does not know");
        yield return Case(Forge(0, 7, 702, 0, 0, 0, 0, 0, 1, 4 * 200), "step 1 is of kind 200, which this kit does not know");
        yield return Case(Forge(0, 7, 702, 0, 0, 0, 0, 0, 1, 10 * 1024 + 4), "step 1 is done by thread 5, and there are 4");
        yield return Case(Forge(0, 7, 702, 0, 0, 0, 0, 0, 1, 9, 1ul << 40), "makes no sense");
        yield return Case(Forge(0, 7, 702, 0, 0, 0, 0, 0, 1, 4, 4), "makes no sense");

        static TestCaseData Case(string token, string message) => new TestCaseData(token, message).SetArgDisplayNames(message);
    }

    [TestCaseSource(nameof(Wrong))]
    public void Each_mistake_has_its_message(string token, string message)
    {
        var error = "";
        Assert.That(ReplayToken.TryParse(token, out var read, out var first) && Reads(read, out error), Is.False);
        error = first + error;
        Assert.That(error, Does.Contain(message).And.Not.Contain('\n'));
    }

    // Absurd numbers behind a right checksum must not cost memory.
    [Test]
    public void Nothing_is_allocated_for_a_promise()
    {
        var forged = Forge(0, 7, 702, 0, 0, 0, 0, 0, 16_384, 4);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(ReplayToken.TryParse(forged, out var token, out _) && Reads(token, out _), Is.False);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(32_768), "16 bytes a step would be 262,144");
    }

    private static ReplayToken Token(MadeFor madeFor, Plan plan) => ReplayToken.Of(0, madeFor, MigrationLanguage.Instance, plan)!;

    private static bool Reads(ReplayToken token, out string error)
    {
        try
        {
            token.Read(MigrationLanguage.Instance);
            error = "";
            return true;
        }
        catch (PlanFormatException wrong)
        {
            error = wrong.Message;
            return false;
        }
    }

    // A body with a right length and checksum. Single bytes of the digest are numbers below 128 here.
    private static string Forge(params ulong[] numbers)
    {
        List<byte> body = [.. numbers.SelectMany(Number)];
        List<byte> all = [.. Number((ulong)body.Count), .. body];
        return "cfm1-" + Base64Url.EncodeToString([.. all, .. SHA256.HashData([.. Encoding.ASCII.GetBytes("cfm1-"), .. all])[..4]]);
    }

    private static IEnumerable<byte> Number(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            yield return (byte)(value | 0x80);
        yield return (byte)value;
    }
}
