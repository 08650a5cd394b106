using Conformance.Drivers.Reference.Migration;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Tests.Migration.Odd;

/// <summary>Odd ways to load a stream, and to refuse one.</summary>
internal static class OddLoads
{
    internal static IReadOnlyList<OddDriver> All { get; } =
    [
        new("refuses-content-at-the-write", "E-22", "Validation may be at write time", set => new RefusesAtTheWrite(set))
        {
            Traits = new ReferenceDriver(MigrationFeatures.StopCopy).Traits with { Validation = ValidationLevel.B },
        },
        new("nothing-is-refused", "E-22", "Validation may be at write time", set => new RefusesNothing(set)),
        new("complete-state-may-be-empty", "MIG-RES-10", "unless the device's complete state is legitimately empty", set => new MayBeEmpty(set)),
        new("two-streams-are-one", "MIG-RES-18", "may load the last one", set => new TakesTheLastStream(set)),
        new("header-is-a-stream", "E-21", "A legal stream may be a prefix of another legal stream", set => new HeaderIsAStream(set)),
        new("failed-load-breaks-the-device", "MIG-RES-07", "On failure the state is RS or ERROR", set => new FailedLoadBreaks(set)),
    ];

    private sealed class RefusesAtTheWrite(MigrationFeatures features) : ReferenceDriver(features)
    {
        protected override ResumingSession CreateResuming() => new Forgetful(this);

        private sealed class Forgetful(ReferenceDriver device) : ResumingSession(device)
        {
            public override int Finish() => IsPoisoned ? Errno.None : base.Finish();
        }
    }

    private sealed class RefusesNothing(MigrationFeatures features) : PlainDriver(features)
    {
        public override DeviceTraits Traits { get; } = new() { Validation = ValidationLevel.C };

        protected override int Load(ReadOnlySpan<byte> image)
        {
            _ = base.Load(image);
            return Errno.None;
        }
    }

    private sealed class MayBeEmpty(MigrationFeatures features) : PlainDriver(features)
    {
        public override DeviceTraits Traits { get; } = new() { EmptyState = true };

        protected override int Load(ReadOnlySpan<byte> image) => image.IsEmpty ? Reset() : base.Load(image);
    }

    private sealed class TakesTheLastStream(MigrationFeatures features) : PlainDriver(features)
    {
        public override DeviceTraits Traits { get; } = new() { JoinedStreams = true };

        protected override int Load(ReadOnlySpan<byte> image) =>
            image.Length > ImageBytes && image.Length % ImageBytes == 0 ? base.Load(image[^ImageBytes..]) : base.Load(image);
    }

    private sealed class HeaderIsAStream(MigrationFeatures features) : PlainDriver(features)
    {
        public override DeviceTraits Traits { get; } = new() { Stream = StreamFields.Of($"fixed 0+8, length 8+8, complete {HeaderBytes}") };

        protected override int Load(ReadOnlySpan<byte> image) =>
            image.Length == HeaderBytes && image[..sizeof(ulong)].SequenceEqual(Save().AsSpan(0, sizeof(ulong))) ? Reset() : base.Load(image);
    }

    private sealed class FailedLoadBreaks(MigrationFeatures features) : PlainDriver(features)
    {
        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            var result = base.TakeArc(from, to, out file);
            return from == DeviceState.Resuming && result.Errno != 0 ? result with { Broken = true } : result;
        }
    }
}
