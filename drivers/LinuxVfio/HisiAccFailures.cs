using System.Globalization;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>
/// Makes arcs of <c>hisi_acc_vfio_pci</c> fail through the software device of labs/hisi, which can be told not to pause a function: then the driver cannot stop
/// it. Two arcs stop one, RUNNING to STOP and PRE_COPY to STOP_COPY; what errno they give is the driver's own business.
/// </summary>
/// <param name="calls">The guest.</param>
/// <param name="function">The function, <c>19e5:00:00.1</c> for one.</param>
internal sealed class HisiAccFailures(ISystemCalls calls, string function) : IFailureInjection
{
    private const int PauseFails = 1;

    private int armed = -1;
    private bool isTold;

    /// <summary>True when the function is one of the software device, which then does nothing wrong any more, whoever told it to.</summary>
    public static bool AreThere(ISystemCalls calls, string function)
    {
        if (!calls.Exists(PathOf(function)))
            return false;
        new HisiAccFailures(calls, function).Tell(0);
        return true;
    }

    /// <inheritdoc/>
    public FailureSeams Seams => FailureSeams.Arcs;

    /// <summary>True when the next SET may have to fail.</summary>
    public bool IsArmed => armed >= 0;

    /// <inheritdoc/>
    public bool CanFail(DeviceState from, DeviceState to) =>
        (from, to) is (DeviceState.Running, DeviceState.Stop) or (DeviceState.PreCopy, DeviceState.StopCopy);

    /// <inheritdoc/>
    public void FailArc(int arc, int errno, bool broken) => armed = arc;

    /// <summary>Not declared: the image is read from memory that the driver has.</summary>
    public void FailSave(int bytes, int errno) => throw new NotSupportedException("a save of this driver cannot be made to fail");

    /// <summary>Not declared.</summary>
    public void FailSaveRequest(int errno) => throw new NotSupportedException("a save of this driver cannot be made to fail");

    /// <summary>Not declared.</summary>
    public void DelayArcs(int milliseconds) => throw new NotSupportedException("arcs of this driver cannot be made to take long");

    /// <summary>Nothing is armed any more: the device was reset, or closed.</summary>
    public void Disarm() => armed = -1;

    /// <summary>A request begins: it fails when the armed arc is one on its way that stops the function.</summary>
    /// <param name="from">The state before it; null when the device does not say.</param>
    /// <param name="target">What it asks for.</param>
    public void Begin(DeviceState? from, uint target)
    {
        isTold = from is { } origin && armed == StoppingArc(origin, (DeviceState)target);
        armed = -1;
        if (isTold)
            Tell(PauseFails);
    }

    /// <summary>The request is over.</summary>
    public void End()
    {
        if (isTold)
            Tell(0);
        isTold = false;
    }

    // Which arc of a request stops the function, from 0. There is no P2P, and all ways out of PRE_COPY but the one to STOP_COPY lead through RUNNING.
    private static int StoppingArc(DeviceState from, DeviceState target) =>
        (from, target) switch
        {
            (DeviceState.Running, DeviceState.Stop or DeviceState.StopCopy or DeviceState.Resuming) => 0,
            (DeviceState.PreCopy, DeviceState.StopCopy) => 0,
            (DeviceState.PreCopy, DeviceState.Stop or DeviceState.Resuming) => 1,
            _ => -1,
        };

    private void Tell(int fault)
    {
        var result = calls.WriteText(PathOf(function), fault.ToString(CultureInfo.InvariantCulture));
        if (!result.Ok)
            throw new DeviceLostException(DeviceLoss.Unreachable, $"the software device cannot be told to fail: {Errno.Name(result.Errno)}");
    }

    private static string PathOf(string function) => $"/sys/kernel/debug/fakeqm/{function}/fault";
}
