namespace Conformance.Model.Migration.Device;

/// <summary>Makes the driver fail inside, as firmware that times out would.</summary>
public interface IFailureInjection
{
    /// <summary>Arms one failure of the next SET.</summary>
    /// <param name="arc">Which arc of the next SET fails, counted from 0. Disarmed when that SET returns.</param>
    /// <param name="errno">The errno that the arc gives.</param>
    /// <param name="broken">True when the device is beyond repair afterwards: the state becomes ERROR (MIG-ERR-10).</param>
    void FailArc(int arc, int errno, bool broken);

    /// <summary>Makes the next saving session fail for good after <paramref name="bytes"/> bytes were read from it (MIG-ERR-14).</summary>
    void FailSave(int bytes, int errno);

    /// <summary>Makes every arc of the next SET take this long, in milliseconds (MIG-FSM-18). Disarmed when that SET returns.</summary>
    void DelayArcs(int milliseconds);
}
