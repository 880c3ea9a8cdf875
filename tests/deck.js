// What the tests ask of a deck of slides, as a function that puts it at `window.deck`.
() => {
const LEAST = 18, WIDTH = 1280, HEIGHT = 712; // below it is the bar that tells how far one is
const all = (at, css) => [...at.querySelectorAll(css)];
const slides = () => Reveal.getSlides();
const said = e => e.textContent.trim().replace(/\s+/g, ' ').slice(0, 50);
const seen = e => e.getClientRects().length && e.checkVisibility(
  {opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true});
const clipped = e => e && (getComputedStyle(e).clipPath != 'none' || clipped(e.parentElement));

function go(k, steps = 99) {
  const {h, v} = Reveal.getIndices(slides()[k]);
  Reveal.slide(h, v, steps);
}
// Every piece of text that is seen in an element, with where it is and how large its letters are.
function texts(at) {
  const found = [], walk = document.createTreeWalker(at, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode, e = node.parentElement;
    if (!node.data.trim() || e.closest('aside, style, script') || !seen(e) || clipped(e)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const rects = [...range.getClientRects()].filter(r => r.width > 0.5);
    if (rects.length) found.push({said: said(node), rects, size: size(e)});
  }
  return found;
}
function size(e) {
  const own = parseFloat(getComputedStyle(e).fontSize);
  if (!(e instanceof SVGElement) || !e.ownerSVGElement) return own * Reveal.getScale();
  const {a, b} = e.getScreenCTM();
  return own * Math.hypot(a, b);
}
// The smallest letters in a picture: a figure has 12 points at least, a drawing says it itself.
function letters(img) {
  const width = img.getBoundingClientRect().width;
  if (!img.src.startsWith('data:image/svg')) return 12 * 80 / 72 * width / img.getAttribute('width');
  const host = document.body.appendChild(document.createElement('div'));
  const code = Uint8Array.from(atob(img.src.split(',')[1]), c => c.charCodeAt(0));
  host.attachShadow({mode: 'open'}).innerHTML = new TextDecoder().decode(code);
  const svg = host.shadowRoot.querySelector('svg');
  const sizes = all(svg, 'text').map(e => parseFloat(getComputedStyle(e).fontSize));
  host.remove();
  return Math.min(99, ...sizes) * width / svg.viewBox.baseVal.width;
}
const isOut = r => r.left < -0.5 || r.top < -0.5 || r.right > WIDTH + 0.5 || r.bottom > HEIGHT + 0.5;
// The number of the slide and the arrows have a corner for themselves.
const corner = {left: 1105, bottom: 36};
const isCovered = r => r.right > corner.left && r.top < corner.bottom;
const box = r => [r.left, r.top, r.right, r.bottom].map(Math.round).join(' ');
// What does not fit into the slide, is cut off, or is too small to be read.
function problems(at) {
  const found = [], note = (...words) => found.push(words.join(' '));
  for (const {said, rects, size} of texts(at)) {
    if (size < LEAST - 0.05) note('small', size.toFixed(1), said);
    const out = rects.find(isOut);
    if (out) note('out', box(out), said);
    if (rects.some(isCovered)) note('covered', said);
  }
  for (const e of all(at, 'svg, img, pre, table, .bp-card, .display').filter(seen))
    if (!clipped(e) && isOut(e.getBoundingClientRect()))
      note('out', box(e.getBoundingClientRect()), `<${e.tagName} ${said(e)}>`);
  for (const e of all(at, 'img').filter(seen))
    if (letters(e) < LEAST - 0.05) note('small', letters(e).toFixed(1), 'in', e.alt.slice(0, 50));
  for (const e of [at, ...all(at, '*')].filter(e => e instanceof HTMLElement && seen(e))) {
    const {overflowX, overflowY} = getComputedStyle(e);
    const wide = overflowX != 'visible' && e.clientWidth && e.scrollWidth > e.clientWidth + 1;
    const high = overflowY != 'visible' && e.clientHeight && e.scrollHeight > e.clientHeight + 1;
    if ((wide || high) && !clipped(e)) note('cut', e.className || e.tagName, said(e));
  }
  return found;
}
const head = slide => said(slide.querySelector('h1, h2, h3') ?? slide);
const frames = form => all(form, '.bp-frame');
const shown = form => all(form, '.bp-frame, .bp-entries > *, .bp-between *')
  .flatMap((e, k) => e.matches('.bp-entries') || !seen(e) ? [] : [k]).join();
// The groups of buttons of a form, and each choice of one in each of them.
function choices(form) {
  const groups = Object.values(Object.groupBy(all(form, '.bp-chip input'), e => e.name));
  return groups.reduce((made, group) => made.flatMap(row => group.map(e => [...row, e])), [[]]);
}
// Every frame of a stepper, opened, to the end and back.
function walk(form, found) {
  const there = [], back = [];
  for (const row of choices(form)) {
    row.forEach(e => e.click());
    all(form, '.bp-frame details').filter(e => seen(e.parentElement)).forEach(e => { e.open = true; });
    there.push(shown(form));
    found.push(...problems(form).map(p => `step ${there.length}: ${p}`));
    all(form, '.bp-frame details').forEach(e => { e.open = false; });
  }
  for (const row of choices(form).reverse()) {
    row.forEach(e => e.click());
    back.push(shown(form));
  }
  if (there.join() != back.reverse().join()) found.push('another way back');
  if (new Set(there).size != there.length) found.push('a frame twice');
  return there.length;
}
// All slides with all of their steps: for each its heading, what is wrong, and its steppers.
function measure() {
  return slides().map((slide, k) => {
    go(k);
    const found = problems(slide);
    const walked = all(slide, '.bp-still').map(form => walk(form, found));
    return {k, head: head(slide), found: [...new Set(found)], walked};
  });
}
window.deck = {measure, go, head, problems, slides, shown,
  place: () => slides().indexOf(Reveal.getCurrentSlide())};
}
