using Conformance.Drivers.Addresses;
using Conformance.Drivers.Processes;
using Conformance.Drivers.Readiness;
using Conformance.Model.Contract;
using Conformance.Model.Smmu.Device;

namespace Conformance.Drivers.QemuSmmu;

/// <summary>
/// The <c>qemu-smmuv3:</c> addresses: the path of a qemu-system-aarch64, or nothing for the one in PATH; <c>stage=</c> 1, 2 or nested. With
/// <c>migration=on</c> the state of the SMMU is asked for as well (VMS): each migration starts another QEMU.
/// </summary>
public sealed class QemuSmmuScheme : IDriverScheme
{
    private const string Program = "qemu-system-aarch64";

    private static readonly string[] Stages = ["1", "2", "nested"];

    /// <inheritdoc/>
    public string Name => "qemu-smmuv3";

    /// <inheritdoc/>
    public string Example => "qemu-smmuv3:";

    /// <inheritdoc/>
    public IReadOnlyList<string> Keys(DriverAddress address) => ["deadline", "migration", "stage"];

    /// <inheritdoc/>
    public void Check(DriverAddress address)
    {
        if (address.Option("stage") is { } stage && !Stages.Contains(stage))
            throw DriverAddressException.Of(
                $"'stage={stage}' in '{address.Text}' is not what QEMU's SMMU can be given.",
                $"Use one of {string.Join(", ", Stages.Select(s => $"stage={s}"))}."
            );
        if (address.Option("migration") is { } migration && migration is not ("on" or "off"))
            throw DriverAddressException.Of($"'migration={migration}' in '{address.Text}' is neither on nor off.", "Use migration=on or migration=off.");
    }

    /// <inheritdoc/>
    public string? Meant(string text) =>
        text == Program ? Example
        : text.Contains('/', StringComparison.Ordinal)
        && !text.Contains(':', StringComparison.Ordinal)
        && Path.GetFileName(text).StartsWith(Program, StringComparison.Ordinal)
            ? Example + text
        : null;

    /// <inheritdoc/>
    public IReadOnlyList<Type> Contracts(DriverAddress address) => [typeof(ISmmuTarget)];

    /// <inheritdoc/>
    // The first call starts QEMU, perhaps on a busy machine; a call that takes too long is told from a start by the target itself.
    public TimeSpan Deadline(DriverAddress address) => (address.Deadline ?? QemuSmmuTarget.DefaultDeadline) + TimeSpan.FromMinutes(2);

    /// <inheritdoc/>
    public IEnumerable<ReadinessLine> Look(DriverAddress address) => QemuEnvironment.Look(ProgramOf(address), address.Option("stage"));

    /// <inheritdoc/>
    public ReadinessLine? Obstacle(DriverAddress address) => QemuEnvironment.Obstacle(ProgramOf(address));

    /// <inheritdoc/>
    public T? Open<T>(DriverAddress address, bool withoutFault)
        where T : class =>
        typeof(T) == typeof(ISmmuTarget)
            ? new QemuSmmuTarget(address.Text, Find(address.Name), address.Option("stage"), address.Deadline)
            {
                StateFormat = address.Option("migration") == "on" ? SmmuStateFormat.Qemu : SmmuStateFormat.None,
            } as T
            : null;

    /// <summary>The first version of QEMU that has a stage.</summary>
    internal static Version FirstVersionWith(string stage) =>
        stage switch
        {
            "1" => new(0, 0),
            "2" => new(8, 1),
            _ => new(9, 1),
        };

    private static string ProgramOf(DriverAddress address) => address.Name.Length > 0 ? address.Name : Program;

    private static string Find(string name)
    {
        const string Fix = "Install one (apt-get install qemu-system-arm), or run labs/qemu/build and name what it prints.";
        if (name.Contains('/', StringComparison.Ordinal))
            return File.Exists(name) ? Path.GetFullPath(name) : throw new DeviceLostException(DeviceLoss.Unreachable, $"there is no QEMU at {name}\n{Fix}");
        if (name.Length == 0)
            name = Program;
        return ProgramVersion.Find(name) ?? throw new DeviceLostException(DeviceLoss.Unreachable, $"there is no {name} in PATH\n{Fix}");
    }
}
