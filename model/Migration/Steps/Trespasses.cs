namespace Conformance.Model.Migration.Steps;

/// <summary>What a user does to a device that he must not touch: argument A of <see cref="StepKind.Trespass"/>.</summary>
public static class Trespasses
{
    /// <summary>He reads its first register.</summary>
    public const uint Read = 0;

    /// <summary>He writes its first register.</summary>
    public const uint Write = 1;

    /// <summary>He rings its doorbell with a DMA write.</summary>
    public const uint Doorbell = 2;
}
