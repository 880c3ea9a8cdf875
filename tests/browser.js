// What the tests ask of a page with widgets in it, as a function that puts it at `window.bp`.
// `k` is a widget by its place among those on show, live or stored, and `i` one of its frames.
() => {
const all = (at, css) => [...at.querySelectorAll(css)];
const text = e => e ? e.textContent.trim() : '';
// The second is false for what closed details hold, the first for what SVG does not display.
const seen = e => e.getClientRects().length > 0 && e.checkVisibility();
// The bridge shows two frames at once, and is walked by tests of its own.
const bridge = e => e.querySelector('[name=source]') && e.querySelector('[name=target]');
const panels = () => all(document, '.bp-live, .bp-still').filter(e => seen(e) && !bridge(e));
function panel(k) {
  const found = panels();
  if (!found[k]) throw new Error(`widget ${k + 1} of ${found.length}`);
  return found[k];
}
const isLive = k => panel(k).matches('.bp-live');
const kinds = () => panels().map((_, k) => isLive(k) ? 'live' : 'still');
const chips = k => all(panel(k), '.bp-chip input');
// Without the mark that the button of a step may have.
const plain = e => [...e.childNodes].map(n => n.nodeType == 3 ? n.data : '').join('').trim();
const labels = k => chips(k).map(e => text(e.parentElement));
const chosen = k => chips(k).filter(e => e.checked).map(e => text(e.parentElement));
const frames = k => all(panel(k), '.bp-frame');
// The frame on show: of all that are there it must be the only one.
function frame(k) {
  const shown = frames(k).filter(seen);
  if (shown.length != 1) throw new Error(`widget ${k + 1} shows ${shown.length} frames`);
  return shown[0];
}
const place = k => frames(k).indexOf(frame(k));
// The middle of the i-th such element of a widget, brought into sight: there a mouse can press it.
function spot(k, css, i = 0) {
  const e = all(panel(k), css).filter(seen)[i];
  e.scrollIntoView({block: 'center', behavior: 'instant'});
  const at = e.getBoundingClientRect();
  const x = (at.left + at.right) / 2, y = (at.top + at.bottom) / 2;
  const top = document.elementFromPoint(x, y);
  if (!e.contains(top)) throw new Error(`widget ${k + 1}: over "${text(e)}" lies ${top?.outerHTML}`);
  return [x, y];
}
const count = k => text(frame(k).querySelector('.bp-count'));
const pause = ms => new Promise(done => setTimeout(done, ms));
const nextFrame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)));
async function drawn(k, i) {
  const last = performance.now() + 15000;
  while (place(k) != i) {
    if (performance.now() > last)
      throw new Error(`widget ${k + 1}: frame ${place(k) + 1} and not ${i + 1} is on show`);
    await pause(0);
  }
  await nextFrame();
}
const notebook = () => [jupyterapp.shell.currentWidget, ...jupyterapp.shell.widgets('main')]
  .find(e => e.sessionContext);
const kernel = () => notebook().sessionContext.session.kernel;
// Until the kernel has answered, and nothing that it said has changed the page: all has been said.
// It answers in turn, and a widget holds one message back until the one before has been dealt with.
async function quiet(k) {
  let turns = 0;
  const last = performance.now() + 30000;
  const watch = new MutationObserver(() => { turns = 0; });
  const parts = {subtree: true, childList: true, attributes: true, characterData: true};
  watch.observe(panel(k), parts);
  while (turns < 3) {
    await kernel().requestKernelInfo();
    await pause(20);
    await nextFrame();
    turns += 1;
    if (performance.now() > last) throw new Error('the kernel or the widget finds no rest');
  }
  watch.disconnect();
}
// Choose what leads to frame i: where there are several choices, the last changes the fastest.
async function go(k, i) {
  const groups = Object.values(Object.groupBy(chips(k), e => e.name));
  let rest = i;
  for (const {name, length} of groups.map(g => ({name: g[0].name, length: g.length})).reverse()) {
    chips(k).filter(e => e.name == name)[rest % length].click();
    rest = Math.floor(rest / length);
  }
  await drawn(k, i);
}

// A number of an equation as it is written in a sentence: 1.23e−9 for 1.23 · 10⁻⁹.
const number = e => text(e).replace(' · 10', 'e');
// What an equation ends in: the cells of a matrix, or a number.
function right(eq) {
  const last = eq.lastElementChild;
  return last.matches('.bp-matrix') ? all(last, 'td').map(number)
    : last.matches('.bp-num') ? [number(last)] : [];
}
function facts(k) {
  const f = frame(k), details = f.querySelector('details'), was = details.open;
  details.open = true;
  const found = {
    count: count(k),
    title: text(f.querySelector('.bp-title').firstChild),
    rule: text(f.querySelector('.bp-rule')),
    code: text(f.querySelector('pre')),
    numbers: text(f.querySelector('.bp-numbers')),
    answer: text(details.querySelector('.bp-answer')),
    words: text(details.lastElementChild),
    result: right(details.querySelector('.bp-eq')),
    label: chips(k).filter(e => e.checked).map(e => plain(e.parentElement)).join(),
    equations: all(f, '.bp-eq').filter(seen).length,
    unread: all(f, '.bp-eq').filter(e =>
      e.getAttribute('role') != 'math' || !e.getAttribute('aria-label')).map(text),
    // Text that a browser would have to typeset, an escape too many, a value that is none.
    raw: [...f.querySelector('.bp-card').children].filter(e => e.tagName != 'PRE')
      .flatMap(e => text(e).match(/\$\$|\\[a-z]+|<\/?[a-z]+|&\w+;|\b(nan|inf|undefined)\b/) ?? []),
    neurons: neurons(f),
    wide: wide(f), covered: covered(f), outside: outside(f), broken: broken(f),
    torn: torn(f),
  };
  details.open = was;
  return found;
}

// Whatever is wider than its box, and so needs scrolling or is cut off. Only a matrix that is
// wider than the card by itself may leave no other way.
function wide(f) {
  const css = '.bp-picture, .bp-card, .bp-eq, .bp-title, .bp-shapes, .bp-drawn, pre, details';
  const fits = e => e.scrollWidth <= e.clientWidth + 1;
  return all(f, css).concat(f).filter(e => !fits(e) && !all(e, '.bp-matrix').some(m =>
      e.matches('.bp-eq') && m.offsetWidth > f.querySelector('.bp-card').clientWidth))
    .map(e => `${e.className || e.tagName}: ${e.scrollWidth} in ${e.clientWidth} px`);
}
// The pieces of code, and the lines of a definition, that are broken over several lines.
function broken(f) {
  const lines = node => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return new Set([...range.getClientRects()].map(at => Math.round(at.top))).size;
  };
  const pieces = all(f, '.bp-piece').filter(e => lines(e) > 1).map(text);
  const definitions = [...f.querySelector('pre').childNodes].filter(e => e.nodeType == 3)
    .filter(e => lines(e) > e.data.replace(/\n$/, '').split('\n').length).map(text);
  return pieces.concat(definitions);
}
// What stands on another line than it belongs to: a power, a function, a product in brackets.
function torn(f) {
  const beside = (a, b) => {
    const [one, other] = [a, b].map(e => e.getBoundingClientRect());
    return one.top < other.bottom && other.top < one.bottom;
  };
  const pairs = all(f, '.bp-power').map(e => [e, e.previousElementSibling])
    .concat(all(f, '.bp-fn').map(e => [e, e.nextElementSibling]))
    .concat(all(f, '.bp-tall > :not(:first-child, .bp-paren, :nth-child(2))')
      .map(e => [e, e.previousElementSibling]));
  return pairs.filter(([a, b]) => seen(a) && seen(b) && !beside(a, b))
    .map(([a]) => `${a.className}: ${text(a)}`);
}
// The neurons of wide layers: those that are named, those in the picture, what stands under those
// that are read or written, and the rows and columns of the card's matrices.
function neurons(f) {
  const named = [...text(f.querySelector('.bp-drawn')).matchAll(/numbers ([\d, ]+) of/g)]
    .map(([, list]) => list.split(', ').map(Number));
  const middle = e => { const at = e.getBoundingClientRect(); return (at.left + at.right) / 2; };
  // What stands less than 5 px beside the one before it is in its column.
  const columns = (found, at, what) => {
    const groups = [];
    for (const e of [...found].sort((one, other) => at(one) - at(other)))
      if (groups.length && at(e) - at(groups.at(-1)[0]) < 5) groups.at(-1).push(e);
      else groups.push([e]);
    const high = e => e.getBoundingClientRect().top;
    return groups.map(group => group.sort((one, other) => high(one) - high(other)).map(what));
  };
  // The cost stands in a pill of its own, under the targets.
  const pills = all(f, '.bp-pill:not(.bp-off)').filter(e => !text(e).includes('='));
  const bare = cells => cells.filter(cell => !/[⋮⋯⋱]/.test(cell));
  const matrices = all(f, '.bp-matrix').map(m => all(m, 'tr').map(r => all(r, 'td').map(number)));
  return {
    named,
    drawn: columns(all(f, '.bp-node:has(.bp-index)'), e => middle(e.querySelector('circle')),
      e => Number(text(e.querySelector('.bp-index')))),
    under: columns(pills, middle, e => text(e.querySelector('.bp-new') ?? e).split(' ').at(-1)),
    inCard: matrices.flatMap(m => m.concat(m[0].map((_, j) => m.map(row => row[j])))).map(bare),
  };
}
const boxes = (f, css) => all(f, css).filter(seen)
  .map(e => [e.parentNode.textContent.trim(), e.getBoundingClientRect()]);
const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5
  && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.5;
// Pills and labels that cover one another, or the number in a neuron.
function covered(f) {
  const labels = boxes(f, '.bp-svg rect');
  const inside = boxes(f, '.bp-node text');
  return labels.flatMap(([a, at], i) => labels.slice(i + 1).concat(inside)
    .filter(([b, other]) => meet(at, other)).map(([b]) => `"${a}" over "${b}"`));
}
// Text that leaves the picture, or the pill or label that it stands in.
function outside(f) {
  if (!f.querySelector('.bp-svg')) return [];
  const beyond = (a, b) => a.left < b.left - 1 || a.right > b.right + 1
    || a.top < b.top - 1 || a.bottom > b.bottom + 1;
  const picture = f.querySelector('.bp-svg').getBoundingClientRect();
  return all(f, '.bp-svg text, .bp-svg rect').filter(seen).filter(e => {
    const group = e.closest('g:has(> rect)'), at = e.getBoundingClientRect();
    const box = group && group.querySelector(':scope > rect').getBoundingClientRect();
    // A line of text is taller than its figures, so that only its width is asked of a box.
    return beyond(at, picture) || box && (at.left < box.left - 1 || at.right > box.right + 1);
  }).map(text);
}
async function walk(k, colours = false) {
  const found = [];
  for (let i = 0; i < chips(k).length; i++) {
    await go(k, i);
    found.push(colours ? {...facts(k), contrasts: contrasts(k), lines: faintestLines(frame(k))}
      : facts(k));
  }
  return found;
}
function hiding(k) {
  const f = frame(k), picture = f.querySelector('.bp-picture'), open = f.querySelector('details');
  return {
    open: open.open,
    numbers: all(picture, '.bp-new').length,
    shown: all(picture, '.bp-new').filter(seen).length,
    asked: all(picture, '.bp-ask').filter(seen).length,
    answers: [open.querySelector('.bp-answer'), open.lastElementChild].filter(seen).length,
    label: chosen(k).join(),
    lines: all(picture, 'line.bp-under').length,
  };
}

// The colour over everything behind it, as the reader's eye gets it: three numbers.
const brush = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
const mixed = {};
function rgba(colour) {
  if (mixed[colour]) return mixed[colour];
  brush.clearRect(0, 0, 1, 1); brush.fillStyle = colour; brush.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data;
  return mixed[colour] = {rgb: [r, g, b], a: a / 255};
}
const over = (top, a, below) => top.map((v, i) => a * v + (1 - a) * below[i]);
function behind(e) {
  if (!e) return [255, 255, 255];
  const {rgb, a} = rgba(getComputedStyle(e).backgroundColor);
  return a == 1 ? rgb : over(rgb, a, behind(e.parentElement));
}
function light(rgb) {
  const [r, g, b] = rgb.map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(one, other) {
  const [low, high] = [light(one), light(other)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}
// Of the text of an element on what is behind it.
function ratio(e) {
  const {rgb, a} = rgba(getComputedStyle(e).color), below = behind(e);
  return contrast(over(rgb, a, below), below);
}
// The colour of a piece of a picture, by `fill` or by `stroke`, over what is behind it.
function painted(e, property, below) {
  const {rgb, a} = rgba(getComputedStyle(e)[property]);
  let covers = a * getComputedStyle(e)[`${property}Opacity`];
  for (let at = e; at; at = at.parentElement) covers *= getComputedStyle(at).opacity;
  return over(rgb, covers, below);
}
// What a text of the picture stands on: the page, and on it a circle or a box, perhaps pale.
function under(e) {
  const page = behind(e.closest('.bp-svg')), at = e.getBoundingClientRect();
  const group = e.closest('.bp-node, g:has(> rect)');
  if (!group) return page;
  const middle = {left: (at.left + at.right) / 2 - 1, right: (at.left + at.right) / 2 + 1,
                  top: (at.top + at.bottom) / 2 - 1, bottom: (at.top + at.bottom) / 2 + 1};
  return all(group, 'circle, rect').filter(seen).filter(c => getComputedStyle(c).fill != 'none')
    .filter(c => meet(middle, c.getBoundingClientRect()))
    .reduce((below, c) => painted(c, 'fill', below), page);
}
function faintest(f) {
  const found = {};
  const add = (name, value) => {
    found[name] = Math.min(found[name] ?? 99, Math.round(value * 100) / 100);
  };
  for (const e of all(f, '.bp-svg text').filter(seen)) {
    const below = under(e), where = e.closest('.bp-node') ? 'a neuron' :
      e.closest('g:has(> rect)') ? 'a pill' : 'the picture';
    const name = `text in ${where}${e.closest('.bp-off') ? ' that steps back' : ''}`;
    add(name, contrast(painted(e, 'fill', below), below));
  }
  return found;
}
// Of the lines, outlines and spots of a picture; of what is both filled and outlined, the one that is
// plainer counts. A grid may be paler than the numbers that it leads to, what stands behind a label
// is no line, and a path in the colour of the page is the gap in a double line.
function faintestLines(f) {
  const found = {};
  const shapes = '.bp-svg :is(path, line, polyline, circle, rect)';
  for (const e of all(f, shapes).filter(seen)) {
    if (e.closest('.bp-axes, .bp-label') || e.matches('path.bp-plain')) continue;
    const page = behind(e.closest('.bp-svg')), style = getComputedStyle(e);
    const isSpot = e.matches('circle, rect') || style.stroke == 'none';
    const parts = ['fill', 'stroke'].filter(p => style[p] != 'none' && (p == 'stroke' || isSpot));
    const ratio = Math.max(0, ...parts.map(p => contrast(painted(e, p, page), page)));
    const name = [...e.parentNode.classList, e.tagName, ...e.classList].join(' ');
    found[name] = Math.min(found[name] ?? 99, Math.round(ratio * 100) / 100);
  }
  return found;
}
function contrasts(k) {
  const f = frame(k), details = f.querySelector('details'), was = details.open;
  details.open = true;
  const found = faintest(f);
  const add = (name, e) => {
    found[name] = Math.min(found[name] ?? 99, Math.round(ratio(e) * 100) / 100);
  };
  const words = document.createTreeWalker(f.querySelector('.bp-card'), NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const e = words.currentNode.parentElement;
    if (seen(e) && words.currentNode.data.trim()) add(`${e.tagName} ${e.className}`, e);
  }
  for (const e of chips(k)) add(e.checked ? 'chosen chip' : 'chip', e.parentElement);
  details.open = was;
  return found;
}

// What the frame on show says and shows, with its answer; the same live and stored.
function shown(k) {
  const f = frame(k), details = f.querySelector('details'), was = details && details.open;
  if (details) details.open = true;
  const pictures = all(f, 'svg.bp-svg, .bp-picture img').filter(seen);
  const found = {
    chosen: chosen(k),
    place: place(k),
    said: f.getAttribute('aria-label'),
    title: text(f.querySelector('.bp-title strong')),
    code: text(f.querySelector('pre')),
    words: f.querySelector('.bp-card').innerText,
    equations: all(f, '.bp-eq').filter(seen).map(e => e.getAttribute('aria-label')),
    pictures: pictures.map(e => [e.tagName, e.getAttribute('aria-label')]),
    drawn: pictures.flatMap(e => all(e, 'text').filter(seen).map(text)),
  };
  if (details) details.open = was;
  return found;
}
// Every frame by every combination of what can be chosen; at the end the first is on show again.
async function tour(k) {
  const found = [], was = place(k);
  for (let i = 0; i < frames(k).length; i++) { await go(k, i); found.push(shown(k)); }
  await go(k, was);
  return found;
}
// The frames of a filmstrip: of a page that may have lost its styles, its classes and its pictures.
const films = () => all(document, 'form').filter(seen).map(form =>
  all(form, '[role=group], .bp-frame').map(f => ({
    seen: seen(f) && f.getBoundingClientRect().height > 60,
    said: f.getAttribute('aria-label'),
    words: text(f),
    title: text(f.querySelector('strong')),
    code: text(f.querySelector('pre')),
    // What a reader gets of each picture: its words, and whether there is something to see.
    pictures: all(f, 'img').filter(seen).map(e => e.complete && e.naturalWidth > 100 ? e.alt : ''),
    drawn: all(f, 'svg').filter(seen).length,
  })));

async function clicks(k, n) {
  const times = [], told = {send: 0, recv: 0}, link = kernel();
  let answers = 0; // other than that the message has come
  const listen = (_, {direction, msg}) => {
    told[direction] += 1;
    if (direction == 'recv' && msg.header.msg_type == 'comm_msg')
      answers += msg.content.data.method != 'echo_update';
  };
  link.anyMessage.connect(listen);
  for (let i = 1; i <= n; i++) {
    const start = performance.now();
    await go(k, i % frames(k).length);
    times.push(performance.now() - start);
  }
  await pause(500); // for the last answers
  link.anyMessage.disconnect(listen);
  return {times, answers, sent: told.send / n, received: told.recv / n};
}
// The same frames put into the page by hand: what drawing alone costs.
async function bareClicks(k, n) {
  const made = frames(k).map(f => f.outerHTML), times = [];
  const deck = panel(k).querySelector('[class^=bp-of-]'), box = document.createElement('div');
  deck.before(box);
  deck.style.display = 'none';
  for (let i = 1; i <= n; i++) {
    const start = performance.now();
    box.innerHTML = made[i % made.length];
    await nextFrame();
    times.push(performance.now() - start);
  }
  box.remove();
  deck.style.display = '';
  return {times};
}

// A stored notebook has its numbers before it is run: a cell has run when a star has been there.
const failed = () => all(document, '.jp-OutputArea-output').filter(e =>
  /jupyter[.](error|stderr)$/.test(e.dataset.mimeType)).map(e => text(e).slice(0, 300));
const prompts = () => all(document, '.jp-CodeCell .jp-InputArea-prompt').map(text);
const started = new Set();
function watchRuns() {
  started.clear();
  const look = () => prompts().forEach((p, i) => p == '[*]:' && started.add(i));
  new MutationObserver(look).observe(document.querySelector('.jp-Notebook'),
    {subtree: true, childList: true, characterData: true});
}
// To the last cell, or up to one that has failed.
const numbered = () => prompts().filter(p => /^\[\d+\]:$/.test(p)).length;
const loading = () => all(document, '.jp-OutputArea-output')
  .some(e => e.textContent.startsWith('Loading widget'));
// The application Notebook has no such indicator.
const busy = () => all(document, '.jp-Notebook-ExecutionIndicator')
  .some(e => e.dataset.status != 'idle');
const hasRun = n => (failed().length || started.size >= n && numbered() == n)
  && !busy() && !loading();

// How an explorer looks: all that is seen of it but its controls.
function looks(k) {
  const f = frame(k), pictures = all(f, 'svg.bp-svg').filter(seen);
  const css = 'th, td, p, code, code *, .bp-title, .bp-count, .bp-card div';
  const words = all(panel(k), css).filter(seen);
  const least = {};
  const add = (name, value) => { least[name] = Math.min(least[name] ?? 99, value); };
  for (const e of words.filter(e => text(e))) add('words', ratio(e));
  for (const e of chips(k)) add('chip', ratio(e.parentElement));
  for (const svg of pictures)
    Object.entries(faintest(svg.parentElement)).forEach(([name, value]) => add(name, value));
  return {
    pictures: pictures.map(svg => svg.getAttribute('aria-label')),
    words: words.map(text),
    drawn: pictures.map(svg => svg.innerHTML).join(''),
    wide: wide(f).concat(words.filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth)
      .filter(e => !e.closest('.bp-eq')).map(text)),
    outside: outside(f),
    least,
    lines: Object.assign({}, ...pictures.map(svg => faintestLines(svg.parentElement))),
  };
}
// What is wider than its box, in any frame, with all open that is folded: for each a name, the
// frame, whether the box is one that scrolls, and whether Tab can reach it.
async function cut(k) {
  const found = {}, was = place(k);
  for (let i = 0; i < frames(k).length; i++) {
    await go(k, i);
    all(panel(k), 'details').forEach(e => { e.open = true; });
    for (const [name, ...how] of cutNow(k)) found[name] ??= [i, ...how];
  }
  await go(k, was);
  return found;
}
function cutNow(k) {
  const within = panel(k).getBoundingClientRect();
  const scrolls = e => /auto|scroll/.test(getComputedStyle(e).overflowX);
  const hidden = e => getComputedStyle(e).clipPath != 'none';
  const scroller = e => e && e != panel(k) && (scrolls(e) || scroller(e.parentElement));
  return all(panel(k), '*').filter(seen).filter(e => e instanceof HTMLElement && !hidden(e))
    .flatMap(e => {
      const name = `${e.tagName.toLowerCase()}.${e.className}: ${text(e).slice(0, 40)}`;
      if (e.clientWidth && e.scrollWidth > e.clientWidth + 1 && !e.matches('input, select'))
        return [[name, scrolls(e), e.tabIndex >= 0]];
      const sticksOut = e.getBoundingClientRect().right > within.right + 1;
      return sticksOut && !scroller(e.parentElement) ? [[`${name} sticks out`, false, false]] : [];
    });
}
window.bp = {
  count, go, drawn, quiet, facts, walk, hiding, clicks, bareClicks, labels, chosen, place, kinds,
  watchRuns, hasRun, prompts, failed, looks, shown, tour, films, cut, pause, kernel, spot,
};
}
