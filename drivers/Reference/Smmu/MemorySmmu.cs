using Conformance.Model.Smmu.Device;

namespace Conformance.Drivers.Reference.Smmu;

/// <summary>
/// A correct SMMUv3 in memory: registers, queues, caches that really hold on to what they fetched, both stages, hardware updates and stalls. What it implements
/// is up to its capabilities. Each decision is a member of its own, so that a seeded fault is one override.
/// </summary>
public partial class MemorySmmu : ISmmu, ISmmuInterrupts
{
    private readonly SmmuCaching caching;
    private readonly DeviceMemory memory;
    private readonly ConfigurationCache configuration = new();
    private readonly CachedStream scratchStream = new();
    private readonly CachedContext scratchContext = new();
    private TranslationCache? translations,
        tables;

    /// <summary>An SMMU after reset, with memory that is zero.</summary>
    /// <param name="capabilities">What it implements.</param>
    /// <param name="caching">What it keeps between transactions.</param>
    public MemorySmmu(SmmuCapabilities capabilities, SmmuCaching caching = SmmuCaching.OnDemand)
    {
        ArgumentNullException.ThrowIfNull(capabilities);
        Capabilities = capabilities;
        this.caching = caching;
        memory = new(Memory);
        ResetRegisters();
    }

    /// <summary>What it implements.</summary>
    public SmmuCapabilities Capabilities { get; }

    /// <inheritdoc/>
    public SmmuPort Port =>
        SmmuPort.Replies
        | SmmuPort.Attributes
        | SmmuPort.Interrupts
        | (Capabilities.SSIDSIZE == 0 ? 0 : SmmuPort.Substreams)
        | (Capabilities.StallModel == StallModel.TerminateOnly ? 0 : SmmuPort.Stalls);

    /// <inheritdoc/>
    public SmmuRange Memory { get; } = new(0x4000_0000, 64 << 20);

    /// <summary>Everything between the memory and 2^OAS.</summary>
    public SmmuRange Hole => new(Memory.End, (1ul << Capabilities.OutputAddressSize) - Memory.End);

    private TranslationCache Translations => translations ??= CreateTranslations();

    // Pointers to tables; apart from the leaves, so that a walk looks for them level by level.
    private TranslationCache Tables => tables ??= new(32);

    /// <inheritdoc/>
    public uint ReadRegister(uint offset) => Load(offset);

    /// <inheritdoc/>
    public void WriteRegister(uint offset, uint value) => Store(offset, value);

    /// <inheritdoc/>
    public ulong ReadRegister64(uint offset) => Load(offset) | (ulong)Load(offset + 4) << 32;

    /// <inheritdoc/>
    public void WriteRegister64(uint offset, ulong value) => Store64(offset, value);

    /// <inheritdoc/>
    public void ReadMemory(ulong address, Span<byte> bytes) => memory.Read(address, bytes);

    /// <inheritdoc/>
    public void WriteMemory(ulong address, ReadOnlySpan<byte> bytes) => memory.Write(address, bytes);

    /// <inheritdoc/>
    public virtual void Reset()
    {
        ResetRegisters();
        ForgetStalls();
        ForgetEverything();
    }

    /// <summary>There is nothing to give back.</summary>
    public void Dispose() => GC.SuppressFinalize(this);

    /// <summary>Seam: what becomes of the caches at reset.</summary>
    private protected virtual void ForgetEverything()
    {
        configuration.Clear();
        Translations.Clear();
        Tables.Clear();
    }

    /// <summary>Seam: how entries of the TLB are found.</summary>
    private protected virtual TranslationCache CreateTranslations() => new(128);

    /// <summary>Seam: reads 8 bytes of a structure or a table.</summary>
    private protected virtual bool Fetch(ulong address, out ulong value) => memory.TryRead(address, out value);

    /// <summary>Seam: reads a structure of 64 bytes.</summary>
    private protected virtual bool FetchStructure(ulong address, Span<ulong> words)
    {
        for (var i = 0; i < words.Length; i++)
        {
            if (!Fetch(address + ((ulong)i * sizeof(ulong)), out words[i]))
                return false;
        }
        return true;
    }

    // An address without its lowest bits.
    private protected static ulong Clear(ulong address, int bits) => bits >= 64 ? 0 : address >> bits << bits;
}
