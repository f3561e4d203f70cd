"""The look of the report: the app's own colours and fonts, and the script that unpacks Plotly and draws the charts."""

from omnidash.charts.theme import FONT, ChannelColors

SCRIPT = """
(async () => {
  const packed = Uint8Array.from(atob(document.getElementById('plotly').textContent), c => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  const script = document.createElement('script');
  script.textContent = await new Response(stream).text();
  document.head.append(script);
  for (const place of document.querySelectorAll('.chart')) {
    const figure = JSON.parse(document.getElementById(place.dataset.figure).textContent);
    await Plotly.newPlot(place, figure.data, figure.layout, {displayModeBar: false, responsive: true});
  }
  document.body.dataset.drawn = 'yes';
})();
"""

_STYLE = """
*{box-sizing:border-box}
body{font:15px/1.5 %(font)s;margin:0 auto;max-width:1500px;padding:1.6rem 2rem 4rem;color:%(ink)s;background:%(paper)s}
h1{font-size:1.7rem;line-height:1.25;margin:.2rem 0 .4rem;font-weight:650}
h2{font-size:1.05rem;line-height:1.35;margin:0 0 .5rem;font-weight:600}
p{margin:.3rem 0}
.brand,.about,.label{color:%(quiet)s;font-size:.9rem}
.dot{display:inline-block;width:.6rem;height:.6rem;border-radius:50%%;margin-right:.5rem}
.sentence{font-weight:560}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%%,270px),1fr));gap:.8rem;margin:1rem 0}
.figure,.cards>section{border:1px solid %(faint)s;border-radius:.6rem;padding:.8rem 1rem;min-width:0}
.value{font-size:1.5rem;font-weight:600;font-variant-numeric:tabular-nums}
.change{font-size:.87rem;font-weight:400;white-space:nowrap}
.good{color:%(good)s}.bad{color:%(alert)s}
.spark{width:100%%;height:34px;display:block}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%%,620px),1fr));gap:1rem;align-items:start}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%%;font-size:.9rem}
th,td{padding:.3rem .7rem;border-bottom:1px solid %(faint)s;text-align:left;word-break:keep-all}
th{font-weight:600}.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
details{margin-top:.5rem}summary{cursor:pointer;color:%(accent)s;font-size:.9rem}
@media(max-width:640px){body{padding:1rem}}
@media print{body{max-width:none;padding:0}section,.figure{break-inside:avoid}}
"""


def style(colors: ChannelColors) -> str:
    """The rules, in the theme the page was seen in."""
    return _STYLE % {
        "font": FONT,
        "ink": colors.ink,
        "paper": colors.paper,
        "faint": colors.faint,
        "accent": colors.accent,
        "good": colors.good,
        "alert": colors.alert,
        "quiet": "#a9b3c4" if colors.paper != "#ffffff" else "#566074",
    }
