"""Finding the best of many items."""
