"""The learned blend of sources."""
