// Wires filters, list and detail together. The filters stand in the address, so that a view can be passed on.
const filters = by("filters");
const fields = ["text", "outcome", "group", "area", "renderer", "tier", "flag"];

function quoted(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
}

function detail(one) {
  const nodes = [make("h3", {}, one.id)];
  const level = one.level === "must" ? "" : ` (${one.level})`;
  nodes.push(make("p", {}, make("span", { class: `outcome ${one.outcome}` }, one.outcomeWord + level)));
  if (one.asked) nodes.push(make("p", { class: "asked" }, make("span", { class: "dim" }, "asked: "), make("code", {}, one.asked)));
  if (one.found) nodes.push(make("p", { class: "summary" }, one.found[1]));
  if (one.reason) nodes.push(make("p", {}, one.reason));
  if (one.rejection) nodes.push(make("p", {}, "The input was refused, as golden expects."));
  if (one.group >= 0 && one.found) {
    const [, title, hint] = data.groups[one.group];
    nodes.push(make("p", {}, make("span", { class: "dim" }, "cause: "), title, " ", make("code", { class: "dim" }, one.found[0])));
    if (hint) nodes.push(make("p", { class: "hint" }, hint));
  }
  if (one.found) {
    const [, , path, , expected, got] = one.found;
    const lengths = expected && got ? `${expected[1]} tokens expected, ${got[1]} got` : "";
    const where = [path, lengths].filter(Boolean).join(": ");
    if (where) nodes.push(make("p", { class: "dim" }, where));
    nodes.push(...difference(one.found));
  }
  return nodes;
}

function facts(one) {
  const rows = [["operation", one.operation], ["renderer", one.renderer], ["tokenizer", one.tokenizer], ["tier", one.tier], ["size", `${one.size} bytes of params`]];
  const list = make("dl", { class: "facts" });
  for (const [name, text] of rows) {
    if (text) list.append(make("div", {}, make("dt", {}, name), make("dd", {}, text)));
  }
  const flags = make("ul", { class: "flags", "aria-label": "Flags" });
  for (const flag of one.flags) {
    const button = make("button", { type: "button", title: "Show the cases with this flag" }, flag);
    button.addEventListener("click", () => set({ flag }));
    flags.append(make("li", {}, button));
  }
  return one.flags.length ? [list, flags] : [list];
}

function again(one) {
  const line = `conformance explain ${quoted(one.id)}${data.command ? ` ${data.command}` : ""}`;
  return make("div", { class: "again" }, make("pre", { tabindex: "0", "aria-label": "Command that explains this case" }, line));
}

const list = new List(by("list"), by("canvas"), (one) => {
  by("detail").replaceChildren(...(one ? [...detail(one), ...facts(one), again(one)] : [make("p", { class: "none" }, "Nothing is selected.")]));
  by("detail").scrollTop = 0;
  for (const box of by("detail").querySelectorAll(".tokens")) showDifference(box);
});

function fill(name, options) {
  const select = filters.elements[name];
  for (const [value, label, count] of options) select.append(make("option", { value }, `${label} (${count})`));
}

function counted(values) {
  const counts = new Map();
  for (const value of values) if (value) counts.set(value, (counts.get(value) || 0) + 1);
  return [...counts].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function apply() {
  const wanted = fields.map((name) => [name, filters.elements[name].value.trim()]).filter(([, value]) => value !== "");
  const rows = byUrgency.filter((one) => wanted.every(([name, value]) => tests[name](one, value)));
  by("shown").textContent = `${rows.length} of ${cases.length} shown`;
  for (const name of fields) filters.elements[name].classList.toggle("set", filters.elements[name].value !== "");
  for (const chip of document.querySelectorAll("[data-outcome]")) {
    chip.setAttribute("aria-pressed", String(chip.dataset.outcome === filters.elements.outcome.value));
  }
  list.show(rows);
  const query = new URLSearchParams(wanted).toString();
  if (query !== location.hash.slice(1)) history.replaceState(null, "", query ? `#${query}` : location.pathname + location.search);
}

function set(values) {
  for (const [name, value] of Object.entries(values)) filters.elements[name].value = value;
  apply();
}

function fromAddress() {
  const query = new URLSearchParams(location.hash.slice(1));
  for (const name of fields) {
    const field = filters.elements[name];
    const value = query.get(name) || "";
    field.value = value;
    if (field.value !== value) field.value = ""; // no such option in this report
  }
}

fill("outcome", data.outcomes.filter(([, , count]) => count));
fill("group", data.groups.map(([kind, title, , count], at) => [at, kind === "failure" ? title : `${kind}: ${title}`, count]));
const areas = counted(cases.map((one) => one.area)).flatMap(([area, count]) => [
  [area, area, count],
  ...counted(cases.filter((one) => one.area === area && one.operation !== area).map((one) => one.operation))
    .map(([operation, number]) => [operation, `\u00a0\u00a0${operation.slice(area.length + 1)}`, number]),
]);
fill("area", areas);
for (const name of ["renderer", "tier"]) fill(name, counted(cases.map((one) => one[name])).map(([value, count]) => [value, value, count]));
fill("flag", counted(cases.flatMap((one) => [...new Set(one.flags)])).map(([value, count]) => [value, value, count]));

for (const [outcome, label, count] of data.outcomes) {
  if (!count) continue;
  const part = make("span", { class: outcome, title: `${count} ${label}` });
  part.style.flexGrow = count;
  by("bar").append(part);
}

for (const card of document.querySelectorAll("[data-smallest]")) {
  const open = () => {
    const place = card.querySelector(".smallest");
    if (card.open && !place.hasChildNodes()) {
      const one = cases[Number(card.dataset.smallest)];
      const [title, , ...nodes] = detail(one);
      const cause = nodes.filter((node) => !node.classList.contains("hint"));
      place.append(make("p", {}, make("code", {}, title.textContent)), ...cause, again(one));
      for (const box of place.querySelectorAll(".tokens")) showDifference(box);
    }
  };
  card.addEventListener("toggle", open);
  open();
}

filters.addEventListener("input", apply);
filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("reset", (event) => {
  event.preventDefault();
  set(Object.fromEntries(fields.map((name) => [name, ""])));
});
document.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-outcome], [data-group]");
  if (!chip) return;
  const { outcome, group } = chip.dataset;
  const none = Object.fromEntries(fields.map((name) => [name, ""]));
  if (group !== undefined) set({ ...none, group });
  else set({ outcome: chip.getAttribute("aria-pressed") === "true" ? "" : outcome, group: "" });
  by("cases").scrollIntoView({ block: "start" });
  if (group !== undefined) by("list").focus({ preventScroll: true });
});
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea");
  if (event.key === "/" && !typing) {
    event.preventDefault();
    by("text").focus();
  } else if (event.key === "Escape") {
    if (by("list") !== document.activeElement) by("list").focus();
    else set(Object.fromEntries(fields.map((name) => [name, ""])));
  }
});
addEventListener("hashchange", () => {
  if (location.hash === "#cases") return;
  fromAddress();
  apply();
});
fromAddress();
apply();
