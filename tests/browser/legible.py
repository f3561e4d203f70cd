"""What of a page cannot be read: text that is cut, or that lies on other text, in the page, its charts and its tables."""

from playwright.sync_api import Page

# Tables are painted: what is written on a canvas is noted with the cell that it is clipped to. Run before the page.
NOTE_PAINTED_TEXT = """
(() => {
  const context = CanvasRenderingContext2D.prototype;
  const original = {};
  for (const name of ['beginPath', 'rect', 'clip', 'save', 'restore', 'fillText']) original[name] = context[name];
  const painted = window.__painted = new Map();
  const state = new WeakMap();
  const of = (c) => { if (!state.has(c)) state.set(c, {clips: [], path: [], saved: []}); return state.get(c); };
  context.beginPath = function () { of(this).path = []; return original.beginPath.call(this); };
  context.rect = function (x, y, w, h) {
    const t = this.getTransform();
    of(this).path.push([t.a * x + t.e, t.d * y + t.f, t.a * w, t.d * h]);
    return original.rect.call(this, x, y, w, h);
  };
  context.clip = function (...all) {
    const s = of(this); if (s.path.length === 1) s.clips = [...s.clips, s.path[0]];
    return original.clip.apply(this, all);
  };
  context.save = function () { const s = of(this); s.saved.push(s.clips); return original.save.call(this); };
  context.restore = function () { const s = of(this); s.clips = s.saved.pop() ?? []; return original.restore.call(this); };
  context.fillText = function (text, x, y, ...more) {
    const t = this.getTransform(), size = this.measureText(text), s = of(this);
    const from = t.a * (x - size.actualBoundingBoxLeft) + t.e, to = t.a * (x + size.actualBoundingBoxRight) + t.e;
    const top = t.d * y + t.f;
    const inner = s.clips.reduce((a, b) => (b[2] < a[2] ? b : a), [0, 0, Infinity, Infinity]);
    const right = Math.min(inner[0] + inner[2], this.canvas.width);
    painted.set(`${text}@${Math.round(top)}`, {text, from, to, left: inner[0], right, ratio: t.a});
    return original.fillText.call(this, text, x, y, ...more);
  };
})();
"""

_FIND = """
(areTablesWhole) => {
  const found = [];
  const seen = (e) => e.checkVisibility({opacityProperty: true, visibilityProperty: true});
  const hides = (v) => v === 'hidden' || v === 'clip';
  const say = (text) => text.trim().replace(/\\s+/g, ' ').slice(0, 70);
  // Text in the page.
  const walker = document.createTreeWalker(document.querySelector('.stApp'), NodeFilter.SHOW_TEXT);
  const boxes = [];
  for (let node; (node = walker.nextNode());) {
    const owner = node.parentElement;
    if (!node.data.trim() || !owner || owner.closest('svg, canvas, style, script, [role=tooltip], [data-testid=stIconMaterial]')
      || !seen(owner)) continue;
    const range = document.createRange(); range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (box.width < 1 || box.height < 1) continue;
    let scrolls = false, hidden = false, cut = '';
    for (let e = owner; e && e !== document.body; e = e.parentElement) {
      const style = getComputedStyle(e), edge = e.getBoundingClientRect();
      if (edge.width <= 2 || edge.height <= 2) { hidden = true; break; }  // for screen readers only
      if (style.display === 'inline') continue;
      if (hides(style.overflowX) && (box.right > edge.right + 1.5 || box.left < edge.left - 1.5)) {
        cut = `cut sideways by ${Math.round(Math.max(box.right - edge.right, edge.left - box.left))}px`; break; }
      if (hides(style.overflowY) && (box.bottom > edge.bottom + 3 || box.top < edge.top - 3)) {
        cut = `cut below by ${Math.round(Math.max(box.bottom - edge.bottom, edge.top - box.top))}px`; break; }
      if (['auto', 'scroll'].includes(style.overflowX) || style.position === 'fixed') { scrolls = true; break; }
    }
    if (hidden) continue;
    if (!cut && !scrolls && box.right > innerWidth + 1) cut = 'beyond the window';
    if (cut) found.push(`${cut}: ${say(node.data)}`);
  }
  // Text in charts.
  for (const chart of document.querySelectorAll('.js-plotly-plot')) {
    if (!seen(chart)) continue;
    const frame = chart.getBoundingClientRect();
    const words = [...chart.querySelectorAll('.main-svg text')].filter((t) => t.textContent.trim() && seen(t)
      && !t.closest('.hoverlayer, .modebar') && parseFloat(getComputedStyle(t).fillOpacity) > 0)
      .map((t) => ({text: say(t.textContent), box: t.getBoundingClientRect(), turned: /rotate\\((?!0[,)])/.test(t.getAttribute('transform') ?? '')}))
      .filter((t) => t.box.width > 0);
    const card = chart.closest('[class*=st-key-chart_]')?.className.match(/st-key-(\\S+)/)?.[1] ?? 'chart';
    for (const {text, box} of words)
      if (box.right > frame.right + 1.5 || box.left < frame.left - 1.5 || box.bottom > frame.bottom + 2
        || box.top < frame.top - 2) found.push(`${card}: cut at its edge: ${text}`);
    for (let i = 0; i < words.length; i++) for (let j = i + 1; j < words.length; j++) {
      if (words[i].turned || words[j].turned) continue;  // their boxes overlap where they do not
      const a = words[i].box, b = words[j].box;
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 2 && high > 5) found.push(`${card}: “${words[i].text}” lies on “${words[j].text}”`);
    }
  }
  // Text in tables; a path is as long as it is.
  for (const {text, from, to, left, right, ratio} of (areTablesWhole && window.__painted?.values()) || [])
    if (text.trim() && !text.includes('→') && (to > right + ratio || from < left - ratio))
      found.push(`table: cut by ${Math.round(Math.max(to - right, left - from) / ratio)}px: ${say(text)}`);
  return [...new Set(found)];
}
"""


def unreadable(page: Page, *, are_tables_whole: bool = True) -> list[str]:
    """Texts of the page that are cut or covered, one line each; of tables only on a page opened with
    ``NOTE_PAINTED_TEXT``. ``are_tables_whole``: false on a phone, where tables are moved sideways by a finger."""
    return list(page.evaluate(_FIND, are_tables_whole))
