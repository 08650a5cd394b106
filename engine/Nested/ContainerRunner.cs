using System.Globalization;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Model.Nested.Oracle;
using Conformance.Model.Nested.Steps;
using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Engine.Nested;

/// <summary>
/// Asks a container of type 1 and its model together. What a user or a driver must not do is left out: a pin of what is not mapped, an unmap of a part of a
/// mapping, any call before a group is there.
/// </summary>
/// <param name="container">The container.</param>
/// <param name="run">Where the plan stands.</param>
internal sealed class ContainerRunner(IDmaContainer container, NestedRun run)
{
    // More than a plan asks for. Behind what the request says that there is nothing may be written.
    private const int MostBitmapBytes = 1 << 12,
        MostPages = 1 << 16,
        Guard = 64;
    private const byte Untouched = 0xa5;

    private ContainerModel model = new(0);

    /// <summary>The smallest page of the IOMMU behind a container, into which a group is put to know it.</summary>
    /// <exception cref="DeviceLostException">There is none that can be.</exception>
    public static ulong PageOf(IDmaContainer container)
    {
        var kind = container.Groups.HasFlag(ContainerGroups.Silent) ? ContainerGroups.Silent : ContainerGroups.Pinning;
        if (container.Join(kind) is { Ok: false } refused)
            throw new DeviceLostException(DeviceLoss.Unreachable, $"no group can join the container: {Errno.Name(refused.Errno)}");
        var size = container.PageSize;
        return size is >= 4096 and <= 65536 && (size & (size - 1)) == 0
            ? size
            : throw new DeviceLostException(DeviceLoss.Unreachable, string.Create(CultureInfo.InvariantCulture, $"the container's page has {size} bytes"));
    }

    /// <summary>The groups that a plan is about.</summary>
    public static ContainerGroups GroupsOf(NestedPlan plan) =>
        plan.Steps.Aggregate(
            ContainerGroups.None,
            (groups, step) =>
                groups
                | step.Kind switch
                {
                    NestedStepKind.ContainerGroup => KindOf(step),
                    NestedStepKind.ContainerPin or NestedStepKind.ContainerWrite => ContainerGroups.PinsOnRequest,
                    _ => ContainerGroups.None,
                }
        );

    private static ContainerGroups KindOf(in NestedStep step) =>
        step[0] switch
        {
            0 => ContainerGroups.Silent,
            1 => ContainerGroups.Pinning,
            _ => ContainerGroups.Idle,
        };

    public void Do(in NestedStep step)
    {
        if (step.Kind == NestedStepKind.ContainerGroup)
        {
            Group(KindOf(step), leaves: step[1] != 0);
            return;
        }

        if (!model.IsThere)
            return;
        var (iova, size) = (step[0], Math.Min(step[1], MostPages) * container.PageSize);
        switch (step.Kind)
        {
            case NestedStepKind.ContainerMap:
                if (model.MayMap(iova, size) && container.Map(iova, size).Ok)
                    model.Mapped(iova, size);
                break;
            case NestedStepKind.ContainerUnmap:
                if (model.MayUnmap(iova, size) && container.Unmap(iova, size).Ok)
                    model.Unmapped(iova, size);
                break;
            case NestedStepKind.ContainerPin:
                if ((step[1] == 0 ? model.MayPin(iova) && !model.IsPinned(iova) : model.IsPinned(iova)) && container.Pin(iova, isPinned: step[1] == 0).Ok)
                    model.Pinned(iova, isPinned: step[1] == 0);
                break;
            case NestedStepKind.ContainerWrite:
                if (model.MayWrite(iova) && container.Write(iova).Ok)
                    model.Wrote(iova);
                break;
            default:
                Ask(new((uint)step[0], step[1], step[2], step[3], Math.Min(step[4], MostBitmapBytes)), step.Kind == NestedStepKind.ContainerUnmapDirty);
                break;
        }
    }

    private void Group(ContainerGroups kind, bool leaves)
    {
        if (!leaves && model.MayJoin(kind) && container.Join(kind).Ok)
        {
            // What the IOMMU is, the container knows when a group is there.
            if (!model.IsThere)
                model = new(container.PageSize);
            model.Joined(kind);
        }
        else if (leaves && model.MayLeave(kind) && container.Leave(kind).Ok)
            model.Left(kind);
    }

    private void Ask(in DirtyPagesRequest request, bool unmaps)
    {
        var length = (int)request.BitmapBytes;
        var bitmap = new byte[length + Guard];
        bitmap.AsSpan(length).Fill(Untouched);
        // All mappings are not asked for: without a bitmap that is another call.
        if (unmaps && (request.Flags & DirtyPagesRequest.UnmapGet) == 0)
            return;
        var expected = unmaps ? model.AllowedUnmap(request) : model.Allowed(request);
        var result = unmaps ? container.Unmap(request, bitmap) : container.DirtyPages(request, bitmap);
        if (!expected.Allows(result))
        {
            run.Differ(
                "result",
                expected.ToString(),
                Errno.Name(result.Errno),
                expected.Rules,
                facts: [.. NestedFacts.OfResult(expected, result), $"tracking={(model.IsTracking ? "on" : "off")}"]
            );
            return;
        }

        run.Show(expected.Rules);
        if (!result.Ok && model.IsTracking && request.PageSize == container.PageSize && model.Cuts(request.Iova, request.Size))
            run.Witness(NestedWitnesses.CutRefused);
        if (bitmap.AsSpan(length).ContainsAnyExcept(Untouched))
        {
            run.Differ("bitmap", $"a bitmap of {length} bytes", "what lies behind it was written", Rules.Of(DIRTY_13), facts: ["differs=guard"]);
            return;
        }

        if (!result.Ok)
            return;
        var bits = bitmap.AsSpan(0, length);
        var missing = unmaps ? model.Unmapped(request, bits, out var due) : model.Answered(request, bits, out due);
        if (missing is { } page)
            run.Differ(
                "bitmap",
                string.Create(CultureInfo.InvariantCulture, $"the bit of 0x{page:x} is set: {model.Why(page)}"),
                "it is not set",
                Rules.Of(DIRTY_13),
                facts: ["differs=bit"]
            );
        if (!unmaps && request.Flags != DirtyPagesRequest.Get)
            return;
        run.Witness(NestedWitnesses.ContainerQuery);
        if (due == 0)
            return;
        run.Show(Rules.Of(DIRTY_13));
        run.Witness(NestedWitnesses.ContainerPage);
        if (!model.HasSilent)
            run.Witness(NestedWitnesses.PinnedPage);
    }
}
