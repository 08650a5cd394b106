using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Conformance.Model.Migration.Device;

namespace Conformance.Suites.Migration;

/// <summary>A short digest of what a driver declares.</summary>
internal static class TraitsDigest
{
    /// <summary>A short digest of what a driver declares: two runs with the same one were judged alike.</summary>
    internal static string Of(DeviceTraits traits)
    {
        var text = new StringBuilder();
        foreach (
            var property in typeof(DeviceTraits)
                .GetProperties()
                .Where(property => property.GetMethod is { IsStatic: false })
                .OrderBy(property => property.Name, StringComparer.Ordinal)
        )
        {
            text.Append(CultureInfo.InvariantCulture, $"{property.Name}={property.GetValue(traits)}\n");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..8];
    }
}
