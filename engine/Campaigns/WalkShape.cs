using Conformance.Model.Contract;
using FsCheck;
using FsCheck.Fluent;

namespace Conformance.Engine.Campaigns;

/// <summary>What a random walk is made of: which kinds of steps it may take (a swarm subset, never empty), how likely each is, how long it is.</summary>
/// <param name="Kinds">Bit n: the n-th kind of the alphabet may be taken.</param>
/// <param name="Weights">One weight for each kind, 1..16.</param>
/// <param name="Length">Steps, at least one.</param>
/// <param name="Seed">The seed of the choices along the walk.</param>
public sealed record WalkShape(ulong Kinds, IReadOnlyList<int> Weights, int Length, ulong Seed)
{
    /// <summary>The shapes of one round. The same numbers give the same shapes.</summary>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="round">The number of the round, from 0.</param>
    /// <param name="count">How many shapes.</param>
    /// <param name="kinds">How many kinds the alphabet has, 1..64.</param>
    /// <param name="longest">The longest walk, in steps.</param>
    public static IReadOnlyList<WalkShape> Round(ulong seed, int round, int count, int kinds, int longest)
    {
        var all = kinds == 64 ? ulong.MaxValue : (1ul << kinds) - 1;
        var generator =
            from low in Gen.Choose(int.MinValue, int.MaxValue)
            from high in Gen.Choose(int.MinValue, int.MaxValue)
            from everything in Gen.Choose(0, 3)
            from fallback in Gen.Choose(0, kinds - 1)
            from weights in Gen.Choose(1, 16).ArrayOf(kinds)
            from length in Gen.Choose(1, longest)
            from first in Gen.Choose(int.MinValue, int.MaxValue)
            from second in Gen.Choose(int.MinValue, int.MaxValue)
            let mask = everything == 0 ? all : ((uint)low | (ulong)(uint)high << 32) & all
            select new WalkShape(mask == 0 ? 1ul << fallback : mask, weights, length, (uint)first | (ulong)(uint)second << 32);
        var start = new SplitMix(seed + (ulong)round * 0x9E3779B97F4A7C15);
        return [.. generator.Sample(count, new Rnd(start.Next(), start.Next() | 1), 50)];
    }
}
