namespace Conformance.Engine.Concurrency;

/// <summary>A thread that waits in a dead-lock.</summary>
/// <param name="Thread">Its number, from 1.</param>
/// <param name="Gate">What it waits for: "the state lock".</param>
/// <param name="Holder">The thread that has it; 0 for one that is through.</param>
public readonly record struct Waiting(int Thread, string Gate, int Holder);
