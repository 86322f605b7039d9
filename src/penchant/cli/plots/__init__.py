"""Plots for `--plot FILE`: one module for each kind of picture, and how a picture becomes a file."""
