using Conformance.Model.Contract;
using Conformance.Model.Smmu.Device;

namespace Conformance.Drivers.QemuSmmu;

/// <summary>Migration: the whole machine goes to a second process.</summary>
public sealed partial class QemuSmmuTarget : ISmmuMigration
{
    /// <inheritdoc/>
    /// <remarks>None unless the address says migration=on: each migration starts another QEMU.</remarks>
    public SmmuStateFormat StateFormat { get; init; }

    /// <inheritdoc/>
    public bool HasOtherStages
    {
        get
        {
            Machine();
            return StateFormat != SmmuStateFormat.None && version >= QemuSmmuScheme.FirstVersionWith("2");
        }
    }

    /// <summary>What the SMMU's property says: 1 where the version has none.</summary>
    private string StageName => stage ?? "1";

    /// <inheritdoc/>
    public byte[] SaveState()
    {
        var folder = Directory.CreateTempSubdirectory("smmu-").FullName;
        try
        {
            var file = Path.Combine(folder, "state");
            if (!Machine().Save(file))
                throw new DeviceLostException(DeviceLoss.Died, "QEMU could not save its state");
            return File.ReadAllBytes(file);
        }
        catch (DeviceLostException)
        {
            End();
            throw;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <inheritdoc/>
    public string? LoadState(byte[] state, SmmuDestination destination)
    {
        ArgumentNullException.ThrowIfNull(state);
        var source = Machine();
        var folder = Directory.CreateTempSubdirectory("smmu-").FullName;
        QemuMachine? loaded = null;
        try
        {
            var file = Path.Combine(folder, "state");
            File.WriteAllBytes(file, state);
            loaded = StartMachine(
                destination == SmmuDestination.Same ? StageName
                    : StageName == "1" ? "2"
                    : "1",
                isDestination: true
            );
            if (loaded.Load(file) is { } refusal)
                return refusal.Length == 0 ? "QEMU ended with status 1" : refusal;
            if (destination != SmmuDestination.Same)
                return null;
            (machine, loaded) = (loaded, source);
            return null;
        }
        catch (DeviceLostException)
        {
            End();
            throw;
        }
        finally
        {
            loaded?.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <inheritdoc/>
    public void FailMigration()
    {
        try
        {
            if (Machine().Save(null))
                throw new DeviceLostException(DeviceLoss.Died, "a migration of QEMU that had to fail did not");
        }
        catch (DeviceLostException)
        {
            End();
            throw;
        }
    }
}
