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

    /// <summary>Brings the driver into a state and saves that.</summary>
    /// <param name="number">Its place in <see cref="Names"/>.</param>
    /// <returns>Its bytes, as far as they are a matter of the driver.</returns>
    /// <exception cref="StateException">It was not reached, a call failed, or the image is too long.</exception>
    /// <exception cref="Model.Contract.DeviceLostException">The driver died, does not answer, or cannot be reached any more.</exception>
    byte[] Save(int number);
}
