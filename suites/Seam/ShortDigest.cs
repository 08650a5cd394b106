using System.Security.Cryptography;
using System.Text;

namespace Conformance.Suites.Seam;

/// <summary>A few letters that stand for what a device says of itself: tokens and reports hold them (<see cref="Conformance.Engine.Plans.MadeFor"/>).</summary>
internal static class ShortDigest
{
    /// <summary>The first eight hexadecimal digits of the SHA-256 of the text.</summary>
    internal static string Of(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..8];
}
