using System.Buffers.Binary;
using System.Globalization;
using Conformance.Model.Smmu;
using Conformance.Model.Smmu.Oracle;
using Conformance.Model.Smmu.Translation;

namespace Conformance.Engine.Scenes;

/// <summary>The walk of a transaction through memory as it is, a line per fetch.</summary>
public static class SceneWalk
{
    private const int MostLines = 64;

    /// <summary>Walks.</summary>
    /// <param name="oracle">Whose memory is walked through, as far as it is known.</param>
    /// <param name="target">The SMMU.</param>
    /// <param name="settings">What the registers say.</param>
    /// <param name="transaction">The transaction.</param>
    public static IReadOnlyList<string> Lines(SmmuOracle oracle, SceneTarget target, SmmuSettings settings, in SmmuTransaction transaction)
    {
        var source = new Source(oracle, target);
        var outcome = default(TranslationOutcome);
        SmmuTranslation.Run(ref source, target.Capabilities, settings, transaction, ref outcome);
        source.Lines.Add(outcome.Reply == SmmuReply.Completed
            ? $"it goes through to PA 0x{outcome.PhysicalAddress:x}"
            : outcome.HasEvent ? $"it ends with {ScenePrinter.EventType(outcome.Event.Type)}" : "it ends without a record");
        return source.Lines;
    }

    private readonly struct Source(SmmuOracle oracle, SceneTarget target) : ITranslationSource
    {
        public List<string> Lines { get; } = [];

        public bool Fetch(ulong address, FetchKind kind, in FetchKey key, out ulong value)
        {
            value = 0;
            var readable = target.Memory.Contains(address, 8);
            if (readable)
            {
                Span<byte> bytes = stackalloc byte[8];
                oracle.ReadMemory(address, bytes);
                value = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            }

            if (key.Purpose == FetchPurpose.Use && Lines.Count < MostLines)
                Lines.Add(string.Create(CultureInfo.InvariantCulture, $"{What(kind, key)} at 0x{address:x}: {(readable ? $"0x{value:x}" : "external abort")}"));
            return readable;
        }

        public int Choose(SmmuLatitude latitude, int alternatives) => 0;

        private static string What(FetchKind kind, in FetchKey key) => kind switch
        {
            FetchKind.L1StreamTable => "L1STD",
            FetchKind.StreamTable => "STE",
            FetchKind.L1ContextTable => "L1CD",
            FetchKind.ContextDescriptor => "CD",
            FetchKind.Stage1Descriptor => $"stage 1, level {key.Level}, for 0x{key.Address:x}",
            _ => $"  stage 2, level {key.Level}, for IPA 0x{key.Ipa:x}",
        };
    }
}
