namespace Conformance.Model.Migration.Device;

/// <summary>
/// Settles which of several threads goes on, wherever the code of a device lets another one in: one runs at a time, so that the same schedule gives the same
/// history. Called by those threads, on the way through a call. A schedule that was given up throws out of every member but <see cref="Leave"/>.
/// </summary>
public interface IThreadSchedule
{
    /// <summary>Another thread may go on here.</summary>
    void Point();

    /// <summary>Another thread may go on here; then takes a lock, which is waited for.</summary>
    /// <param name="gate">The name of the lock, for people; it is the same lock when it is the same name.</param>
    void Enter(string gate);

    /// <summary>Another thread may go on here; then takes a lock when nobody has it.</summary>
    bool TryEnter(string gate);

    /// <summary>Lets a lock go. It does not have to be held.</summary>
    void Leave(string gate);
}
