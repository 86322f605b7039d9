"""Text as people meant it: no markup, no control characters, one kind of white space, one Unicode form.

Cleaning never changes what is said: letters keep their case and accents, full-width forms and emoji stay as they are.
"""

import html
import re
import unicodedata

import polars as pl

_INLINE = "a|abbr|b|big|cite|code|del|dfn|em|font|i|ins|kbd|label|mark|q|s|samp|small|span|strike|strong|sub|sup|tt|u|var|wbr"
_BLOCK = (
    "address|article|aside|audio|blockquote|body|br|button|center|col|colgroup|dd|details|div|dl|dt|embed|fieldset|figcaption|figure|"
    "footer|form|h[1-6]|head|header|hr|html|iframe|img|input|legend|li|link|main|meta|nav|noscript|object|ol|option|p|param|picture|"
    "pre|script|section|select|source|style|summary|svg|table|tbody|td|textarea|tfoot|th|thead|time|title|tr|ul|video"
)
_FLAGS = "allowfullscreen|async|autoplay|checked|controls|default|defer|disabled|hidden|loop|muted|nowrap|required|selected"
_ATTRIBUTE = rf"""\s+(?:[\w:.-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>]+)|(?:{_FLAGS})\b)"""

_UNREAD = re.compile(  # a part that opens again before it closes is not one, which also keeps the search linear
    r"<(script|style)\b[^<>]*>(?:(?!<\1\b).)*?</\1\s*>|<!--(?:(?!<!--).)*?-->|<!doctype\b[^<>]*>", re.IGNORECASE | re.DOTALL
)
_TAG = re.compile(rf"</?(?:({_INLINE})|{_BLOCK})(?:{_ATTRIBUTE})*\s*/?>", re.IGNORECASE)
_AMPERSAND = re.compile(r"&(?:(?:amp|AMP|#0{0,5}38|#[xX]0{0,5}26);)+")  # however often it was escaped
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_SPACE = re.compile(r"[\s\x1c-\x1f\x85]+")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_LAYERS = 8  # of escaping inside escaping, beyond which the marks themselves go

# Text that no step can change: single spaces between characters that are never markup, never invisible and always composed.
_SAFE = (
    r"!-%'-;=-~\x{a1}-\x{ac}\x{ae}-\x{2ff}\x{400}-\x{482}\x{48a}-\x{52f}\x{2010}-\x{2027}\x{2030}-\x{205e}\x{20a0}-\x{20b5}"
    r"\x{3001}-\x{3098}\x{309b}-\x{312f}\x{3400}-\x{4dbf}\x{4e00}-\x{9fff}\x{ac00}-\x{d7a3}\x{ff01}-\x{ff9f}\x{1f300}-\x{1faff}"
)
_PLAIN_COLUMN = rf"^(?:[{_SAFE}]+(?: [{_SAFE}]+)*)?$"
_PLAIN = re.compile(re.sub(r"\\x\{([0-9a-f]+)\}", lambda found: re.escape(chr(int(found[1], 16))), _PLAIN_COLUMN[1:-1]))


def clean(text: str) -> str:
    """`text` without HTML, entities, control and invisible characters; in NFC, white space as single spaces. Idempotent.

    Only tags that HTML knows are removed and only entities that end in a semicolon are read: signs people write survive.

    >>> clean("<p>Caf&eacute;&nbsp;noir</p>  AT&T &amp; C&A, a < b")
    'Café noir AT&T & C&A, a < b'
    >>> clean("\u3000流浪地球<br/>２\u200b 🚀\\x00")
    '流浪地球 ２ 🚀'
    """
    if _PLAIN.fullmatch(text):
        return text
    for _ in range(_LAYERS):
        before, text = text, _layer(text)
        if text == before:
            return text
    return _layer(text.translate({ord("<"): " ", ord(">"): " ", ord("&"): " "}))


def clean_column(column: pl.Series) -> pl.Series:
    """A column of text with every value cleaned, nulls kept; equal to `clean` on each value.

    >>> clean_column(pl.Series(["plain", " a  b ", None])).to_list()
    ['plain', 'a b', None]
    """
    plain = column.str.contains(_PLAIN_COLUMN).fill_null(True)
    if plain.all():
        return column
    dirty = column.filter(~plain).unique()
    cleaned = pl.Series([clean(text) for text in dirty], dtype=pl.String)
    return column.replace(dirty, cleaned)


def changed(before: pl.Series, after: pl.Series) -> int:
    """How many values of a column cleaning changed.

    >>> changed(pl.Series(["a", "<b>b</b>"]), pl.Series(["a", "b"]))
    1
    """
    return int(before.ne_missing(after).sum())


def _layer(text: str) -> str:
    if "<" in text:
        text = _UNREAD.sub(" ", text)
        text = _TAG.sub(lambda tag: "" if tag[1] else " ", text)
    if "&" in text:
        text = _AMPERSAND.sub("&", text)
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    text = _INVISIBLE.sub("", _SPACE.sub(" ", text)).strip()
    return unicodedata.normalize("NFC", _SPACE.sub(" ", text))
