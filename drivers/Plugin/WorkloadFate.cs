using System.Globalization;
using Conformance.Drivers.Processes;
using Conformance.Model.Contract;

namespace Conformance.Drivers.Plugin;

/// <summary>
/// Whether a workload of somebody's still works. Whatever goes wrong in it is its own fault and not the driver's: the device counts as one that could not be
/// reached. A call that does not return is given up here, before whoever watches the driver takes it for the driver's.
/// </summary>
/// <param name="assembly">The name of the workload's assembly.</param>
/// <param name="limit">How long one call may take.</param>
internal sealed class WorkloadFate(string assembly, TimeSpan limit) : Fate(assembly)
{
    internal override T Ask<TInner, T>(string call, TInner inner, Func<TInner, T> ask)
    {
        Check();
        var task = Task.Run(() => ask(inner));
        try
        {
            if (!task.Wait(limit))
                throw Seal(
                    new(
                        DeviceLoss.Unreachable,
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"the workload in {Assembly} did not return from {call} within {limit.TotalSeconds:0.###} s; nothing is said of the driver"
                        )
                    )
                );
            return task.Result;
        }
        catch (AggregateException errors)
        {
            throw Died(call, errors.InnerException ?? errors);
        }
    }

    internal override DeviceLostException Died(string call, Exception error)
    {
        // A device that is lost while the workload uses it is not the workload's doing.
        if (error is DeviceLostException device)
            return Seal(device);
        error = ForeignException.Thrown(error);
        return Seal(
            PluginLoader.ExplainLoading(error, Assembly)
                ?? new(
                    DeviceLoss.Unreachable,
                    $"the workload in {Assembly} threw in {call}: {ForeignException.Name(error)}; nothing is said of the driver",
                    ForeignException.Lines(error)
                )
        );
    }
}
