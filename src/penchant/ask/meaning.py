"""What the entries of a text add up to: a wish, with what was made of every part."""

from collections.abc import Sequence

import msgspec

from penchant.ask.bounds import Bounds
from penchant.ask.clauses import Clause, Entry
from penchant.ask.lexicon import Lexicon, Named
from penchant.ask.tokens import Token, folded
from penchant.ask.wish import Read, Role, Wish
from penchant.catalog import Filter
from penchant.encode.language import language

_SPEAKERS = frozenset({"i", "i've", "i'm", "i'd", "we", "we've", "we're", "my", "been", "had", "was"})
_STATES = ("最近", "今天", "心情", "压力", "工作", "失恋", "难过", "好累", "很累", "加班", "刚刚", "我")


class Meaning:
    """A wish in the making."""

    def __init__(self, text: str, tokens: Sequence[Token], lexicon: Lexicon) -> None:
        self.text, self.tokens, self.lexicon = text, tokens, lexicon
        self.bounds = Bounds(lexicon)
        self.reads: list[Read] = []
        self.told: dict[str, dict[str, None]] = {}  # by field of the wish, in order
        self.without_attributes: dict[str, tuple[str, ...]] = {}
        self.attributes: dict[str, str | float | bool | None] = {}
        self.liked_attributes: dict[tuple[str, str], None] = {}
        self.content = False  # whether anything was said beside the small words of asking

    def take(self, clause: Clause) -> None:
        """Take in a clause that is read to its end."""
        self.content = self.content or any(entry.kind != "small" for entry in clause)
        for part in clause.parts:
            phrase: list[Entry] = []
            for entry in part:
                if self._entry(entry):
                    phrase.append(entry)
                elif phrase and entry.kind == "title":
                    self._phrase(phrase, clause)
                    phrase = []
            self._phrase(phrase, clause)

    def wish(self) -> Wish:
        """All of it."""
        told = {field: tuple(values) for field, values in self.told.items()}
        where = self._where(told)
        made = Wish(
            text=self.text,
            language=language(self.text),
            likes=told.get("likes", ()),
            dislikes=told.get("dislikes", ()),
            mood=told.get("mood", ()),
            categories=told.get("categories", ()),
            less=told.get("less", ()),
            brands=told.get("brands", ()),
            attributes=tuple(self.liked_attributes),
            like_items=told.get("like_items", ()),
            not_items=told.get("not_items", ()),
            where=where,
            read=tuple(self.reads),
        )
        if made.plain:
            said = self.text.casefold().strip() if self.content or self.lexicon.titles.called(folded(self.text)) else ""
            return msgspec.structs.replace(made, likes=(said,) if said else ())
        if not (made.likes or made.like_items or made.categories) and "allowed" in told:
            return msgspec.structs.replace(made, likes=told["allowed"])
        if all(part.role in ("aside", "allowed") for part in made.read) and not made.likes:
            return msgspec.structs.replace(made, likes=(self.text.casefold().strip(),))
        return made

    def _where(self, told: dict[str, tuple[str, ...]]) -> Filter:
        price = self.bounds.sides.get("price", (None, None))
        others = {field: side for field, side in self.bounds.sides.items() if field != "price"}
        brands = told.get("must brand", ())
        return Filter(
            brand=brands[0] if brands else None,
            language=next(iter(told.get("must language", ())), None),
            price_min=price[0],
            price_max=price[1],
            attributes=self.attributes,
            categories=told.get("must category", ()),
            without=tuple(name for name in told.get("without", ()) if name not in told.get("must category", ())),
            without_brands=told.get("without_brands", ()),
            without_attributes=self.without_attributes,
            at_least={field: low for field, (low, _) in others.items() if low is not None},
            at_most={field: high for field, (_, high) in others.items() if high is not None},
        )

    def _entry(self, entry: Entry) -> bool:
        """Take in one entry; gives whether its words belong to the phrase around it."""
        if entry.kind == "quantity" and entry.piece.quantity is not None:
            followed, means = self.bounds.add(entry.piece.quantity, turned=entry.stance in ("dislike", "less"))
            self._read(entry, "bound" if followed else "ignored", means)
            return False
        if entry.kind == "vague":
            followed, means = self.bounds.add_vague(self._words(entry), turned=entry.stance in ("dislike", "less"))
            self._read(entry, "bound" if followed else "ignored", means)
            return False
        if entry.kind == "aside":
            self._read(entry, "aside", "when or where, not what")
            return False
        if entry.kind == "title":
            return self._title(entry)
        if entry.kind == "name" and entry.piece.named is not None:
            return self._name(entry, entry.piece.named)
        if entry.kind == "mood" and entry.stance in ("like", "must"):
            self._tell("mood", self._said([entry]))
            self._read(entry, "mood")
        return True

    def _title(self, entry: Entry) -> bool:
        items = tuple(self.lexicon.titles.ids[number] for number in entry.items)
        if not items:
            self._read(entry, "ignored", "no item is called so: its words are read as words")
            return True
        for item in items:
            self._tell("not_items" if entry.stance in ("dislike", "less") else "like_items", item)
        self._read(entry, "never" if entry.stance in ("dislike", "less") else "title", ", ".join(items))
        return False

    def _name(self, entry: Entry, named: Named) -> bool:
        stance, field = entry.stance, named.field
        values = ", ".join(named.values)
        if field == "language":
            return self._language(entry, named)
        if stance == "dislike" and named.hint != "content":
            self._never(field, named.values)
            self._read(entry, "never", values)
            return False
        if stance in ("dislike", "less"):
            for value in named.values if field == "category" and named.hint != "content" else ():
                self._tell("less", value)
            return True
        if stance == "must" and named.hint != "content":
            self._must(field, named.values)
            self._read(entry, "must", values)
            return True
        if stance == "allowed":
            self._read(entry, "allowed", values)
            return True
        for value in named.values:
            if field in ("category", "brand"):
                self._tell("categories" if field == "category" else "brands", value)
            else:
                self.liked_attributes[field, value] = None
        self._read(entry, "like", values)
        return True

    def _never(self, field: str, values: tuple[str, ...]) -> None:
        if field in ("category", "brand"):
            for value in values:
                self._tell("without" if field == "category" else "without_brands", value)
        else:
            self.without_attributes[field] = (*self.without_attributes.get(field, ()), *values)

    def _must(self, field: str, values: tuple[str, ...]) -> None:
        if field in ("category", "brand"):
            for value in values:
                self._tell(f"must {field}", value)
        else:
            self.attributes[field] = values[0]

    def _language(self, entry: Entry, named: Named) -> bool:
        if entry.stance in ("dislike", "less"):
            self._read(entry, "ignored", "leaving out a language is not possible")
        else:
            self._tell("must language", named.values[0])
            self._read(entry, "bound", f"language {named.values[0]}")
        return False

    def _phrase(self, entries: Sequence[Entry], clause: Clause) -> None:
        """Close a phrase: what is liked as one, what is not liked each for itself."""
        if not entries:
            return
        stance = entries[0].stance
        groups = [list(entries)] if stance in ("like", "must", "allowed") else _split(entries)
        for group in groups:
            kept = _trimmed(group)
            if not kept:
                continue
            if stance == "like" and self._background(kept, clause):
                self.reads.append(self._span(kept, "aside", "how things are, not what is wanted"))
                continue
            field = {"like": "likes", "must": "likes", "allowed": "allowed"}.get(stance, "dislikes")
            self._tell(field, self._said(kept))
            if field == "dislikes":
                self.reads.append(self._span(kept, "dislike"))

    def _background(self, kept: Sequence[Entry], clause: Clause) -> bool:
        """Whether a phrase tells how somebody is, as in "I've had a long week", and not what they want."""
        if clause.wanted or any(entry.kind != "word" and entry.kind != "small" for entry in kept):
            return False
        said = [self.tokens[place].word for entry in clause for place in range(entry.piece.start, entry.piece.end)]
        return bool(_SPEAKERS & set(said)) or any(state in "".join(said) for state in _STATES)

    def _said(self, entries: Sequence[Entry]) -> str:
        """The words of entries, in small letters, spaced as they were."""
        words, last = "", -1
        for entry in entries:
            for token in self.tokens[entry.piece.start : entry.piece.end]:
                if token.number or token.letters or token.word in "-'&+%":
                    words += (" " if last >= 0 and token.start > last else "") + self.text[token.start : token.end].casefold()
                    last = token.end
        return words.strip()

    def _words(self, entry: Entry) -> tuple[str, ...]:
        return tuple(token.word for token in self.tokens[entry.piece.start : entry.piece.end])

    def _tell(self, field: str, value: str) -> None:
        if value:
            self.told.setdefault(field, {})[value] = None

    def _read(self, entry: Entry, role: Role, means: str = "") -> None:
        self.reads.append(self._span([entry], role, means))

    def _span(self, entries: Sequence[Entry], role: Role, means: str = "") -> Read:
        start, end = self.tokens[entries[0].piece.start].start, self.tokens[entries[-1].piece.end - 1].end
        return Read(self.text[start:end], start, end, role, means)


def _split(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Entries parted where a small word joins them."""
    groups: list[list[Entry]] = [[]]
    for entry in entries:
        if entry.kind == "small" and "join" in entry.piece.roles:
            groups.append([])
        else:
            groups[-1].append(entry)
    return groups


def _trimmed(entries: Sequence[Entry]) -> list[Entry]:
    """Entries without the small words at both ends."""
    said = [place for place, entry in enumerate(entries) if entry.kind != "small"]
    return list(entries[said[0] : said[-1] + 1]) if said else []
