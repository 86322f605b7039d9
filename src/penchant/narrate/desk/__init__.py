"""Where texts wait, are written within a budget, and are kept."""
