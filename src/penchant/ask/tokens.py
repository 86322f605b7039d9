"""A text as tokens: words, numbers, single Chinese characters and marks, each with where it stands."""

import re
import unicodedata
from typing import NamedTuple

LONGEST = 10_000  # characters that are read

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[0-9]+(?:[.,][0-9]+)*|[{HAN}]|[^\W\d_{HAN}]+(?:['’][^\W\d_{HAN}]+)*|[^\s]")
_TRADITIONAL = (
    "電电戲戏愛爱劇剧記记紀纪錄录戰战爭争畫画動动險险懸悬驚惊偵侦兒儿歡欢討讨厭厌膩腻過过後后來来從从沒没別别還还給给麼么這这個个點点"
    "類类關关於于鐘钟時时塊块鎊镑價价錢钱貴贵輕轻鬆松溫温傷伤樂乐燒烧腦脑國国語语實实傳传歷历體体運运書书詩诗說说學学們们聽听買买種种"
    "應应該该誰谁讓让見见隻只幾几無无論论煩烦夠够場场歲岁萬万兩两間间週周約约裡里裏里嚇吓飛飞開开長长強强僅仅術术藝艺馬马寶宝寵宠聖圣"
    "誕诞禮礼紅红藍蓝綠绿黃黄輯辑頭头壓压單单變变懷怀舊旧邏逻遠远機机視视緊紧張张淚泪勵励隨随選选擇择須须絕绝對对顧顾離离裝装園园廚厨"
)
_SIMPLIFIED = str.maketrans(dict(zip(_TRADITIONAL[::2], _TRADITIONAL[1::2], strict=True)))


class Token(NamedTuple):
    """A word in small letters, a number, one Chinese character (simplified), or a mark; `start` and `end` are characters."""

    word: str
    start: int
    end: int

    @property
    def number(self) -> bool:
        """Whether it is written in digits."""
        return self.word[0].isdigit()

    @property
    def han(self) -> bool:
        """Whether it is a Chinese character."""
        return "\u3400" <= self.word[0] <= "\u9fff" or "\uf900" <= self.word[0] <= "\ufaff"

    @property
    def letters(self) -> bool:
        """Whether it is a word of letters, or a Chinese character."""
        return self.word[0].isalpha()


def composed(text: str) -> str:
    """The text in half-width composed characters (NFKC), single spaces, at most 10,000 characters.

    >>> composed("Ｓｃｉ－Ｆｉ   电影，\\x00九十年代的")
    'Sci-Fi 电影,九十年代的'
    """
    text = unicodedata.normalize("NFKC", text[:LONGEST].encode("utf-8", "ignore").decode())
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " if letter.isspace() else "" for letter in text)
    return " ".join(text.split())[:LONGEST]


def tokens(text: str) -> list[Token]:
    """The tokens of a composed text; a hyphen inside a word parts it and is dropped.

    >>> [token.word for token in tokens("Sci-Fi, under £10.50! 沒有恐怖")]
    ['sci', 'fi', ',', 'under', '£', '10.50', '!', '没', '有', '恐', '怖']
    """
    found = [_token(match) for match in _TOKEN.finditer(text)]
    return [token for place, token in enumerate(found) if not (token.word == "-" and _inside(found, place))]


def folded(text: str) -> tuple[str, ...]:
    """The words of a name or phrase as `tokens` would give them, without marks.

    >>> folded("Children's"), folded("Film-Noir")
    (("children's",), ('film', 'noir'))
    """
    return tuple(token.word for token in tokens(composed(text)) if token.number or token.letters)


def _token(match: re.Match[str]) -> Token:
    word = match[0].casefold().replace("’", "'").translate(_SIMPLIFIED)
    return Token(word or match[0], match.start(), match.end())


def _inside(found: list[Token], place: int) -> bool:
    if not 0 < place < len(found) - 1:
        return False
    before, here, after = found[place - 1 : place + 2]
    return before.letters and after.letters and before.end == here.start and here.end == after.start
