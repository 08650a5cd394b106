using Conformance.Engine.Snapshots;

namespace Conformance.Suites.Seam;

/// <summary>
/// A driver that was opened for its states. Each is reached always in the same way, so that its bytes can be compared with those of another day; nothing is
/// judged: that is the campaigns' business.
/// </summary>
public interface IStateSource : IDisposable
{
    /// <summary>What the states are called, in their order.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>Saves a state twice.</summary>
    /// <param name="number">Its place in <see cref="Names"/>.</param>
    /// <returns>Its bytes, as far as they are a matter of the driver.</returns>
    /// <exception cref="StateException">It was not reached, a call failed, the image is too long, or the two images differ.</exception>
    /// <exception cref="Model.Contract.DeviceLostException">The driver died, or does not answer.</exception>
    byte[] Save(int number);
}
