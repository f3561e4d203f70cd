"""Both languages are complete, and numbers, money and dates are written as each language writes them."""

import string
from datetime import date

import pytest

from omnidash.locale import language_named, nearest_language, translator
from omnidash.model.messages import Message, counted
from omnidash.model.period import Period
from tests.messages import catalogue, messages

EN, ZH = translator("en"), translator("zh_CN")
ENTRIES = {(m.id if isinstance(m.id, str) else tuple(m.id)): m.string for m in catalogue() if m.id}


def places(template: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(template) if name}


def test_every_text_of_the_code_is_in_the_chinese_catalogue():
    assert set(messages()) - set(ENTRIES) == set()


def test_the_catalogue_has_no_text_the_code_does_not_use():
    assert set(ENTRIES) - set(messages()) == set()


def test_every_text_is_translated_and_keeps_its_places():
    wrong = {key: problem for key in messages() if (problem := _problem(key))}
    assert not wrong


def _problem(key) -> str:
    translated = ENTRIES.get(key)
    forms = (translated,) if isinstance(translated, str) else tuple(translated or ())
    if not (forms and all(forms)):
        return "no Chinese text"
    wanted = places(key if isinstance(key, str) else key[-1])
    return "" if all(places(form) == wanted for form in forms) else f"other places than {sorted(wanted)}"


def test_a_message_is_rendered_with_its_values_as_the_language_writes_them():
    message = Message("{channel} {loss_money} {share_percent} {day} {count}", {
        "channel": "douyin", "loss_money": 12345.0, "share_percent": 0.463, "day": date(2026, 6, 24), "count": 1234,
    })  # fmt: skip
    names = {"douyin": "抖音"}.__getitem__
    assert EN.render(message, channel_name=names) == "抖音 ¥12,345 46.3% 24 Jun 1,234"
    assert ZH.render(message, channel_name=names) == "抖音 ¥12,345 46.3% 6月24日 1,234"


def test_a_chinese_sentence_closes_up_to_chinese_names_and_stands_off_from_latin_ones():
    assert ZH.text("{name}已连续 {count} 天", name="Meta", count=9) == "Meta 已连续 9 天"
    for name, said in (("抖音", "将抖音减半"), ("Meta", "将 Meta 减半"), ("360 搜索", "将 360 搜索减半")):
        assert ZH.text("将 {name} 减半", name=name) == said
    assert ZH.text("{a}{b}", a="¥1.2万", b=" 天") == "¥1.2万天"
    assert ZH.text("对照{model}", model="1 阶马尔可夫") == "对照 1 阶马尔可夫"
    assert EN.text("{name} x", name="抖音") == "抖音 x"


def test_a_message_within_a_message_is_rendered_too():
    assert EN.render(Message("a {inner}", {"inner": Message("b {n}", {"n": 2})})) == "a b 2"


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [(None, "–", "–"), (1234, "1,234", "1,234"), (123_456, "123.5K", "12.3万"), (float("nan"), "–", "–")],
)
def test_large_numbers_are_shortened_in_the_units_of_the_language(value, english, chinese):
    assert EN.formats.compact(value) == english
    assert ZH.formats.compact(value) == chinese


def test_a_change_that_rounds_to_nothing_has_no_sign():
    assert EN.formats.signed_percent(-0.0001) == "0.0%"
    assert EN.formats.signed_percent(-0.08) == "−8.0%"


def test_money_and_shares_have_one_minus_that_stays_with_its_figure():
    for formats in (EN.formats, ZH.formats):
        assert formats.money(-12, "CNY") == formats.money(-12.0, "CNY") == "−\u2060¥12.00"
        assert formats.money_compact(-123_456, "CNY").startswith("−\u2060¥12")
        assert formats.money_tick(-2000, "CNY") == "−\u2060¥2,000"
        assert formats.percent(-0.123) == formats.signed_percent(-0.123) == "−12.3%"


@pytest.mark.parametrize("endless", [float("inf"), -float("inf"), 1e40, 1.8e308, float("nan")])
def test_what_has_no_bounds_is_no_figure(endless):
    for formats in (EN.formats, ZH.formats):
        said = [formats.money(endless, "CNY"), formats.money_compact(endless, "CNY"), formats.compact(endless)]
        said += [formats.percent(endless), formats.signed_percent(endless), formats.decimal(endless)]
        assert [*said, formats.integer(endless)] == ["–"] * 7


def test_periods_name_the_year_once():
    june = Period(first_day=date(2026, 6, 1), last_day=date(2026, 6, 30))
    assert EN.formats.period(june) == "1 Jun – 30 Jun 2026"
    assert ZH.formats.period(june) == "2026年6月1日 – 6月30日"


@pytest.mark.parametrize(
    ("text", "language"),
    [("zh", "zh_CN"), ("zh-CN", "zh_CN"), ("zh_Hans", "zh_CN"), ("EN-gb", "en"), ("de", None), ("", None)],
)
def test_a_link_may_name_its_language_in_any_spelling(text, language):
    assert language_named(text) == language


@pytest.mark.parametrize(("browser", "language"), [("zh-TW", "zh_CN"), ("zh", "zh_CN"), ("de-DE", "en"), (None, "en")])
def test_the_browsers_locale_chooses_the_language(browser, language):
    assert nearest_language(browser) == language


def test_a_day_called_with_year_has_its_year_in_both_languages():
    said = Message(
        "{day_with_year} {days_with_year}", {"day_with_year": date(2024, 3, 5), "days_with_year": [date(2024, 3, 6)]}
    )
    assert EN.render(said).count("2024") == 2
    assert ZH.render(said).count("2024年") == 2


def test_a_sentence_fits_its_count():
    assert [counted("1 row", "{count} rows", n).english() for n in (1, 2, 0)] == ["1 row", "2 rows", "0 rows"]


def test_chinese_sentences_follow_each_other_without_a_space():
    assert translator("en").formats.sentences(["It is so.", "It was so."]) == "It is so. It was so."
    assert translator("zh_CN").formats.sentences(["现在如此。", "以前也如此。"]) == "现在如此。以前也如此。"


def test_a_share_that_somebody_chose_has_no_digit_that_says_nothing() -> None:
    assert [EN.formats.chosen_percent(x) for x in (0.15, 0.5, 0.125, 0.07, 1.0)] == [
        "15%",
        "50%",
        "12.5%",
        "7%",
        "100%",
    ]
    message = Message("{limit_percent} against {share_percent}", {"limit_percent": 0.4, "share_percent": 0.4})
    assert EN.render(message) == "40% against 40.0%"
