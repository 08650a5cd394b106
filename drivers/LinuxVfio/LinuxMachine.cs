using Conformance.Drivers.Processes;
using Conformance.Model.Contract;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>A machine with VFIO devices: this one, or a guest that is booted on demand and booted again after it died. Several targets may share it.</summary>
public sealed class LinuxMachine : IDisposable
{
    /// <summary>A boot that failed is not tried again this long after the first try began.</summary>
    internal static readonly TimeSpan RetryLimit = TimeSpan.FromMinutes(5);

    private const int BootAttempts = 3;

    private readonly Lock gate = new();
    private readonly TimeSpan deadline;
    private readonly GuestProcess? guest;
    private ISystemCalls? calls;
    private bool disposed;

    private LinuxMachine(GuestProcess? guest, TimeSpan deadline)
    {
        this.guest = guest;
        this.deadline = deadline;
    }

    /// <summary>True when a crash or a hang of the machine's kernel costs nothing but a reboot (E-47).</summary>
    public bool IsGuest => guest is not null;

    /// <summary>How often a guest was booted.</summary>
    public int Boots { get; private set; }

    /// <summary>The value of a fact that the guest's command printed, or null.</summary>
    public string? Fact(string key) => guest?.Fact(key);

    /// <summary>What a guest said last; empty for this machine.</summary>
    public string LastWords() => guest?.LastWords() ?? "";

    /// <summary>This machine.</summary>
    public static LinuxMachine Local() => new(null, TimeSpan.FromSeconds(90));

    /// <summary>A guest.</summary>
    /// <param name="command">The command that boots it (<see cref="GuestProcess"/>).</param>
    /// <param name="deadline">How long one call may take.</param>
    /// <param name="startDeadline">How long a boot may take.</param>
    public static LinuxMachine Guest(string command, TimeSpan deadline, TimeSpan? startDeadline = null) =>
        new(new GuestProcess(command, startDeadline), deadline);

    /// <summary>The machine's system calls; boots the guest when none runs, or when the one that runs was lost. The machine keeps the ownership.</summary>
    /// <exception cref="DeviceLostException">The guest cannot be booted.</exception>
    public ISystemCalls Connect()
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (guest is null)
                return calls ??= new LocalCalls();
            if (calls is GuestCalls { IsLost: false })
                return calls;
            calls?.Dispose();
            calls = null;
            var path = Boot(guest);
            Boots++;
            return calls = new GuestCalls(path, deadline, guest.LastWords, guest.ProcessId is { } process ? new PeerTime(process) : null);
        }
    }

    // A command that has booted guests before will do it again: a machine with too much to do can make a guest's watchdog end it while it boots.
    private string Boot(GuestProcess process)
    {
        var begun = Environment.TickCount64;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return process.Start();
            }
            catch (DeviceLostException) when (Boots > 0 && attempt < BootAttempts && Environment.TickCount64 - begun < RetryLimit.TotalMilliseconds)
            {
                // Once more.
            }
        }
    }

    /// <summary>Ends the guest, if there is one.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            disposed = true;
            calls?.Dispose();
            calls = null;
            guest?.Dispose();
        }
    }
}
