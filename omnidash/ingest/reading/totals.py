"""Which rows are no rows? The words of totals, averages and footers among the data, as regular expressions.

They are asked of text in lower case, are written for Python's ``re`` and DuckDB's RE2 alike, and are searched, not
matched: each says itself where it begins and ends.

    TOTAL_ROW    a cell that names a total, an average or a comparison and cannot well be anything else: *total* alone
                 or followed by what is added up (``Total: Campaigns``, ``合计(12条)``, ``Total of 3 results``)
    FOOTER_ROW   the only told cell of a row

The ``_CELL`` patterns are asked of all cells of a row, with ``CELL_MARK`` before and after each: ``LIKE_CELL`` is what
may name a total or a campaign (``Sum``, ``全部``), ``NEAR_CELL`` a name that begins or ends like one (``Total Search``,
``全部商品``, ``抖音 汇总``). Words make a row a candidate only; what else it says decides (``rows.totals``).
"""

import re

CELL_MARK = "\x1f"


def _spread(words: str) -> str:
    """Chinese words with or without blanks between their letters: ``合 计``."""
    return "|".join(r"\s*".join(word) for word in words.split())


_ANY = rf"[^{CELL_MARK}]*"
_CHINESE = _spread(
    "总计 總計 合计 合計 小计 小計 汇总 匯總 总和 總和 共计 共計 总合计 全部合计 本页合计 本页小计 汇总数据 合计数据"
    " 総計 합계 총계 소계"
)
_TOTAL = (
    r"(?:(?:grand|overall|report|account|campaign|filtered|page|sub)[ -]?)?totals?"
    r"|gesamt(?:summe|ergebnis)?|insgesamt|zwischensumme|summe|total g[eé]n[eé]ral|total general|total geral|totaux"
    rf"|totale[ns]?|totales|suma|итого|всего|รวม(?:ทั้งหมด)?|ทั้งหมด|{_CHINESE}"
)
_ADDED_UP = r"campaigns?|ad ?groups?|ad ?sets?|ads?|keywords?|accounts?|rows?|results?|records?|items?|all|filtered"
_MEAN = r"平均值?|均值|日均值?|月均值?|averages?|mean|durchschnitt|moyenne|promedio"
_COMPARED = (
    r"[日周月年]?(?:环比|同比|对比)(?:昨日|上周|上月|去年|增长率?|变化|率)?|较(?:昨日|上周|上月|上期|去年)(?:变化)?"
)
_TOTAL_CELL = (
    rf"[#*(\[【]*\s*(?:{_TOTAL})\s*[)\]】]*"
    rf"|(?:{_TOTAL})\s*[:：]{_ANY}"
    rf"|(?:{_TOTAL})\s*[(（\[【]{_ANY}[)）\]】]"
    rf"|(?:{_TOTAL})\s*[-–—]\s*(?:\d|共|全部|所有|(?:{_ADDED_UP})\b){_ANY}"
    rf"|(?:results|total) (?:of|from|for) \d[\d,.]* {_ANY}"
    rf"|(?:共|总计|合计|共计)\s*\d+\s*(?:条|行|个|项|笔){_ANY}"
)
_LIKE = r"sum|all|overall|everything|全部|所有|全体|不限"
_ENDING = rf"(?:\b(?:sub)?totals?|\bergebnis|{_spread('合计 合計 小计 小計 汇总 匯總 总计 總計')})"
_BEGINNING = rf"(?:total|all|overall|sum of|全部|所有|总){_ANY}"


def _alone(*patterns: str) -> str:
    return rf"^\s*(?:{'|'.join(patterns)})\s*$"


def _among_cells(*patterns: str) -> str:
    return rf"{CELL_MARK}\s*(?:{'|'.join(patterns)})\s*{CELL_MARK}"


TOTAL_ROW = _alone(_TOTAL_CELL, _MEAN, _COMPARED)
TOTAL_CELL, LIKE_CELL = _among_cells(_TOTAL_CELL, _MEAN, _COMPARED), _among_cells(_LIKE)
NEAR_CELL = _among_cells(_BEGINNING, _ANY + _ENDING)
MEAN_CELL, SUM_CELL = _among_cells(_MEAN), _among_cells(_TOTAL_CELL, _COMPARED)
NAME_OF_TOTAL = rf"{_alone(_TOTAL_CELL, _LIKE, _BEGINNING)}|\s*[-–—_]?\s*{_ENDING}\s*$"  # what names nothing
FOOTER_ROW = (
    r"copyright|©|\(c\) ?\d{4}|all rights reserved|microsoft corporation|^\s*#|^\s*@\d{4}"
    r"|^\s*(?:\*{2,}|-{3,}|={3,}|_{3,})"
    r"|^\s*\**\s*(?:注|备注|说明|備註|說明|提示|温馨提示|免责声明|声明)\s*\d*\s*(?:[:：、.]|$)"
    r"|^\s*(?:数据说明|数据更新时间|导出时间|数据生成时间|生成时间|下载时间|更新时间|数据来源|数据截止|数据截至|制表)"
    r"|^\s*(?:以上数据|以上为|資料來源|共\s*\d+\s*(?:条|行|个|项|笔))"
    r"|^\s*(?:generated|exported|downloaded|printed|report generated|report created|last updated|data as of|powered by"
    r"|end of (?:report|file|data))\b"
    r"|^\s*(?:notes?|source|disclaimer|filters?(?: applied)?|total rows?|rows?|number of rows|row count)\s*[:：]"
)


def names_total(cell: str) -> bool:
    """Whether a cell names a total, an average or a comparison without doubt."""
    return re.search(TOTAL_ROW, cell.lower()) is not None


def is_footer(cell: str) -> bool:
    """Whether the only told cell of a row is a note below the table."""
    return re.search(FOOTER_ROW, cell.lower()) is not None
