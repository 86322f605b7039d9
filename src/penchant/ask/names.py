"""What categories are called in English and Chinese: one line is one subject.

Before the first bar stands what it is called ("horror", "恐怖片"), then how it feels ("scary"), then what is in it ("ghosts").
Who wants nothing scary wants no horror at all; who wants no ghosts may like the rest of it. Chinese is simplified here;
traditional characters are read as simplified ones.
"""

_FILMS = """
action, action film, action movie, action packed, 动作片, 动作电影, 动作, 武打片 | | car chase, car chases, gunfight,
    枪战片, 打斗
adventure, adventures, adventure film, 冒险片, 冒险电影, 冒险, 探险片, 历险 | | treasure hunt, 探险, 寻宝
animation, animated, anime, cartoon, cartoons, animations, 动画片, 动画电影, 动画, 动漫, 卡通, 卡通片 | | hand drawn
children's, children, kids, children's film, kids' films, family, family film, 儿童片, 儿童电影, 儿童, 少儿, 家庭片,
    亲子, 合家欢 | | 小朋友, 小孩, 孩子看, 全家, 一家人, whole family
comedy, comedies, comedic, 喜剧片, 喜剧电影, 喜剧, 搞笑片 | funny, funnier, hilarious, humorous, make me laugh,
    laugh out loud, 搞笑, 好笑, 幽默, 逗笑
crime, crimes, gangster, gangsters, mafia, heist, 犯罪片, 犯罪电影, 犯罪, 黑帮片, 警匪片, 警匪 | | underworld, mob, 黑帮, 罪犯
documentary, documentaries, docs, 纪录片, 记录片, 纪实片, 纪实 | | real footage, 真实记录
drama, dramas, dramatic, 剧情片, 剧情电影, 剧情 | | melodrama, 苦情
fantasy, fantasies, 奇幻片, 奇幻电影, 奇幻, 魔幻片, 魔幻 | | wizards, magical creatures, 魔法, 精灵
film noir, noir, films noirs, 黑色电影 | | femme fatale, 蛇蝎美人
horror, horrors, horror film, horror movie, 恐怖片, 恐怖电影, 恐怖, 鬼片, 惊吓片 | scary, scarier, frightening,
    terrifying, scare, creepy, spooky, 吓人, 可怕, 血腥 | gore, slasher, slashers, ghosts, monsters, vampires, zombies, 鬼怪,
    闹鬼, 鬼魂, 僵尸, 吸血鬼
musical, musicals, 歌舞片, 音乐剧, 歌舞 | | singing and dancing, songs and dancing
mystery, mysteries, whodunit, whodunnit, detective, 悬疑片, 悬疑电影, 悬疑, 推理片, 推理, 侦探片, 侦探 | |
    guess who did it, 猜凶手, 破案
romance, romances, romantic, romantic film, love story, love stories, romcom, rom com, 爱情片, 爱情电影, 爱情, 言情,
    言情片, 浪漫片 | 浪漫 | falling in love, 恋爱, 相爱
sci fi, scifi, science fiction, sf, 科幻片, 科幻电影, 科幻 | | aliens, space ships, spaceships, time travel,
    outer space, robots, 外星人, 宇宙飞船, 时间旅行, 机器人, 太空
thriller, thrillers, 惊悚片, 惊悚电影, 惊悚, 惊险片 | suspense, suspenseful, 惊险
war, war film, war films, war movie, war movies, 战争片, 战争电影, 战争, 军事片 | | soldiers, battlefield, 士兵, 战场, 二战
western, westerns, 西部片, 西部电影, 牛仔片 | | cowboys, wild west, old west, 牛仔
biography, biopic, biopics, biographical, 传记片, 传记
history, historical, costume drama, 历史片, 历史, 古装, 古装片
sport, sports, 体育片, 体育, 运动
erotic, adult, 情色, 成人
short, shorts, short film, 短片
"""

_MUSIC = """
rock, rock music, 摇滚, 摇滚乐
pop, pop music, 流行, 流行音乐, 流行歌曲
jazz, 爵士, 爵士乐
classical, classical music, 古典, 古典音乐
hip hop, rap, hiphop, 嘻哈, 说唱
electronic, electronica, techno, edm, 电子, 电子音乐
folk, folk music, 民谣, 民歌
country, country music, 乡村, 乡村音乐
blues, 蓝调, 布鲁斯
metal, heavy metal, 金属, 重金属
punk, 朋克
soul, r&b, rnb, 灵魂乐, 节奏布鲁斯
reggae, 雷鬼
opera, operas, 歌剧
soundtrack, soundtracks, 原声, 原声带
music, 音乐
"""

_BOOKS = """
fiction, novel, novels, 小说
nonfiction, non fiction, 非虚构
poetry, poems, 诗歌, 诗集, 诗
comics, comic, graphic novel, graphic novels, manga, 漫画
cooking, cookbook, cookbooks, recipes, 烹饪, 菜谱, 食谱
travel, travels, 旅行, 旅游
religion, religious, 宗教
philosophy, 哲学
psychology, 心理学, 心理
self help, self improvement, 自助, 成长, 励志书
young adult, ya, 青少年
memoir, memoirs, autobiography, 回忆录, 自传
textbook, textbooks, 教材
reference, dictionaries, 工具书
"""

_SHOP = """
clothing, clothes, apparel, fashion, 服装, 衣服, 服饰
shoes, footwear, 鞋, 鞋子, 鞋类
bags, bag, handbags, 包, 箱包, 包包
jewellery, jewelry, 首饰, 珠宝
watches, 手表, 腕表
beauty, cosmetics, makeup, 美妆, 化妆品
skincare, skin care, 护肤, 护肤品
health, wellness, 健康, 保健
electronics, gadgets, 电子产品, 数码
phones, phone, mobile phones, smartphones, 手机
computers, laptops, 电脑, 计算机, 笔记本电脑
cameras, camera, 相机
home, household, homeware, 家居, 家用
furniture, 家具
kitchen, kitchenware, cookware, 厨房, 厨具
garden, gardening, outdoor, 花园, 园艺
toys, toy, 玩具
games, game, 游戏
baby, babies, 婴儿, 母婴, 宝宝
pets, pet, pet supplies, 宠物, 宠物用品
food, grocery, groceries, 食品, 食物
snacks, snack, 零食
drinks, beverages, 饮料
tea, teas, 茶, 茶叶
coffee, 咖啡
wine, wines, 葡萄酒, 酒
books, book, 书, 图书, 书籍
stationery, office supplies, office, 文具, 办公用品
tools, hardware, diy, 工具, 五金
automotive, car accessories, 汽车用品, 车品
gifts, gift, presents, 礼物, 礼品
christmas, xmas, 圣诞, 圣诞节
party, parties, 派对, 聚会
decoration, decorations, decor, 装饰, 装饰品
lighting, lamps, 灯具, 灯饰
bathroom, bath, 浴室
bedding, bedroom, 床上用品, 床品
luggage, suitcases, 行李箱
art, artwork, 艺术, 美术
"""

_COURSES = """
programming, coding, software development, 编程, 写代码, 程序设计
data science, data analysis, 数据科学, 数据分析
machine learning, ai, artificial intelligence, 机器学习, 人工智能
mathematics, maths, math, 数学
physics, 物理
chemistry, 化学
biology, 生物
languages, language learning, 语言, 外语
english, 英语
business, management, 商业, 管理
marketing, 营销, 市场营销
finance, investing, 金融, 理财, 投资
economics, 经济学
design, graphic design, 设计
photography, 摄影
writing, 写作
law, 法律
medicine, 医学
education, teaching, 教育
engineering, 工程
"""

_NEWS = """
politics, political, 政治, 时政
world, international, 国际
economy, 经济
technology, tech, 科技, 技术
science, 科学
entertainment, celebrity, showbiz, 娱乐, 八卦, 明星
football, soccer, 足球
basketball, 篮球
tennis, 网球
weather, 天气
lifestyle, 生活, 生活方式
opinion, comment, 评论, 观点
society, 社会
military, 军事
local, 本地
"""


def subjects() -> list[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]]:
    """Each subject as its names, how it feels and what is in it.

    >>> names, feels, contents = next(one for one in subjects() if "horror" in one[0])
    >>> "恐怖片" in names, "scary" in feels, "ghosts" in contents
    (True, True, True)
    """
    lines = "".join((_FILMS, _MUSIC, _BOOKS, _SHOP, _COURSES, _NEWS)).replace("\n    ", " ").strip().splitlines()
    found = []
    for line in filter(None, lines):
        called, feels, contents = (_words(part) for part in f"{line}||".split("|")[:3])
        found.append((called, feels, contents))
    return found


def _words(part: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in part.split(",") if word.strip())
