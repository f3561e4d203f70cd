"""The list of shared identifiers is one text: what stands in it can neither break its tables nor be read as markup."""

from omnidash.ui.customers.identity import _in_sight


def test_each_identifier_is_one_row_whatever_it_is_called():
    rows = [{"type": "phone", "hint": "a|b *c*", "count": 12_345}, {"type": "device_id", "hint": "ab***01", "count": 2}]
    lines = _in_sight("blocked", rows).splitlines()
    assert lines[0].endswith("· 2")
    assert lines[2].endswith("Events |") and lines[3] == "| :-- | :-- | --: |"
    assert lines[4:] == [r"| Phone | a\|b \*c\* | 12,345 |", r"| Device id | ab\*\*\*01 | 2 |"]


def test_a_long_list_says_that_there_is_more():
    rows = [{"type": "phone", "hint": f"1**{number}", "count": number} for number in range(9)]
    lines = _in_sight("hub", rows).splitlines()
    assert lines[2].endswith("Strong neighbours |")
    assert sum(line.startswith("| Phone") for line in lines) == 8
    assert "three dots" in lines[-1]
