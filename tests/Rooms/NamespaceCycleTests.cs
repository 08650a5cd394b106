using Mono.Cecil;
using Mono.Cecil.Cil;
using NUnit.Framework;

namespace Conformance.Tests.Rooms;

/// <summary>Inside a room, too, the arrows go one way.</summary>
[Category("quick")]
public sealed class NamespaceCycleTests
{
    private const TypeAttributes Public = TypeAttributes.Public | TypeAttributes.Class;

    [TestCaseSource(typeof(Room), nameof(Room.Assemblies))]
    public void No_two_namespaces_of_a_room_need_each_other(string assembly)
    {
        using var room = Room.Open(assembly);
        Assert.That(NamespaceCycles.Of(room), Is.Empty);
    }

    // Every way in which one type can name another closes the circle.
    [TestCase("base")]
    [TestCase("interface")]
    [TestCase("constraint")]
    [TestCase("field")]
    [TestCase("array of arguments")]
    [TestCase("result")]
    [TestCase("parameter")]
    [TestCase("variable")]
    [TestCase("catch")]
    [TestCase("call")]
    [TestCase("lambda")]
    [TestCase("attribute")]
    public void A_circle_is_found_and_told(string manner)
    {
        using var module = Two(manner, back: true);
        Assert.That(NamespaceCycles.Of(module), Is.EqualTo(["First -> Second: First.One uses Second.Two\nSecond -> First: Second.Two uses First.One"]));
    }

    [Test]
    public void A_use_in_one_direction_is_no_circle()
    {
        using var module = Two("base", back: false);
        Assert.That(NamespaceCycles.Of(module), Is.Empty);
    }

    [Test]
    public void A_circle_of_three_is_told_as_a_way()
    {
        using var module = ModuleDefinition.CreateModule("three", ModuleKind.Dll);
        TypeDefinition[] types = [New(module, "A", "X"), New(module, "B", "Y"), New(module, "C", "Z")];
        for (var i = 0; i < 3; i++)
            types[i].Fields.Add(new("next", FieldAttributes.Public, types[(i + 1) % 3]));
        Assert.That(NamespaceCycles.Of(module), Is.EqualTo(["A -> B: A.X uses B.Y\nB -> C: B.Y uses C.Z\nC -> A: C.Z uses A.X"]));
    }

    // Second.Two uses First.One in the manner that is asked for; First.One has a field of Second.Two.
    private static ModuleDefinition Two(string manner, bool back)
    {
        var module = ModuleDefinition.CreateModule("two", ModuleKind.Dll);
        var one = New(module, "First", "One");
        var two = New(module, "Second", "Two");
        var nothing = module.TypeSystem.Void;
        var method = new MethodDefinition("Method", MethodAttributes.Public, nothing);
        two.Methods.Add(method);
        if (back)
            one.Fields.Add(new("field", FieldAttributes.Public, two));
        switch (manner)
        {
            case "base":
                two.BaseType = one;
                break;
            case "interface":
                two.Interfaces.Add(new(one));
                break;
            case "constraint":
                var parameter = new GenericParameter("T", method);
                parameter.Constraints.Add(new(one));
                method.GenericParameters.Add(parameter);
                break;
            case "field":
                two.Fields.Add(new("field", FieldAttributes.Public, one));
                break;
            case "array of arguments":
                var list = new GenericInstanceType(module.ImportReference(typeof(List<>)));
                list.GenericArguments.Add(new ByReferenceType(new ArrayType(one)));
                two.Fields.Add(new("field", FieldAttributes.Public, list));
                break;
            case "result":
                method.ReturnType = one;
                break;
            case "parameter":
                method.Parameters.Add(new(one));
                break;
            case "variable":
                method.Body.Variables.Add(new(one));
                break;
            case "catch":
                method.Body.ExceptionHandlers.Add(new(ExceptionHandlerType.Catch) { CatchType = one });
                break;
            case "call":
                method.Body.GetILProcessor().Emit(OpCodes.Call, new MethodReference("Other", nothing, one));
                break;
            case "lambda":
                var closure = new TypeDefinition("", "<>c", TypeAttributes.NestedPrivate);
                closure.CustomAttributes.Add(
                    new(module.ImportReference(typeof(System.Runtime.CompilerServices.CompilerGeneratedAttribute).GetConstructor([])))
                );
                closure.Fields.Add(new("field", FieldAttributes.Public, one));
                two.NestedTypes.Add(closure);
                break;
            case "attribute":
                two.CustomAttributes.Add(new(new MethodReference(".ctor", nothing, one)));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(manner), manner, "no such manner");
        }

        return module;
    }

    private static TypeDefinition New(ModuleDefinition module, string place, string name)
    {
        var type = new TypeDefinition(place, name, Public, module.TypeSystem.Object);
        module.Types.Add(type);
        return type;
    }
}
