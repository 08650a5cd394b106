using Conformance.Drivers.VfioCore;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;

namespace Conformance.Drivers.Reference.HisiAcc;

/// <summary>The core around <see cref="HisiAccDriver"/>: in Linux the end of a session is the driver's business, here it is the core's.</summary>
/// <param name="driver">The driver.</param>
/// <param name="habits">What the driver does other than the contract asks.</param>
/// <param name="level">The uAPI level that is shown.</param>
/// <param name="bound">True when access is granted at the open (ABI-18).</param>
internal sealed class HisiAccCore(IMigrationDriver driver, HisiAccHabits habits, UapiLevel level, bool bound) : VfioCoreDevice(driver, level, bound)
{
    /// <inheritdoc/>
    protected override void EndSession(SessionEnd cause)
    {
        if (cause == SessionEnd.Closed && (habits & HisiAccHabits.SessionOutlivesDevice) != 0)
            ForgetSession();
        else
            base.EndSession(cause);
    }
}
