using Conformance.Suites;
using Conformance.Suites.Command;

// `dotnet test` appends "--server ..." after the user's own options, so the position of that word says nothing.
return args.Contains("--server") ? await MicrosoftTestingPlatformApplication.RunAsync(args) : await ConformanceCommand.InvokeAsync(args);
