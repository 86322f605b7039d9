"""What is told of people and items in words, for one engine: why an item, who a person is, what topics are called, copy."""
