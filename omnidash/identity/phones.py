"""Phone numbers as people write them, as E.164 (ITU-T) with the workspace's country; SQL over a cell's text.

０１３８-1234 5678, 0086 138…, +86 138…, +86+86138…, 138–1234–5678     one number
tel:138…, 手机：138…, 138…微信同号, 138…(home)                          words around it
138…转801, 138… ext 12, 138…x12, 138…#12                              the extension is of the desk, not of the number
+86-0571-87654321, +44 (0)20 …                                        a trunk zero behind the country code
138…;138…                                                             twice the same; two that differ are none
"""

from omnidash.identity.nobody import is_blocked

# country: (calling code, trunk prefix, digits of a national number without trunk: from, to)
_DIALLING: dict[str, tuple[str, str, int, int]] = {
    "CN": ("86", "0", 9, 11), "HK": ("852", "", 8, 8), "MO": ("853", "", 8, 8), "TW": ("886", "0", 8, 9),
    "SG": ("65", "", 8, 8), "MY": ("60", "0", 8, 10), "TH": ("66", "0", 8, 9), "VN": ("84", "0", 9, 10),
    "ID": ("62", "0", 8, 12), "PH": ("63", "0", 9, 10), "JP": ("81", "0", 9, 10), "KR": ("82", "0", 8, 10),
    "IN": ("91", "0", 10, 10), "PK": ("92", "0", 9, 10), "BD": ("880", "0", 8, 10), "AE": ("971", "0", 8, 9),
    "SA": ("966", "0", 8, 9), "TR": ("90", "0", 10, 10), "RU": ("7", "8", 10, 10), "KZ": ("7", "8", 10, 10),
    "US": ("1", "1", 10, 10), "CA": ("1", "1", 10, 10), "MX": ("52", "", 10, 10), "BR": ("55", "0", 10, 11),
    "GB": ("44", "0", 9, 10), "IE": ("353", "0", 7, 9), "DE": ("49", "0", 6, 11), "AT": ("43", "0", 6, 12),
    "CH": ("41", "0", 9, 9), "FR": ("33", "0", 9, 9), "BE": ("32", "0", 8, 9), "NL": ("31", "0", 9, 9),
    "ES": ("34", "", 9, 9), "PT": ("351", "", 9, 9), "IT": ("39", "", 6, 11), "PL": ("48", "", 9, 9),
    "SE": ("46", "0", 7, 10), "NO": ("47", "", 8, 8), "DK": ("45", "", 8, 8), "FI": ("358", "0", 6, 11),
    "AU": ("61", "0", 9, 9), "NZ": ("64", "0", 8, 10), "ZA": ("27", "0", 9, 9), "EG": ("20", "0", 8, 10),
    "NG": ("234", "0", 8, 10), "KE": ("254", "0", 9, 9), "AR": ("54", "0", 10, 11), "CL": ("56", "", 9, 9),
}  # fmt: skip
_TRUNK_ZERO = "|".join(sorted({code for code, trunk, _, _ in _DIALLING.values() if trunk == "0"}))

INVISIBLE = r"\p{Cf}"  # zero-width and bidirectional marks, which copying from a chat brings along
_DASH = r"\p{Pd}|\x{2212}|\x{2043}|\x{30FC}"
_WORD_BEFORE = (
    r"^(?:(?:telephone|tel|mobile|mob|phone|cell|whatsapp|handy|ph|t|m|p)(?: ?(?:number|no))?|[\p{Han} ]{1,12})"
    r"[ .:=(]*([+0-9(].*)$"
)
_WORD_AFTER = r"^(.*[0-9)])(?:[ :]*[\p{Han} ]+| *\([^()0-9]*\))$"
_EXTENSION = (
    r"^([+0-9(][-+0-9 ().]{5,}[0-9)])[ ,;]*(?:转|轉|分机|分機|extension|extn|ext|x|#|доб)[ .:=号]*[0-9]{1,6}[ 号]*$"
)
_NUMBER = r"\+?\(?[0-9][-0-9 ().]{5,}[0-9)]"
_TWO_NUMBERS = rf"({_NUMBER}) *(?:[;,/|、]|和|或)+ *({_NUMBER})"
_TWO_BLANK_APART = r"([0-9]{10,}) +(\+?[0-9]{10,})"
_COUNTRY_TWICE = r"^\+?[0-9]{1,3}(\+[1-9][0-9]{6,14})$"


def known_countries() -> tuple[str, ...]:
    """ISO 3166 codes of the countries whose national phone numbers are understood."""
    return tuple(_DIALLING)


def calling_codes() -> set[str]:
    """The calling codes of these countries, without ``+``."""
    return {code for code, _, _, _ in _DIALLING.values()}


def plain_number(text: str) -> str:
    """SQL: the digits of a number, with its ``+``, of a text with anything around them; ``;`` stands between two."""
    folded = f"translate(lower({text}), '０１２３４５６７８９＋－（）：；，／．＃', '0123456789+-():;,/.#')"
    seen = f"regexp_replace(regexp_replace({folded}, '{INVISIBLE}', '', 'g'), '{_DASH}', '-', 'g')"
    spaced = f"trim(regexp_replace({seen}, '[\\p{{Z}}\\s]+', ' ', 'g'))"
    begun = f"regexp_replace({spaced}, '{_WORD_BEFORE}', '\\1')"
    ended = f"regexp_replace(regexp_replace({begun}, '{_EXTENSION}', '\\1'), '{_WORD_AFTER}', '\\1')"
    apart = f"regexp_replace({ended}, '{_TWO_NUMBERS}', '\\1;\\2', 'g')"
    apart = f"regexp_replace({apart}, '{_TWO_BLANK_APART}', '\\1;\\2', 'g')"
    bare = f"regexp_replace(regexp_replace({apart}, '\\(0\\)|\\.0$', ''), '[\\s()./-]', '', 'g')"
    whole = f"regexp_replace({bare}, '(^|;)00([1-9])', '\\1+\\2', 'g')"
    once = f"regexp_replace({whole}, '{_COUNTRY_TWICE}', '\\1')"
    # 138,1234,5678; but not 62345678,801, which is an extension
    return f"regexp_replace({once}, '^(\\+?[0-9]{{1,4}}),([0-9]{{3,4}}),([0-9]{{3,4}})$', '\\1\\2\\3')"


def phone_number(text: str, country: str) -> str:
    """SQL: E.164 of a ``plain_number``, or null. Blocked words pass through so that they are listed, not lost."""
    each = (
        f"list_distinct(list_transform(string_split({text}, ';'), lambda one: coalesce({_e164('one', country)}, '')))"
    )
    return (
        f"(case when contains({text}, ';') then case when len({each}) = 1 then nullif({each}[1], '') end"
        f" else coalesce({_e164(text, country)}, case when {is_blocked(text)} then lower({text}) end) end)"
    )


def _e164(text: str, country: str) -> str:
    code, trunk, shortest, longest = _DIALLING.get(country, ("", "", 1, 0))
    trunk_zero = f"regexp_replace({text}, '^\\+({_TRUNK_ZERO})0([1-9])', '+\\1\\2')"
    cases = [f"when regexp_full_match({text}, '\\+[1-9]\\d{{6,14}}') then {trunk_zero}"]
    if code:
        size, after_first = f"{{{shortest},{longest}}}", f"{{{shortest - 1},{longest - 1}}}"
        if country == "CN":  # a mobile number before all others: 86138… has the length of no national number
            cases.append(f"when regexp_full_match({text}, '1\\d{{10}}') then '+86' || {text}")
        cases.append(f"when regexp_full_match({text}, '{code}\\d{size}') then '+' || {text}")
        if trunk:
            cases.append(f"when regexp_full_match({text}, '{trunk}[1-9]\\d{after_first}') then '+{code}' || {text}[2:]")
        cases.append(f"when regexp_full_match({text}, '[1-9]\\d{after_first}') then '+{code}' || {text}")
    return f"(case {' '.join(cases)} end)"
