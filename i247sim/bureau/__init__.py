"""One bureau: what its simulated duty officer does. ``core`` decides; the shell is ``node.shell``."""
