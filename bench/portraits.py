"""When portraits are drawn anew, and how stale they are: `python bench/portraits.py FOLDER [FOLDER ...]`, fitted folders.

For 150 people of each, drawn at random among those with 20 events or more: how many portraits there were in their lives, for 100
of their events; how much of what a portrait told of now the next one tells as well; and how far the shares of interests at a
random event of theirs are from those of the portrait that stood then (total variation, 0 to 1).
"""

import argparse
from itertools import pairwise
from pathlib import Path

import numpy as np

from penchant.engine import Engine
from penchant.interest.account import Account
from penchant.narrate.person.refresh import drawn
from penchant.types import DAY

PEOPLE, MOMENTS = 150, 4
GROWTHS, HALF_LIVES = (0.5, 1.0, 2.0), (30 * DAY, 91 * DAY, 365 * DAY)


def apart(first: Account, second: Account) -> float:
    """Total variation of two accounts' shares."""
    then, now = ({one.id: one.share for one in account.interests} for account in (first, second))
    return sum(abs(then.get(id, 0.0) - now.get(id, 0.0)) for id in then | now) / 2


def leading(account: Account) -> set[str]:
    return {one.id for one in account.interests[:3]}


def measured(engine: Engine, growth: float, half_life: float) -> str:
    rng = np.random.default_rng(0)
    users = [user for user in rng.permutation(engine.log.users()).tolist() if user and engine.log.people(user, 1)[0].events >= 20]
    counts, events, kept, stale, old = [], 0, [], [], []
    for user in users[:PEOPLE]:
        _, _, lived = engine.memory.history(engine.log.user(user))
        known = engine.known
        moments = drawn(lived, engine.catalog, known.topics, known.watch, float(lived.time[-1]), growth, half_life)
        counts.append(len(moments))
        events += len(lived.time)
        asked = rng.choice(lived.time[len(lived.time) // 4 :], MOMENTS)
        stood = [max(one.at for one in moments if one.at <= time) for time in asked.tolist()]
        told = engine.timeline(user, [*(one.at for one in moments), *asked.tolist(), *stood])
        drawn_ones, now, then = told[: len(moments)], told[len(moments) : len(moments) + MOMENTS], told[len(moments) + MOMENTS :]
        pairs = pairwise(drawn_ones)
        kept += [len(leading(one) & leading(two)) / max(len(leading(one)), 1) for one, two in pairs]
        stale += [apart(one, two) for one, two in zip(then, now, strict=True)]
        old += ((asked - np.array(stood)) / DAY).tolist()
    cells = f"{np.median(counts):.0f} | {100 * sum(counts) / events:.1f} | {np.mean(kept):.0%} | {np.mean(stale):.3f}"
    return f"{cells} | {np.quantile(stale, 0.9):.3f} | {np.quantile(old, 0.9):.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    for folder in parser.parse_args().folders:
        told = "portraits | for 100 events | of three told again | apart | one in ten | days old"
        print(f"| {folder.name}: growth, half-life | {told} |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        with Engine.load(folder) as engine:
            for half_life in HALF_LIVES:
                for growth in GROWTHS:
                    print(f"| {growth}, {half_life / DAY:.0f} days | {measured(engine, growth, half_life)} |", flush=True)


if __name__ == "__main__":
    main()
