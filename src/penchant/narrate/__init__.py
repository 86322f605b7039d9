"""Words about people and items: what language models are asked for, how it is checked, and what stands in where there is none."""
