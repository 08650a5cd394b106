namespace Conformance.Drivers.Addresses;

/// <summary>An address that cannot be understood. The message has at most three lines: what, where, and how to fix it.</summary>
/// <param name="message">The three lines.</param>
/// <param name="inner">What was behind it, or null.</param>
public sealed class DriverAddressException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What is wrong and where, and how to fix it: a line each, whatever line ends the address holds.</summary>
    internal static DriverAddressException Of(string what, string fix) => new($"{OneLine(what)}\n{OneLine(fix)}");

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
