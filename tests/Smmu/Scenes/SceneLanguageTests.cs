using System.Collections;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;
using Conformance.Drivers.Faults;
using Conformance.Drivers.Reference.Smmu;
using Conformance.Engine.Plans;
using Conformance.Engine.Smmu;
using Conformance.Model.Contract;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using Conformance.Suites.Smmu;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Smmu.Scenes;

/// <summary>Scenes as plans: what is written is read again and runs to the same end, and what is no scene is refused without harm.</summary>
[Parallelizable(ParallelScope.Children)]
public sealed class SceneLanguageTests
{
    private static readonly SceneLanguage language = SceneLanguage.Instance;

    private static IEnumerable<TestCaseData> Smmus =>
        from smmu in new (string Name, SmmuCapabilities Capabilities)[]
        {
            ("stage=1", SmmuCapabilities.QemuStage1),
            ("stage=2", SmmuCapabilities.QemuStage2),
            ("nested", SmmuCapabilities.QemuNested),
            ("full", SmmuCapabilities.Full),
        }
        select new TestCaseData(smmu.Capabilities).SetArgDisplayNames(smmu.Name);

    [TestCaseSource(nameof(Smmus))]
    public void Every_scene_of_every_campaign_is_read_as_it_was_written(SmmuCapabilities capabilities)
    {
        using var target = Target(capabilities);
        var count = 0;
        foreach (var scene in Scenes(target, 1, 7, 23))
        {
            count++;
            var bytes = Bytes(scene);
            var from = new PlanReader(bytes);
            var read = language.Read(from);
            Assert.That(from.Left, Is.Zero);
            Assert.That(Bytes(read), Is.EqualTo(bytes));
            var (expected, seen) = (Members(scene), Members(read));
            if (expected != seen)
                Assert.That(seen, Is.EqualTo(expected));
        }

        TestContext.Out.WriteLine($"{count} scenes");
        Assert.That(count, Is.GreaterThan(1000));
    }

    [TestCaseSource(nameof(Smmus))]
    public void A_scene_that_was_read_runs_to_the_same_end(SmmuCapabilities capabilities)
    {
        using var one = Target(capabilities);
        using var other = Target(capabilities);
        var (first, second) = (new SceneRunner(one), new SceneRunner(other));
        foreach (var scene in Scenes(one, 3))
        {
            var (expected, seen) = (first.Run(scene), second.Run(Read(Bytes(scene))));
            Assert.That((seen.Step, seen.Passed, seen.Warning?.Rules), Is.EqualTo((expected.Step, expected.Passed, expected.Warning?.Rules)));
        }
    }

    // What passes shows little of a scene; what fails shows where and in what.
    [Test]
    public void A_failing_scene_that_was_read_fails_in_the_same_way()
    {
        var fault = FaultCatalogue.All.OfType<SmmuFault>().First(fault => fault.Requirements.Contains(RequirementId.SMMU_STE_08));
        using var one = fault.OpenTarget();
        using var other = fault.OpenTarget();
        var (first, second) = (new SceneRunner(one), new SceneRunner(other));
        var failed = 0;
        foreach (var scene in Scenes(one, 3))
        {
            if (first.Run(scene, fromReset: true).Divergence is not { } expected)
                continue;
            failed++;
            var seen = second.Run(Read(Bytes(scene)), fromReset: true).Divergence;
            Assert.That((seen?.Step, seen?.Kind, seen?.Rules), Is.EqualTo((expected.Step, expected.Kind, expected.Rules)));
            Assert.That(seen!.HasSignatureOf(expected));
        }

        Assert.That(failed, Is.GreaterThan(10));
    }

    // Tokens are kept in files and mails: what they say stays, whatever rows the catalogue gets.
    [TestCase(
        "cfm1-GwEBAC-xtZAAAQAnAAEAEQEFAwEfgx6aHhBAH7fXO7M",
        "linear stream table, LOG2SIZE=9; command queue of 64, event queue of 64 entries; CR0=0xd CR2=0x2\n"
            + "stream 0: StreamID 0x3, STE Config=5 (stage 1)\n"
            + "CR0 := 0x1f [SMMU-REG-01, SMMU-REG-13]"
    )]
    [TestCase(
        "cfm1-JAEBAC-xtZAAAQAnAAEAEQEFAwMTgyiKKAECgAQDRhQCRj-EKOTbLQA",
        "linear stream table, LOG2SIZE=9; command queue of 64, event queue of 64 entries; CR0=0xd CR2=0x2\n"
            + "stream 0: StreamID 0x3, STE Config=5 (stage 1)\n"
            + "commands: opcode 0x00 0x300000000 0x0, SYNC [SMMU-CMDQ-01, SMMU-CMDQ-05]\n"
            + "the command 2 before CMDQ_PROD becomes SYNC []\n"
            + "GERRORN := GERROR [SMMU-CMDQ-02]"
    )]
    public void A_fixed_token_reads_as_the_same_scene_with_the_same_aims(string text, string expected)
    {
        Assert.That(ReplayToken.TryParse(text, out var token, out var error), Is.True, error);
        var scene = token!.Read(language);
        var steps = scene.Steps.Select((step, index) => $"{ScenePrinter.Step(scene, step).Trim()} [{step.Aims}]");
        Assert.That(string.Join('\n', [.. ScenePrinter.Configuration(scene), .. steps]), Is.EqualTo(expected));
        Assert.That(ReplayToken.Of(token.Suite, token.MadeFor, language, scene)!.ToString(), Is.EqualTo(text), "it is written as it was");
    }

    // They were the places of rows in a catalogue that has got others since.
    [Test]
    public void Aims_by_their_places_in_an_older_catalogue_are_refused()
    {
        Assert.That(ReplayToken.TryParse("cfm1-GwEBAC-xtZAAAQAnAAEAEQEFAwEewQTYBBBAH-fGI_g", out var token, out _), Is.True);
        Assert.That(() => token!.Read(language), Throws.InstanceOf<PlanFormatException>().With.Message.StartWith("an older kit made it"));
    }

    [Test]
    public void Scenes_are_short_and_written_quickly()
    {
        var scenes = new List<Scene>();
        foreach (var capabilities in new[] { SmmuCapabilities.QemuStage1, SmmuCapabilities.QemuStage2, SmmuCapabilities.QemuNested })
        {
            using var target = Target(capabilities);
            scenes.AddRange(Scenes(target, 1));
        }

        var room = new byte[1 << 16];
        var length = 0L;
        for (var round = 0; round < 20; round++)
            length = WriteAll();
        var clock = Stopwatch.StartNew();
        length = WriteAll();
        clock.Stop();
        Assert.That(Allocation.Least(() => WriteAll()), Is.LessThan(1024), "nothing is allocated per scene");
        var sizes = scenes.Select(scene => Bytes(scene).Length).Order().ToList();
        TestContext.Out.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{scenes.Count} scenes of {(double)length / scenes.Count:f1} bytes, half up to {sizes[sizes.Count / 2]}, the longest {sizes[^1]}: "
                    + $"{clock.Elapsed.TotalNanoseconds / scenes.Count:f0} ns each"
            )
        );
        Assert.That(length / scenes.Count, Is.LessThan(150));

        long WriteAll()
        {
            var sum = 0L;
            foreach (var scene in scenes)
            {
                var writer = new PlanWriter(room);
                language.Write(scene, ref writer);
                sum += writer.Length;
            }

            return sum;
        }
    }

    private const long Most = 4 << 20; // bytes of memory that a reader may use, whatever it is given

    [Test]
    public void What_is_no_scene_is_refused_and_what_is_one_can_be_printed_and_run()
    {
        using var target = Target(SmmuCapabilities.Full);
        var runner = new SceneRunner(target);
        var (read, refused, lost) = (0, 0, 0);
        var samples = Scenes(target, 5).Select(Bytes).Where(bytes => bytes.Length < 200).Where((_, index) => index % 600 == 0).ToList();
        foreach (var bytes in samples)
        {
            for (var length = 0; length < bytes.Length; length++)
                Assert.That(Try(bytes[..length]), Is.False, "a scene that was cut off");
            for (var bit = 0; bit < bytes.Length * 8; bit++)
            {
                var flipped = bytes.ToArray();
                flipped[bit / 8] ^= (byte)(1 << bit % 8);
                Try(flipped);
            }

            Assert.That(Try([.. bytes, 0xff, 0xff]), Is.True, "what stands behind a scene is not looked at");
        }

        var random = new SplitMix(11);
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = new byte[random.Below(100)];
            // Small numbers lead further.
            for (var i = 0; i < bytes.Length; i++)
                bytes[i] = (byte)random.Below(random.Below(4) == 0 ? 256u : 8);
            Try(bytes);
        }

        TestContext.Out.WriteLine($"{samples.Count} samples: {read} scenes, {refused} refused, {lost} ended the SMMU");
        Assert.That(samples, Has.Count.GreaterThan(10));
        Assert.That(Math.Min(read, refused), Is.GreaterThan(1000));
        Assert.That(lost, Is.Zero);

        bool Try(byte[] bytes)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Scene scene;
            try
            {
                scene = Read(bytes);
            }
            catch (PlanFormatException)
            {
                refused++;
                return false;
            }
            finally
            {
                Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(Most));
            }

            read++;
            try
            {
                Assert.That(language.Lines(scene), Has.Count.GreaterThan(language.Steps(scene)));
                if (runner.Run(scene).Loss is not null)
                    lost++;
            }
            catch (Exception error) when (error is not AssertionException)
            {
                Assert.Fail($"{Convert.ToHexString(bytes)}: {error}");
            }

            return true;
        }
    }

    // A count that promises more than there is, or than there may be.
    [Test]
    public void A_promise_costs_nothing()
    {
        foreach (var fill in new byte[] { 0x00, 0x01, 0x03, 0x18, 0x7f, 0x80, 0xff })
        {
            var bytes = new byte[1 << 18];
            bytes.AsSpan().Fill(fill);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Read(bytes);
            }
            catch (PlanFormatException) { }

            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(Most));
        }

        var steps = new byte[1 << 18];
        var writer = new PlanWriter(steps);
        writer.Bytes([0, 0, 0, 0]);
        writer.Number(1 << 17);
        Assert.That(() => Read(steps), Throws.TypeOf<PlanFormatException>());
    }

    // A field is named by the bit that it begins at: no two may begin at the same.
    [Test]
    public void A_place_names_one_field()
    {
        foreach (var kind in Enum.GetValues<StructureKind>())
            Assert.That(StructureFields.All(kind).Select(field => (field.Word, field.Low)), Is.Unique);
    }

    [Test]
    public void A_place_outside_of_memory_is_left_alone()
    {
        using var target = Target(SmmuCapabilities.QemuStage1);
        var scene = new Scene
        {
            Steps =
            [
                new WriteMemoryStep(target.Memory.End, 1),
                new ReadMemoryStep(target.Memory.Start - 8),
                new WriteRegisterStep(SmmuRegister.CmdqBase, 0x10_0000_0000_0005, Wide: true),
                CommandStep.Of(SmmuCommand.Sync()),
            ],
        };
        Assert.That(new SceneRunner(target).Run(Read(Bytes(scene))).Loss, Is.Null);
    }

    private static InMemorySmmuTarget Target(SmmuCapabilities capabilities) => new("reference", () => new MemorySmmu(capabilities), "SMMUv3 in memory");

    private static IEnumerable<Scene> Scenes(ISmmuTarget target, params ulong[] seeds)
    {
        var facts = new SceneRunner(target).Facts;
        foreach (var campaign in SmmuCampaigns.All)
        {
            if (campaign.Lacks(facts) is not null)
                continue;
            foreach (var seed in campaign.IsRandom ? seeds : [seeds[0]])
            foreach (var named in campaign.Plans(facts, new(seed, 300)))
                yield return named.Plan;
        }
    }

    private static byte[] Bytes(Scene scene)
    {
        var room = new byte[1 << 16];
        var writer = new PlanWriter(room);
        language.Write(scene, ref writer);
        Assert.That(writer.Overflows, Is.False);
        return room[..writer.Length];
    }

    private static Scene Read(byte[] bytes) => language.Read(new(bytes));

    /// <summary>Everything that a scene holds, in words: each public property that can be set, down to the numbers.</summary>
    private static string Members(object? value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return text.ToString();
    }

    private static void Append(StringBuilder text, object? value)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case StructureField field:
                text.Append(field.Structure).Append('.').Append(field.Name);
                break;
            case IConvertible:
                text.Append(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
            case IEnumerable many:
                text.Append('[');
                foreach (var one in many)
                {
                    Append(text, one);
                    text.Append(' ');
                }

                text.Append(']');
                break;
            default:
                text.Append(value.GetType().Name).Append('(');
                foreach (var property in Properties(value.GetType()))
                {
                    text.Append(property.Name).Append('=');
                    Append(text, property.GetValue(value));
                    text.Append(' ');
                }

                foreach (var field in value.GetType().GetFields(BindingFlags.Public | BindingFlags.Instance))
                {
                    text.Append(field.Name).Append('=');
                    Append(text, field.GetValue(value));
                    text.Append(' ');
                }

                text.Append(')');
                break;
        }
    }

    private static readonly System.Collections.Concurrent.ConcurrentDictionary<Type, PropertyInfo[]> properties = [];

    private static PropertyInfo[] Properties(Type type) =>
        properties.GetOrAdd(
            type,
            static type =>
                [
                    .. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                        .Where(property => property.CanWrite && property.GetIndexParameters().Length == 0),
                ]
        );
}
