using Conformance.Drivers.Addresses;
using Conformance.Drivers.Faults;
using Conformance.Drivers.LinuxIommufd;
using Conformance.Drivers.LinuxType1;
using Conformance.Drivers.LinuxVfio;
using Conformance.Drivers.Plugin;
using Conformance.Drivers.QemuSmmu;
using Conformance.Drivers.Reference;

namespace Conformance.Drivers;

/// <summary>
/// The ways to reach a driver, in the order that messages name them. Everything else in this room is used from here, and nothing of it uses this.
/// </summary>
public static class DriverSchemes
{
    private static readonly ReferenceScheme Reference = new();

    /// <summary>All schemes.</summary>
    public static IReadOnlyList<IDriverScheme> All { get; } =
    [Reference, new FaultScheme(Reference), new PluginScheme(), new VfioScheme(), new QemuSmmuScheme(), new IommufdScheme(), new Type1Scheme()];

    private static readonly PluginWorkloads Workloads = new();

    /// <inheritdoc cref="DriverAddress.Parse" path="/summary | /exception"/>
    public static DriverAddress Parse(string text) => DriverAddress.Parse(text, All, Workloads);
}
