using System.Diagnostics;
using Conformance.Suites.Lint;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Lint;

/// <summary>
/// labs/recorder as it is preloaded: what it writes can be read, and says what a program asked. There is no device here, so a plain file stands for one; each
/// request of it fails.
/// </summary>
[Category("long")]
[Parallelizable(ParallelScope.Self)]
public sealed class RecorderTests
{
    private const string Program = """
        #include <fcntl.h>
        #include <linux/vfio.h>
        #include <stdio.h>
        #include <string.h>
        #include <sys/ioctl.h>
        #include <sys/mman.h>
        #include <unistd.h>

        int main(int count, char **words)
        {
            char payload[sizeof(struct vfio_device_feature) + 8] = "";
            struct vfio_device_feature *feature = (void *)payload;
            int fd = open(words[count - 1], O_RDWR), other;

            feature->argsz = sizeof(payload);
            feature->flags = 1;
            memset(feature->data, 0x5a, 8);
            ioctl(fd, VFIO_DEVICE_FEATURE, feature);
            ioctl(fd, VFIO_DEVICE_RESET);
            pread(fd, payload, 4, 3ull << 40);
            pwrite(fd, payload, 4, 0x1000);
            mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
            other = dup(fd);
            close(fd);
            close(other);
            /* Nobody's: not in the trace. */
            fd = open("/dev/null", O_RDWR);
            read(fd, payload, 8);
            close(fd);
            return 0;
        }
        """;

    [Test]
    public void What_a_program_asks_is_in_the_trace()
    {
        var folder = Directory.CreateTempSubdirectory("conformance-recorder-").FullName;
        try
        {
            var (library, program, node, trace) = (In("recorder.so"), In("program"), In("vfio0"), In("trace"));
            string In(string name) => Path.Combine(folder, name);
            File.WriteAllText(In("program.c"), Program);
            File.WriteAllBytes(node, new byte[8192]);
            if (
                Run("gcc", [], "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o", library, Clone.File("labs", "recorder", "recorder.c"), "-ldl") is
                { } error
            )
                Assert.That(error, Is.Empty);
            else
                Assert.Ignore("there is no C compiler here");
            Assert.That(Run("gcc", [], "-O2", "-D_FORTIFY_SOURCE=2", "-w", "-o", program, In("program.c")), Is.Empty);
            Assert.That(Run(program, [("LD_PRELOAD", library), ("CONFORMANCE_TRACE", trace), ("CONFORMANCE_TRACE_DEVICES", node)], node), Is.Empty);

            var calls = TraceReader.Read(File.ReadAllText(trace), trace);
            Assert.That(
                calls.Select(call => call.Kind),
                Is.EqualTo(
                    new[]
                    {
                        TraceCallKind.Device,
                        TraceCallKind.Feature,
                        TraceCallKind.Reset,
                        TraceCallKind.PositionedRead,
                        TraceCallKind.PositionedWrite,
                        TraceCallKind.Map,
                        TraceCallKind.Duplicate,
                        TraceCallKind.Close,
                        TraceCallKind.Close,
                        TraceCallKind.End,
                    }
                )
            );
            Assert.That((calls[1].ArgumentSize, calls[1].Flags, calls[1].Ok), Is.EqualTo((16u, 1u, false)));
            Assert.That(calls[1].Before, Is.EqualTo(Enumerable.Repeat((byte)0x5a, 8)));
            Assert.That((calls[3].Size, calls[3].Offset), Is.EqualTo((4, 3ul << 40)));
            Assert.That((calls[4].Size, calls[4].Offset, calls[4].Result), Is.EqualTo((4, 0x1000ul, 4)));
            Assert.That(calls.Select(call => call.Process).Distinct().Count(), Is.EqualTo(1));

            // The flags had no GET.
            var judge = new TraceJudge();
            foreach (var call in calls)
                judge.Judge(call);
            judge.Finish();
            Assert.That(judge.Findings.Select(finding => finding.Requirements[0]), Is.EqualTo(["MIG-FEAT-11"]));
            Assert.That(judge.Notes, Has.Count.EqualTo(1), "a mapped BAR");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // What it said on standard error; null when there is no such program.
    private static string? Run(string file, (string Name, string Value)[] environment, params string[] words)
    {
        var start = new ProcessStartInfo(file, words) { RedirectStandardError = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        try
        {
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? errors : $"ended with {process.ExitCode}: {errors}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
