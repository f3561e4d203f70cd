"""What the tests of the customers page begin with: their files, and ways to look at a person."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.driving import press, run, sentences

PAGE = "pages/customers.py"
PHONE, EMAIL, TABLET = "13800000001", "ana@x.example", "tablet-7"
# Ana: a phone, an e-mail address and a device that meet row by row; a tablet on which six phones were seen.
EVENTS = "\n".join(
    [
        "time,channel,action,phone,email,device_id,revenue",
        "2026-06-01 10:00:00,Xiaohongshu,view,,,ana-laptop-01,",
        f"2026-06-03 10:00:00,Baidu,click,{PHONE},,ana-laptop-01,",
        f"2026-06-04 11:00:00,WeCom,click,{PHONE},{EMAIL},,",
        f"2026-06-05 12:00:00,Tmall,purchase,,{EMAIL},,80",
        *(f"2026-06-06 1{n}:00:00,Offline store,store_visit,1390000000{n},,{TABLET}," for n in range(1, 7)),
    ]
)
# Two members on one phone, and a cut of either that an e-mail address undoes.
MEMBERS = """\
time,channel,action,member_id,phone,email
2026-06-01 10:00:00,Baidu,click,MB-10001,13800000001,
2026-06-02 10:00:00,Baidu,click,MB-10001,13800000001,
2026-06-03 10:00:00,WeCom,click,MB-20002,13800000001,
2026-06-04 10:00:00,WeCom,click,MB-20002,,ana@x.example
2026-06-05 10:00:00,Tmall,click,,13800000001,ana@x.example
"""


def shown(app: AppTest) -> str:
    """Everything a reader could find on the page and in its tables."""
    html = [element.value for element in app.get("html")]
    return "\n".join([sentences(app), *html, *(frame.value.to_csv() for frame in app.dataframe)])


def look_up(app: AppTest, identifier: str) -> AppTest:
    app.text_input(key="customer_box").set_value(identifier)
    return press(app, "Look up")


def person_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, identifier: str, **address: str) -> AppTest:
    return look_up(run(PAGE, monkeypatch, tmp_path, section="person", period="all", **address), identifier)


def sentence_at(app: AppTest, place: int) -> int:
    return next(i for i, said in enumerate(app.markdown) if said.value.startswith(f"{place}. "))
