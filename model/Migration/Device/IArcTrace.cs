namespace Conformance.Model.Migration.Device;

/// <summary>The arcs that the driver was asked for (MIG-FSM-08, MIG-FSM-23).</summary>
public interface IArcTrace
{
    /// <summary>The states that the last SET led the driver through, the origin first.</summary>
    StatePath LastPath { get; }
}
