using Conformance.Drivers.Addresses;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;

namespace Conformance.Drivers.Reference.HisiAcc;

/// <summary>The built-in driver of a HiSilicon accelerator: <c>reference:hisi_acc?profile=strict|7.2&amp;level=6.1</c>.</summary>
public static class HisiAccReference
{
    /// <summary>Its name after <c>reference:</c>.</summary>
    public const string Name = "hisi_acc";

    private static readonly (string Text, HisiAccHabits Habits)[] profiles = [("strict", HisiAccHabits.None), ("7.2", HisiAccHabits.Linux72)];

    /// <summary>What the driver of a level offers: STOP_COPY alone as in the first posting of 2022 and in Linux 6.1, PRE_COPY as well from 6.2 on.</summary>
    public static MigrationFeatures FeaturesAt(UapiLevel level) =>
        level < UapiLevel.V6_2 ? MigrationFeatures.StopCopy : MigrationFeatures.StopCopy | MigrationFeatures.PreCopy;

    /// <summary>The version of the stream that the driver of a level saves.</summary>
    public static HisiAccVersion VersionAt(UapiLevel level) => level < UapiLevel.V6_12 ? HisiAccVersion.V1 : HisiAccVersion.V2;

    /// <summary>A target whose devices have these habits.</summary>
    /// <param name="address">The address as the user wrote it.</param>
    /// <param name="habits">What the driver does other than the contract asks.</param>
    /// <param name="level">The uAPI level; it decides on the features and on the version of the stream, too.</param>
    /// <param name="deadline">The deadline of one call.</param>
    /// <param name="traits">Replaces what the driver declares, or null.</param>
    public static IMigrationTarget Create(
        string address,
        HisiAccHabits habits,
        UapiLevel level = UapiLevel.V7_2,
        TimeSpan? deadline = null,
        DeviceTraits? traits = null
    )
    {
        return new InProcessTarget(address, Driver(), bound => new(Driver(), level, bound), deadline ?? InProcessTarget.DefaultDeadline, traits);

        HisiAccDriver Driver() => new(FeaturesAt(level), habits, VersionAt(level));
    }

    /// <summary>Refuses a profile that there is not.</summary>
    /// <exception cref="DriverAddressException">Those that there are.</exception>
    internal static void Check(DriverAddress address) => _ = HabitsOf(address);

    /// <summary>The target of an address.</summary>
    /// <exception cref="DriverAddressException">There is no such profile, or the traits file cannot be read.</exception>
    internal static IMigrationTarget Open(DriverAddress address) =>
        Create(address.Text, HabitsOf(address), address.Level ?? UapiLevel.V7_2, address.Deadline, address.ReadTraits());

    private static HisiAccHabits HabitsOf(DriverAddress address)
    {
        if (address.Option("profile") is not { } asked)
            return HisiAccHabits.None;
        foreach (var profile in profiles)
        {
            if (profile.Text == asked)
                return profile.Habits;
        }

        throw DriverAddressException.Of(
            $"'profile={asked}' in '{address.Text}' is not a profile of this driver.",
            $"Use one of {string.Join(", ", profiles.Select(profile => $"profile={profile.Text}"))}."
        );
    }
}
