using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Conformance.Tests.Rooms;

/// <summary>
/// One type names another, anywhere in the compiled assembly: as a base, in a signature, as an argument of a generic type, in a body, in an attribute.
/// </summary>
/// <param name="User">The outermost type that the use stands in: lambdas and iterators count for the type that they were written in.</param>
/// <param name="Used">The outermost type that is used, of this assembly or another.</param>
internal readonly record struct TypeUse(TypeReference User, TypeReference Used);

/// <summary>
/// Who uses whom in a compiled assembly. Constants and the names inside <c>nameof</c> are gone by then: those uses are not seen.
/// </summary>
internal static class TypeUses
{
    /// <summary>All uses in the assembly of a room; the same pair may come more than once.</summary>
    public static List<TypeUse> Of(ModuleDefinition module)
    {
        var uses = new List<TypeUse>();
        foreach (var type in module.Types)
        {
            // What the compiler puts beside the types (anonymous types, tables of constants, its own attributes) was written nowhere.
            if (!IsGenerated(type))
                new Reader(type, uses).Read(type);
        }

        return uses;
    }

    /// <summary>The type that was written at the top level around this one.</summary>
    public static TypeReference Outermost(TypeReference type)
    {
        while (type.DeclaringType is not null)
            type = type.DeclaringType;
        return type;
    }

    private static bool IsGenerated(TypeReference type) =>
        type.Name.StartsWith('<')
        || (type is TypeDefinition written && written.CustomAttributes.Any(a => a.AttributeType.Name == "CompilerGeneratedAttribute"));

    private sealed class Reader(TypeReference user, List<TypeUse> uses)
    {
        public void Read(TypeDefinition type)
        {
            Add(type.BaseType);
            foreach (var implemented in type.Interfaces)
                Add(implemented.InterfaceType);
            Add(type.GenericParameters);
            Add(type.CustomAttributes);
            foreach (var field in type.Fields)
            {
                Add(field.FieldType);
                Add(field.CustomAttributes);
            }

            foreach (var property in type.Properties)
            {
                Add(property.PropertyType);
                Add(property.CustomAttributes);
            }

            foreach (var happening in type.Events)
                Add(happening.EventType);
            foreach (var method in type.Methods)
                Read(method);
            foreach (var nested in type.NestedTypes)
                Read(nested);
        }

        private void Read(MethodDefinition method)
        {
            Add(method);
            Add(method.GenericParameters);
            Add(method.CustomAttributes);
            foreach (var overridden in method.Overrides)
                Add(overridden);
            if (!method.HasBody)
                return;
            foreach (var variable in method.Body.Variables)
                Add(variable.VariableType);
            foreach (var handler in method.Body.ExceptionHandlers)
                Add(handler.CatchType);
            foreach (var instruction in method.Body.Instructions)
                Add(instruction);
        }

        private void Add(Instruction instruction)
        {
            switch (instruction.Operand)
            {
                case TypeReference type:
                    Add(type);
                    break;
                case MethodReference method:
                    Add(method);
                    break;
                case FieldReference field:
                    Add(field.DeclaringType);
                    Add(field.FieldType);
                    break;
                case CallSite site:
                    Add(site.ReturnType);
                    foreach (var parameter in site.Parameters)
                        Add(parameter.ParameterType);
                    break;
            }
        }

        private void Add(MethodReference method)
        {
            Add(method.DeclaringType);
            Add(method.ReturnType);
            foreach (var parameter in method.Parameters)
                Add(parameter.ParameterType);
            if (method is GenericInstanceMethod generic)
            {
                foreach (var argument in generic.GenericArguments)
                    Add(argument);
            }
        }

        private void Add(IEnumerable<GenericParameter> parameters)
        {
            foreach (var constraint in parameters.SelectMany(parameter => parameter.Constraints))
                Add(constraint.ConstraintType);
        }

        private void Add(IEnumerable<CustomAttribute> attributes)
        {
            foreach (var attribute in attributes)
            {
                Add(attribute.AttributeType);
                foreach (var argument in attribute.ConstructorArguments)
                    Add(argument.Value as TypeReference);
            }
        }

        private void Add(TypeReference? type)
        {
            switch (type)
            {
                case null or GenericParameter:
                    return;
                case GenericInstanceType generic:
                    foreach (var argument in generic.GenericArguments)
                        Add(argument);
                    Add(generic.ElementType);
                    return;
                case FunctionPointerType pointer:
                    Add(pointer.ReturnType);
                    foreach (var parameter in pointer.Parameters)
                        Add(parameter.ParameterType);
                    return;
                case IModifierType modified:
                    Add(modified.ModifierType);
                    Add(modified.ElementType);
                    return;
                case TypeSpecification made:
                    Add(made.ElementType);
                    return;
            }

            var used = Outermost(type);
            if (used != user && !IsGenerated(used))
                uses.Add(new(user, used));
        }
    }
}
