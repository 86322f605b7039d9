"""Words for how something should feel, and which subjects tend to feel like that: a hint where text alone says little."""

from functools import cache

from penchant.ask.tokens import folded

# mood words; bar; subjects that suit it; bar; subjects that do not. Subjects are named as in penchant.ask.names.
_MOODS = """
warm, heartwarming, heart warming, cosy, cozy, tender, gentle, feel good, comforting, wholesome, sweet, 温暖, 温馨,
    治愈, 暖心, 温情, 甜, 甜蜜 | romance, comedy, children's, drama | horror, thriller, war, crime
light, lighthearted, light hearted, easygoing, easy going, relaxing, relaxed, cheerful, fun, 轻松, 欢快, 愉快, 解压,
    放松, 快乐, 开心 | comedy, animation, musical, romance | horror, war, thriller, film noir
uplifting, inspiring, inspirational, hopeful, 励志, 鼓舞人心, 振奋, 正能量 | drama, sport, documentary | horror, film noir
sad, tearjerker, moving, touching, emotional, bittersweet, 感人, 催泪, 悲伤, 伤感, 动人, 虐心 | drama, romance, war | comedy
dark, gritty, bleak, grim, 黑暗, 阴暗, 暗黑, 压抑, 沉重 | film noir, crime, thriller | comedy, children's, animation
exciting, thrilling, gripping, action packed, fast paced, tense, adrenaline, 刺激, 紧张, 紧张刺激, 热血, 燃 | action,
    thriller, adventure | documentary, romance
thought provoking, clever, intelligent, deep, profound, mind bending, 烧脑, 深刻, 深度, 有深度, 引人深思, 发人深省 |
    mystery, drama, documentary, sci fi | children's
calm, slow, quiet, peaceful, soothing, 平静, 安静, 舒缓, 宁静, 慢节奏 | drama, documentary | action, horror
violent, violence, bloody, brutal, 暴力, 残忍 | action, crime, war, horror | children's, romance
epic, grand, spectacular, 史诗, 宏大, 壮观 | adventure, war, fantasy | comedy
weird, strange, quirky, surreal, offbeat, 怪诞, 古怪, 奇怪, 离奇 | fantasy, sci fi, comedy | war
"""


@cache
def moods() -> dict[tuple[str, ...], tuple[tuple[str, ...], tuple[str, ...]]]:
    """For each mood, by its words: the subjects that suit it, and those that do not.

    >>> moods()[tuple("温馨")][1]
    ('horror', 'thriller', 'war', 'crime')
    """
    found = {}
    for line in _MOODS.replace("\n    ", " ").strip().splitlines():
        words, suits, clashes = (tuple(part.strip() for part in column.split(",")) for column in line.split("|"))
        for word in words:
            found[folded(word)] = (suits, clashes)
    return found
