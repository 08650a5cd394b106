using Conformance.Drivers.VfioCore;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;

namespace Conformance.Tests.Migration.Odd;

/// <summary>A driver that is correct, and odd: it uses a freedom that the contract leaves and that most drivers do not use.</summary>
/// <param name="Name">What it does, in few words.</param>
/// <param name="Label">Where the contract allows it: a requirement, or a trap of docs/spec/vfio-migration.md.</param>
/// <param name="Sentence">The words there that allow it.</param>
/// <param name="Make">Makes one.</param>
internal sealed record OddDriver(string Name, string Label, string Sentence, Func<MigrationFeatures, IMigrationDriver> Make)
{
    /// <summary>The features without which the habit cannot be seen.</summary>
    public MigrationFeatures Needs { get; init; } = MigrationFeatures.StopCopy;

    /// <summary>What it declares instead of what the driver says of itself.</summary>
    public DeviceTraits? Traits { get; init; }

    /// <summary>The core around it, where that is the odd part.</summary>
    public Func<IMigrationDriver, bool, VfioCoreDevice> Around { get; init; } = static (driver, bound) => new(driver, UapiLevel.V7_2, bound);

    /// <summary>What stands before the device, where that is the odd part.</summary>
    public Func<IMigrationDevice, IMigrationDevice>? Before { get; init; }

    /// <summary>A target whose devices are all like that.</summary>
    public IMigrationTarget CreateTarget(MigrationFeatures features)
    {
        var target = new InProcessTarget($"odd:{Name}", Make(features), bound => Around(Make(features), bound), InProcessTarget.DefaultDeadline, Traits);
        return Before is null ? target : new OddTarget(target, Before);
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
