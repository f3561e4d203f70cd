"""The few rules the theme file cannot express. Colours come from Streamlit's theme variables, so dark mode follows."""

import streamlit as st

from omnidash.ui.i18n import _

_CSS = """
<style>
.od-brand {font-weight: 700; font-size: 1.25rem; display: flex; align-items: center; gap: .5rem;}
.od-mark {width: 1.05rem; height: 1.05rem; border-radius: .3rem; display: inline-block;
  background: conic-gradient(#3366cc 0 42%, #12936f 0 68%, #dd7a2e 0 86%, #8a55c7 0);}
.od-fresh {font-size: .87rem; opacity: .72; white-space: nowrap;}
.od-dot {display: inline-block; width: .6rem; height: .6rem; border-radius: 50%; margin-right: .5rem;}
.od-alert {font-size: 1.02rem; font-weight: 560; line-height: 1.4;}
.od-sub {opacity: .72; font-size: .9rem;}
.od-good {color: var(--od-good);} .od-bad {color: var(--od-bad);} .od-rest {color: var(--od-rest);}
.od-chips {display: flex; flex-wrap: wrap; gap: .4rem;}
.od-chip {border: 1px solid rgba(128,140,160,.35); border-radius: 1rem; padding: .12rem .7rem; font-size: .9rem;}
.od-story {font-size: .93rem; line-height: 1.35;}
.od-event {display: grid; grid-template-columns: 7.4rem 1fr auto; gap: .2rem .9rem; position: relative;
  padding: .28rem 0 .28rem 0;}
.od-when {text-align: right; opacity: .72; font-variant-numeric: tabular-nums; white-space: nowrap;}
.od-what {border-left: 2px solid rgba(128,140,160,.3); padding-left: 1rem; margin: -.28rem 0; position: relative;
  padding-top: .28rem; padding-bottom: .28rem;}
.od-what::before {content: ""; position: absolute; left: -.41rem; top: .55rem; width: .68rem; height: .68rem;
  border-radius: 50%; background: var(--od-channel);}
.od-goal .od-what::before {border-radius: 0; transform: rotate(45deg);}
.od-goal {font-weight: 600;}
.od-about {display: block; opacity: .72; font-size: .87rem; font-weight: 400;}
.od-earned {text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; font-size: .87rem;}
.od-pause {margin-left: 8.3rem; border-left: 2px dotted rgba(128,140,160,.45); padding: .3rem 0 .3rem 1rem;
  opacity: .72; font-size: .87rem;}
:root {--od-good: #0d7a4f; --od-bad: #c8322b; --od-rest: #5f6b7d;}
[class*="st-key-link_"] li {margin-left: 2.1em !important;}  /* room for a number of two digits, which was cut */
.od-spark {height: 3.1rem; margin-top: .4rem; background: currentColor; mask-size: 100% 100%; mask-repeat: no-repeat;}
h1, h2 {text-wrap: pretty;}
:lang(en) :is(h1, h2) {text-wrap: balance;}  /* Chinese would be broken within a word to even its lines out */
.od-alert {text-wrap: pretty;}
[data-testid="stMarkdownContainer"] h2 {padding: .15rem 0 .3rem; line-height: 1.35;}
/* Streamlit takes a paragraph's margin off the end of Markdown; a title has none, and its last line would be cut. */
[data-testid="stMarkdownContainer"]:has(> :is(h2, [data-testid="stHeadingWithActionElements"]):last-child) {
  margin-bottom: 0;}
[class*="st-key-figure_"] {position: relative;}
[class*="st-key-figure_"] [data-testid="stMetricLabel"] {padding-right: 1.1rem;}
[class*="st-key-figure_"] [class*="st-key-explain_"] {position: absolute; top: .3rem; right: .3rem; width: auto;}
[class*="st-key-explain_"] button [data-testid="stMarkdownContainer"] {position: absolute; width: 1px; height: 1px;
  overflow: hidden; clip-path: inset(50%); white-space: nowrap;}
[class*="st-key-explain_"] button {gap: 0; opacity: .72;}
[class*="st-key-explain_"] button:hover, [class*="st-key-explain_"] button:focus-visible {opacity: 1;}
/* The same height whatever the script: Chinese glyphs would make their lines taller, and values of a row uneven. */
[data-testid="stMetricValue"], [data-testid="stMetricValue"] * {line-height: 1.3;}
[data-testid="stMetricDelta"], [data-testid="stMetricDelta"] * {line-height: 1.4; white-space: normal;}
[data-testid="stMetric"] :has(> [data-testid="stMetricDelta"]), [data-testid="stMetricDelta"] {flex-wrap: wrap;}
[data-testid="stMetricDeltaDescription"], [data-testid="stMetricDeltaDescription"] * {
  white-space: normal; overflow: visible;}
.st-key-plan_drawing {display: none;}  /* what it says is for the server: ui/budget/told.py */
[class*="st-key-row_"] [data-testid="stHorizontalBlock"] {padding-bottom: .45rem;}  /* the ends of a slider's range */
[data-testid="stMetricLabel"] p {white-space: normal; overflow: visible;}
[data-testid="stCaptionContainer"] {color: inherit !important; opacity: .8;}
[data-testid="stMainBlockContainer"] {max-width: 1500px;}
[data-testid="stPopoverBody"]:has([data-testid="stDataFrame"]) {min-width: min(52rem, 94vw); max-width: 94vw;}
@media (min-width: 641px) {[data-testid="stMainBlockContainer"] {padding-left: 2.5rem; padding-right: 2.5rem;}}
[class*="st-key-small_table_"] :is(th, td) {vertical-align: top;}
[class*="st-key-small_table_"] :is(th, td):not(:first-child) {
  text-align: right !important; font-variant-numeric: tabular-nums;}
[class*="st-key-small_table_"] :is(th, td):first-child {padding-left: 0;}
[class*="st-key-small_table_"] td:not(:first-child, :last-child) * {white-space: nowrap;}
[class*="st-key-small_table_"] td:first-child {min-width: 6rem;}
[class*="st-key-small_table_"] th:not(:first-child, :last-child) {min-width: 4.2rem;}
[class*="st-key-small_table_"] td:last-child {min-width: 9rem;}
@media (min-width: 641px) {[class*="st-key-small_table_"] td:first-child * {white-space: nowrap;}
  [class*="st-key-small_table_"] td:last-child {min-width: 0;}}
/* As high as the fields they stand beside, so that the labels above both are in line. */
button[data-variant="segmented_control"] {min-height: 2.5rem;}
/* Room for a label of two lines in every card of a row, so that the values are in line. */
[data-testid="stLayoutWrapper"] > [class*="st-key-figure_"] [data-testid="stMetricLabel"] {
  min-height: 2.5em; margin-top: -.65rem; display: flex; align-items: flex-end;}
[data-testid="stSidebarUserContent"] {padding-top: .2rem;}
@media (max-width: 640px) {.od-fresh {white-space: normal;}
  [class*="st-key-case_"] [data-testid="stHorizontalBlock"] {justify-content: flex-start;}
  [data-testid="stButtonGroup"] > div:has(> button) {flex-wrap: wrap; overflow: visible; row-gap: 2px;}
  /* The filters in one line that is moved by a finger, so that the finding stands on the first screen. */
  .st-key-filters {display: grid !important; grid-auto-flow: column; grid-auto-columns: max-content; gap: .5rem;
  overflow-x: auto; scrollbar-width: none; padding-bottom: 2px;}
  .st-key-filters > :has(.od-fresh) {grid-row: 2; grid-column: 1 / span 4; position: sticky; left: 0;
  max-width: calc(100vw - 2rem);}
  /* Grids and flows keep their width and are moved by a finger; bars fit. */
  [class*="st-key-card_"]:has(> :is([class*="st-key-chart_journey_"], .st-key-chart_pairs)) {overflow-x: auto;}
  [class*="st-key-card_"]:has(> :is([class*="st-key-chart_journey_"], .st-key-chart_pairs))::-webkit-scrollbar {
  height: .5rem;}
  [class*="st-key-card_"]:has(> :is([class*="st-key-chart_journey_"], .st-key-chart_pairs))::-webkit-scrollbar-thumb {
  border-radius: .25rem;
  background: rgba(128,140,160,.6);}
  :is([class*="st-key-chart_journey_"]:not([class*="_exclusive"], [class*="_collisions"]), .st-key-chart_pairs) {
  min-width: 740px;}
  [class*="st-key-chart_journey_around"] {min-width: 940px !important;}  /* names stand on both sides of its columns */
  .od-event {grid-template-columns: 1fr auto;} .od-when {grid-column: 1 / 3; text-align: left; padding-left: 1.1rem;
  border-left: 2px solid rgba(128,140,160,.3); margin: -.28rem 0;} .od-pause {margin-left: 0;}
  [data-testid="stMainBlockContainer"] {padding-left: 1rem; padding-right: 1rem;}}
</style>
"""
# The page's language, for screen readers, hyphenation and the right Chinese glyphs.
_LANGUAGE = (
    "<script>window.parent.document.documentElement.lang = '{lang}'; document.documentElement.lang = '{lang}';</script>"
)

# Streamlit makes every change of the address a step of the browser's history. A plan in it (``?plan=``) changes with
# every move of a slider: Back would have to be pressed once for each before it leaves the page.
_PLAN_IS_NO_STEP = """
<script>
if (!window.omnidashPlanIsNoStep) {
  window.omnidashPlanIsNoStep = true;
  const push = window.history.pushState.bind(window.history);
  const apart = address => {
    const url = new URL(address, window.location.href);
    const plan = url.searchParams.get('plan');
    url.searchParams.delete('plan');
    url.searchParams.sort();
    return [url.href, plan];
  };
  window.history.pushState = (state, title, address) => {
    if (address) {
      const [page, plan] = apart(address), [here, planHere] = apart(window.location.href);
      if (page === here && plan !== planHere) return window.history.replaceState(state, title, address);
    }
    return push(state, title, address);
  };
}
</script>
"""


# Streamlit's uploader speaks English only; its two texts are replaced, the button and the drop zone stay what they are.
_UPLOADER = """
<style>
[data-testid="stFileUploaderDropzone"] button [data-testid="stMarkdownContainer"] p,
[data-testid="stFileUploaderDropzoneInstructions"] span {{font-size: 0;}}
[data-testid="stFileUploaderDropzone"] button [data-testid="stMarkdownContainer"] p::after
  {{content: "{choose}"; font-size: .93rem;}}
[data-testid="stFileUploaderDropzoneInstructions"] span::after {{content: "{limit}"; font-size: .87rem;}}
[data-testid="stFileUploaderDropzoneInstructions"], [data-testid="stFileUploaderDropzoneInstructions"] * {{
  white-space: normal !important; overflow: visible; text-overflow: clip; min-width: 0;}}
[data-testid="stFileUploaderDropzoneInstructions"] span {{line-height: 1.3;}}
</style>
"""


# Streamlit writes white on the primary colour, which in the dark theme is light enough to be read as text on black.
_DARK = """
<style>
:root {--od-good: #4fd19a; --od-bad: #ff7a70; --od-rest: #9aa5b6;}
[data-testid="stBaseButton-primary"] p, [data-testid="stBaseButton-primary"] span,
[data-testid="stBaseButton-primaryFormSubmit"] p, [data-testid="stBaseButton-primaryFormSubmit"] span {color: #12161f;}
</style>
"""


# Plotly writes the tooltip of its camera button in English only.
_CAMERA = """
<style>
.js-plotly-plot .plotly .modebar-btn[data-title]::after {{content: "{save}" !important;}}
</style>
"""


def inject_style(language: str) -> None:
    """Add our style rules and set the document's language."""
    st.html(_CSS)
    if st.context.theme.type == "dark":
        st.html(_DARK)
    st.html(_CAMERA.format(save=_("Save as a picture")))
    language_of_page = _LANGUAGE.format(lang="zh-CN" if language.startswith("zh") else "en")
    st.html(language_of_page + _PLAN_IS_NO_STEP, unsafe_allow_javascript=True)


def translate_uploader() -> None:
    """Show the uploader's own texts in the reader's language."""
    limit_gb = int(st.get_option("server.maxUploadSize")) // 1024
    limit = _("up to {limit} GB per file · CSV, TSV, TXT, GZ, ZIP, XLSX, XLS", limit=limit_gb)
    st.html(_UPLOADER.format(choose=_("Choose files"), limit=limit))
