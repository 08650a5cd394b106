using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using NUnit.Framework;
using static Conformance.Model.Contract.Errno;

namespace Conformance.Tests.Drivers;

/// <summary>The core where threads call that nobody schedules: what a reset does beside a call that has not come back.</summary>
[Category("quick")]
public sealed class VfioCoreThreadsTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Test]
    public void A_reset_beside_a_read_waits_and_gives_the_driver_s_answer()
    {
        using var driver = new Stopping { ResetGives = EIO };
        using var device = new VfioCoreDevice(driver);
        Assert.That(device.Set(DeviceState.PreCopy, out var fd).Ok);
        driver.StopsAt = "read";
        var read = Started(() => device.Read(fd, new byte[8]));
        driver.WaitUntilStopped();
        var reset = Started(device.Reset);
        Assert.That(reset.Wait(20), Is.False, "it waits: the driver is in the read");
        driver.GoOn();
        Assert.Multiple(() =>
        {
            Assert.That(Ended(read).Value, Is.EqualTo(8));
            Assert.That(Ended(reset).Errno, Is.EqualTo(EIO));
            Assert.That(device.State(), Is.EqualTo(DeviceState.PreCopy), "refused, with nothing changed");
        });
    }

    [Test]
    public void A_reset_beside_a_request_comes_back_at_once_and_is_done_before_the_next_call()
    {
        using var driver = new Stopping();
        using var device = new VfioCoreDevice(driver);
        driver.StopsAt = "arc";
        var set = Started(() => device.Set(DeviceState.StopCopy));
        driver.WaitUntilStopped();
        Assert.That(Ended(Started(device.Reset)).Ok, "while the request hangs");
        var get = Started(() => device.Get(out var state).Ok ? CallResult.Of((int)state) : CallResult.Fail(EIO));
        driver.GoOn();
        Assert.Multiple(() =>
        {
            Assert.That(Ended(set).Ok);
            Assert.That(Ended(get).Value, Is.EqualTo((int)DeviceState.Running));
            Assert.That(driver.Resets, Is.EqualTo(1));
        });
    }

    [Test]
    public void Calls_on_a_session_and_requests_do_not_come_between_each_other([Values(1, 2, 3)] int seed)
    {
        using var device = new VfioCoreDevice(new ReferenceDriver((MigrationFeatures)7));
        const int rounds = 2000;
        var handle = -1;
        var reader = Started(() =>
        {
            var (buffer, failed) = (new byte[16 * seed], 0);
            for (var round = 0; round < rounds; round++)
                if (device.Read(Volatile.Read(ref handle), buffer).Errno is not (0 or EBADF or ENODEV or ENOMSG))
                    failed++;
            return CallResult.Of(failed);
        });
        for (var round = 0; round < rounds / 10; round++)
        {
            Assert.That(device.Set(round % 2 == 0 ? DeviceState.PreCopy : DeviceState.StopCopy, out var fd).Ok);
            Volatile.Write(ref handle, fd);
            Assert.That(device.Set(DeviceState.Running).Ok);
            Assert.That(device.CloseData(fd).Ok);
            Assert.That(round % seed != 0 || device.Reset().Ok);
        }

        Assert.That(Ended(reader).Value, Is.Zero, "answers that no reader may get");
    }

    private static Task<CallResult> Started(Func<CallResult> call) => Task.Factory.StartNew(call, TaskCreationOptions.LongRunning);

    private static CallResult Ended(Task<CallResult> call)
    {
        Assert.That(call.Wait(Deadline), "it does not come back");
        return call.Result;
    }

    // A driver that stops in the middle of one call until it is told to go on.
    private sealed class Stopping() : ReferenceDriver((MigrationFeatures)7), IDisposable
    {
        private readonly ManualResetEventSlim stopped = new(),
            goOn = new();

        public string StopsAt { get; set; } = "";

        public int ResetGives { get; init; }

        public int Resets { get; private set; }

        public void WaitUntilStopped() => Assert.That(stopped.Wait(Deadline));

        public void GoOn() => goOn.Set();

        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            Stop("arc");
            return base.TakeArc(from, to, out file);
        }

        public override int Reset()
        {
            Resets++;
            return ResetGives == 0 ? base.Reset() : ResetGives;
        }

        protected override SavingSession CreateSaving() => new Saver(this);

        void IDisposable.Dispose()
        {
            stopped.Dispose();
            goOn.Dispose();
        }

        private void Stop(string where)
        {
            if (StopsAt != where)
                return;
            StopsAt = "";
            stopped.Set();
            goOn.Wait(Deadline);
        }

        private sealed class Saver(Stopping device) : SavingSession(device)
        {
            public override CallResult Read(Span<byte> buffer)
            {
                device.Stop("read");
                return base.Read(buffer);
            }
        }
    }
}
