"""The words a text about a person may be made of, beside names, numbers and dates: all others are refused.

A list of what must not be said would never be whole. This one is of what may: small words that claim nothing, and claims by what
they claim, which must be the fact's own (`faithful`).
"""

from typing import NamedTuple

_FREE = (
    "a an the and also too as at be been being by do does did doing done for had has have in into is are was were it its "
    "itself of on or that this these those their them they themselves there to toward towards what where which who whose "
    "with while meanwhile then so you your yours user person customer one's about around roughly nearly almost "
    "approximately some part share shares percent percentage makes make making made account accounts takes take taking "
    "has having still well besides alongside additionally addition along together such like including namely interest "
    "interests interested focus focused focuses focusing attention topic topics theme themes subject subjects category "
    "categories genre genres kind kinds item items title titles choice choices chose chosen choose choosing picked pick "
    "picks selected selection activity activities actions preference preferences profile spans show shows showed showing "
    "engaged engagement than each between over-all goes go going come comes came give gives given put puts set sets both "
    "with within here"
)
_CLAIMS = {
    "up": (
        "growing grew grown grow grows increased increasing increase increases rose risen rising rise rises climbed "
        "climbing stronger strengthened strengthening gained gaining gains more upward|on the rise|picked up|up by|gone "
        "up|went up"
    ),
    "down": (
        "fading faded fade fades declined declining decline declines decreased decreasing decrease dropped dropping drop "
        "fell fallen falling waned waning weaker weakened weakening shrinking shrunk less lower downward|gone "
        "down|went down|down by"
    ),
    "level": (
        "steady steadily stable same constant constantly continue continues continued continuing remain remains remained "
        "stays stayed unchanged"
    ),
    "begin": "began begun begin begins beginning started start starts starting emerged emerging new newly|became new",
    "back": "back returned return returning returns revived revival again resumed resuming",
    "end": (
        "lost losing dormant quiet silent inactive stopped ended left abandoned away|gone quiet|went quiet|no longer|not come "
        "back|not returned|not been back|used to|have not come back|has not come back"
    ),
    "until": "until till",
    "passing": "passing brief briefly short-lived temporary temporarily excursion detour",
    "move": (
        "moved moving move moves shifted shifting shift shifts switched switching turned turning transitioned transition|gave way"
    ),
    "ahead": "next coming ahead future upcoming",
    "hedge": "may might could expected expect expects likely probably predicted forecast anticipated",
    "would": "would",
    "days": "days day",
    "lately": "now currently presently lately recently recent|these days|at present|at the moment",
    "latest": "latest last newest|most recent|most recently",
    "first": (
        "most mostly mainly main primary primarily top largest biggest strongest chiefly predominantly|most of all|above all"
    ),
    "from": "since from starting",
    "points": "",
    "without": "without",
    "against": "against|speaks against|cannot be said",
    "because": "because reason reasons speaks speak|due to|thanks to",
    "neg": "not cannot",
    "rank": "number rank ranked place score",
    "nothing": "nothing|in particular",
    "change": "change changed line",
}
_PHRASES = "make up|makes up|made up|making up|take up|takes up|taken up|as well|as well as|of what they do|in addition|up to"

_HAN_FREE = (
    "的 了 着 过 在 与 和 及 并 且 也 还 还有 以及 同时 此外 另外 其中 对 对于 于 是 为 有 占 占了 占到 约 大约 左右 近 "
    "比例 占比 份额 达 达到 比 之 该 其 他们 您 你 正在 正 这位 用户 顾客 这 那 这些 个 中 里 内 后 时 方面 领域 兴趣 "
    "关注 关注度 关注的 感兴趣 偏好 内容 类 类别 类型 题材 话题 主题 行为 活动 选择 选 选了 所选 项目 有关 相关 到 至 "
    "并且 而 而且 则 都 以 把 被 将其 与之 等 它 它的 另外的 一个变化 例如 包括 部分 表现 表现出 显示 一些 一个 一项 名为 "
    "成为 来 给"
)
_HAN_CLAIMS = {
    "up": "上升 增长 增加 增强 提高 走高 更多 上涨 加强 升温 变强 增多",
    "down": "下降 减弱 减少 降低 走低 消退 淡化 更少 变弱 衰退 下滑 降温 减退 变少",
    "level": "稳定 保持 持续 不变 平稳 一直",
    "begin": "始于 开始于 开始 新 新增 新增了 首次 新的 出现 新出现",
    "back": "重新 回到 再次 回归 重拾 恢复 又",
    "end": "沉寂 沉寂下来 停止 没有再 不再 未再 离开 停下 淡出 此前 曾经 曾",
    "until": "直到 直至 截至",
    "passing": "短暂 曾短暂 一度 暂时 短期",
    "move": "转向 转移 转到 转为 转移到 转变 变为 换成 转变为",
    "ahead": "未来 接下来",
    "hedge": "预计 可能 也许 或许 预期 有望 预测",
    "would": "会",
    "days": "天 日",
    "lately": "目前 现在 近期 最近 近来 当前 如今 眼下",
    "latest": "最新 最后",
    "first": "最 最关注 主要 最多 首要 最大 最主要 最感兴趣",
    "from": "自 从 起 以来 始于 开始于 自从",
    "points": "",
    "without": "如果没有 若没有 没有 若无",
    "against": "不利于 反对 不能说 不利于它",
    "because": "因为 由于 理由 支持 推荐 支持它 来自",
    "neg": "而不是 而非 不是",
    "rank": "排名 得分 按得分 第 名 位 排在 排",
    "nothing": "没有什么 特别",
    "change": "变化 符合 一致 这符合",
}

# Why a word is refused, where it is of a sort that no fact is ever about; for reports, not for the rule.
_REFUSED = {
    "feeling": (
        "love loves loved enjoy enjoys enjoyed enjoying passion passionate fan fond happy sad excited excitement "
        "fascinated adore hate hates thrilled mood emotional favorite favourite like likes liked 喜欢 喜爱 热爱 热衷 着迷 "
        "享受 开心 高兴 讨厌 爱 痴迷 情感"
    ),
    "person": (
        "he she his her him man woman men women boy girl male female wife husband mother father parent parents child "
        "family kids friend friends he's she's 他 她 男 女 妈妈 爸爸 父母 孩子 家人 家庭 朋友 妻子 丈夫"
    ),
    "age": "old young age aged years teenager adult senior elderly student 岁 年轻 老年 青年 学生",
    "health": "health healthy ill sick pregnant disease doctor 健康 生病 怀孕 疾病 医生",
    "plan": "plan plans planning planned want wants intend intends hope hopes going will shall 计划 打算 想要 希望 准备 将",
    "deed": (
        "watched watch watches watching bought buy buys buying purchased purchase rated viewed saw seen read played 看 "
        "看过 观看 买 购买 评分 读"
    ),
    "hedge": (
        "seems seem apparently perhaps appears various many several different diverse range variety wide broad 似乎 各种 "
        "多种 许多 广泛 丰富"
    ),
    "negation": "no not never n't none without don't doesn't isn't aren't hasn't haven't 不 没 没有 无 未 非",
}


class Vocabulary(NamedTuple):
    """Words and phrases of a language, and what each may claim; nothing where it claims nothing."""

    claims: dict[str, frozenset[str]]
    longest: int  # words of a phrase, or characters where words are not spaced
    spaced: bool


def _vocabulary(free: str, claims: dict[str, str], *, spaced: bool) -> Vocabulary:
    found: dict[str, set[str]] = {word: set() for word in free.split()}
    for claim, words in claims.items():
        plain, *phrases = words.split("|")
        for word in (*plain.split(), *phrases):
            found.setdefault(word, set()).add(claim)
    length = max(len(word.split() if spaced else word) for word in found)
    return Vocabulary({word: frozenset(said) for word, said in found.items()}, length, spaced)


def _english() -> Vocabulary:
    made = _vocabulary(_FREE, _CLAIMS, spaced=True)
    return made._replace(claims=made.claims | {phrase: frozenset() for phrase in _PHRASES.split("|")})


VOCABULARIES = {"en": _english(), "zh": _vocabulary(_HAN_FREE, _HAN_CLAIMS, spaced=False)}
REFUSED = {word: sort for sort, words in reversed(_REFUSED.items()) for word in words.split()}
