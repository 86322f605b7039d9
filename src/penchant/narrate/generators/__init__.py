"""Language models: an endpoint, a file in the process, and what can be read from their answers."""
