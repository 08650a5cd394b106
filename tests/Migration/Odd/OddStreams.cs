using System.Buffers.Binary;
using Conformance.Drivers.Reference.Migration;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Tests.Migration.Odd;

/// <summary>Odd ways to give and to take a stream.</summary>
internal static class OddStreams
{
    internal static IReadOnlyList<OddDriver> All { get; } =
    [
        new("reads-give-five-bytes", "MIG-FD-08", "read returns 1..count bytes", set => new ReadsGiveFewBytes(set, 5)),
        new("reads-give-one-byte", "MIG-FD-08", "read returns 1..count bytes", set => new ReadsGiveFewBytes(set, 1)),
        new(
            "writes-take-odd-pieces",
            "MIG-FD-30",
            "A write after a previous short write continues at the accepted count",
            set => new WritesTakeOddPieces(set, 13)
        ),
        new(
            "writes-take-one-byte",
            "MIG-FD-30",
            "A write after a previous short write continues at the accepted count",
            set => new WritesTakeOddPieces(set, 1)
        ),
        new("first-read-is-interrupted", "E-12", "allow EINTR", set => new FirstReadFails(set, Errno.EINTR)),
        new("first-read-comes-too-early", "MIG-FD-26", "EAGAIN", set => new FirstReadFails(set, Errno.EAGAIN)),
        new("first-write-is-interrupted", "MIG-RES-27", "leaves the session as it was", set => new FirstWriteFails(set, Errno.EINTR)),
        new("first-write-comes-too-early", "MIG-RES-27", "leaves the session as it was", set => new FirstWriteFails(set, Errno.EAGAIN)),
        new("saves-behind-the-request", "E-11", "SET SC may succeed", set => new SavesBehindTheRequest(set)) { Traits = DeviceTraits.Cautious },
        new("every-save-is-another", "E-25", "Save determinism is not promised", set => new EverySaveIsAnother(set)) { Traits = DeviceTraits.Cautious },
        new("image-is-large", "MIG-FD-19", "The SC stream is finite", set => new ImageIsLarge(set))
        {
            Traits = new() { DeterministicStream = true, MaxImageBytes = ImageIsLarge.More + ReferenceFormat.MaxImage },
        },
        new("shares-nothing-with-the-reference", "MIG-FD-10", "The stream is opaque", set => new PlainDriver(set)),
        new("tail-of-the-image-is-noise", "E-20", "Bit flips may land in don't-care bytes", set => new TailIsNoise(set)),
        new("image-has-one-byte", "MIG-FD-10", "The stream is opaque", set => new ImageHasOneByte(set)),
        new("pre-copy-has-one-byte", "MIG-PRE-14", "each driver decides what it sends in PC", set => new PreCopyHasOneByte(set))
        {
            Needs = MigrationFeatures.PreCopy,
        },
        new("more-pre-copy-only-after-info", "E-10", "Progress needs the info call", set => new MoreOnlyAfterInfo(set)) { Needs = MigrationFeatures.PreCopy },
        new("never-counts-dirty-bytes", "E-07", "the stream may exceed it", set => new NeverCountsDirtyBytes(set)) { Needs = MigrationFeatures.PreCopy },
    ];

    private sealed class ReadsGiveFewBytes(MigrationFeatures features, int most) : DecoratedDriver(features)
    {
        protected override IMigrationFile BeforeSaving(IMigrationFile file) => new Few(file, most);

        private sealed class Few(IMigrationFile file, int most) : DecoratedFile(file)
        {
            public override CallResult Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, most)]);
        }
    }

    private sealed class WritesTakeOddPieces(MigrationFeatures features, uint most) : DecoratedDriver(features)
    {
        protected override IMigrationFile BeforeResuming(IMigrationFile file) => new Pieces(file, most);

        private sealed class Pieces(IMigrationFile file, uint most) : DecoratedFile(file)
        {
            private uint calls;

            public override CallResult Write(ReadOnlySpan<byte> buffer) => base.Write(buffer[..(int)Math.Min((uint)buffer.Length, 1 + (calls++ * 7 % most))]);
        }
    }

    private sealed class FirstReadFails(MigrationFeatures features, int errno) : DecoratedDriver(features)
    {
        protected override IMigrationFile BeforeSaving(IMigrationFile file) => new Later(file, errno);

        private sealed class Later(IMigrationFile file, int errno) : DecoratedFile(file)
        {
            private bool tried;

            public override CallResult Read(Span<byte> buffer)
            {
                if (tried)
                    return base.Read(buffer);
                tried = true;
                return CallResult.Fail(errno);
            }
        }
    }

    private sealed class FirstWriteFails(MigrationFeatures features, int errno) : DecoratedDriver(features)
    {
        protected override IMigrationFile BeforeResuming(IMigrationFile file) => new Later(file, errno);

        private sealed class Later(IMigrationFile file, int errno) : DecoratedFile(file)
        {
            private bool tried;

            public override CallResult Write(ReadOnlySpan<byte> buffer)
            {
                if (tried)
                    return base.Write(buffer);
                tried = true;
                return CallResult.Fail(errno);
            }
        }
    }

    // Nothing is there when the request returns. A read waits for it; who polls is told when it has come.
    private sealed class SavesBehindTheRequest(MigrationFeatures features) : DecoratedDriver(features)
    {
        protected override IMigrationFile BeforeSaving(IMigrationFile file) => new Behind(file);

        private sealed class Behind(IMigrationFile file) : DecoratedFile(file)
        {
            private bool isThere;

            public override bool IsReadable => isThere && base.IsReadable;

            public override CallResult Read(Span<byte> buffer)
            {
                isThere = true;
                return base.Read(buffer);
            }
        }
    }

    // Eight bytes in front say how the rest is scrambled.
    private sealed class EverySaveIsAnother(MigrationFeatures features) : DecoratedDriver(features)
    {
        private ulong salt = 0x5A17;

        public override int DataSize(out ulong bytes)
        {
            var errno = base.DataSize(out bytes);
            bytes += sizeof(ulong);
            return errno;
        }

        protected override IMigrationFile BeforeSaving(IMigrationFile file) => new Scrambling(file, salt = (salt * 6364136223846793005) + 1442695040888963407);

        protected override IMigrationFile BeforeResuming(IMigrationFile file) => new Unscrambling(file);

        private static byte Mask(ulong salt, ulong position) => (byte)((salt ^ (position * 0x9E37_79B9_7F4A_7C15)) >> 29);

        private sealed class Scrambling(IMigrationFile file, ulong salt) : DecoratedFile(file)
        {
            private ulong position;

            public override bool IsReadable => position < sizeof(ulong) || base.IsReadable;

            public override CallResult Read(Span<byte> buffer)
            {
                if (position < sizeof(ulong))
                {
                    buffer[0] = (byte)(salt >> (8 * (int)position++));
                    return CallResult.Of(1);
                }

                var result = base.Read(buffer);
                for (var i = 0; i < result.Value; i++)
                    buffer[i] ^= Mask(salt, position++);
                return result;
            }

            public override int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
            {
                var errno = base.PrecopyInfo(out initialBytes, out dirtyBytes);
                initialBytes += sizeof(ulong) - Math.Min(position, sizeof(ulong));
                return errno;
            }
        }

        private sealed class Unscrambling(IMigrationFile file) : DecoratedFile(file)
        {
            private ulong salt,
                position;

            public override CallResult Write(ReadOnlySpan<byte> buffer)
            {
                if (position < sizeof(ulong))
                {
                    salt |= (ulong)buffer[0] << (8 * (int)position++);
                    return CallResult.Of(1);
                }

                Span<byte> plain = stackalloc byte[64];
                var count = Math.Min(buffer.Length, plain.Length);
                for (var i = 0; i < count; i++)
                    plain[i] = (byte)(buffer[i] ^ Mask(salt, position + (ulong)i));
                var result = base.Write(plain[..count]);
                position += (ulong)Math.Max(0, result.Value);
                return result;
            }
        }
    }

    private sealed class ImageIsLarge(MigrationFeatures features) : DecoratedDriver(features)
    {
        internal const int More = 64 * 1024;

        public override int DataSize(out ulong bytes)
        {
            var errno = base.DataSize(out bytes);
            bytes += More;
            return errno;
        }

        protected override IMigrationFile BeforeSaving(IMigrationFile file) => new Padding(file);

        protected override IMigrationFile BeforeResuming(IMigrationFile file) => new Stripping(file);

        private sealed class Padding(IMigrationFile file) : DecoratedFile(file)
        {
            private int left = More;

            public override bool IsReadable => left > 0 || base.IsReadable;

            public override CallResult Read(Span<byte> buffer)
            {
                if (left == 0)
                    return base.Read(buffer);
                var count = Math.Min(buffer.Length, left);
                buffer[..count].Fill(0x5A);
                left -= count;
                return CallResult.Of(count);
            }

            public override int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
            {
                var errno = base.PrecopyInfo(out initialBytes, out dirtyBytes);
                initialBytes += (ulong)left;
                return errno;
            }
        }

        private sealed class Stripping(IMigrationFile file) : DecoratedFile(file)
        {
            private int left = More;

            public override CallResult Write(ReadOnlySpan<byte> buffer)
            {
                if (left == 0)
                    return base.Write(buffer);
                var count = Math.Min(buffer.Length, left);
                if (buffer[..count].ContainsAnyExcept((byte)0x5A))
                    return CallResult.Fail(Errno.EINVAL);
                left -= count;
                return CallResult.Of(count);
            }
        }
    }

    // As qat: one block of a fixed size, of which the end was never written.
    private sealed class TailIsNoise(MigrationFeatures features) : PlainDriver(features)
    {
        private const int BlockBytes = 512;
        private readonly Random noise = new(7);

        protected override byte[] Save()
        {
            var block = new byte[BlockBytes];
            noise.NextBytes(block);
            base.Save().CopyTo(block, 0);
            return block;
        }

        protected override int Load(ReadOnlySpan<byte> image) => image.Length == BlockBytes ? base.Load(image[..ImageBytes]) : Errno.EINVAL;
    }

    // In pre-copy there is something to announce (MIG-PRE-03), which is the byte before it.
    private sealed class ImageHasOneByte(MigrationFeatures features) : PlainDriver(features)
    {
        private byte all;

        protected override int EarlyBytes => 1;

        public override void Apply(uint pattern) => all = (byte)((pattern * 37) + 11);

        public override ulong Digest() => 1ul + all;

        public override int Reset()
        {
            all = 0;
            return Errno.None;
        }

        protected override byte[] Save() => (Features & MigrationFeatures.PreCopy) != 0 ? [0x5A, all] : [all];

        protected override int Load(ReadOnlySpan<byte> image)
        {
            if (image.Length != Save().Length)
                return Errno.EINVAL;
            all = image[^1];
            return Errno.None;
        }
    }

    private sealed class PreCopyHasOneByte(MigrationFeatures features) : PlainDriver(features)
    {
        protected override int EarlyBytes => 1;
    }

    // As mlx5: a loop of reads alone meets the temporary end for ever.
    private sealed class MoreOnlyAfterInfo(MigrationFeatures features) : ReferenceDriver(features)
    {
        protected override SavingSession CreateSaving() => new Asked(this);

        private sealed class Asked(ReferenceDriver device) : SavingSession(device)
        {
            private bool asked;

            public override bool IsReadable => IsComplete || Position < Length || (asked && base.IsReadable);

            public override CallResult Read(Span<byte> buffer)
            {
                if (!IsComplete && Position == Length && !asked)
                    return CallResult.Fail(Errno.ENOMSG);
                asked = false;
                return base.Read(buffer);
            }

            public override int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
            {
                asked = true;
                return base.PrecopyInfo(out initialBytes, out dirtyBytes);
            }
        }
    }

    private sealed class NeverCountsDirtyBytes(MigrationFeatures features) : ReferenceDriver(features)
    {
        protected override SavingSession CreateSaving() => new Silent(this);

        private sealed class Silent(ReferenceDriver device) : SavingSession(device)
        {
            public override int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
            {
                var errno = base.PrecopyInfo(out initialBytes, out dirtyBytes);
                dirtyBytes = 0;
                return errno;
            }
        }
    }
}
