using Conformance.Model.Smmu.Device;

namespace Conformance.Model.Smmu.Translation;

/// <summary>The translation of one transaction as a decision procedure, from the registers to the physical address or the fault.</summary>
public static class SmmuTranslation
{
    /// <summary>Translates one transaction. Nothing is allocated; the source is the only thing that can make two runs differ.</summary>
    /// <param name="source">The contents of memory, and the choices.</param>
    /// <param name="capabilities">What the SMMU can do.</param>
    /// <param name="settings">What its registers say.</param>
    /// <param name="transaction">The transaction.</param>
    /// <param name="outcome">How it ends; overwritten.</param>
    /// <typeparam name="TSource">The type of the source; a struct is inlined.</typeparam>
    public static void Run<TSource>(
        ref TSource source,
        SmmuCapabilities capabilities,
        in SmmuSettings settings,
        in SmmuTransaction transaction,
        ref TranslationOutcome outcome
    )
        where TSource : ITranslationSource
    {
        outcome.Updates.Clear();
        outcome.HasEvent = false;
        outcome.IsOutsideModel = false;
        new Procedure<TSource>(ref source, capabilities, in settings, in transaction, ref outcome).Translate();
    }
}
