namespace Conformance.Model.Migration.Device;

/// <summary>How states are written.</summary>
public static class DeviceStateNames
{
    private static readonly string[] Short = ["ER", "ST", "RU", "SC", "RS", "RP", "PC", "PP"];
    private static readonly string[] Long = ["ERROR", "STOP", "RUNNING", "STOP_COPY", "RESUMING", "RUNNING_P2P", "PRE_COPY", "PRE_COPY_P2P"];

    /// <summary>Two letters: ER, ST, RU, SC, RS, RP, PC, PP; a hexadecimal number for anything else.</summary>
    public static string Abbreviation(this DeviceState state) => (uint)state < 8 ? Short[(uint)state] : $"0x{(uint)state:x}";

    /// <summary>The name of the uAPI without its prefix; a hexadecimal number for anything else.</summary>
    public static string Name(this DeviceState state) => (uint)state < 8 ? Long[(uint)state] : $"0x{(uint)state:x}";
}
