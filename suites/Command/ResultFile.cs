using Conformance.Reports;
using Conformance.Suites.Seam;

namespace Conformance.Suites.Command;

/// <summary>Stored result documents.</summary>
internal static class ResultFile
{
    /// <summary>Reads one document.</summary>
    /// <exception cref="UsageException">There is none in the file.</exception>
    internal static ResultDocument Read(string path)
    {
        try
        {
            return ResultJson.Read(InputFile.Read(path, "the result.json of a run"), path);
        }
        catch (ResultDocumentException error)
        {
            throw new UsageException($"{error.Message}.\nName the result.json of a run: conformance check ADDRESS --report DIR writes one.");
        }
    }

    /// <summary>Reads the document of a run: one file, or one for each of its shards.</summary>
    /// <exception cref="UsageException">A file holds no document, or they do not belong together.</exception>
    internal static ResultDocument Read(IReadOnlyList<string> paths)
    {
        if (paths.Count == 1)
            return Read(paths[0]);
        try
        {
            List<ResultDocument> shards = [.. paths.Select(Read)];
            return ResultMerge.Merge(shards, shards[0].Run.Suites.Any(name => AllSuites.Find(name)?.FactsTellApart == true));
        }
        catch (ResultMergeException error)
        {
            throw new UsageException($"the results cannot be merged: {error.Message}.\nName the result.json of every shard of one run, each once.");
        }
    }

    /// <summary>Writes a text to a file, all of it or nothing of it where it is private.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="text">What is written.</param>
    /// <param name="isPrivate">True: only its owner can read it, from the first byte on, and whoever has an older file of that name open keeps that.</param>
    internal static void Put(string path, string text, bool isPrivate)
    {
        if (!isPrivate || OperatingSystem.IsWindows())
        {
            File.WriteAllText(path, text);
            return;
        }

        var aside = path + ".new";
        File.Delete(aside);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using (var writer = new StreamWriter(aside, options))
            writer.Write(text);
        File.Move(aside, path, overwrite: true);
    }

    /// <summary>Writes a text to where the user wants it.</summary>
    /// <exception cref="UsageException">It cannot be written.</exception>
    internal static void Write(string path, string text)
    {
        try
        {
            File.WriteAllText(path, text);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            var why = Directory.Exists(path) ? "is a folder" : "cannot be written";
            throw new UsageException($"--output {Escaping.Line(path, 200)} {why}.\nName a file in a folder that is there and that this user may write to.");
        }
    }
}
