using Conformance.Drivers.Processes;
using Conformance.Model.Contract;
using NUnit.Framework;

namespace Conformance.Tests.Drivers;

/// <summary>What is said of a program that cannot be run.</summary>
[TestFixture]
[Category("quick")]
[Parallelizable(ParallelScope.All)]
public sealed class ChildProcessTests
{
    [TestCase("/etc", Errno.EACCES, "it is a folder")]
    [TestCase("/etc/passwd", Errno.ETXTBSY, "somebody is writing it")]
    [TestCase("/etc/passwd", Errno.EACCES, "it is no program that this user may run")]
    [TestCase("/no/such/program", Errno.ENOENT, "it is not there")]
    public void The_reason_is_the_kernel_s(string path, int errno, string reason) =>
        Assert.That(ChildProcess.Reason(path, new System.ComponentModel.Win32Exception(errno)), Is.EqualTo(reason));
}
