using Conformance.Drivers.Addresses;
using Conformance.Drivers.Faults;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Workers;
using Conformance.Model.Requirements;

namespace Conformance.Suites.Seam;

/// <summary>What a suite is to code that does not know what its plans are made of.</summary>
public interface ISuite
{
    /// <summary>Its name, as <c>--suite</c> takes it.</summary>
    string Name { get; }

    /// <summary>Its number in replay tokens; never used for another suite.</summary>
    int Token { get; }

    /// <summary>What it asks, in a few words: "the migration of VFIO devices".</summary>
    string Title { get; }

    /// <summary>A built-in driver that has everything, for what can be said without asking the driver at hand.</summary>
    string Sample { get; }

    /// <summary>The built-in drivers that <c>dotnet test</c> asks.</summary>
    IReadOnlyList<string> References { get; }

    /// <summary>The campaigns, in the order in which they run.</summary>
    IReadOnlyList<ICampaign> Campaigns { get; }

    /// <summary>The requirements, in the order of the catalogue.</summary>
    IReadOnlyList<Requirement> Requirements { get; }

    /// <summary>Whether facts tell findings apart: see <see cref="Reports.FindingList"/>.</summary>
    bool FactsTellApart { get; }

    /// <summary>True when what such drivers save can be frozen: <c>check --snapshots</c>.</summary>
    bool HasStates { get; }

    /// <summary>Opens a driver for its states, where <see cref="HasStates"/> says so.</summary>
    /// <exception cref="DriverAddressException">The address does not fit it.</exception>
    /// <exception cref="Model.Contract.DeviceLostException">It cannot be reached, or has no state that could be compared.</exception>
    IStateSource OpenStates(DriverAddress address, IJournal journal);

    /// <summary>True when what the address names can be asked. The assembly of a plugin is loaded to see it.</summary>
    bool Asks(DriverAddress address);

    /// <summary>True when the fault is one of a driver of this suite.</summary>
    bool Has(Fault fault);

    /// <summary>Gives a visitor the suite with its types.</summary>
    TResult Accept<TResult>(ISuiteVisitor<TResult> visitor);
}

/// <summary>Something that is done with a suite, whatever its plans are made of.</summary>
public interface ISuiteVisitor<out TResult>
{
    /// <summary>Does it.</summary>
    TResult Visit<TDevice, TPlan>(Suite<TDevice, TPlan> suite)
        where TDevice : class
        where TPlan : class;
}
