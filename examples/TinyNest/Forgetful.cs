using Conformance.Model.Nested.Device;

namespace Examples;

/// <summary>The same host with one mistake: a guest gets events with the StreamID that the hardware knows.</summary>
public sealed class ForgetfulHost : TinyHost
{
    protected override uint NameOf(Device device) => device.Stream;
}

/// <summary>The same VMM with one mistake: after a load nothing is handed to the host.</summary>
public sealed class ForgetfulVmm : TinyVmm
{
    public override INestedMachine Create(INestedStage host, bool isDestination) => new Machine(host, isDestination);

    private sealed class Machine(INestedStage host, bool isDestination) : TinyMachine(host, isDestination)
    {
        protected override bool PushAll() => true;
    }
}

/// <summary>The same writer with one mistake: it thinks that a master has one StreamID.</summary>
public sealed class ForgetfulWriter : TinyWriter
{
    protected override IEnumerable<uint> Named(IReadOnlyList<uint> streams) => [streams[0]];
}
