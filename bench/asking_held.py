"""Sixty requests for films and goods, written before any rule for reading them, and never looked at while the rules were made.

Each: the words, and what an item has to be like to fit them. `any` is a list of categories of which it has one, `none` of
those it has none of, `years` and `prices` are inclusive (None: open), `titled` and `untitled` are words its title holds, or not.
"""

from typing import Any

Request = tuple[str, dict[str, Any]]

FILMS_ENGLISH: tuple[Request, ...] = (
    ("I'm tired of thrillers, give me a comedy", {"any": ["Comedy"], "none": ["Thriller"]}),
    ("science fiction, but please no horror", {"any": ["Sci-Fi"], "none": ["Horror"]}),
    ("a western made before 1970", {"any": ["Western"], "years": (None, 1969)}),
    ("Romantic movies from the nineties without any drama", {"any": ["Romance"], "none": ["Drama"], "years": (1990, 1999)}),
    ("anything except musicals", {"none": ["Musical"]}),
    ("I hate war films and I've had enough of westerns", {"none": ["War", "Western"]}),
    ("cartoons for the kids, nothing scary", {"any": ["Animation", "Children's"], "none": ["Horror"]}),
    ("an old film noir from the 40s", {"any": ["Film-Noir"], "years": (1940, 1949)}),
    ("only documentaries, made after 1995", {"any": ["Documentary"], "years": (1996, None)}),
    ("I don't mind action but I really don't want sci-fi", {"none": ["Sci-Fi"]}),
    ("something like Toy Story, but not Toy Story 2", {"any": ["Animation", "Children's"], "untitled": ["Toy Story 2"]}),
    ("funny and romantic, less violence, between 1980 and 1989", {"years": (1980, 1989)}),
    ("A whodunit. No crime dramas please!", {"any": ["Mystery"], "none": ["Crime", "Drama"]}),
    ("horror movies of the 1980s other than comedies", {"any": ["Horror"], "none": ["Comedy"], "years": (1980, 1989)}),
    ("I'm not in the mood for romance tonight, more like fantasy", {"any": ["Fantasy"], "none": ["Romance"]}),
    ("can't stand animated movies; I love adventure", {"any": ["Adventure"], "none": ["Animation"]}),
    ("a thriller since 1998", {"any": ["Thriller"], "years": (1998, None)}),
    ("crime films, no action and no comedy", {"any": ["Crime"], "none": ["Action", "Comedy"]}),
    (
        "sick of dramas. Is there a good mystery from 1940 to 1960?",
        {"any": ["Mystery"], "none": ["Drama"], "years": (1940, 1960)},
    ),
    ("not bad if it is a musical, but avoid children's films", {"none": ["Children's"]}),
    ("films about space with aliens, no later than 1985", {"any": ["Sci-Fi"], "years": (None, 1985)}),
    ("must be a comedy, must not be a romance", {"any": ["Comedy"], "none": ["Romance"]}),
)

FILMS_CHINESE: tuple[Request, ...] = (
    ("我看腻了惊悚片，来点喜剧吧", {"any": ["Comedy"], "none": ["Thriller"]}),
    ("想看科幻片，千万别有恐怖的", {"any": ["Sci-Fi"], "none": ["Horror"]}),
    ("1970年以前的西部片", {"any": ["Western"], "years": (None, 1969)}),
    ("九十年代的爱情片，不要剧情片", {"any": ["Romance"], "none": ["Drama"], "years": (1990, 1999)}),
    ("除了歌舞片什么都行", {"none": ["Musical"]}),
    ("我讨厌战争片，西部片也看够了", {"none": ["War", "Western"]}),
    ("给孩子看的动画片，不要吓人的", {"any": ["Animation", "Children's"], "none": ["Horror"]}),
    ("四十年代的黑色电影", {"any": ["Film-Noir"], "years": (1940, 1949)}),
    ("只看纪录片，1995年以后的", {"any": ["Documentary"], "years": (1995, None)}),
    ("动作片我不介意，但是真的不想看科幻", {"none": ["Sci-Fi"]}),
    ("类似《Toy Story》的，但不要《Toy Story 2》", {"any": ["Animation", "Children's"], "untitled": ["Toy Story 2"]}),
    ("又搞笑又浪漫的，1980到1989年之间的", {"years": (1980, 1989)}),
    ("悬疑片，不要犯罪片，也不要剧情片", {"any": ["Mystery"], "none": ["Crime", "Drama"]}),
    ("80年代的恐怖片，喜剧除外", {"any": ["Horror"], "none": ["Comedy"], "years": (1980, 1989)}),
    ("今晚没心情看爱情片，想看奇幻的", {"any": ["Fantasy"], "none": ["Romance"]}),
    ("受不了动画片，我喜欢冒险片", {"any": ["Adventure"], "none": ["Animation"]}),
    ("1998年之后的惊悚片", {"any": ["Thriller"], "years": (1998, None)}),
    ("犯罪片，既不要动作也不要喜剧", {"any": ["Crime"], "none": ["Action", "Comedy"]}),
    ("剧情片看烦了，有没有1940年到1960年的悬疑片", {"any": ["Mystery"], "none": ["Drama"], "years": (1940, 1960)}),
    ("我没什么不喜欢的，就是别给我推荐儿童片", {"none": ["Children's"]}),
    ("关于外星人和太空的电影，最晚1985年", {"any": ["Sci-Fi"], "years": (None, 1985)}),
    ("必须是喜剧，但不能是爱情片", {"any": ["Comedy"], "none": ["Romance"]}),
)

GOODS_ENGLISH: tuple[Request, ...] = (
    ("a red mug for under £5", {"prices": (None, 5)}),
    ("candles between 2 and 6 pounds", {"prices": (2, 6)}),
    ("lunch bag, not more than 3 pounds, nothing pink", {"prices": (None, 3), "untitled": ["pink"]}),
    ("I want a clock that costs at least £8", {"prices": (8, None)}),
    ("garden things, no christmas decorations, max 10 quid", {"prices": (None, 10), "untitled": ["christmas"]}),
    ("something for the kitchen around £4", {"prices": (3, 5)}),
    ("gift for my daughter, 1 to 3 GBP", {"prices": (1, 3)}),
    ("cushion cover without hearts, over 2 pounds", {"prices": (2, None), "untitled": ["heart"]}),
)

GOODS_CHINESE: tuple[Request, ...] = (
    ("5英镑以下的红色马克杯", {"prices": (None, 5)}),
    ("2到6镑的蜡烛", {"prices": (2, 6)}),
    ("午餐袋，不超过3英镑，不要粉色的", {"prices": (None, 3), "untitled": ["pink"]}),
    ("想要一个时钟，至少8英镑", {"prices": (8, None)}),
    ("花园用品，不要圣诞装饰，最多十块钱", {"prices": (None, 10), "untitled": ["christmas"]}),
    ("4镑左右的厨房用品", {"prices": (3, 5)}),
    ("送女儿的礼物，1到3块", {"prices": (1, 3)}),
    ("靠垫套，不要心形的，2镑以上", {"prices": (2, None), "untitled": ["heart"]}),
)

HELD_OUT: dict[tuple[str, str], tuple[Request, ...]] = {
    ("films", "en"): FILMS_ENGLISH,
    ("films", "zh"): FILMS_CHINESE,
    ("goods", "en"): GOODS_ENGLISH,
    ("goods", "zh"): GOODS_CHINESE,
}
