namespace Conformance.Model.Smmu.Device;

/// <summary>In which form the state of an SMMU is saved.</summary>
public enum SmmuStateFormat : byte
{
    /// <summary>It cannot be saved.</summary>
    None,

    /// <summary>Bytes that only the SMMU itself understands.</summary>
    Opaque,

    /// <summary>A migration stream of QEMU with a section "smmuv3".</summary>
    Qemu,
}

/// <summary>Where a state is loaded.</summary>
public enum SmmuDestination : byte
{
    /// <summary>An SMMU like the one that it was saved from, with its memory. When it takes the state it is the one under test from then on.</summary>
    Same,

    /// <summary>An SMMU with other stages. It is only asked whether it takes the state; the source stays under test.</summary>
    OtherStages,
}

/// <summary>Why a state is refused: an error of a load, in words of the SMMU that are not to be trusted.</summary>
public sealed class SmmuStateException(string message) : Exception(message);

/// <summary>What an <see cref="ISmmu"/> also implements whose state can be saved and loaded, as a VMM does when it migrates.</summary>
public interface ISmmuState
{
    /// <summary>The form of the bytes.</summary>
    SmmuStateFormat StateFormat { get; }

    /// <summary>
    /// Saves the state: registers and what goes with them, no caches and no memory. The SMMU goes on afterwards as if nothing had been asked, since a migration
    /// can fail (VMS-11). Two states of the same registers are the same bytes.
    /// </summary>
    byte[] SaveState();

    /// <summary>Loads a state into an SMMU after reset, whose memory is already that of the source. Bytes come from anywhere.</summary>
    /// <exception cref="SmmuStateException">It is refused.</exception>
    void LoadState(ReadOnlySpan<byte> state);
}

/// <summary>What an <see cref="ISmmuTarget"/> also implements whose SMMU can be migrated.</summary>
public interface ISmmuMigration
{
    /// <summary>The form of its states; None when this SMMU has none after all.</summary>
    SmmuStateFormat StateFormat { get; }

    /// <summary>True when <see cref="SmmuDestination.OtherStages"/> can be had.</summary>
    bool HasOtherStages { get; }

    /// <summary>Saves the state of the SMMU, which goes on afterwards.</summary>
    /// <exception cref="Model.Contract.DeviceLostException">It died or does not answer.</exception>
    byte[] SaveState();

    /// <summary>Starts a destination and loads a state into it.</summary>
    /// <param name="state">What <see cref="SaveState"/> gave, or something made of it.</param>
    /// <param name="destination">Where.</param>
    /// <returns>Null when it was loaded; otherwise the error with which it was refused, in foreign words. Then the source is under test as before.</returns>
    /// <exception cref="Model.Contract.DeviceLostException">The destination died, or does not answer.</exception>
    string? LoadState(byte[] state, SmmuDestination destination);

    /// <summary>Begins a migration that fails on its way; the source is under test as before.</summary>
    /// <exception cref="Model.Contract.DeviceLostException">It died or does not answer.</exception>
    void FailMigration();
}
