"""Virtual time for programs: the preloaded library, the page shared with it, and the broker that moves its time."""
