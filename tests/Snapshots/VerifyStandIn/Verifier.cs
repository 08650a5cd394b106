using System.Diagnostics.Contracts;
using System.Runtime.CompilerServices;
using System.Text;
using VerifyTests;

namespace VerifyNUnit
{
    /// <summary>
    /// Stands in for the class of this name in Verify.NUnit, with the one signature that the adapter calls and the one that hides NUnit's <c>Throws</c>.
    /// </summary>
    internal static class Verifier
    {
        [Pure]
        public static SettingsTask Verify(string? target, string extension, VerifySettings? settings = null, [CallerFilePath] string sourceFile = "")
        {
            _ = settings;
            return new(target, extension, sourceFile);
        }

        [Pure]
        public static SettingsTask Throws(Action target, VerifySettings? settings = null, [CallerFilePath] string sourceFile = "") =>
            throw new NotSupportedException($"{target} {settings} {sourceFile}");
    }
}

namespace VerifyTests
{
    /// <summary>Stands in for Verify's settings.</summary>
    internal sealed class VerifySettings;

    /// <summary>Stands in for the result of Verify.</summary>
    internal sealed class VerifyResult;

    /// <summary>Stands in for Verify's task. It compares nothing: awaited, it writes the received file that Verify would write for a new snapshot.</summary>
    internal sealed class SettingsTask(string? target, string extension, string sourceFile)
    {
        private string directory = ".";
        private string fileName = "";
        private bool diff = true;

        [Pure]
        public SettingsTask UseDirectory(string directory)
        {
            this.directory = directory;
            return this;
        }

        [Pure]
        public SettingsTask UseFileName(string fileName)
        {
            this.fileName = fileName;
            return this;
        }

        [Pure]
        public SettingsTask DisableDiff()
        {
            diff = false;
            return this;
        }

        public TaskAwaiter<VerifyResult> GetAwaiter() => Run().GetAwaiter();

        private async Task<VerifyResult> Run()
        {
            var file = Path.Combine(Path.GetDirectoryName(sourceFile)!, directory, fileName);
            await File.WriteAllTextAsync($"{file}.received.{extension}", target);
            // A viewer that is started wants two files.
            if (diff)
                await File.WriteAllTextAsync($"{file}.verified.{extension}", "", new UTF8Encoding(true));
            return new();
        }
    }
}
