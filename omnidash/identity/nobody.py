"""Values that stand where an identifier should and are nobody's: kept and listed as *blocked*, they link nothing.

    words        unknown, guest, walk-in, 散客, 非会员, 无名 …, also in brackets: (null), [none], （空）
    marks        / — … ? and whatever has neither letter nor digit; \\N of databases, #N/A of spreadsheets
    words of a platform in parentheses                 (not set), (not provided), (data deleted)
    macros that nobody filled in                       __IMEI__, {imei}, ${idfa}, {{id}}, %%ADVERTISING_ID%%
    devices that withhold who they are                 02:00:00:00:00:00, ff:ff:ff:ff:ff:ff, FFFFFFFF-FFFF-…, the
                                                       Android id 9774d56d682e549c that many telephones have
    fingerprints of nothing                            md5, sha1 and sha256 of '', of the IDFA of zeros, of "null" …
    mailboxes                                          noreply@…, xxx@…, user@example.com, 123456@qq.com
    phones that forms are filled with                  13800138000, 13888888888, 12345678901, 12312312345

22, 333 and 123456 are honest customer numbers, and a@example.com may be somebody.
"""

import hashlib
import re

_WORDS = (
    "unknown", "null", "none", "n/?a", "n\\.a\\.?", "nil", "nan", "undefined", "anonymous", "anon", "guest", "test",
    "tester", "testing", "dummy", "default", "admin", "-1", "123456789(0(1|12345)?)?", "13800138000", "not[ _-]?set",
    "not[ _-]?(provided|available|found|applicable|logged[ _-]?in)", "no[ _-]?(id|name|data|email|phone)", "nobody",
    "no[ _-]?one", "empty", "blank", "missing", "redacted", "hidden", "withheld", "deleted", "removed", "xxx+",
    "(anonymous|guest|unknown|default|test)[ _-]?(user|customer|member|visitor|account|id)?",
    "walk[ _-]?in([ _-]?customer)?", "cash[ _-]?customer", "non[ _-]?member", "member", "customer", "user", "visitor",
    "未知(用户|会员|客户|顾客)?", "无", "匿名(用户|会员|客户|顾客|访客|者)?", "测试(用户|会员|客户|账号|账户|号)?",
    "游客", "访客", "空", "空值", "(门店|线下|线上|到店)?散客(消费|购买|用户|会员)?", "散户", "过路客", "路人甲?",
    "无名(氏|用户|客户)?", "会员", "顾客", "客户", "非会员(用户|客户|顾客|消费|购买)?",
    "(匿名|游客|访客)(买家|用户|消费)", "(普通|临时|现金|零售|默认|未注册|未登录)(用户|会员|客户|顾客)",
    "(未|没有?)(登录|注册|填写?|提供|设置|绑定|录入|采集|授权|关联|识别|留)", "没有", "(暂?无|没有)(数据)?", "不详",
    "不明", "保密", "待(补充|完善|填写?)", "无(手机|电话|邮箱|会员)?[号卡]?", "默认", "现金", "零售",
    "(公共|公用|临时)卡", "[是否有]", "yes", "no", "cash", "retail", "tbd", "n/d", "not a member", "no[ _-]?member",
    "\\\\n", "#(n/?a|null!?|ref!?|value!?|name\\?|div/0!?|num!?)",
)  # fmt: skip
_MACROS = (r"__\w+__", r"\$?\{+[^{}]*\}+", r"\$\w+\$", r"%%?[a-z_][\w.]*%%?")
_IN_BRACKETS = (r"<[^<>@]*>", r"\([^()\d@]*\)")  # whatever word a platform, or somebody, put there
_PLATFORMS = ("other", "data[ _-]?(deleted|not[ _-]?available)", "direct", "entrance", "content", "none", "no value")
_DEVICES = (
    r"02[:-]?(00[:-]?){5}", "9774d56d682e549c", "0?123456789abcdef", "1234567890abcdef", "0123456789012345?",
    "012345678912345", "004999010640000", *(f"{one}[{one}:-]{{11,}}" for one in "0123456789abcdef"),
)  # fmt: skip
_ZERO_IDFA = "00000000-0000-0000-0000-000000000000"
_NOTHING = (
    "", "0", "null", "NULL", "(null)", "None", "none", "nil", "unknown", "undefined", _ZERO_IDFA,
    _ZERO_IDFA.replace("-", ""), "0" * 15, "02:00:00:00:00:00", "020000000000", "00:00:00:00:00:00", "0" * 12,
    "9774d56d682e549c", "__IMEI__", "__IDFA__", "__OAID__", "__ANDROIDID__", "__MAC__",
)  # fmt: skip
_FINGERPRINTS = tuple(
    hashlib.new(digest, text.encode(), usedforsecurity=False).hexdigest()
    for digest in ("md5", "sha1", "sha256")
    for text in _NOTHING
)
_SHORT = "|".join((*(f"[(\\[<]?({word})[)\\]>]?" for word in _WORDS), *_MACROS, *_IN_BRACKETS, *_DEVICES))
_MARKS = "[^\\p{L}\\p{N}]+"  # neither letter nor digit; in DuckDB's words
_LONGEST_SHORT = 64  # a macro may be long; an e-mail address or a url that is longer is none
_LENGTHS_OF_FINGERPRINTS = (32, 40, 64)

_ANYWHERE = (  # mailboxes at whatever domain
    r"(no|do[._-]?not)[._-]?(reply|e?mail|response)|none|null|nil|unknown|undefined|anonymous|guest|test|dummy"
    r"|nobody|no[._-]?one|xxx+|__\w+__|\{+\w*\}+"
)
_MADE_UP = (  # mailboxes at domains that people make up: honest ones elsewhere
    r"(user|users|name|your[._-]?(name|e?mail)|e?mail|someone|somebody|customer|member|visitor|admin|example|sample)"
    r"@example\.(com|org|net|cn)"
    r"|(user|users|name|your[._-]?(name|e?mail)|e?mail|someone|somebody|customer|member|visitor|admin|example|sample"
    r"|foo|bar|first[._-]?last|abc|aaa+|asdf?|qwe(rty)?|x+|[ab]|no|na|demo|me|123(4(5(6)?)?)?)"
    r"@(test|email|domain|yourdomain|company|xxx+|abc|aaa+|asdf?|qwe|x+|[ab]|none|null|123)\.(com|cn)"
    r"|(123|1234|12345|123456|123456789|1+|0+)@(qq|123|163|126|1+|0+)\.com"
)
_MAILBOXES = f"^(({_ANYWHERE})@|({_MADE_UP})$)"

# Lucky digits and none at all, as forms are filled with; numbers of the other digits are bought and used.
_REPEATED = "|".join(f"{one}{{8}}" for one in "0689")
_PHONES = (
    rf"\+[1-9]\d{{0,2}}(0?123456789\d{{0,2}}|9876543210?|13800138000|(1[3-9]\d)?({_REPEATED})|10{{6,10}}|123123123\d\d)"
)
_PARTS_OF_PHONES = ("23456789", "98765432", "123123123")  # or they end in two of one digit


def is_blocked(value: str) -> str:
    """SQL: whether the normalised ``value`` is one that many strangers share. Cases, for of ``and`` and ``or`` DuckDB
    computes all parts for all rows; what few values reach is costly, what all reach is not. Expressions and no IN: a
    join would lose the file's order."""
    digits = f"regexp_replace({value}, '^\\+\\d{{1,3}}', '')"
    same = f"replace({value}, {value}[1], '') = ''"
    same_phone = f"length({digits}) > 5 and replace({digits}, {digits}[-1], '') = ''"
    ends_alike = f"suffix({value}, {value}[-2])"
    may_be_nobodys = " or ".join((ends_alike, *(f"contains({value}, '{part}')" for part in _PARTS_OF_PHONES)))
    is_long = " or ".join(f"length({value}) = {length}" for length in _LENGTHS_OF_FINGERPRINTS)
    return (
        "coalesce(case"
        f" when starts_with({value}, '+') then case when {may_be_nobodys}"
        f" then ({same_phone}) or regexp_full_match({value}, '{_PHONES}') else false end"
        f" when regexp_matches({value}, '{_MAILBOXES}') then true"
        f" when length({value}) <= {_LONGEST_SHORT} and regexp_full_match({value}, '(?i){_SHORT}|{_MARKS}') then true"
        f" when ({is_long}) and regexp_full_match({value}, '(?i){'|'.join(_FINGERPRINTS)}') then true"
        f" when starts_with({value}, '0') then regexp_full_match({value}, '0[0:.-]*')"
        # 22 and 333 are honest customer numbers
        f" when {ends_alike} then length({value}) > 5 and ({same}) end, false)"
    )


def shown(value: str) -> str:
    """SQL: a blocked value as it is kept and shown: as it is, for whose list it is wants to see which word it was; but
    what stands in brackets and is no word we know may be a name: ``(a***)``."""
    known = f"[(<]({'|'.join((*_WORDS, *_PLATFORMS))})[)>]"
    is_free = f"regexp_full_match({value}, '{'|'.join(_IN_BRACKETS)}')"
    return (
        f"(case when {is_free} and not regexp_full_match({value}, '(?i){known}')"
        f" then {value}[1:2] || '***' || {value}[-1] else {value} end)"
    )


def is_placeholder(cell: str) -> bool:
    """Whether a cell as it is written holds such a word or mark, or zeros: what a column of identifiers has where
    nobody is known. The same words as ``is_blocked`` knows, for the look at a sample."""
    text = cell.strip()
    if not any(letter.isalnum() for letter in text):
        return True
    return len(text) <= _LONGEST_SHORT and _PLACEHOLDER.fullmatch(text) is not None


_PLACEHOLDER = re.compile(f"(?i:{_SHORT}|0[0:.-]*)")
