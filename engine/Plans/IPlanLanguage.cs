namespace Conformance.Engine.Plans;

/// <summary>
/// What the engine must be able to do with the plans of a suite, whatever they are made of: count and print their steps, leave parts out, make parts simpler,
/// and keep them as bytes. Everything here is a pure function of the plan.
/// </summary>
/// <typeparam name="TPlan">What one run asks of a device; never changed.</typeparam>
public interface IPlanLanguage<TPlan>
    where TPlan : class
{
    /// <summary>How many steps a plan has.</summary>
    int Steps(TPlan plan);

    /// <summary>
    /// How much a reader has to take in: the steps, and what is set up before them. Of two plans that show the same the one of less size is shown.
    /// </summary>
    int Size(TPlan plan);

    /// <summary>The plan as a person would say it: what is set up before the first step, then a line a step.</summary>
    IReadOnlyList<string> Lines(TPlan plan);

    /// <summary>The index in <see cref="Lines"/> of a step, 0 for the first step when nothing is set up before it.</summary>
    int LineOf(TPlan plan, int step);

    /// <summary>
    /// What a step calls, for a suite in which no requirement speaks of a call that does not come back: losses in different calls are different ones then.
    /// Empty where requirements tell them apart, and for a step that is none.
    /// </summary>
    string CallOf(TPlan plan, int step) => "";

    /// <summary>The plan without the steps behind a step. The step itself stays.</summary>
    TPlan Upto(TPlan plan, int step);

    /// <summary>The plan without some steps.</summary>
    TPlan Without(TPlan plan, int first, int count);

    /// <summary>
    /// Moves that make something simpler, the strongest first. Each is asked for one place after the other, from 0: it gives the plan with something simpler in
    /// that place, the same object when there is nothing to simplify there, and null behind the last place. Moves only ever lead towards the simpler, so that a
    /// search ends.
    /// </summary>
    IReadOnlyList<Func<TPlan, int, TPlan?>> Moves { get; }

    /// <summary>What a kind of step is called; null for a number that is none.</summary>
    string? NameOfKind(byte kind);

    /// <summary>
    /// True when plans are so rich that two findings of the same requirements in the same respect are two when other facts are true of them; false when these
    /// facts are no more than circumstances.
    /// </summary>
    bool FactsTellApart => false;

    /// <summary>Writes the plan for replay tokens. What does not fit is dropped, and the writer says so.</summary>
    void Write(TPlan plan, ref PlanWriter to);

    /// <summary>Reads what <see cref="Write"/> wrote. The bytes may come from anywhere: lengths are checked before anything is allocated.</summary>
    /// <exception cref="PlanFormatException">They are no plan.</exception>
    TPlan Read(PlanReader from);

    /// <summary>Writes the plan for the journal, which is done before each run: as quickly as it can be, since the same build reads it.</summary>
    void Note(TPlan plan, ref PlanWriter to) => Write(plan, ref to);

    /// <summary>Reads what <see cref="Note"/> wrote. A worker that went wild may have written anything.</summary>
    /// <exception cref="PlanFormatException">The bytes are no plan.</exception>
    TPlan Recall(PlanReader from) => Read(from);
}
