using Conformance.Drivers.Processes;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;

namespace Conformance.Drivers.Plugin;

/// <summary>A device of somebody else's driver. Disposing of it has no answer, so what the driver threw then is said by the next open.</summary>
internal sealed class PluginCore(GuardedDriver driver, LastBreath last, UapiLevel level, bool bound) : VfioCoreDevice(driver, level, bound), IMigrationDevice
{
    void IDisposable.Dispose()
    {
        try
        {
            Dispose();
        }
        catch (DeviceLostException loss)
        {
            last.Keep(loss);
        }
    }
}
