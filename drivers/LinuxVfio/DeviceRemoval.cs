using Conformance.Drivers.Processes;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>
/// How a device leaves its machine and comes back under its name, by sysfs: a mediated device is removed and created again, another one is unbound from its
/// driver and bound again. The kernel waits in it until nobody has the device open.
/// </summary>
internal sealed class DeviceRemoval
{
    private readonly ISystemCalls calls;
    private readonly string name;
    private readonly (string Path, string Text) away,
        back;
    private bool isBegun;

    private DeviceRemoval(ISystemCalls calls, string name, (string Path, string Text) away, (string Path, string Text) back)
    {
        this.calls = calls;
        this.name = name;
        this.away = away;
        this.back = back;
    }

    /// <summary>The way of a device, or null where there is none.</summary>
    public static DeviceRemoval? Of(ISystemCalls calls, VfioLocation device)
    {
        if (device.Creator(calls) is { } creator)
            return new(calls, device.Name, (device.Folder + "/remove", "1"), (creator, device.Name));
        if (calls.ReadLink(device.Folder + "/driver") is not { } driver)
            return null;
        // The link is gone with the driver, so its end is what counts: ../../../bus/pci/drivers/NAME.
        return driver.IndexOf("bus/", StringComparison.Ordinal) is >= 0 and var at
            ? new(calls, device.Name, ($"/sys/{driver[at..]}/unbind", device.Name), ($"/sys/{driver[at..]}/bind", device.Name))
            : null;
    }

    /// <summary>Begins while the device is open, and does not wait.</summary>
    /// <exception cref="DeviceLostException">It cannot be begun.</exception>
    public void Begin()
    {
        Demand(calls.BeginWriteText(away.Path, away.Text), "cannot be removed");
        isBegun = true;
    }

    /// <summary>Waits for the end of what was begun, or does all of it.</summary>
    /// <exception cref="DeviceLostException">It failed.</exception>
    public void End()
    {
        Demand(isBegun ? calls.EndWriteText() : calls.WriteText(away.Path, away.Text), "cannot be removed");
        isBegun = false;
    }

    /// <summary>Brings the device back, unless it was lost with the machine that had it: one that was booted since has it.</summary>
    /// <param name="now">The machine as it is now.</param>
    /// <exception cref="DeviceLostException">It does not come back.</exception>
    public void BringBack(ISystemCalls now)
    {
        if (ReferenceEquals(now, calls))
            Demand(calls.WriteText(back.Path, back.Text), "does not come back");
    }

    private void Demand(CallResult result, string what)
    {
        if (!result.Ok)
            throw new DeviceLostException(DeviceLoss.Unreachable, $"{ForeignText.Line(name)} {what}: {Errno.Name(result.Errno)}");
    }
}
