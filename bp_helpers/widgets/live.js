// A form whose controls and the kernel agree. The kernel writes the HTML of the form, and of those
// parts of it that change; here only names, values and places are known, not what they mean.
// `names` lists the controls; the value of each is a state of its own: of a menu or of a group of
// radio buttons it is a place.

const PAUSE = 2500, PATIENCE = 2000; // milliseconds
const MOVES = {
  ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity,
};

function render({ model, el }) {
  const form = document.createElement("form"), said = document.createElement("output");
  form.className = `bp-live ${model.get("size")}`;
  form.ariaLabel = model.get("said");
  form.method = "dialog"; // Enter in a box must not leave the page
  form.innerHTML = model.get("form");
  said.className = "bp-spoken"; // a polite live region
  el.replaceChildren(form, said);

  const named = (name) => [...form.elements].filter((e) => e.name === name);
  const labelOf = (radio) => radio.parentElement.textContent;
  const focused = () => form.getRootNode().activeElement;
  const names = model.get("names"), waiting = form.querySelector(".bp-waiting");
  const written = {}, moved = new Map();
  let here, playing, patience, typing, asked;

  // The frame to which the radio buttons lead, one group after the other.
  function shown() {
    const deck = form.querySelector(".bp-deck");
    return [...deck.querySelectorAll(":checked")].reduce((at, { name, value }) => {
      const css = `.bp-of-${name}`;
      return (at.matches(css) ? at : at.querySelector(css)).children[value];
    }, deck);
  }

  function writeValues() {
    for (const e of form.elements) {
      if (!names.includes(e.name)) continue;
      const value = model.get(e.name);
      if (e.type === "radio") e.checked = Number(e.value) === value;
      else if (e.type === "checkbox") e.checked = value;
      else if (e !== typing) e.value = value;
    }
  }

  // Write what has changed, and leave the reader where they were.
  function writeParts() {
    const active = focused(), wasMine = form.contains(active);
    const open = here?.querySelector(":scope.bp-predict details")?.open;
    for (const part of model.get("parts")) {
      const html = model.get(`${part}_html`);
      if (written[part] !== html)
        form.querySelector(`[data-part=${part}]`).innerHTML = written[part] = html;
    }
    writeValues();
    const now = shown();
    if (open && now.ariaLabel === here.ariaLabel) now.querySelector("details").open = true;
    if (wasMine && !form.contains(focused()))
      named(active.name).find((e) => e.type === active.type && (e.type !== "radio" || e.checked))
        ?.focus();
  }

  // Say which step is on show; an answer closes when its step is left.
  function look() {
    const now = shown();
    if (here && now.ariaLabel !== here.ariaLabel) {
      said.textContent = now.ariaLabel;
      if (here.matches(".bp-predict")) here.querySelector("details").open = false;
    }
    here = now;
  }

  // A choice that was made while the kernel wrote other frames: its place among them may be another.
  function keep() {
    const choices = [...moved];
    if (!asked) moved.clear(); // what it has said is what stands here now
    for (const [name, label] of choices) {
      const at = named(name).findIndex((e) => labelOf(e) === label);
      if (at >= 0 && choose(name, at)) writeValues(); // a change within a change is not told
    }
  }

  function heard() {
    asked = false;
    clearTimeout(patience);
    waiting.hidden = true;
  }

  // What needs an answer may wait for a kernel that is busy or gone, and then says so.
  function choose(name, value, needsAnswer) {
    if (model.get(name) === value) return false;
    if (needsAnswer && !asked) moved.clear();
    if (needsAnswer) asked = true;
    else if (asked) moved.set(name, labelOf(named(name)[value]));
    model.set(name, value);
    clearTimeout(patience);
    if (needsAnswer) patience = setTimeout(() => { waiting.hidden = false; }, PATIENCE);
    try {
      model.save_changes();
    } catch (problem) { // without a kernel the page steps by itself
      console.warn(problem);
    }
    return true;
  }

  function go(name, by) {
    return choose(name, Math.max(0, Math.min(named(name).length - 1, model.get(name) + by)));
  }

  function play(button) {
    const { of } = button.parentElement.dataset;
    if (!here.querySelector("details:not([open])")) go(of, 1) || choose(of, 0);
    let at = model.get(of);
    const timer = setInterval(() => {
      const answer = here.querySelector("details:not([open])");
      if (model.get(of) !== at) stop(); // somebody else has moved, in another view perhaps
      else if (answer) answer.open = true;
      else if (!go(of, 1)) stop();
      at = model.get(of);
    }, PAUSE);
    playing = { button, text: button.textContent, timer };
    button.textContent = button.dataset.playing;
  }

  function stop() {
    if (!playing) return;
    clearInterval(playing.timer);
    playing.button.textContent = playing.text;
    playing = null;
  }

  form.addEventListener("input", ({ target: e }) => {
    stop();
    typing = e;
    if (e.type === "text") return; // words are sent when they are complete
    if (e.type === "checkbox") choose(e.name, e.checked, true);
    else if (e.value !== "" && e.validity.valid)
      choose(e.name, Number(e.value), e.type !== "radio");
  });
  // A box that was left without a number, or with one out of range, holds the next best.
  form.addEventListener("change", ({ target: e }) => {
    typing = null;
    if (e.type !== "number") return;
    const number = e.step === "any" ? Number(e.value) : Math.round(e.value);
    const low = e.min === "" ? -Infinity : e.min, high = e.max === "" ? Infinity : e.max;
    if (e.value !== "") choose(e.name, Math.max(low, Math.min(high, number)), true);
    e.value = model.get(e.name);
  });
  form.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    const { by, box } = button.dataset, [typed] = named(box), wasPlaying = playing;
    stop();
    if (by) go(button.parentElement.dataset.of, Number(by));
    else if (button.name === "play") wasPlaying || play(button);
    else if (button.name) choose(button.name, model.get(button.name) + 1, true);
    else choose(box, typed.value, true);
    typed?.focus();
  });
  form.addEventListener("keydown", (event) => {
    const isShortcut = event.ctrlKey || event.metaKey || event.altKey;
    if (!isShortcut) event.stopPropagation();
    const { target: e, key } = event;
    if (key === "Enter" && e.type === "text") choose(e.name, e.value, true);
    // From the buttons and the questions too, so that a pass can be gone through with one hand.
    const name = e.type === "radio" ? e.name
      : e.matches("summary, .bp-player *") && form.querySelector(".bp-player")?.dataset.of;
    if (!name || !(key in MOVES) || isShortcut) return;
    event.preventDefault();
    stop();
    go(name, MOVES[key]);
    if (e.type === "radio") named(name)[model.get(name)].focus();
    else if (e.matches(".bp-frame summary")) here.querySelector("summary").focus();
  });
  // The notebook's shortcuts are not meant for a form, but for those with Ctrl or ⌘, as for saving.
  // Some are meant for whatever has the focus, which has to say so itself.
  const suppress = ({ target: e, ctrlKey, metaKey }) => form.contains(e)
    && e.toggleAttribute("data-lm-suppress-shortcuts", !ctrlKey && !metaKey);
  window.addEventListener("keydown", suppress, true);
  model.on("msg:custom", heard);
  model.on("change", () => {
    const was = written.deck;
    writeParts();
    if (written.deck !== was) keep();
    look();
  });
  writeParts();
  look();
  return () => {
    stop();
    clearTimeout(patience);
    window.removeEventListener("keydown", suppress, true);
  };
}

export default { render };
