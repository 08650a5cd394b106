using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;

namespace Conformance.Engine.Migration;

/// <summary>What the judging side carries from one step to the next.</summary>
/// <param name="Model">The oracle's model.</param>
/// <param name="Live">The descriptor of the live session; negative when none is held.</param>
/// <param name="Stale">The descriptor of the session that ended last; negative when none is held.</param>
/// <param name="Held">How many descriptors of sessions are held.</param>
/// <param name="Images">A digest of what was read from the live session and of the images that later steps may write.</param>
public readonly record struct RunState(ModelState Model, int Live, int Stale, int Held, ulong Images);
