// The cases, and the list of those that the filters let through. Only the rows that can be seen are in the document.
const ROW = 48;
const word = (at) => data.words[at];

const cases = data.cases.map((row, at) => {
  const [id, outcome, operation, tier, level, renderer, tokenizer, flags, rejection, reason, group, size, found, asked] = row;
  return {
    at, id, group, size, found, rejection, asked,
    outcome: data.outcomes[outcome][0], outcomeWord: data.outcomes[outcome][1],
    operation: word(operation), area: word(operation).split(".")[0], tier: word(tier), level: word(level),
    renderer: word(renderer), tokenizer: word(tokenizer), flags: flags.map(word), reason: word(reason),
  };
});

// What went wrong comes first, cause by cause, and of a cause what to look at first; the rest in the order of the suite.
const URGENCY = ["failed", "faulted", "not_run", "known", "unsupported", "passed"];
const grouped = data.groups.flatMap(([, , , , members]) => members.map((at) => cases[at]));
const byUrgency = URGENCY.flatMap((outcome) => [...grouped.filter((one) => one.outcome === outcome), ...cases.filter((one) => one.group < 0 && one.outcome === outcome)]);

function about(one) {
  if (one.found) return one.found[1];
  return one.reason || (one.rejection ? "refused, as golden expects" : one.flags.join(", "));
}

function haystack(one) {
  if (one.text === undefined) {
    const found = one.found ? [one.found[0], one.found[1], one.found[2]] : [];
    one.text = [one.id, one.operation, one.tokenizer, one.reason, one.asked, ...one.flags, ...found].join("\n").toLowerCase();
  }
  return one.text;
}

const tests = {
  outcome: (one, value) => one.outcome === value,
  group: (one, value) => one.group === Number(value),
  area: (one, value) => one.area === value || one.operation === value,
  renderer: (one, value) => one.renderer === value,
  tier: (one, value) => one.tier === value,
  flag: (one, value) => one.flags.includes(value),
  text: (one, value) => value.toLowerCase().split(/\s+/).every((part) => haystack(one).includes(part)),
};

class List {
  constructor(box, canvas, onSelect) {
    Object.assign(this, { box, canvas, onSelect, rows: [], active: 0 });
    let due = 0;
    const later = () => { due = due || requestAnimationFrame(() => { due = 0; this.draw(); }); };
    box.addEventListener("scroll", later);
    new ResizeObserver(later).observe(box);
    canvas.addEventListener("click", (event) => {
      const row = event.target.closest(".row");
      if (row) this.select(Number(row.dataset.at));
    });
    box.addEventListener("keydown", (event) => this.key(event));
  }

  show(rows) {
    const kept = rows.indexOf(this.rows[this.active]);
    this.rows = rows;
    this.canvas.style.height = `${rows.length * ROW}px`;
    if (kept < 0) this.box.scrollTop = 0;
    this.select(Math.max(kept, 0));
  }

  select(at) {
    this.active = Math.max(0, Math.min(at, this.rows.length - 1));
    const top = this.active * ROW;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    const room = this.box.clientHeight;
    if (top + ROW > this.box.scrollTop + room) this.box.scrollTop = top + ROW - room;
    this.draw();
    this.onSelect(this.rows[this.active]);
  }

  draw() {
    const first = Math.max(0, Math.floor(this.box.scrollTop / ROW) - 4);
    const last = Math.min(this.rows.length, Math.ceil((this.box.scrollTop + this.box.clientHeight) / ROW) + 4);
    const drawn = [];
    for (let at = first; at < last; at += 1) drawn.push(this.row(at));
    this.canvas.replaceChildren(...(this.rows.length ? drawn : [make("p", { class: "none" }, "No case matches the filters.")]));
    const active = by(`row-${this.active}`);
    if (active) this.box.setAttribute("aria-activedescendant", active.id);
    else this.box.removeAttribute("aria-activedescendant");
  }

  row(at) {
    const one = this.rows[at];
    const row = make("div", {
      class: `row ${one.outcome}`, id: `row-${at}`, role: "option", "aria-selected": String(at === this.active),
      "aria-posinset": at + 1, "aria-setsize": this.rows.length, "data-at": at,
    }, make("span", { class: "outcome" }, one.outcomeWord), make("span", { class: "id" }, one.id), make("span", { class: "about" }, about(one)));
    row.style.top = `${at * ROW}px`;
    return row;
  }

  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(this.box.clientHeight / ROW) - 1);
    const steps = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: page, PageUp: -page, Home: -this.rows.length, End: this.rows.length };
    if (event.key in steps) {
      event.preventDefault();
      this.select(this.active + steps[event.key]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      by("detail").focus();
    }
  }
}
