"""How much each event of a frame counts, by the configured actions."""

import numpy as np
import polars as pl

from penchant.config import LARGEST_WEIGHT, Config
from penchant.types import F32


def weigh(frame: pl.DataFrame, config: Config) -> F32:
    """(rows,) the weight of each event: its own where the frame has one, else what `Config.weight` gives its action and value."""
    rules = pl.DataFrame(
        [(name, rule.weight, rule.neutral, rule.scale) for name, rule in config.actions.items()],
        schema={"action": pl.String, "rule": pl.Float64, "neutral": pl.Float64, "scale": pl.Float64},
        orient="row",
    )
    columns = frame.select("action", "value", "weight").join(rules, on="action", how="left", maintain_order="left")
    graded = (pl.col("rule") * (pl.col("value") - pl.col("neutral")) / pl.col("scale")).clip(-LARGEST_WEIGHT, LARGEST_WEIGHT)
    weights = columns.select(pl.coalesce("weight", graded, "rule"))
    return weights.to_series().to_numpy().astype(np.float32)
