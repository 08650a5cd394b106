namespace Conformance.Suites.Command;

internal static class ConformanceCommand
{
    public static Task<int> InvokeAsync(string[] args) => Task.FromResult(args.Length);
}
