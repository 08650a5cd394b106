using Conformance.Model.Smmu.Structures;

namespace Examples;

/// <summary>The same SMMU with one mistake: it takes CFGI_CD for a hint.</summary>
public sealed class ForgetfulSmmu : TinySmmu
{
    protected override bool Run(SmmuCommand command) => command is { Opcode: SmmuOpcode.CfgiCd, SSec: false } || base.Run(command);
}
