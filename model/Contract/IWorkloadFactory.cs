namespace Conformance.Model.Contract;

/// <summary>
/// A workload of one's own, in an assembly that an address names: <c>vfio:0000:75:00.1?workload=plugin:My.dll</c>. The class is public and has a public
/// constructor without parameters.
/// <para>
/// What throws, does not return or declares what cannot be is an error of the workload: the run ends with that, and no verdict on the driver.
/// </para>
/// </summary>
public interface IWorkloadFactory
{
    /// <summary>
    /// Makes the workload of a device that was just opened. Devices are opened again and again, one after the other: nothing of an earlier one is of use.
    /// </summary>
    IWorkload Create(IDevicePort device);
}
