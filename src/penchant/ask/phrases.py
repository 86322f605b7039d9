"""The small words of asking, in English and Chinese, by what they do: refuse, want, allow, join, compare, or nothing."""

from functools import cache

from penchant.ask.tokens import folded

# What is said before what somebody does not want.
_NOT = """
allergic to; i'm allergic to;
no; not; not a; not any; none of; nothing; without; without any; except; except for; excluding; exclude; excludes; minus; sans;
avoid; avoiding; anything but; everything but; all but; other than; apart from; aside from; anything except; everything except;
rather than; instead of; never; hate; i hate; dislike; i dislike; detest; loathe; despise; don't; don't like; do not like;
don't want; do not want; don't need; didn't like; don't show; do not show; don't show me; do not show me; don't give me;
don't recommend; do not recommend; don't enjoy; do not enjoy; don't love; don't care for; do not care for; don't feel like;
not in the mood for; not into; not interested in; not looking for; not keen on; no interest in; can't stand; cannot stand;
can't bear; cannot bear; can't take; tired of; sick of; fed up with; bored of; bored with; bored by; had enough of;
have had enough of; enough of; done with; over with; through with; weary of; no more; enough with; not another; stay away from;
steer clear of; keep away from; skip; skip the; leave out; free of; must not be; must not have; mustn't be; must not;
should not be; shouldn't be; can't be; cannot be; not be; isn't; is not; aren't; are not; that isn't; doesn't have;
does not have; doesn't contain; doesn't like; does not like; doesn't want; hates; dislikes; can't handle; doesn't enjoy;
不敢看; 看不了; 不爱看恐怖; do not; wouldn't want; would not want; not want; not really into; really don't want;
really don't like; don't really want; don't really like; am not; i'm not; i'm not into; lacking; lacks; anti; ban; no need for;
as long as it's not; as long as it isn't; but not; nor; neither; lose the; 不要; 不要有; 不想要; 不想; 不想看; 不想买; 不想听;
不想读; 不喜欢; 不喜欢看; 不爱; 不爱看; 不看; 不需要; 不含; 不带; 不包含; 不包括; 不能有; 不能是; 不能; 不可以是; 不可以有;
不是; 不想再看; 不再想看; 不要再; 不要再推荐; 不要推荐; 不要给我推荐; 别给我推荐; 别推荐; 别再推荐; 别给我; 别来; 别有; 别是;
别; 别再; 别带; 千万别; 千万别有; 千万别是; 千万不要; 千万不要有; 绝对不要; 坚决不要; 一定不要; 讨厌; 讨厌看; 厌恶; 反感;
受不了; 忍不了; 看不下去; 没有; 没; 拒绝; 拒绝看; 排除; 排除掉; 去掉; 避开; 避免; 除去; 除开; 不感兴趣; 没兴趣看; 对不感兴趣;
没心情看; 没心情; 没兴趣; 不好; 不好看; 厌倦; 厌倦了; 腻了; 看腻了; 看腻; 看够了; 看够; 受够了; 受够; 看烦了; 看烦; 烦了;
看厌了; 听腻了; 听够了; 听烦了; 读腻了; 吃腻了; 玩腻了; 买够了; 不太想看; 不太想; 不是很想看; 不怎么想看; 不大想看; 不太喜欢;
不太喜欢看; 不怎么喜欢; 不怎么喜欢看; 不是很喜欢; 不大喜欢; 最不喜欢; 并不喜欢; 并不想看; 不愿意看; 不愿看; 不准; 不许有; 不许;
也不要; 也不想看; 也不喜欢; 也别; 无需; 不要任何; 不能接受; 接受不了; 怕; 害怕; 怕看; 害怕看
"""

# After what somebody does not want; where nothing stands before it in the clause, before it.
_AFTER = """
就不用了; 不用了; 就不必了; 不必了;
看腻了; 看够了; 看烦了; 看厌了; 腻了; 够了; 烦了; 厌了; 看腻; 看够; 看烦; 听腻了; 听够了; 听烦了; 读腻了; 吃腻了; 玩腻了;
受够了; 除外; 就算了; 算了; 免了; 就免了; 不要; 不看; 不行; 不喜欢; 不感兴趣; 没兴趣; 不考虑; 我不要; 我不喜欢; 不想看; 不爱看;
也不要; 也不喜欢; 也不看; 也不行; 都不要; 都不喜欢; 都不看; 都不行; 不要了; 不想看了; 看不下去; 受不了; 就不要了; 就别来了;
就别了; 都看腻了; 都看够了; 已经看腻了; 已经看够了; 太多了; 看太多了; not for me; not my thing; not my cup of tea; excluded;
is out; are out; is a no; is not for me; are not for me; isn't for me; aren't for me; bore me; bores me; not please; no thanks;
put me off; not included
"""

# Less of it: a preference, not a bound.
_LESS = """
比起; 相比; 与其看; 与其; compared to; 比起来; less; fewer; not too; not so; not very; not that; not overly; not too much;
not so much; too much; too many; isn't too; nothing too; without too much; without being too; don't want too much; no too;
not particularly; not really; not much; not many; not as; a bit less; tone down; go easy on; easy on the; 少点; 少一点; 少一些;
少些; 少来点; 别太; 不要太; 不太; 不那么; 不要那么; 不是那么; 没那么; 不是太; 不能太; 不怎么; 不会太; 不至于太; 别那么
"""

# Neither wanted nor refused.
_ALLOWED = """
not necessarily; doesn't have to be; does not have to be; need not be; needn't be; don't need to be; doesn't need to be;
not tired of; i'm not tired of; not sick of; i'm not sick of; not bored of; 不一定; 不一定要; 不一定要是; 不一定是; 不必;
不必是; 不用是; don't mind; do not mind; wouldn't mind; not bad; not bad if; no problem with; no objection to; don't hate;
do not hate; don't dislike; do not dislike; nothing against; not against; not opposed to; okay with; ok with; fine with;
i'm okay with; not averse to; not a problem; even if; can live with; whether or not; 不介意; 不讨厌; 不反感; 不反对; 不排斥;
不怕; 不拒绝; 无所谓; 我不介意; 也不介意; 并不讨厌; 不嫌; 可以接受; 能接受; 不是不喜欢; 不是不想看; 不是讨厌; 没什么意见;
没意见
"""

# Where it stands after what it speaks of.
_ALLOWED_AFTER = """
我不介意; 不介意; 无所谓; 我不讨厌; 不讨厌; 我不反感; 我不反对; 也可以; 也行; 可以接受; 是可以的; 也不介意; 我不怕; is fine;
are fine; is okay; are okay; is ok; are ok; i don't mind; is not a problem; 没关系; 我没意见
"""

# What begins a wish.
_WANT = """
why don't you; why not try; don't you have; do you not have; haven't you got; aren't there any; isn't there; couldn't you;
can't you recommend; won't you; 更喜欢; 不如; 不如看; 我更喜欢; 更爱看; 我更爱看; i want; i want to watch; i want to see;
i want to read; i want to buy; i want to hear; i want a; want; want to watch; want to see; i'd like; i would like; i'd love;
i would love; i'd like to watch; i'd like to see; i'd rather; i would rather; rather; would rather; i like; i love; love;
i really like; i really love; i enjoy; enjoy; i prefer; prefer; preferably; ideally; i need; need; i'm looking for;
i am looking for; looking for; look for; searching for; search for; show me; show; find me; find; give me; gimme; recommend;
recommend me; suggest; can you recommend; could you recommend; please recommend; i'm in the mood for; i am in the mood for;
in the mood for; i feel like; i'm after; let's have; let's watch; how about; what about; is there; is there a; are there;
are there any; do you have; have you got; got any; any good; more like; more; more of; i'm into; into; i'm interested in;
interested in; a fan of; big fan of; i'm a fan of; instead; make it; it should be; should be; maybe; perhaps; something; some;
anything; i adore; adore; fond of; keen on; i was hoping for; i wish for; mood for; wanna see; wanna watch; can't wait for;
can't get enough of; cannot get enough of; never get tired of; never tire of; never get bored of; not only; but also; bring on;
我想看; 想看; 我要看; 要看; 我想要; 想要; 我想; 想买; 想听; 想读; 我想买; 我要; 要; 来点; 来一点; 来些; 来一部; 来部; 来几部;
来个; 来一个; 给我; 给我来; 给我推荐; 推荐; 推荐点; 推荐一些; 推荐几部; 推荐一部; 请推荐; 帮我推荐; 帮我找; 找; 找点; 找一部;
有没有; 有什么; 我喜欢; 喜欢; 喜欢看; 我喜欢看; 我非常喜欢看; 我非常喜欢; 非常喜欢; 我爱看; 爱看; 最爱; 我很喜欢; 很喜欢;
特别喜欢; 我特别喜欢; 更想看; 宁愿看; 偏爱; 最好; 最好是; 最好有; 希望; 希望是; 希望有; 求; 求推荐; 换点; 换个; 换成; 想换;
可以来点; 想来点; 能不能推荐; 能推荐; 应该是; 要有; 最近想看; 今天想看; 今晚想看; 感兴趣; 对感兴趣; 想找; 我想找; 想找一部;
想买个; 想要一个; 我想要一个; 想要个; 要一个; 要一部; 特别是; 尤其是; 尤其; 特别; 看不够; 百看不厌
"""

_ONLY = """
only; nothing but; must be; it must be; has to be; it has to be; have to be; needs to be; strictly; exclusively; solely;
only want; only show; only show me; i only want; just want; must have; limited to; only interested in; only like; i only like;
i only watch; only watch; definitely; required; 只要; 只看; 只想看; 只要看; 一定要; 必须; 必须是; 必须有; 一定要是; 一定是;
一定得是; 仅限; 只限; 只想要; 只喜欢; 我只看; 我只想看; 我只要; 我只喜欢; 就要; 就想看; 非看不可; 务必; 务必是; 只能是; 得是;
只给我; 只推荐; 仅; 只买; 只听
"""

# Before a name or a mood only: elsewhere these are parts of words.
_UNLIKE = """
非; 无; 不; 不够; non
"""

# After something that is too much of it.
_TOO = """
is too; are too; is so; are so; get too; gets too; is rather too; can be too; 太吓人了; 太血腥了; 太暴力了; 太沉重了; 太无聊了;
太闷了; 太老套了; 太吓人; 太血腥; 太暴力; 太沉重; 太无聊; 太闷; 太老套; 没意思; 很无聊; 无聊; is boring; are boring; 太压抑了;
太压抑
"""

_CONTRAST = """
but; however; though; although; yet; still; only not; on the other hand; otherwise; except that; while; whereas; then; so;
because; since i; 但; 但是; 不过; 可是; 然而; 只是; 却; 而是; 反而; 其实; 所以; 因为; 就是; 而
"""

_ALIKE = """
like; something like; anything like; films like; movies like; books like; similar to; same as; in the style of; in the vein of;
along the lines of; reminiscent of; as good as; more like; such as; comparable to; close to; reminds me of; fans of;
if you liked; because i liked; something similar to; loved; i loved; enjoyed; i enjoyed; liked; i liked; i've enjoyed;
i've loved; i really liked; i really enjoyed; i really loved; we loved; just watched; i just watched; just finished; 类似;
类似于; 像; 好像; 跟; 和一样; 就像; 与类似; 相似; 类似的; 风格像; 神似
"""

_JOIN = """
and; or; nor; as well as; plus; also; and also; either; both; 和; 或; 或者; 以及; 跟; 与; 还有; 并且; 而且; 又; 也; 及; 既; &;
/; 、; +
"""

_BESIDES = """
除了; 除; besides; in addition to; as well as; on top of; beyond
"""
_BESIDES_END = """
以外; 之外; 外
"""
_ALSO = """
还; 也; 还要; 还想; also; too; 还喜欢; 也喜欢
"""

# Words that say nothing at the edge of a phrase.
_FILLER = """
what's; came; suggestions; suggestion; ideas; idea;
another; whichever; what; should; how; why; when; them; will do; would be nice; would be great; would be good; doing; done;
going; go; come; comes; might; must; much; many; more; most; yes; sure; fine; actors; people; say; says; said; think; i think;
i guess; guess; know; tell; help; let; let's; put; try; bring; something's; someone; somebody; he; she; his; her; him;
between; 行;
吧了; 不了; 就行; 就好; 即可; 为主; 经典; 好的; 优秀; 优质; 高分; 类电影;
类影片; 类片; 那类; 这类; 部分; 方面; 主题; 风格; 感觉; 心情; 想要看; a; an; the; please; pls; thanks; thank you; hi; hello;
hey; me; my; i; i'm; i am; i've; have; it; it's; that; that's; is; are; be; was; this; these; those; to; of; for; with; by; at;
in; on; from; about; which; who; there; any; some; such; kind of; kind; sort of; sort; type; just; really; very; quite; so;
too; bit; a bit; a little; little; good; great; nice; best; top; one; ones; stuff; things; thing; set; made; released; out; if;
you; your; can; could; would; do; does; did; will; we; us; our; watch; see; buy; read; get; watching; film; films; movie;
movies; picture; pictures; flick; flicks; title; titles; shows; items; products; tonight; today; now; right now; at the moment;
lately; recently; weekend; all; everything; anything; whatever; else; other; others; even; ever; again; costs; cost; costing;
priced; price; prices; than; as; long; up; mood; feel; feeling; oh; well; ok; okay; actually; honestly; personally; also; 我;
你; 您; 请; 请问; 谢谢; 的; 了; 吧; 吗; 呢; 啊; 呀; 嘛; 哦; 哈; 么; 是; 有; 那些; 那种; 这些; 这种; 一些; 一点; 一部; 几部;
一个; 个; 部; 些; 点; 关于; 讲; 片子; 片; 电影; 影片; 东西; 类; 类型; 类的; 题材; 之类; 之类的; 等; 看; 买; 听; 很; 非常; 太;
最; 更; 比较; 真的; 实在; 今天; 今晚; 现在; 最近; 晚上; 这个; 那个; 什么; 任何; 都; 也; 就; 还; 再; 给; 对; 于; 在; 从; 到; 把;
和; 跟; 好看的; 好看; 推荐; 一下; 可以; 能; 会; 拍的; 出的; 上映的; 上映; 年; 作品; 商品; 价格; 价钱; 售价; 预算; 在家; 已经;
一直; 总是; 老; 里; 中; 内容; 元素; 情节; 成分; 那样; 这样; 一样; 差不多; 送; 几; 一; 两; 想; 所有; 一切; 其他; 其它;
别的; 以外; 之外; 外; 我觉得; 觉得; 我们; 他; 她; 它; 大家; 当中; 其中
"""

# Sayings without a wish in them, and words whose characters would be read as something else.
_IDLE = """
the kids are asleep; kids are asleep; the kids are in bed; 孩子睡了; 没有比这更好的; 没有比这更好; 没有比;
no problem; no worries; no idea; no matter; no matter what; not sure; don't know; i don't know; do not know; don't care;
i don't care; why not; no one; no rush; not sure what; not only that; if possible; no doubt; nothing special;
nothing in particular; no preference; surprise me; i'm not sure; haven't seen; not seen; i haven't seen; never seen;
anything is fine; anything goes; anything else; everything else; whatever it is; needless to say; not yet; do not hesitate;
last but not least; more or less; no longer; knock out; no nonsense; 什么都行; 什么都可以; 都行; 都可以; 什么都好; 随便;
随便什么; 无论如何; 不管; 不管怎样; 不知道; 不知道看什么; 没看过; 没看过的; 没有看过; 没有看过的; 没关系; 没问题; 不错; 不错的;
还不错; 没什么不喜欢的; 没什么不喜欢; 没什么特别; 没什么特别的; 没什么; 不一定; 差不多; 特别; 分别; 个别; 区别; 告别; 离别;
级别; 性别; 别人; 别墅; 别扭; 辨别; 识别; 非常; 非洲; 并非; 是非; 除非; 非凡; 不得了; 不同; 不同的; 不一样; 不一样的; 了不起;
不朽; 不断; 永不; 不少; 不仅; 不但; 不只; 不光; 要不; 要不要; 好不好; 行不行; 是不是; 不可思议; 不期而遇; 无论; 恐怕; 哪怕;
可怕; 别具一格; 别致; 迫不及待; 忍不住; 不知不觉; 不幸; 不凡; 与众不同; 对不起; 不好意思; 说不定; 差不多的; 我没什么不喜欢的;
没有什么不喜欢的; 几乎没有; 没完没了; 看了; 就是; 周末
"""

# When and where: nothing that an item is like, and words that encoders would look for in titles.
_ASIDE = """
rainy weekend; rainy weekends; rainy day; rainy days; rainy afternoon; rainy evening; rainy night; rainy sunday; rainy;
weekend; weekends; this weekend; the weekend; lazy sunday; lazy weekend; lazy afternoon; lazy day; sunday; saturday; friday;
friday night; saturday night; sunday afternoon; sunday evening; sunday morning; after work; tonight; this evening;
this afternoon; evening; tonight's; movie night; night in; on the train; on the plane; on a flight; at home; before bed;
before bedtime; bedtime; with my wife; with my husband; with my girlfriend; with my boyfriend; with friends; with my friends;
with my parents; with my mum; with my mom; with my dad; by myself; alone; 下雨的周末; 下雨天; 下雨; 雨天; 雨夜; 周末; 这个周末;
阴雨天; 周五晚上; 周六; 周日; 周五; 星期天; 下班后; 下班; 睡前; 饭后; 午后; 一个人看; 一个人; 和朋友一起看; 和朋友一起; 和朋友;
和女朋友; 和男朋友; 和老婆; 和老公; 和家人; 和家人一起看; 和爸妈; 和父母; 今晚; 今天晚上; 假期; 飞机上; 火车上; 在家看; 适合;
适合周末; 适合下雨天; 时候; 的时候
"""

_TABLES = (
    ("aside", _ASIDE),
    ("filler", _FILLER),
    ("want", _WANT),
    ("contrast", _CONTRAST),
    ("join", _JOIN),
    ("alike", _ALIKE),
    ("idle", _IDLE),
    ("only", _ONLY),
    ("less", _LESS),
    ("allowed", _ALLOWED),
    ("allowed after", _ALLOWED_AFTER),
    ("after", _AFTER),
    ("not", _NOT),
    ("unlike", _UNLIKE),
    ("too", _TOO),
    ("besides", _BESIDES),
    ("besides end", _BESIDES_END),
    ("also", _ALSO),
)


@cache
def phrases() -> dict[tuple[str, ...], frozenset[str]]:
    """What each phrase can do, by its words.

    >>> sorted(phrases()[("fed", "up", "with")]), sorted(phrases()[tuple("看腻了")])
    (['not'], ['after', 'not'])
    """
    found: dict[tuple[str, ...], frozenset[str]] = {}
    for role, table in _TABLES:
        for phrase in table.replace("\n", " ").split(";"):
            key = folded(phrase) or tuple(phrase.split())
            if key:
                found[key] = found.get(key, frozenset()) | {role}
    return found
