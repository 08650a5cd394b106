using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Engine.Migration;

/// <summary>The first call into a driver: the open.</summary>
internal static class FirstCall
{
    /// <summary>
    /// Opens a device, which the journal notes as a call with a deadline. The machine that the driver runs on is reached before: a boot is no call, and
    /// whatever goes wrong in it says nothing of the driver.
    /// </summary>
    /// <param name="target">The driver.</param>
    /// <param name="journal">Where the call is noted.</param>
    /// <param name="unbound">Without the access that BIND_IOMMUFD grants.</param>
    /// <exception cref="DeviceLostException">There is no machine (<see cref="DeviceLoss.Unreachable"/>), or the device was lost.</exception>
    internal static IMigrationDevice Open(IMigrationTarget target, IJournal journal, bool unbound = false)
    {
        try
        {
            target.Reach();
        }
        catch (DeviceLostException lost) when (lost.Loss != DeviceLoss.Unreachable)
        {
            throw new DeviceLostException(DeviceLoss.Unreachable, lost.Message, lost.LastWords);
        }

        journal.Enter(-1);
        return unbound ? target.OpenUnbound() : target.Open();
    }
}
