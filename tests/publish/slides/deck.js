// The deck is set going, and told what it does not know of: steppers, and what is folded.
(() => {
const folds = slide => [...slide.querySelectorAll('details.fragment')];
const stepper = () => Reveal.getCurrentSlide().querySelector('.bp-still .bp-chip input:checked');

Reveal.initialize({
  width: 1280, height: 720, margin: 0, minScale: 0.1, maxScale: 4, center: false, hash: true,
  navigationMode: 'linear', transition: 'none', backgroundTransition: 'none',
  controlsTutorial: false, slideNumber: 'c/t', pdfSeparateFragments: false, plugins: [RevealNotes],
  // Of a fold or a button that has the focus, Enter and Space are its own.
  keyboardCondition: event =>
    !(['Enter', ' '].includes(event.key) && document.activeElement.matches('summary, button, a')),
});

// While a stepper has the focus, the arrows are its own; the slide is left by Escape or by the
// keys of a presenter.
document.addEventListener('keydown', event => {
  const form = event.target.closest?.('.bp-still');
  if (!form || event.ctrlKey || event.altKey || event.metaKey) return;
  const turns = {PageDown: 'next', PageUp: 'prev'}[event.key];
  if (event.key == 'Escape') event.target.blur();
  else if (turns) Reveal[turns]();
  else if (/^Arrow/.test(event.key)) step(form, event);
  else {
    if (event.target.matches('input[type=radio]')) event.stopPropagation();
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}, true);

// From the question below a frame, too; and not from the last step to the first.
function step(form, {target, key}) {
  const chips = [...form.querySelectorAll('.bp-chip input')]
    .filter(e => !target.matches('input') || e.name == target.name);
  const now = chips.findIndex(e => e.checked), by = /Right|Down/.test(key) ? 1 : -1;
  const chosen = chips[now + by] ?? chips[now];
  chosen.focus();
  chosen.click();
}

Reveal.addKeyBinding(
  {keyCode: 13, key: 'Enter', description: 'Into the stepper; Escape leads out'},
  () => Reveal.isOverview() ? Reveal.toggleOverview(false)
    : stepper()?.focus({preventScroll: true}));

// What is folded opens at a step, or by hand; where a hand was first, the step goes on.
const byHand = new Set();
document.addEventListener('click', ({target, detail}) => {
  const summary = target.closest('.fragment > summary'), fold = summary?.parentElement;
  if (!fold) return;
  byHand.has(fold) ? byHand.delete(fold) : byHand.add(fold);
  if (detail) summary.blur(); // after a mouse, Space goes on
});
function follow(fragments, open, onwards) {
  const own = fragments.filter(e => e.matches('details'));
  const done = own.length && own.every(e => byHand.delete(e));
  own.forEach(e => { e.open = open; });
  if (done) onwards();
}
Reveal.on('fragmentshown', ({fragments}) => follow(fragments, true, () => Reveal.next()));
Reveal.on('fragmenthidden', ({fragments}) => follow(fragments, false, () => Reveal.prev()));

function arrive({currentSlide, previousSlide}) {
  if (previousSlide?.contains(document.activeElement)) document.activeElement.blur();
  byHand.clear();
  folds(currentSlide).forEach(e => { e.open = e.classList.contains('visible'); });
}
Reveal.on('ready', arrive);
Reveal.on('slidechanged', arrive);
document.querySelectorAll('.bp-still').forEach(e => e.setAttribute('data-prevent-swipe', ''));
})();
