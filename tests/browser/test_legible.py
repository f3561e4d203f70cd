"""What finds cut and covered texts finds them, and only them, on a page made for it."""

from tests.browser.legible import NOTE_PAINTED_TEXT, unreadable

_PAGE = """
<div class="stApp" style="font: 13px monospace">
  <p style="width: 60px; overflow: hidden; white-space: nowrap">cut off at the right</p>
  <p style="height: 8px; line-height: 16px; overflow: hidden">cut below</p>
  <p style="width: 60px; overflow: auto; white-space: nowrap">moved by a finger</p>
  <p style="width: 300px; overflow: hidden">has room</p>
  <div class="st-key-chart_bars"><div class="js-plotly-plot" style="width: 200px; height: 60px">
    <svg class="main-svg" width="200" height="60" overflow="visible">
      <text x="10" y="20">first</text><text x="20" y="22">second</text>
      <text x="100" y="20">alone</text><text x="180" y="50">beyond the edge</text>
      <text x="100" y="30" transform="rotate(-20 100 30)">leaning</text>
    </svg></div></div>
  <canvas width="200" height="40"></canvas>
</div>
<script>
  const pen = document.querySelector('canvas').getContext('2d');
  for (const [text, x, width] of [['a title too long', 0, 40], ['fits', 50, 60], ['over the edge', 170, 90]]) {
    pen.save(); pen.beginPath(); pen.rect(x, 0, width, 40); pen.clip(); pen.fillText(text, x, 20); pen.restore();
  }
</script>
"""


def test_texts_that_are_cut_or_covered_are_found_and_no_others(browser):
    page = browser.new_page()
    page.add_init_script(NOTE_PAINTED_TEXT)
    page.route("http://page.test/", lambda route: route.fulfill(body=_PAGE, content_type="text/html"))
    page.goto("http://page.test/")
    found = [line.replace("\u201c", "").replace("\u201d", "") for line in unreadable(page)]
    assert [line.partition(" by ")[0] if line.startswith("table") else line for line in found] == [
        found[0],
        found[1],
        "chart_bars: cut at its edge: beyond the edge",
        "chart_bars: first lies on second",
        "table: cut",
        "table: cut",
    ]
    assert found[0].startswith("cut sideways") and found[0].endswith("cut off at the right")
    assert found[1].startswith("cut below") and found[1].endswith("below")
    assert [line.rpartition(": ")[2] for line in found[-2:]] == ["a title too long", "over the edge"]
    assert unreadable(page, are_tables_whole=False) == [*unreadable(page)[:-2]]
    page.close()
