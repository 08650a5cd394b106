using System.Runtime.CompilerServices;
using VerifyTests;

namespace VerifyNUnit
{
    /// <summary>Stands in for the class of this name in Verify.NUnit, with the one signature that the adapter calls.</summary>
    internal static class Verifier
    {
        public static SettingsTask Verify(string? target, string extension, VerifySettings? settings = null, [CallerFilePath] string sourceFile = "")
        {
            _ = settings;
            return new(target, extension, sourceFile);
        }
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

        public SettingsTask UseDirectory(string directory)
        {
            this.directory = directory;
            return this;
        }

        public SettingsTask UseFileName(string fileName)
        {
            this.fileName = fileName;
            return this;
        }

        public TaskAwaiter<VerifyResult> GetAwaiter() => Run().GetAwaiter();

        private async Task<VerifyResult> Run()
        {
            await File.WriteAllTextAsync(Path.Combine(Path.GetDirectoryName(sourceFile)!, directory, $"{fileName}.received.{extension}"), target);
            return new();
        }
    }
}
