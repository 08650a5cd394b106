using Conformance.Drivers.Readiness;
using Conformance.Model.Contract;

namespace Conformance.Drivers.Addresses;

/// <summary>
/// One way to reach a driver: all that the kit knows about addresses that begin with <see cref="Name"/> and a colon.
/// <para>
/// To add a scheme, write one class that implements this interface, in a folder of its own in <c>drivers/</c> beside the target that it opens, and add one line
/// to
/// <c>drivers/DriverSchemes.cs</c>. Nothing else asks which scheme an address has: <c>check</c>, <c>doctor</c>, <c>replay</c> and the fixtures get everything
/// from the members below. A scheme for a new kind of device names the device's contract in <see cref="Contracts"/> and opens it in <see cref="Open"/>; for
/// messages, the contract gets its words in <c>DeviceContracts</c>. Rows for its wrong addresses go into <c>tests/Command/WrongInputs.cs</c>, a row for its
/// right ones into the table of drivers in the README.
/// </para>
/// </summary>
public interface IDriverScheme
{
    /// <summary>What stands before the first colon, in lower case: <c>vfio</c>.</summary>
    string Name { get; }

    /// <summary>An address that shows what one looks like. It can be parsed.</summary>
    string Example { get; }

    /// <summary>True when its drivers are part of the kit: opening one costs nothing, and nobody else notices.</summary>
    bool IsBuiltIn => false;

    /// <summary>The values of <c>workload=</c> that the scheme itself understands. Those of <see cref="IWorkloadSource"/> are understood everywhere.</summary>
    IReadOnlyList<string> Workloads => [];

    /// <summary>The options that mean something, sorted. Called before <see cref="Check"/>: the name may be wrong, and is not looked up in any file.</summary>
    IReadOnlyList<string> Keys(DriverAddress address);

    /// <summary>Refuses a name that cannot be right, and values of options that cannot be. Touches no file; what the name names may be missing.</summary>
    /// <exception cref="DriverAddressException">What is wrong, and the address that is right.</exception>
    void Check(DriverAddress address);

    /// <summary>
    /// The address of this scheme that a text without a scheme stands for, or null. It need not pass <see cref="Check"/>: what is said there then answers the
    /// text.
    /// </summary>
    /// <param name="text">What was given as an address, its options left out.</param>
    string? Meant(string text);

    /// <summary>
    /// The contracts that what the address names can be opened as: <see cref="Model.Migration.Device.IMigrationTarget"/>,
    /// <see cref="Model.Smmu.Device.ISmmuTarget"/>. No code of the driver runs.
    /// </summary>
    /// <exception cref="DeviceLostException">That cannot be told, because a file that the address names is missing or wrong.</exception>
    IReadOnlyList<Type> Contracts(DriverAddress address);

    /// <summary>
    /// How long one call into the driver may take before its worker is ended. No less than the deadline that the channel itself keeps, where there is one: what
    /// the channel says of a driver that does not answer says more.
    /// </summary>
    /// <exception cref="DriverAddressException">An option does not fit what the files hold that the address names.</exception>
    /// <exception cref="DeviceLostException">Those files are missing or wrong.</exception>
    TimeSpan Deadline(DriverAddress address);

    /// <summary>Looks at everything that a check of the driver needs, for <c>doctor</c>. Nothing is bound, booted, built or called.</summary>
    IEnumerable<ReadinessLine> Look(DriverAddress address);

    /// <summary>
    /// The first thing that would make opening the driver a long wait in vain, as far as a glance at files shows it; null when there is nothing.
    /// </summary>
    ReadinessLine? Obstacle(DriverAddress address) => null;

    /// <summary>What the files that the address names are, for a report: see <see cref="IIdentified"/>, which the target adds to it.</summary>
    /// <exception cref="DeviceLostException">They are missing or wrong.</exception>
    IReadOnlyList<IdentityFact> Identity(DriverAddress address) => [];

    /// <summary>
    /// Makes the target, or null when what the address names is no <typeparamref name="T"/>. Nothing slow begins before the target's first use.
    /// </summary>
    /// <typeparam name="T">The contract: one of <see cref="Contracts"/>.</typeparam>
    /// <param name="address">An address of this scheme that <see cref="Check"/> let pass.</param>
    /// <param name="withoutFault">True: where a fault is seeded, the correct driver that it is seeded into.</param>
    /// <exception cref="DriverAddressException">An option does not fit the driver, or a file that it names cannot be read.</exception>
    /// <exception cref="DeviceLostException">The driver cannot be reached.</exception>
    T? Open<T>(DriverAddress address, bool withoutFault)
        where T : class;
}
