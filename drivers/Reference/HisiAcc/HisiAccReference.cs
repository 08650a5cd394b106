using Conformance.Drivers.Addresses;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;

namespace Conformance.Drivers.Reference.HisiAcc;

/// <summary>The built-in driver of a HiSilicon accelerator: <c>reference:hisi_acc?profile=strict|6.1|6.12|7.2&amp;level=6.1</c>.</summary>
public static class HisiAccReference
{
    /// <summary>Its name after <c>reference:</c>.</summary>
    public const string Name = "hisi_acc";

    // A kernel's profile is at its level, unless the address has another. 6.1 is what its stable series has come to: it saves version 2.
    private static readonly Profile[] profiles =
    [
        new("strict", HisiAccHabits.None, UapiLevel.V7_2, null),
        new("6.1", HisiAccHabits.Linux61, UapiLevel.V6_1, HisiAccVersion.V2),
        new("6.12", HisiAccHabits.Linux612, UapiLevel.V6_12, null),
        new("7.2", HisiAccHabits.Linux72, UapiLevel.V7_2, null),
    ];

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
    /// <param name="saves">The version of its stream, or null: that of the level.</param>
    public static IMigrationTarget Create(
        string address,
        HisiAccHabits habits,
        UapiLevel level = UapiLevel.V7_2,
        TimeSpan? deadline = null,
        DeviceTraits? traits = null,
        HisiAccVersion? saves = null
    )
    {
        return new InProcessTarget(
            address,
            Driver(),
            bound => new HisiAccCore(Driver(), habits, level, bound),
            deadline ?? InProcessTarget.DefaultDeadline,
            traits
        );

        HisiAccDriver Driver() => new(FeaturesAt(level), habits, saves ?? VersionAt(level));
    }

    /// <summary>Refuses a profile that there is not.</summary>
    /// <exception cref="DriverAddressException">Those that there are.</exception>
    internal static void Check(DriverAddress address) => _ = ProfileOf(address);

    /// <summary>The target of an address.</summary>
    /// <exception cref="DriverAddressException">There is no such profile, or the traits file cannot be read.</exception>
    internal static IMigrationTarget Open(DriverAddress address)
    {
        var profile = ProfileOf(address);
        return Create(address.Text, profile.Habits, address.Level ?? profile.Level, address.Deadline, address.ReadTraits(), profile.Saves);
    }

    private static Profile ProfileOf(DriverAddress address)
    {
        if (address.Option("profile") is not { } asked)
            return profiles[0];
        foreach (var profile in profiles)
        {
            if (profile.Text == asked)
                return profile;
        }

        throw DriverAddressException.Of(
            $"'profile={asked}' in '{address.Text}' is not a profile of this driver.",
            $"Use one of {string.Join(", ", profiles.Select(profile => $"profile={profile.Text}"))}."
        );
    }

    private sealed record Profile(string Text, HisiAccHabits Habits, UapiLevel Level, HisiAccVersion? Saves);
}
