"""Words about people and their interests: facts, what is said of them, and the check of it."""
