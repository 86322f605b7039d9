"""How a person's interests are remembered and what they point at."""
