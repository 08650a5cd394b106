using Conformance.Drivers.Reference.HisiAcc;
using Conformance.Model.Contract;
using Conformance.Model.DmaLogging;
using Conformance.Model.Migration.Device;

namespace Conformance.Tests.Lab;

/// <summary>
/// The driver in memory as a check without a workload finds the real one in labs/hisi: a function is as a reset leaves it, ready or not; and the arcs that the
/// lab's device can make fail are the ones that fail.
/// </summary>
internal sealed class UnplayedHisiAcc : IMigrationDriver, IFailureInjection
{
    private const uint Content = 1;

    private readonly HisiAccDriver driver;
    private readonly bool ready;

    public UnplayedHisiAcc(HisiAccDriver driver, bool ready)
    {
        this.driver = driver;
        this.ready = ready;
        SetUp();
    }

    public MigrationFeatures Features => driver.Features;

    public DeviceTraits Traits => driver.Traits;

    public IDmaLog? DmaLog => null;

    public IWorkload? Workload => null;

    public IFailureInjection Failures => this;

    public FailureSeams Seams => FailureSeams.Arcs;

    public bool CanFail(DeviceState from, DeviceState to) =>
        (from, to) is (DeviceState.Running, DeviceState.Stop) or (DeviceState.PreCopy, DeviceState.StopCopy);

    public void FailArc(int arc, int errno, bool broken) => driver.FailArc(arc, errno, broken);

    public void FailSave(int bytes, int errno) => throw new NotSupportedException();

    public void FailSaveRequest(int errno) => throw new NotSupportedException();

    public void DelayArcs(int milliseconds) => throw new NotSupportedException();

    public ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file) => driver.TakeArc(from, to, out file);

    public int DataSize(out ulong bytes) => driver.DataSize(out bytes);

    public int Reset()
    {
        var errno = driver.Reset();
        SetUp();
        return errno;
    }

    public void Close()
    {
        driver.Close();
        SetUp();
    }

    public void Dispose() => driver.Dispose();

    private void SetUp()
    {
        if (ready)
            driver.Function.SetUp(Content);
    }
}
