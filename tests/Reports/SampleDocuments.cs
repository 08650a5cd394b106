using Conformance.Reports;

namespace Conformance.Tests.Reports;

/// <summary>Documents made by hand: one that conforms and one in which everything went wrong.</summary>
internal static class SampleDocuments
{
    internal static ResultDocument Green { get; } =
        new()
        {
            Kit = "0.1.0",
            Driver = new()
            {
                Address = "reference:full",
                Channel = "in-process",
                Features = FeatureSet.Of(7),
                Level = "7.2",
                Traits = "5d41402a",
            },
            Run = new()
            {
                Suites = ["migration"],
                Seed = 1,
                Plans = 256,
            },
            Requirements =
            [
                Row("ABI-01", RequirementVerdict.Pass) with
                {
                    Exercised = 12,
                },
                Row("MIG-FSM-06", RequirementVerdict.Pass) with
                {
                    Exercised = 1_234,
                },
                Row("MIG-STOP-01", RequirementVerdict.NotExercised) with
                {
                    Mandatory = false,
                    Reason = "needs a workload that does DMA",
                },
            ],
            Coverage = new()
            {
                RequestPairs = new(50, 50, 72),
                Arcs = new(15, 15, 15),
                ArcPairs = new(35, 35, 35),
                Unreachable = [new("ER>RU", "ERROR is never a target")],
            },
            Campaigns = [new("breadth-first", 40, 200, 20), new("walks", 256, 5_120, 900)],
            Environment = new()
            {
                Started = "2026-01-02T03:04:05Z",
                DurationSeconds = 1.5,
                HostKernel = "Linux 6.12.0",
                KitBuild = "0.1.0+abc",
            },
        };

    internal static ResultDocument Red { get; } =
        Green with
        {
            Driver = Green.Driver with { Identity = [new("kernel", "Linux 6.12.0"), new("driver", "mtty srcversion 1F2E3D")] },
            Requirements =
            [
                Row("ABI-01", RequirementVerdict.Pass) with
                {
                    Exercised = 12,
                },
                Row("ABI-12", RequirementVerdict.Warning) with
                {
                    Exercised = 4,
                    Warned = 1,
                    Finding = 1,
                    Strength = "SHOULD",
                },
                Row("MIG-FSM-06", RequirementVerdict.Violation) with
                {
                    Exercised = 90,
                    Violated = 3,
                    Finding = 0,
                },
                Row("MIG-FSM-27", RequirementVerdict.Hang) with
                {
                    Exercised = 1,
                    Violated = 1,
                    Finding = 2,
                },
                Row("MIG-RES-17", RequirementVerdict.Crash) with
                {
                    Exercised = 1,
                    Violated = 1,
                    Finding = 3,
                },
                Row("MIG-RES-18", RequirementVerdict.Flaky) with
                {
                    Exercised = 9,
                    Violated = 2,
                },
                Row("MIG-ERR-03", RequirementVerdict.ExpectedDeviation) with
                {
                    Exercised = 2,
                    Violated = 2,
                    Reason = "firmware 1.2 needs a second reset",
                    Link = "https://example.org/bug/1",
                },
                Row("MIG-ERR-07", RequirementVerdict.UnexpectedPass) with
                {
                    Exercised = 2,
                    Reason = "fixed in firmware 1.3",
                },
                Row("MIG-STOP-01", RequirementVerdict.NotExercised) with
                {
                    Reason = "needs a workload that does DMA",
                },
                Row("MIG-STOP-02", RequirementVerdict.NotExercised) with
                {
                    Reason = "needs a workload that does DMA",
                },
                Row("DLOG-01", RequirementVerdict.NotExercised) with
                {
                    Mandatory = true,
                },
            ],
            Findings =
            [
                new()
                {
                    Requirements = ["MIG-FSM-06", "MIG-FSM-07"],
                    Kind = "state",
                    Verdict = RequirementVerdict.Violation,
                    Campaign = "breadth-first",
                    Expected = "SET RU>SC: success, then STOP_COPY",
                    Seen = "success, then STOP",
                    Occurrences = 3,
                    Minimised = true,
                    Steps = ["open", "SET STOP_COPY", "GET state", "close"],
                    FailingStep = 2,
                    Trace = [new(0, "opened", ""), new(1, "0, data_fd 5", "new session"), new(2, "device_state 1", "STOP")],
                },
                new()
                {
                    Requirements = ["ABI-12"],
                    Kind = "guard",
                    Verdict = RequirementVerdict.Warning,
                    Campaign = "probes",
                    Expected = "guard bytes unchanged",
                    Seen = "byte 24 is 0x00",
                },
                new()
                {
                    Requirements = ["MIG-FSM-27"],
                    Kind = "hang",
                    Verdict = RequirementVerdict.Hang,
                    Campaign = "breadth-first",
                    Expected = "an answer within 10 s",
                    Seen = "no answer",
                    Steps = ["SET PRE_COPY", "SET STOP_COPY", "SET PRE_COPY"],
                    FailingStep = 2,
                },
                new()
                {
                    Requirements = ["MIG-RES-17"],
                    Kind = "crash",
                    Verdict = RequirementVerdict.Crash,
                    Campaign = "probes",
                    Expected = "an errno",
                    Seen = "the process ended with 134",
                    Steps = ["SET RESUMING", "write 16 bytes"],
                    FailingStep = 1,
                    LastWords = "Unhandled exception.\nSystem.OutOfMemoryException",
                },
            ],
            ExpectationErrors = ["line 7: MIG-ERR-07 passes now"],
            HarnessErrors = ["worker: a message could not be read"],
            Notes = ["the release string is 6.12.95"],
            Campaigns = [new("breadth-first", 12, 40, 2, "abandoned after 3 hangs"), new("probes", 30, 90, 10)],
        };

    /// <summary>A document in which every string is hostile, as large as asked for.</summary>
    internal static ResultDocument Hostile(string text) =>
        Red with
        {
            Kit = text,
            Driver = new()
            {
                Address = text,
                Identity = [new(text, text)],
                Channel = text,
                Features = new()
                {
                    Value = 9,
                    Names = [text],
                    Text = text,
                },
                Level = text,
                Traits = text,
            },
            Run = new()
            {
                Suites = [text],
                Campaign = text,
                Seed = ulong.MaxValue,
                Plans = 1,
                Shard = text,
                Shards = 2,
                CutShort = text,
            },
            Requirements =
            [
                new()
                {
                    Id = text,
                    Group = text,
                    Strength = text,
                    Statement = text,
                    Source = text,
                    Verdict = RequirementVerdict.Violation,
                    Violated = 1,
                    Finding = 0,
                    Reason = text,
                    Link = text,
                },
                new()
                {
                    Id = "X-1",
                    Group = text,
                    Strength = text,
                    Statement = text,
                    Verdict = RequirementVerdict.NotExercised,
                    Reason = text,
                },
                new()
                {
                    Id = "X-2",
                    Group = text,
                    Strength = text,
                    Statement = text,
                    Verdict = RequirementVerdict.ExpectedDeviation,
                    Reason = text,
                    Link = text,
                },
                new()
                {
                    Id = "X-3",
                    Group = text,
                    Strength = text,
                    Statement = text,
                    Verdict = RequirementVerdict.UnexpectedPass,
                    Reason = text,
                },
                new()
                {
                    Id = "X-4",
                    Group = text,
                    Strength = text,
                    Statement = text,
                    Verdict = RequirementVerdict.Warning,
                    Finding = 0,
                },
                new()
                {
                    Id = "X-5",
                    Group = text,
                    Strength = text,
                    Statement = text,
                    Verdict = RequirementVerdict.Crash,
                    Finding = 0,
                },
            ],
            Findings =
            [
                new()
                {
                    Requirements = [text, text],
                    Kind = text,
                    Verdict = RequirementVerdict.Violation,
                    Campaign = text,
                    Expected = text,
                    Seen = text,
                    Steps = [text, text],
                    FailingStep = 1,
                    Trace = [new(0, text, text)],
                    LastWords = text,
                    CutShort = text,
                    Repeats = text,
                    Replay = text,
                    Reason = text,
                },
                new()
                {
                    Requirements = [text],
                    Kind = text,
                    Verdict = RequirementVerdict.Violation,
                    Campaign = text,
                    Expected = text,
                    Seen = text,
                },
            ],
            Coverage = new()
            {
                RequestPairs = new(1, 2, 3),
                Arcs = new(1, 2, 3),
                ArcPairs = new(1, 2, 3),
                Unreachable = [new(text, text)],
                Tables = text,
            },
            Campaigns = [new(text, 1, 1, 1, text) { Witnesses = [new(text, 0)] }],
            ExpectationErrors = [text],
            HarnessErrors = [text],
            Notes = [text],
        };

    internal static RequirementResult Row(string id, RequirementVerdict verdict) =>
        new()
        {
            Id = id,
            Group = id[..id.LastIndexOf('-')],
            Strength = "MUST",
            Statement = $"The statement of {id} holds.",
            Source = "uapi:example",
            Verdict = verdict,
        };
}
