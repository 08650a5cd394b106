using System.Text;

namespace Conformance.Suites.Command;

/// <summary>Standard output cannot be written: a full disk, a closed pipe.</summary>
/// <param name="inner">What the system said.</param>
internal sealed class OutputException(IOException inner) : Exception(inner.Message, inner);

/// <summary>Standard output and standard error of the command, so that a failed write is told from every other failure of the kit.</summary>
internal static class CommandOutput
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Puts the streams in the place of the console's.</summary>
    internal static void Install()
    {
        Console.SetOut(Writer(new Guard(Console.OpenStandardOutput(), quiet: false)));
        // Where nothing can be said about it, the exit code must do.
        Console.SetError(Writer(new Guard(Console.OpenStandardError(), quiet: true)));
    }

    private static StreamWriter Writer(Stream stream) => new(stream, Utf8) { AutoFlush = true, NewLine = "\n" };

    private sealed class Guard(Stream inner, bool quiet) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            try
            {
                inner.Write(buffer);
            }
            catch (IOException error)
            {
                if (!quiet)
                    throw new OutputException(error);
            }
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
