using NUnit.Framework;

// Fixtures run one after the other, except those that say otherwise. Of these, many spend their time waiting: for a driver that hangs, for a guest to be given
// up, for an arc that was made slow. Two more than there are cores keep both busy.
[assembly: LevelOfParallelism(4)]
