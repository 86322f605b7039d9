"""Words about items: what is added to them, copy, and the order of a slate."""
