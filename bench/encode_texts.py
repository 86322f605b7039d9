"""What bench/encode.py asks and of what: wishes in two languages, and films made up for it. All in our own words."""

# genre: two wishes in English, two in Chinese; some name it, some only say what happens in it
WISHES: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "Action": (
        ("non-stop action with car chases and explosions", "a tough hero who fights his way out"),
        ("我想看动作片，要有飞车和爆炸", "拳拳到肉、一路打到底的电影"),
    ),
    "Adventure": (
        ("an adventure film, a journey to faraway lands", "treasure hunters exploring the jungle"),
        ("来点冒险片，去遥远的地方探险", "寻宝、航海、穿越丛林的故事"),
    ),
    "Animation": (
        ("animated films please", "something drawn by hand, a beautiful cartoon"),
        ("推荐几部好看的动画片", "手绘的卡通电影有哪些"),
    ),
    "Children's": (
        ("a movie to watch with my little kids", "children's films, gentle and fun"),
        ("适合小朋友看的电影", "想陪五岁的孩子一起看儿童片"),
    ),
    "Comedy": (
        ("make me laugh, something really funny", "I feel like a light comedy tonight"),
        ("想看喜剧，越搞笑越好", "今天心情不好，来部能让我大笑的电影"),
    ),
    "Crime": (
        ("gangsters, heists and the mob", "crime films about the underworld"),
        ("黑帮、抢劫之类的犯罪片", "我喜欢看警察和罪犯斗智斗勇的电影"),
    ),
    "Documentary": (
        ("a documentary about real people", "true stories told with real footage"),
        ("我想看纪录片，真实记录的那种", "用真实影像讲述真人真事的片子"),
    ),
    "Drama": (
        ("a serious drama about family and loss", "moving stories of ordinary lives"),
        ("感人的剧情片，讲家庭和人生的", "让人思考的严肃故事"),
    ),
    "Fantasy": (
        ("wizards, magic and mythical creatures", "I love fantasy worlds"),
        ("魔法、精灵和神话世界的奇幻片", "我喜欢充满幻想的魔法故事"),
    ),
    "Film-Noir": (
        ("film noir with a private eye and a femme fatale", "dark black-and-white detective films of the forties"),
        ("黑色电影，私家侦探和蛇蝎美人", "四十年代的黑白侦探片"),
    ),
    "Horror": (
        ("I want to be scared to death", "horror films with ghosts and monsters"),
        ("想看恐怖片，越吓人越好", "有鬼怪和杀人魔的惊悚恐怖电影"),
    ),
    "Musical": (
        ("a musical full of songs and dancing", "films where people burst into song"),
        ("歌舞片，从头唱到尾的那种", "我爱看音乐剧改编的电影"),
    ),
    "Mystery": (
        ("a mystery where I have to guess who did it", "whodunit with clever clues and a detective"),
        ("悬疑片，猜凶手的那种", "扑朔迷离的推理电影"),
    ),
    "Romance": (
        ("a love story for date night", "romantic films about falling in love"),
        ("浪漫的爱情片，适合情侣一起看", "想看两个人慢慢相爱的故事"),
    ),
    "Sci-Fi": (
        ("science fiction about aliens and space", "robots, time travel and the future"),
        ("我非常喜欢看科幻电影，特别是那些关于外星人的故事", "机器人、时间旅行和未来世界"),
    ),
    "Thriller": (
        ("a thriller that keeps me on the edge of my seat", "tense suspense, someone is being hunted"),
        ("紧张刺激的惊悚片", "让人喘不过气的追杀和阴谋"),
    ),
    "War": (
        ("soldiers in battle, a film about the war", "war movies set in the Second World War"),
        ("战争片，讲士兵在战场上的", "关于第二次世界大战的电影"),
    ),
    "Western": (
        ("cowboys, gunfights and the old west", "a classic western with a lone sheriff"),
        ("西部片，牛仔和枪战", "荒漠小镇上的警长和枪手"),
    ),
}

# Six films for each of ten genres, that nobody has made: title, what happens, and how a shop would file it.
CHINESE: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "Sci-Fi": (
        "科幻",
        (
            ("星际来客", "一艘陌生飞船停在沙漠上空，语言学家试着和外星人对话"),
            ("第九个月亮", "殖民地的工程师发现月亮背面有人造的信号"),
            ("机器之心", "家用机器人第一次拒绝了主人的命令"),
            ("时间走廊", "物理学家回到昨天，想救下自己的女儿"),
            ("深空信使", "最后一艘飞船带着人类的种子飞向邻近的恒星"),
            ("记忆修理工", "未来的人可以买卖记忆，他却丢了自己的"),
        ),
    ),
    "Romance": (
        "爱情",
        (
            ("雨季的信", "两个素未谋面的人靠书信相爱了十年"),
            ("最后一班地铁", "他们每晚坐同一节车厢，却迟迟没有开口"),
            ("樱花开到第七天", "女孩只在这座城市停留一周，他爱上了她"),
            ("隔壁的琴声", "搬家第一天，她爱上了对门弹琴的人"),
            ("再见初恋", "毕业十五年后，初恋在婚礼上重逢"),
            ("海边的约定", "分手的恋人约好三年后在灯塔见面"),
        ),
    ),
    "Horror": (
        "恐怖",
        (
            ("午夜十三楼", "电梯每到半夜就停在不存在的那一层"),
            ("井底的声音", "搬进老宅以后，孩子开始和井里的人说话"),
            ("红衣娃娃", "被丢掉的娃娃一次又一次回到床头"),
            ("荒村鬼影", "五个学生去荒村探险，只有影子回来了"),
            ("停尸房夜班", "值夜班的护工发现少了一具尸体"),
            ("镜中人", "镜子里的她比她慢了半秒"),
        ),
    ),
    "Comedy": (
        "喜剧",
        (
            ("我爸是个大忽悠", "为了面子，他把小饭馆吹成了五星酒店"),
            ("倒霉蛋旅行团", "最不靠谱的导游带着最难缠的游客"),
            ("假装有钱人", "快递员被错认成富二代，笑话一箩筐"),
            ("乌龙婚礼", "新郎和伴郎睡过了头，婚礼上来了一个陌生人"),
            ("厨神笨徒弟", "他总能把最贵的菜做成最好笑的事故"),
            ("合租奇葩", "四个怪人住进一间屋，天天闹笑话"),
        ),
    ),
    "War": (
        "战争",
        (
            ("阵地", "一个连的士兵在雪山上守了七天七夜"),
            ("最后的电报", "通信兵冒着炮火把停战的消息送到前线"),
            ("渡江之夜", "炮火连天，船工们把部队送过了江"),
            ("铁轨以北", "游击队员炸毁了敌军的补给铁路"),
            ("战壕里的信", "新兵替阵亡的战友给家里写信"),
            ("孤城", "被围困的守军只剩下三天的弹药"),
        ),
    ),
    "Animation": (
        "动画",
        (
            ("小狐狸去远方", "手绘的森林里，小狐狸去找会发光的花"),
            ("云朵工厂", "住在天上的小精灵每天制造不同形状的云"),
            ("纸船历险", "一只纸船漂过彩色铅笔画成的小镇"),
            ("猫咪邮局", "卡通小猫替镇上的动物送信"),
            ("月饼大作战", "一群会走路的点心守护中秋节"),
            ("墨色山海", "水墨动画里的神兽重新醒来"),
        ),
    ),
    "Crime": (
        "犯罪",
        (
            ("黑账", "账房先生偷走了黑帮二十年的秘密账本"),
            ("完美劫案", "六个人计划在除夕夜抢劫金库"),
            ("卧底三年", "警察混进贩毒集团，渐渐分不清自己是谁"),
            ("码头教父", "走私头目想洗手不干，兄弟却不答应"),
            ("连环案", "刑警追查一个只在雨天作案的凶手"),
            ("老千", "赌场里最后一个骗局，骗的是他的师父"),
        ),
    ),
    "Western": (
        "西部",
        (
            ("戈壁枪手", "牛仔骑马来到荒漠小镇，和匪帮决斗"),
            ("淘金镇", "警长一个人面对抢金子的枪手"),
            ("马帮恩仇", "赶马人和马贼在峡谷里枪战"),
            ("日落牧场", "为了保住牧场，老牛仔重新拔枪"),
            ("黄沙客栈", "赏金猎人在边陲客栈里等他的猎物"),
            ("孤骑", "沉默的骑手独自穿过西部荒原"),
        ),
    ),
    "Documentary": (
        "纪录片",
        (
            ("手艺人", "镜头跟拍了八位老匠人的一年"),
            ("长江的鱼", "真实记录江里最后的洄游"),
            ("急诊室二十四小时", "摄制组在急诊室里拍下真实的一天"),
            ("高原支教日记", "纪实影像：三位老师和他们的学生"),
            ("城市拾荒者", "跟随三位拾荒老人，记录他们的生活"),
            ("北极一年", "科考队员亲手拍下的极夜"),
        ),
    ),
    "Musical": (
        "歌舞",
        (
            ("弄堂里的歌", "整条弄堂的人一起唱歌跳舞"),
            ("百老汇的夜", "龙套演员终于在舞台上唱出了主角的歌"),
            ("舞起来", "一群退休工人组成舞团，载歌载舞"),
            ("小镇合唱团", "每个人的心事都变成一首歌"),
            ("霓虹舞步", "歌舞厅的姑娘们用歌声讲自己的故事"),
            ("唱给春天", "音乐剧班的学生排演最后一部歌舞"),
        ),
    ),
}


# Ways to ask for nothing in particular: what `penchant.encode.neutral` was measured against.
PLAIN: dict[str, tuple[str, ...]] = {
    "en": (
        "I am looking for something good",
        "what would you suggest for me today",
        "show me more things like the last one",
        "I really like this kind",
        "anything popular this week",
        "I want to find something new",
        "something for the weekend",
        "a gift for a friend",
        "please recommend a few",
        "I am not sure what I want yet",
        "lately I have been interested in this topic",
        "which one is worth it",
        "the best ones of the year",
        "something my whole family would enjoy",
        "not too expensive and easy to start with",
        "I have already seen these, what else is there",
    ),
    "zh": (
        "我想找点好东西",
        "今天有什么可以推荐给我的",
        "再给我看看跟上一个差不多的",
        "我特别喜欢这一类",
        "这周有什么热门的",
        "想发现一些新鲜的内容",
        "适合周末的",
        "送朋友的礼物",
        "麻烦推荐几个",
        "我还没想好要什么",
        "最近我对这个话题很感兴趣",
        "哪一个比较值得",
        "今年最好的有哪些",
        "全家人都会喜欢的",
        "不要太贵，容易上手的",
        "这些我都看过了，还有别的吗",
    ),
}
