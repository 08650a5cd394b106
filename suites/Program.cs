using Conformance.Suites.Command;

return await ConformanceCommand.InvokeAsync(args);
