using Conformance.Drivers.Processes;
using Conformance.Model.Contract;
using Conformance.Model.Smmu.Device;

namespace Conformance.Drivers.Reference.Smmu;

/// <summary>Migration: the destination is another SMMU with a copy of the memory.</summary>
public sealed partial class InMemorySmmuTarget
{
    /// <inheritdoc/>
    public SmmuStateFormat StateFormat { get; }

    /// <summary>Makes an SMMU with other stages; null when there is none.</summary>
    public Func<ISmmu>? OtherStages { get; init; }

    /// <inheritdoc/>
    public bool HasOtherStages => OtherStages is not null;

    /// <inheritdoc/>
    public byte[] SaveState()
    {
        var live = Live();
        try
        {
            return State(live).SaveState();
        }
        catch (Exception error)
        {
            throw Died(nameof(SaveState), error);
        }
    }

    /// <inheritdoc/>
    public string? LoadState(byte[] state, SmmuDestination destination)
    {
        var source = Live();
        ISmmu? loaded = null;
        var isKept = false;
        try
        {
            loaded = destination == SmmuDestination.Same ? make() : OtherStages!();
            CopyMemory(source, loaded);
            State(loaded).LoadState(state);
            if (destination != SmmuDestination.Same)
                return null;
            isKept = true;
            for (var index = 0; index < tickets.Count; index++)
                tickets[index] = 0;
            smmu = loaded;
            source.Dispose();
            return null;
        }
        catch (SmmuStateException refusal)
        {
            return ForeignText.Line(refusal.Message);
        }
        catch (Exception error)
        {
            throw Died(nameof(LoadState), error);
        }
        finally
        {
            if (!isKept)
                Release(loaded);
        }
    }

    /// <inheritdoc/>
    // The state is on its way, and never arrives.
    public void FailMigration() => SaveState();

    private static ISmmuState State(ISmmu live) => live as ISmmuState ?? throw new InvalidOperationException("the SMMU has no state that can be saved");

    private static void Release(ISmmu? loaded)
    {
        try
        {
            loaded?.Dispose();
        }
        catch (Exception)
        {
            // It was refused, or it died: what it says of that is known.
        }
    }

    private void CopyMemory(ISmmu from, ISmmu to)
    {
        if (from is MemorySmmu known && to is MemorySmmu other)
        {
            other.TakeMemory(known);
            return;
        }

        // Memory of an SMMU after reset is zero.
        var block = new byte[0x1_0000];
        for (var address = Memory.Start; address < Memory.End; address += (uint)block.Length)
        {
            from.ReadMemory(address, block);
            if (block.AsSpan().ContainsAnyExcept((byte)0))
                to.WriteMemory(address, block);
        }
    }
}
