using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Conformance.Bench;

switch (args.FirstOrDefault())
{
    case "lockstep":
        return LockstepMeasurement.Run(args.Contains("--profile"));
    case "histories":
        return HistoriesMeasurement.Run(args[1..]);
    case "detection":
        return DetectionMeasurement.Run();
    case "minimality":
        return MinimalityMeasurement.Run(args[1..]);
    case "guest":
        return GuestMeasurement.Run(args.ElementAtOrDefault(1) ?? "trixie");
    case "qemu":
        return QemuMeasurement.Run(args.ElementAtOrDefault(1) ?? "10.0", args.ElementAtOrDefault(2) ?? "1");
    case "check":
        return CheckMeasurement.Run();
    case "translation":
        return TranslationMeasurement.Run();
    case "walker":
        return WalkerMeasurement.Run(args[1..]);
    case "dirty-bitmap":
        return DirtyBitmapMeasurement.Run();
    case "nested":
        return NestedMeasurement.Run(args[1..]);
    case "vmstate":
        return StreamMeasurement.Run(args[1..]);
    case "image":
        return ImageMeasurement.Run();
    case "micro":
        // In this process: the generated project of the other toolchains does not know this repository's build settings.
        var config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
        BenchmarkSwitcher.FromTypes([typeof(OracleBenchmarks)]).Run(args.Length > 1 ? args[1..] : ["--filter", "*"], config);
        return 0;
    default:
        Console.Error.WriteLine(
            "usage: dotnet run --project bench -c Release -- lockstep | histories [--count N] | detection | minimality | guest [KERNEL] | "
                + "qemu [VERSION [STAGE]] | check | translation | walker [--count N] | dirty-bitmap | nested [--plans N] | vmstate [FILE ...] | image | "
                + "micro [BenchmarkDotNet options]"
        );
        return 2;
}
