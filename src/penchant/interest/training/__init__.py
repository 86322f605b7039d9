"""Training, with torch: windows of histories, losses, one loop, checkpoints, and the networks of the textbooks."""
