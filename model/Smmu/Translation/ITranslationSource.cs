namespace Conformance.Model.Smmu.Translation;

/// <summary>
/// Where <see cref="SmmuTranslation"/> gets what is not decided by the architecture: the contents of memory, which may be old in a cache, and the choices that
/// the architecture leaves. The procedure is a function of the answers: a source that gives them from a list, and counts the list on like an odometer,
/// sees every legal outcome. Implemented by structs, so that the calls inline.
/// </summary>
public interface ITranslationSource
{
    /// <summary>Fetches a doubleword of a structure or a translation table.</summary>
    /// <param name="address">Its physical address, a multiple of 8.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="key">On whose behalf, and what for.</param>
    /// <param name="value">The doubleword, as a little-endian processor loads it.</param>
    /// <returns>False for an external abort.</returns>
    bool Fetch(ulong address, FetchKind kind, in FetchKey key, out ulong value);

    /// <summary>Finds a CD that a cache may hold although the structures lead elsewhere by now: it is held by StreamID and SubstreamID.</summary>
    /// <param name="key">On whose behalf.</param>
    /// <param name="address">Where the CD was fetched from, a physical address.</param>
    /// <returns>False when it is to be looked up.</returns>
    bool FindContext(in FetchKey key, out ulong address);

    /// <summary>Chooses where the architecture leaves a choice.</summary>
    /// <param name="latitude">The choice.</param>
    /// <param name="alternatives">How many alternatives there are here, at least 2.</param>
    /// <returns>0..alternatives-1; 0 is the usual reading.</returns>
    int Choose(SmmuLatitude latitude, int alternatives);
}
