using Conformance.Model.Contract;

namespace Conformance.Drivers.Plugin;

/// <summary>Words for what is wrong with somebody else's assembly.</summary>
internal static class PluginText
{
    /// <summary>A driver that is no use, before anything was asked of it: "what is wrong. How to mend it."</summary>
    internal static DeviceLostException Unusable(string what, string fix) => new(DeviceLoss.Unreachable, $"{what.TrimEnd('.')}. {fix}.");
}
