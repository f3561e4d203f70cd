"""Which letters do these bytes mean, where nothing says it? Compares what a sample reads like in each encoding.

Chinese text is told by *which* characters come out. GB2312 and Big5 both put the characters people use first and the
rare ones after them; bytes of the one, read as the other, land among the rare ones, and hardly ever spell the words of
a report. Korean syllables fill less than half of the rows that Chinese characters do in GB2312, and no Chinese text
keeps within them for long. Japanese is told by its kana, Cyrillic by long runs of small letters, Latin text by its
accents, which stand alone between plain letters.

Every character of a reading weighs 0 (cannot be) to 1 (is common); the score of a reading is the mean. Works on a
single header line as well as on 64 kB.
"""

import re
import unicodedata
from collections.abc import Callable

GB18030, BIG5, BIG5_HONG_KONG, LATIN, LATIN_1 = "gb18030", "cp950", "big5hkscs", "cp1252", "latin-1"
SHIFT_JIS, KOREAN, CYRILLIC = "cp932", "cp949", "cp1251"
_LEAST_SCORE = 0.4
_CLOSE = 0.25  # scores so near to each other decide nothing
_FEW_SYLLABLES = 4
_MANY_SYLLABLES = 16  # 45 % of Chinese characters fall among the syllables; that 16 in a row do is one in 350,000

# Characters that reports, shops and running text use most, as written on the mainland and in Taiwan and Hong Kong
_SIMPLIFIED = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所"
    "民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日"
    "那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想"
    "已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指"
    "几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权"
    "收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集"
    "渠广告消费花费展现点击转化率订单编号账户推广计划单元关键词创意素材曝光收入金额付款时间退款状态买家手机邮箱地址店铺商品标题"
    "访客浏览支付件数客单价价格库存物流快递省市县镇街道室楼层栋张李王刘陈杨赵黄周吴徐孙胡朱林何郭罗宋郑谢韩唐冯于董萧程曹袁邓"
    "女男士鞋裙衣裤包套装春夏秋冬款季日常品牌词视频直播短信微博抖音小红书淘宝天猫京东拼多多百度腾讯搜索信息朋友圈公众会员积分优惠券"
)
_TRADITIONAL = frozenset(
    "的一是在不了有和人這中大為上個國我以要他時來用們生到作地於出就分對成會可主發年動同工也能下過子說產種面而方後多定行學法所"
    "民得經十三之進著等部度家電力裡如水化高自二理起小物現實加量都兩體制機當使點從業本去把性好應開它合還因由其些然前外天政四日"
    "那社義事平形相全表間樣與關各重新線內數正心反你明看原又麼利比或但質氣第向道命此變條只沒結解問意建月公無系軍很情者最立代想"
    "已通並提直題黨程展五果料象員革位入常文總次品式活設及管特件長求老頭基資邊流路級少圖山統接知較將組見計別她手角期根論運農指"
    "幾九區強放決西被幹做必戰先回則任取據處隊南給色光門即保治北造百規熱領七海口東導器壓志世金增爭濟階油思術極交受聯什認六共權"
    "收證改清己美再採轉更單風切打白教速花帶安場身車例真務具萬每目至達走積示議聲報鬥完類八離華名確才科張信馬節話米整空元況今集"
    "渠廣告消費花費展現點擊轉換率訂單編號帳戶推廣計畫群組關鍵字創意素材曝光收入營業金額付款時間退款狀態買家手機電子郵件地址店鋪商品標題"
    "訪客瀏覽支付件數客單價價格庫存物流快遞縣市鄉鎮區路街道巷弄號室樓層張李王劉陳楊趙黃周吳徐孫胡朱林何郭羅宋鄭謝韓唐馮于董蕭程曹袁鄧"
    "女男士鞋裙衣褲包套裝春夏秋冬款季日常品牌詞影片直播簡訊臉書臺台灣香港北高雄新竹桃園蝦皮搜尋資訊朋友圈會員點數優惠券曝光次數成本"
)
# Syllables that Korean reports, shops, names and running text use most
_SYLLABLES = frozenset(
    "이다는을의에가고한하로지은를사도리기아어나서인해자대그들있시스수정것일라전니보제여면과적게만장부상으비주안구"
    "원우공던성소조동경오미었유드신무모려연습세위생용선화방트치거계년문내분중차당개실회와간관물까없할때바명영력재"
    "되등업단저국발학러금음심타통마행않된반체름말진현점설속노호식본달데최후였민품약월배결작목입질살울처람른직초군"
    "양출산감두히매평표운법각특김박즐캠페광룹키워검색클릭률율총균환순액형별날짜요역합건불취교송번옵션완료쿠폰립포"
    "택담벤쇼핑몰메콘텐츠블카톡네버팡롯옥프티몬글앱웹링크랜딩튜브틱램북딧뉴레터알림푸멤십강윤임권황류홍손백허남곽"
    "엄채천함변염추석길왕육맹탁편예봉준혜훈빈희숙철규승태욱솔겸찬혁열병종충읍층릉춘창항녀겨봄셔피켓코갑벨커활디털"
    "컴퓨케떤떻렇많좋큰새받빠쉽께높낮넓잘못더덜또꼭될됨됩왔갔봤싶겠같랐났왼쪽뒤앞옆끝첫째갈값객격견곳곡골꽃끼난넘"
    "놀농느능늘님답독돈돌돕둘듣땅떠뜻련령례록론뢰루르릴막맞맡먹멀몇몸묻믿밀밖밤복볼빛빨뿐샘섬섯술쉬싸쌀쓰씨앉얻얼"
    "엽옛올옷외욕읽잃잡절접젊져족존죄죽줄즉증짓찾책척청쳐촌춤친칠침칭켜큼탄탈토튼팀파판팔퍼펴펼폐폭풀필험혀협혼획"
    "효흐흔흥힘"
)

_GB_CHARACTER = re.compile(rb"[\x81-\xfe][\x30-\x39][\x81-\xfe][\x30-\x39]|[\x81-\xfe][\x40-\x7e\x80-\xfe]|[\x80-\xff]")
_SHIFT_JIS_CHARACTER = re.compile(rb"[\x81-\x9f\xe0-\xfc][\x40-\x7e\x80-\xfc]|[\x80-\xff]")
_KOREAN_CHARACTER = re.compile(rb"[\x81-\xfe][\x41-\x5a\x61-\x7a\x81-\xfe]|[\x80-\xff]")
_BIG5_CHARACTER = re.compile(rb"[\x81-\xfe][\x40-\x7e\xa1-\xfe]|[\x80-\xff]")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_LATIN_SIGNS = frozenset(
    b"\x80\x82\x84\x85\x8c\x91\x92\x93\x94\x95\x96\x97\x99\x9c\xa0\xa1\xa3\xa5\xa7\xa9\xaa\xab"
) | (frozenset(b"\xae\xb0\xb2\xb3\xb4\xb7\xba\xbb\xbf"))
_UTF8_LONG_LETTER = re.compile(rb"[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_UTF8_LETTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


def candidates(sample: bytes) -> list[str]:
    """The encodings that a sample of non-UTF-8 text may be written in, the most plausible first; empty: in none."""
    ranked = [encoding for score, encoding in _ranked(sample) if score >= _LEAST_SCORE]
    variants = {BIG5: [BIG5, BIG5_HONG_KONG], LATIN: [LATIN, LATIN_1]}
    return [name for encoding in ranked for name in variants.get(encoding, [encoding])]


def is_doubtful(sample: bytes) -> bool:
    """Whether two encodings read a sample of non-UTF-8 text nearly as well: it is short, or of a third one."""
    first, second, *_ = _ranked(sample)
    if first[1] == KOREAN and _letters_of_korean(sample)[0] >= _MANY_SYLLABLES and _syllable_share(sample) > 0.95:
        return False
    return first[0] - second[0] < _CLOSE


def _ranked(sample: bytes) -> list[tuple[float, str]]:
    scores = [
        (_score_of(_GB_CHARACTER, sample, _gb_weight), GB18030),
        (_latin_score(sample), LATIN),
        (_score_of(_BIG5_CHARACTER, sample, _big5_weight), BIG5),
        (_score_of(_SHIFT_JIS_CHARACTER, sample, _shift_jis_weight), SHIFT_JIS),
        (_korean_score(sample), KOREAN),
        (_cyrillic_score(sample), CYRILLIC),
    ]
    return sorted(scores, key=lambda item: -item[0])


def is_damaged_utf8(sample: bytes) -> bool:
    """Most non-ASCII bytes still form UTF-8 letters: a broken file, not another encoding."""
    good = sum(map(len, _UTF8_LETTER.findall(sample)))
    return good > 0.8 * len(re.findall(rb"[\x80-\xff]", sample))


def is_partly_utf8(sample: bytes) -> bool:
    """Whether a tenth of the lines with other than ASCII, and three at least, are UTF-8 while others are not: files of
    two encodings put together. Letters of three bytes count, which other encodings hardly ever make by chance."""
    odd = [line for line in sample.split(b"\n") if re.search(rb"[\x80-\xff]", line)]
    whole = sum(1 for line in odd if not re.search(rb"[\x80-\xff]", _UTF8_LONG_LETTER.sub(b"", line)))
    return len(odd) > whole >= max(3, len(odd) / 10)


def utf16_without_mark(head: bytes) -> str | None:
    """The byte order of UTF-16 text without a byte order mark, or None where the bytes are something else.

    Text of any script has line breaks, delimiters or digits, hence zero bytes; read in the wrong order it is a jumble
    of scripts and unassigned characters.
    """
    sample = head[: 1 << 14]
    if b"\x00" not in sample:
        return None
    scores = {encoding: _text_share(sample, encoding) for encoding in ("utf-16-le", "utf-16-be")}
    best = max(scores, key=lambda encoding: scores[encoding])
    return best if scores[best] > 0.95 else None


def _score_of(character: re.Pattern[bytes], sample: bytes, weight: Callable[[bytes], float]) -> float:
    found = character.findall(sample)
    return sum(map(weight, found)) / len(found) if found else 0.0


def _gb_weight(code: bytes) -> float:
    """Characters in use weigh most; then level 1 of GB2312 (by sound), level 2 (by radical), the rest of GB18030."""
    if len(code) == 1:
        return 0.0
    if len(code) == 4:
        return 0.4
    lead, trail = code
    if trail < 0xA1 or lead < 0xA1 or lead > 0xF7:
        return 0.15
    if lead < 0xB0:
        return 1.0 if lead in (0xA1, 0xA3) else 0.5  # punctuation and full-width letters; other signs
    if code.decode(GB18030, errors="replace") in _SIMPLIFIED:
        return 1.0
    return 0.65 if lead <= 0xD7 else 0.35


def _big5_weight(code: bytes) -> float:
    """Characters in use weigh most; then level 1 of Big5, level 2, and the areas of vendors."""
    if len(code) == 1:
        return 0.0
    lead = code[0]
    if 0xA1 <= lead <= 0xA3:
        return 1.0 if lead == 0xA1 else 0.5
    if code.decode(BIG5, errors="replace") in _TRADITIONAL:
        return 1.0
    if 0xA4 <= lead <= 0xC6:
        return 0.6
    return 0.25 if 0xC9 <= lead <= 0xF9 else 0.1


def _shift_jis_weight(code: bytes) -> float:
    """Kana weigh most, which no other encoding has there; then the characters of level 1, and of level 2."""
    if len(code) == 1:
        return 0.0
    lead, trail = code
    if lead == 0x83 or (lead == 0x82 and 0x4F <= trail <= 0xF1):
        return 1.0
    if lead == 0x81:
        return 0.6  # punctuation
    return 0.6 if 0x88 <= lead <= 0x97 else 0.25


def _korean_score(sample: bytes) -> float:
    """As above, less by the share of Chinese characters, squared: Korean reports have next to none, and of Chinese text
    more than half would be such. A word or two say nothing against Chinese, which is the likelier here."""
    syllables, _ = _letters_of_korean(sample)
    few = 0.6 if syllables < _FEW_SYLLABLES else 1.0
    return few * _score_of(_KOREAN_CHARACTER, sample, _korean_weight) * _syllable_share(sample) ** 2


def _korean_weight(code: bytes) -> float:
    """Syllables in use weigh most, then the others of KS X 1001; those that only CP949 adds are rare."""
    if len(code) == 1:
        return 0.0
    lead, trail = code
    if trail < 0xA1 or lead < 0xA1:
        return 0.15
    if lead < 0xB0:
        return 1.0 if lead in (0xA1, 0xA3) else 0.3  # punctuation and full-width letters; other signs
    return (1.0 if code.decode(KOREAN, errors="replace") in _SYLLABLES else 0.5) if lead <= 0xC8 else 0.1


def _syllable_share(sample: bytes) -> float:
    """How many of the letters of KS X 1001 are syllables, not Chinese characters."""
    syllables, characters = _letters_of_korean(sample)
    return syllables / (syllables + characters) if syllables else 0.0


def _letters_of_korean(sample: bytes) -> tuple[int, int]:
    leads = [code[0] for code in _KOREAN_CHARACTER.findall(sample) if len(code) == 2 and code[1] >= 0xA1]
    return sum(1 for lead in leads if 0xB0 <= lead <= 0xC8), sum(1 for lead in leads if lead > 0xC8)


def _cyrillic_score(sample: bytes) -> float:
    """Words of at least three letters, small ones behind the first; alone, such a byte is an accent of Latin text."""
    total = weight = 0.0
    for run in _HIGH_RUN.findall(sample):
        total += len(run)
        if len(run) >= 3:
            small = sum(1 for byte in run[1:] if byte >= 0xE0 or byte == 0xB8)
            weight += small + (1 if run[0] >= 0xC0 or run[0] in b"\xa8\xb8\xb9" else 0)
    return weight / total if total else 0.0


def _latin_score(sample: bytes) -> float:
    """Accents stand alone or by twos (``größer``, ``créée``); longer runs of high bytes are no Latin text."""
    total = weight = 0.0
    for run in _HIGH_RUN.findall(sample):
        total += len(run)
        letters = sum(1 for byte in run if byte >= 0xC0 and byte not in (0xD7, 0xF7))
        signs = sum(1 for byte in run if byte in _LATIN_SIGNS)
        share = {1: 1.0, 2: 0.6}.get(len(run), 0.1)
        weight += share * (letters + 0.7 * signs)
    return weight / total if total else 0.0


def _text_share(sample: bytes, encoding: str) -> float:
    text = sample[: len(sample) // 2 * 2].decode(encoding, errors="replace")
    return sum(map(_is_usual, text)) / max(1, len(text))


def _is_usual(character: str) -> bool:
    """Letters of Europe and East Asia, digits, punctuation and line breaks."""
    code = ord(character)
    if code < 0x250:
        return character in "\t\r\n" or unicodedata.category(character) != "Cc"
    return (
        0x2000 <= code <= 0x2BFF
        or 0x3000 <= code <= 0x9FFF
        or 0xAC00 <= code <= 0xD7A3
        or 0xF900 <= code <= 0xFAFF
        or 0xFE30 <= code <= 0xFFEF
        or 0xD800 <= code <= 0xDFFF
        or code >= 0x1F000
    ) and character != "\ufffd"
