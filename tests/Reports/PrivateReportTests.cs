using System.Runtime.Versioning;
using Conformance.Reports;
using Conformance.Suites.Command;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Reports;

/// <summary>What the maintainers of a driver hear first (SECURITY.md) is readable by the owner of the report alone.</summary>
[Category("quick")]
[UnsupportedOSPlatform("windows")]
public sealed class PrivateReportTests : FolderFixture
{
    private const UnixFileMode OwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [TestCase("kernel", "crash", "BUG: unable to handle page fault", true)]
    [TestCase("kernel", "hang", "watchdog: BUG: soft lockup", true)]
    [TestCase("socket", "crash", "double free or corruption", true)]
    [TestCase("in-process", "crash", "Unhandled exception", false)]
    [TestCase("kernel", "crash", "", false)]
    [TestCase("kernel", "state", "", false)]
    public void It_is_written_for_its_owner_alone(string channel, string kind, string lastWords, bool isPrivate)
    {
        var loss = Finding.OfLoss([], kind == "hang", "it is gone", lastWords) with { Kind = kind, Campaign = "session-calls" };
        var document = SampleDocuments.Green with { Driver = SampleDocuments.Green.Driver with { Channel = channel }, Findings = [loss] };
        var report = ReportFolder.Prepare(Folder)!;
        var files = Directory.GetFiles(Folder);
        Assert.That(files, Is.Not.Empty);
        foreach (var file in files)
            File.SetUnixFileMode(file, OwnerAlone | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        Assert.That(report.Write(document, document), Is.Null);
        Assert.That(files.Select(File.GetUnixFileMode), Has.All.EqualTo(isPrivate ? OwnerAlone : OwnerAlone | UnixFileMode.GroupRead | UnixFileMode.OtherRead));
        Assert.That(files.Select(file => new FileInfo(file).Length), Has.All.Positive);
    }
}
