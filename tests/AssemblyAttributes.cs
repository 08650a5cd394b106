using NUnit.Framework;

// Fixtures run one after the other, except those that say otherwise. Of these, checks of kernels spend most of their time waiting for guests to be given up, so
// that a third one keeps two cores busy.
[assembly: LevelOfParallelism(3)]
