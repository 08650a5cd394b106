using Conformance.Model.DmaLogging;
using Conformance.Model.Nested.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Model.Nested.Oracle;

/// <summary>An object of a host, as its user knows it.</summary>
/// <param name="id">Its id.</param>
public abstract class ModelObject(uint id)
{
    /// <summary>Its id.</summary>
    public uint Id => id;
}

/// <summary>A table of the host's.</summary>
/// <param name="id">Its id.</param>
/// <param name="smmu">The SMMU that it is for.</param>
/// <param name="isParent">True for a nest parent.</param>
/// <param name="keepsDirty">True when it was allocated with dirty tracking.</param>
public sealed class ModelTable(uint id, int smmu, bool isParent, bool keepsDirty) : ModelObject(id)
{
    /// <summary>The SMMU that it is for.</summary>
    public int Smmu => smmu;

    /// <summary>True for a nest parent.</summary>
    public bool IsParent => isParent;

    /// <summary>True when it was allocated with dirty tracking.</summary>
    public bool KeepsDirty => keepsDirty;

    /// <summary>True from the first time that tracking was enabled: before that nothing is known.</summary>
    public bool IsTracking { get; internal set; }

    /// <summary>Pages of 4 KiB that a query must report.</summary>
    public PageSet Must { get; } = new();

    /// <summary>Pages of 4 KiB that a query may report.</summary>
    public PageSet May { get; } = new();

    /// <summary>The stage-2 fields of an STE that was made from it: no guest changes them.</summary>
    public (ulong D1, ulong D2, ulong D3)? Stage2 { get; set; }
}

/// <summary>A vIOMMU.</summary>
/// <param name="id">Its id.</param>
/// <param name="parent">What stage 2 is made from.</param>
public sealed class ModelViommu(uint id, ModelTable parent) : ModelObject(id)
{
    /// <summary>What stage 2 is made from.</summary>
    public ModelTable Parent => parent;

    /// <summary>The devices by their virtual StreamIDs.</summary>
    public Dictionary<ulong, ModelDevice> Devices { get; } = [];

    /// <summary>Its vEVENTQ; null without one.</summary>
    public ModelQueue? Queue { get; internal set; }
}

/// <summary>A vDEVICE.</summary>
/// <param name="id">Its id.</param>
public sealed class ModelVdevice(uint id) : ModelObject(id);

/// <summary>A vEVENTQ.</summary>
/// <param name="id">Its id.</param>
/// <param name="depth">How many events it holds.</param>
public sealed class ModelQueue(uint id, uint depth) : ModelObject(id)
{
    /// <summary>How many events it holds.</summary>
    public uint Depth => depth;

    /// <summary>The events that it holds, as far as they are known.</summary>
    public List<(uint StreamId, SmmuEventType Type)> Held { get; } = [];

    /// <summary>True when more came than it holds.</summary>
    public bool HasLost { get; internal set; }

    /// <summary>The sequence number of the last event that was read; null before.</summary>
    public uint? Sequence { get; internal set; }
}

/// <summary>A nested table: a vSTE.</summary>
/// <param name="id">Its id.</param>
/// <param name="viommu">Whose it is.</param>
/// <param name="word0">Doubleword 0.</param>
/// <param name="word1">Doubleword 1.</param>
public sealed class ModelNested(uint id, ModelViommu viommu, ulong word0, ulong word1) : ModelObject(id)
{
    /// <summary>Whose it is.</summary>
    public ModelViommu Viommu => viommu;

    /// <summary>Doubleword 0.</summary>
    public ulong Word0 => word0;

    /// <summary>Doubleword 1.</summary>
    public ulong Word1 => word1;

    /// <summary>What the stream does: abort where V is 0.</summary>
    public StreamConfig Config => (word0 & 1) == 0 ? StreamConfig.Abort : (StreamConfig)(word0 >> 1 & 7);
}

/// <summary>A device with what is attached to it.</summary>
/// <param name="facts">What the host says of it.</param>
public sealed class ModelDevice(NestedDevice facts) : ModelObject(facts.Id)
{
    /// <summary>What the host says of it.</summary>
    public NestedDevice Facts => facts;

    /// <summary>The vIOMMU that it has a vDEVICE of, with its virtual StreamID; null without one.</summary>
    public (ModelViommu Viommu, ulong VirtualId)? Virtual { get; internal set; }

    /// <summary>What is attached; null before the first.</summary>
    public ModelObject? Attached { get; internal set; }
}
