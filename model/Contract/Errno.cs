namespace Conformance.Model.Contract;

/// <summary>Linux errno values, as the contract names them. 0 is success.</summary>
public static class Errno
{
    /// <summary>Success.</summary>
    public const int None = 0;

    /// <summary>The largest errno that a system call can give (MAX_ERRNO of the kernel); the smallest is 1.</summary>
    public const int Largest = 4095;
#pragma warning disable CS1591 // the names are the documentation
    public const int EPERM = 1,
        ENOENT = 2,
        EINTR = 4,
        EIO = 5,
        E2BIG = 7,
        EBADF = 9,
        EAGAIN = 11,
        ENOMEM = 12,
        EACCES = 13,
        EFAULT = 14,
        EBUSY = 16,
        EEXIST = 17,
        ENODEV = 19,
        EINVAL = 22,
        ENFILE = 23,
        EMFILE = 24,
        ENOTTY = 25,
        ETXTBSY = 26,
        ESPIPE = 29,
        ENOMSG = 42,
        EOVERFLOW = 75,
        EOPNOTSUPP = 95,
        ENOTCONN = 107,
        ETIMEDOUT = 110,
        EUCLEAN = 117;
#pragma warning restore CS1591

    private static readonly Dictionary<int, string> Names = new()
    {
        [0] = "success",
        [EPERM] = "EPERM",
        [ENOENT] = "ENOENT",
        [EINTR] = "EINTR",
        [EIO] = "EIO",
        [E2BIG] = "E2BIG",
        [EBADF] = "EBADF",
        [EAGAIN] = "EAGAIN",
        [ENOMEM] = "ENOMEM",
        [EACCES] = "EACCES",
        [EFAULT] = "EFAULT",
        [EBUSY] = "EBUSY",
        [EEXIST] = "EEXIST",
        [ENODEV] = "ENODEV",
        [EINVAL] = "EINVAL",
        [ENFILE] = "ENFILE",
        [EMFILE] = "EMFILE",
        [ENOTTY] = "ENOTTY",
        [ETXTBSY] = "ETXTBSY",
        [ESPIPE] = "ESPIPE",
        [ENOMSG] = "ENOMSG",
        [EOVERFLOW] = "EOVERFLOW",
        [EOPNOTSUPP] = "EOPNOTSUPP",
        [ENOTCONN] = "ENOTCONN",
        [ETIMEDOUT] = "ETIMEDOUT",
        [EUCLEAN] = "EUCLEAN",
    };

    /// <summary>The symbolic name, or "errno N" for a value without one here.</summary>
    public static string Name(int errno) => Names.TryGetValue(errno, out var name) ? name : $"errno {errno}";
}
