"""How good it is: splits, metrics, intervals, comparisons."""
