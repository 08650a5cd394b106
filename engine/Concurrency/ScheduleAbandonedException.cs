namespace Conformance.Engine.Concurrency;

/// <summary>The calls of a schedule wait for each other, or one of them threw: the others end here, on their way through the device.</summary>
internal sealed class ScheduleAbandonedException() : Exception("the schedule was given up");
