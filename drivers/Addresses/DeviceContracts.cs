using Conformance.Model.Migration.Device;
using Conformance.Model.Nested.Device;
using Conformance.Model.Smmu.Device;

namespace Conformance.Drivers.Addresses;

/// <summary>The kinds of device in words, for messages.</summary>
internal static class DeviceContracts
{
    private static readonly (Type Contract, string Words)[] Known =
    [
        (typeof(IMigrationTarget), "a migration driver"),
        (typeof(ISmmuTarget), "an SMMU"),
        (typeof(INestedTarget), "a host of nested stages"),
    ];

    /// <summary>A contract in words, with its article.</summary>
    internal static string Words(Type contract) => Array.Find(Known, known => known.Contract == contract).Words ?? contract.Name;
}
