using Conformance.Drivers.Readiness;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.Addresses;

/// <summary>Where workloads come from that an address names by <c>workload=</c>, and that no scheme has itself.</summary>
public interface IWorkloadSource
{
    /// <summary>True for a value that it can give something for. No file is looked at.</summary>
    bool Knows(string value);

    /// <summary>The values in words, for messages.</summary>
    string Words { get; }

    /// <summary>The same target with that workload, in the place of its own.</summary>
    /// <exception cref="DeviceLostException">The workload cannot be loaded.</exception>
    IMigrationTarget Give(IMigrationTarget target, string value);

    /// <summary>Looks at the files that the value names, for <c>doctor</c>; null when it names none.</summary>
    ReadinessLine? Look(string value);
}
