using Conformance.Engine.Workers;
using Conformance.Tests.Workers;

#pragma warning disable CA1050 // The runtime looks for this name, outside of any namespace.

/// <summary>
/// Turns the test program into a worker before its own entry point runs, when the variable is set. DOTNET_STARTUP_HOOKS names this assembly then.
/// </summary>
internal static class StartupHook
{
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(FakeWorker.Variable) is not { Length: > 0 } script)
            return;
        if (script == FakeWorker.NeverReads)
            FakeWorker.Hang();
        Environment.Exit(
            WorkerHost.ReadOrders() is { } orders
                ? WorkerHost.Run(orders, () => new FakeWorker(script, nint.Parse(orders.Pipe, System.Globalization.CultureInfo.InvariantCulture)))
                : 2
        );
    }
}
