"""Which rows are no rows? Totals, averages and footers among the data, as regular expressions.

Both are asked only of rows in which no date can be read, and of text in lower case. They are written for Python's
``re`` and DuckDB's RE2 alike, and are searched, not matched: each alternative says itself where it begins and ends.

``TOTAL_ROW`` is asked of the first told cell. A word for *total* counts where it stands alone or is followed by what is
added up (``Total: Campaigns``, ``合计(12条)``, ``Total of 3 results``); a campaign called ``Total Sports`` is none.
``FOOTER_ROW`` is asked of the only told cell of a row.
"""

_TOTAL = (
    r"(?:(?:grand|overall|report|account|campaign|filtered|page|sub)[ -]?)?totals?"
    r"|gesamt(?:summe|ergebnis)?|insgesamt|summe|total g[eé]n[eé]ral|total general|totaux|totale|suma|sum|итого"
    r"|总计|總計|合计|合計|小计|小計|汇总|匯總|总和|總和|共计|共計|总合计|全部合计|本页合计|本页小计|汇总数据|合计数据"
)
_ADDED_UP = r"campaigns?|ad ?groups?|ad ?sets?|ads?|keywords?|accounts?|rows?|results?|records?|items?|all|filtered"
TOTAL_ROW = (
    rf"^\s*[#*(\[【]*\s*(?:{_TOTAL})\s*[)\]】]*\s*$"
    rf"|^\s*(?:{_TOTAL})\s*[:：].*"
    rf"|^\s*(?:{_TOTAL})\s*[(（\[【].*[)）\]】]\s*$"
    rf"|^\s*(?:{_TOTAL})\s*[-–—]\s*(?:\d|共|全部|所有|(?:{_ADDED_UP})\b).*"
    r"|^\s*(?:results|total) (?:of|from|for) \d[\d,.]* .*"
    r"|^\s*(?:共|总计|合计|共计)\s*\d+\s*(?:条|行|个|项|笔).*"
    r"|^\s*(?:平均值?|均值|averages?|durchschnitt|moyenne|promedio)\s*$"
)
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
