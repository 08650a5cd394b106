using System.Buffers.Binary;
using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;

namespace Conformance.Tests.Migration.Odd;

/// <summary>Odd descriptors, dead or alive.</summary>
internal static class OddDescriptors
{
    internal static IReadOnlyList<OddDriver> All { get; } =
    [
        new("descriptors-are-large-numbers", "E-06", "Test >= 0, not > 0", Correct) { Before = static device => new LargeNumbers(device) },
        new("poll-says-more-than-it-was-asked", "MIG-FD-13", "poll always reports readable", Correct) { Before = static device => new PollSaysMore(device) },
        new("poll-is-always-ready", "MIG-PRE-20", "Drivers without a poll of their own report always ready", Correct)
        {
            Around = static (driver, bound) => new PollIsAlwaysReady(driver, bound),
        },
        new("ended-sessions-give-nothing", "MIG-FD-14", "give 0 or an errno", Correct)
        {
            Around = static (driver, bound) => new EndedSessions(driver, bound, CallResult.Success),
        },
        new("ended-sessions-give-eio", "MIG-FD-14", "give 0 or an errno", Correct)
        {
            Around = static (driver, bound) => new EndedSessions(driver, bound, CallResult.Fail(Errno.EIO)),
        },
        new("reads-what-fits", "MIG-FD-22", "bytes not delivered are not lost", Correct) { Before = static device => new ReadsWhatFits(device) },
        new("descriptors-run-out-everywhere", "MIG-FD-23", "EMFILE/ENFILE", Correct)
        {
            Around = static (driver, bound) => new RunsOutEverywhere(driver, bound),
        },
        new("no-descriptor-no-session", "MIG-FD-23", "the FSM may already be in the target", set => new Unsaved(set))
        {
            Around = static (driver, bound) => new NoDescriptorNoSession((Unsaved)driver, bound),
        },
        new("direction-before-position", "MIG-FD-06", "lseek, pread, pwrite give ESPIPE", Correct)
        {
            Around = static (driver, bound) => new DirectionFirst(driver, bound),
        },
        new("info-flags-are-never-echoed", "PINFO2-06", "with input flags 0 the output flags are 0", Correct)
        {
            Needs = MigrationFeatures.PreCopy,
            Around = static (driver, bound) => new NoEcho(driver, bound),
        },
    ];

    private static ReferenceDriver Correct(MigrationFeatures features) => new(features);

    private sealed class LargeNumbers(IMigrationDevice device) : DecoratedDevice(device)
    {
        private const int First = int.MaxValue / 2;

        public override CallResult Feature(in UserBuffer argument)
        {
            var set =
                argument.Bytes.Length >= 16
                && argument.Accessible >= 16
                && (BinaryPrimitives.ReadUInt32LittleEndian(argument.Bytes[4..]) & ~Uapi.Get) == (Uapi.MigDeviceState | Uapi.Set);
            var result = base.Feature(argument);
            if (!set || !result.Ok || argument.ReadOnly)
                return result;
            var handle = argument.Bytes[12..];
            if (BinaryPrimitives.ReadInt32LittleEndian(handle) is >= 0 and var number)
                BinaryPrimitives.WriteInt32LittleEndian(handle, number + First);
            return result;
        }

        public override CallResult Duplicate(int handle)
        {
            var copy = base.Duplicate(handle);
            return copy.Ok ? CallResult.Of(copy.Value + First) : copy;
        }

        protected override int Inner(int handle) => handle - First;
    }

    // POLLERR and POLLHUP are told unasked.
    private sealed class PollSaysMore(IMigrationDevice device) : DecoratedDevice(device)
    {
        public override CallResult Poll(int handle, int events, int timeoutMilliseconds)
        {
            var result = base.Poll(handle, events, timeoutMilliseconds);
            return result.Ok && result.Value != 0 ? CallResult.Of(result.Value | 0x40 | 16) : result;
        }
    }

    private sealed class PollIsAlwaysReady(IMigrationDriver driver, bool bound) : VfioCoreDevice(driver, UapiLevel.V7_2, bound)
    {
        protected override int PollMask(OpenFile file) => 1 | 4;
    }

    private sealed class EndedSessions(IMigrationDriver driver, bool bound, CallResult answer) : VfioCoreDevice(driver, UapiLevel.V7_2, bound)
    {
        protected override CallResult DeadTransfer(OpenFile file) => answer;
    }

    private sealed class ReadsWhatFits(IMigrationDevice device) : DecoratedDevice(device)
    {
        public override CallResult Read(int handle, in UserBuffer buffer) =>
            base.Read(handle, buffer.Accessible is 0 ? buffer : new UserBuffer(buffer.Bytes[..buffer.Accessible]));
    }

    private sealed class RunsOutEverywhere(IMigrationDriver driver, bool bound) : VfioCoreDevice(driver, UapiLevel.V7_2, bound)
    {
        protected override int InstallDescriptor(OpenFile file, out int fd)
        {
            var errno = base.InstallDescriptor(file, out fd);
            return errno == Errno.EMFILE ? Errno.ENFILE : errno;
        }
    }

    private sealed class Unsaved(MigrationFeatures features) : ReferenceDriver(features)
    {
        internal void Return(DeviceState state) => At = state;
    }

    // Who gets no descriptor is taken back to where no session is needed.
    private sealed class NoDescriptorNoSession(Unsaved driver, bool bound) : VfioCoreDevice(driver, UapiLevel.V7_2, bound)
    {
        protected override void DropUninstalled(OpenFile file)
        {
            var back = State switch
            {
                DeviceState.PreCopy => DeviceState.Running,
                DeviceState.PreCopyP2P => DeviceState.RunningP2P,
                _ => DeviceState.Stop,
            };
            EndSession(SessionEnd.Left);
            driver.Return(back);
            PublishState(back);
        }
    }

    private sealed class DirectionFirst(IMigrationDriver driver, bool bound) : VfioCoreDevice(driver, UapiLevel.V7_2, bound)
    {
        protected override CallResult TransferAt(OpenFile file, in UserBuffer buffer, long offset, bool writing) =>
            CallResult.Fail(file.IsSaving == writing ? Errno.EBADF : Errno.ESPIPE);
    }

    private sealed class NoEcho(IMigrationDriver driver, bool bound) : VfioCoreDevice(driver, UapiLevel.V7_2, bound)
    {
        protected override uint InfoFlags(OpenFile file, uint given, bool reinitialised) => OptedIn ? base.InfoFlags(file, given, reinitialised) : 0;
    }
}
