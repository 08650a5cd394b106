using System.Globalization;
using System.Text;
using Conformance.Model.Migration.Device;
using Conformance.Suites.Seam;

namespace Conformance.Suites.Migration;

/// <summary>A short digest of what a driver declares.</summary>
internal static class TraitsDigest
{
    // What every digest counts. A trait that came later counts where it is declared, so that the digests of drivers that do not know it stay what they are.
    private static readonly string[] first =
    [
        nameof(DeviceTraits.DataSizeSlack),
        nameof(DeviceTraits.DeterministicStream),
        nameof(DeviceTraits.Level),
        nameof(DeviceTraits.MaxImageBytes),
    ];

    /// <summary>A short digest of what a driver declares: two runs with the same one were judged alike.</summary>
    internal static string Of(DeviceTraits traits)
    {
        var text = new StringBuilder();
        foreach (
            var property in typeof(DeviceTraits)
                .GetProperties()
                .Where(property => property.GetMethod is { IsStatic: false })
                .Where(property => first.Contains(property.Name) || !Equals(property.GetValue(traits), property.GetValue(DeviceTraits.Cautious)))
                .OrderBy(property => property.Name, StringComparer.Ordinal)
        )
        {
            text.Append(CultureInfo.InvariantCulture, $"{property.Name}={property.GetValue(traits)}\n");
        }

        return ShortDigest.Of(text.ToString());
    }
}
