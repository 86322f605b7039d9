"""Words that shops and libraries file things under: which say only that a thing is one, and which mean the same in Chinese."""

_GENERIC = (
    "film films movie movies classic classics story stories item items thing things product products collection set sets "
    "series modern various other more s"
)
_HAN_GENERIC = "片 电影 类 影片 系列 经典 套装 产品 用品 商品 的 与 和 及 等 、 年代 作品 集 其他"
_PAIRS = (
    "action 动作|adventure 冒险|animation 动画|animated 动画|children 儿童|comedy 喜剧|crime 犯罪|documentary 纪录|"
    "documentary 纪录片|drama 剧情|drama 戏剧|fantasy 奇幻|fantasy 幻想|film-noir 黑色电影|noir 黑色|horror 恐怖|"
    "musical 歌舞|musical 音乐|mystery 悬疑|mystery 推理|romance 爱情|romance 浪漫|sci-fi 科幻|science fiction 科幻|"
    "thriller 惊悚|war 战争|western 西部|history 历史|family 家庭|alarm clock 闹钟|apron 围裙|art 艺术|baby 婴儿|bag 包|"
    "bag 袋|baking 烘焙|ball 球|basket 篮|bathroom 浴室|bead 珠|bell 铃|bird 鸟|birthday 生日|black 黑色|blue 蓝色|"
    "book 书|book 图书|bottle 瓶|bowl 碗|box 盒|box 盒子|bracelet 手链|bread 面包|bucket 桶|butterfly 蝴蝶|button 纽扣|"
    "cake 蛋糕|candle 蜡烛|card 卡片|card 贺卡|case 盒|cat 猫|ceramic 陶瓷|chair 椅|chocolate 巧克力|christmas 圣诞|"
    "christmas 圣诞节|circus 马戏团|clock 时钟|clock 钟|coffee 咖啡|colour 彩色|cosy 保温套|cotton 棉|cup 杯|cup 杯子|"
    "cushion 靠垫|cushion 坐垫|cutlery 餐具|decoration 装饰|decoration 装饰品|dinner 晚餐|dog 狗|doll 娃娃|door 门|"
    "doormat 门垫|earring 耳环|easter 复活节|egg 蛋|enamel 搪瓷|fairy 仙女|fashion 时尚|feather 羽毛|felt 毛毡|flower 花|"
    "flower 花卉|frame 相框|fruit 水果|game 游戏|garden 花园|garland 花环|gift 礼物|gift 礼品|girl 女孩|glass 玻璃|"
    "gold 金色|green 绿色|hair 头发|halloween 万圣节|hand 手|hanger 挂架|hanging 挂饰|heart 心形|heart 爱心|home 家居|"
    "hook 挂钩|hot water bottle 热水袋|ivory 象牙色|jar 罐|jewellery 首饰|jewellery 珠宝|jug 壶|jumbo 大号|key 钥匙|"
    "kitchen 厨房|lamp 灯|lantern 灯笼|leaf 叶|light 灯|light 灯饰|lunch 午餐|lunch box 午餐盒|magnet 磁铁|mat 垫|"
    "metal 金属|mini 迷你|mirror 镜子|mug 马克杯|mug 杯子|music 音乐|napkin 餐巾|necklace 项链|notebook 笔记本|"
    "office 办公|ornament 摆件|owl 猫头鹰|paper 纸|party 派对|pen 笔|pencil 铅笔|photo 照片|picnic 野餐|picture 图画|"
    "pink 粉色|plant 植物|plate 盘|plate 盘子|polka dot 波点|pot 锅|pot 盆|purse 钱包|rabbit 兔子|red 红色|retro 复古|"
    "ribbon 丝带|ring 戒指|rose 玫瑰|sewing 缝纫|shopping 购物|shopper 购物袋|shoe 鞋|sign 标牌|sign 招牌|silver 银色|"
    "skull 骷髅|small 小|soap 肥皂|space 太空|spoon 勺|star 星星|stationery 文具|sticker 贴纸|storage 收纳|sweet 糖果|"
    "table 桌|tea 茶|tea towel 茶巾|teapot 茶壶|tidy 收纳|tin 罐|tin 铁盒|tissue 纸巾|toilet 卫生间|towel 毛巾|toy 玩具|"
    "travel 旅行|tray 托盘|tree 树|trinket 小饰品|umbrella 雨伞|valentine 情人节|vase 花瓶|vintage 复古|wall 墙|"
    "wall art 墙饰|water 水|wedding 婚礼|white 白色|wicker 柳编|wood 木|wooden 木制|wooden 木质|wrap 包装|wrap 包装纸|"
    "wreath 花环|writing 书写|zinc 锌|heart 心|bunting 彩旗|cakestand 蛋糕架|cake stand 蛋糕架|drawer 抽屉|knob 拉手|"
    "knob 把手|holder 架|holder 烛台|t-light 茶蜡|incense 香|playing card 扑克牌|parasol 阳伞|regency 摄政|bank 存钱罐|"
    "money 钱|letter 字母|letter 信"
)

GENERIC = {"en": frozenset(_GENERIC.split()), "zh": frozenset(_HAN_GENERIC.split())}
TRANSLATED = tuple(tuple(pair.rsplit(" ", 1)) for pair in _PAIRS.split("|"))
