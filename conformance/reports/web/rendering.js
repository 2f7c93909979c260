// One sequence of tokens at a time, in its chunks, with the weights of one row, as colour and as text.
const place = by("chunks");

function token([id, text], index, weight, marked) {
  const classes = ["tok", weightClass(weight || ""), marked ? "marked" : ""].filter(Boolean).join(" ");
  const label = `token ${index}, id ${id}${weight === undefined ? "" : `, weight ${weight}`}${marked ? ", differs" : ""}`;
  return make("span", { class: classes, title: label },
    make("span", { class: "t" }, ...tokenText(text)), make("small", { class: "i" }, String(id)),
    weight === undefined ? null : make("small", { class: "w" }, `w ${weight}`),
    marked ? make("small", { class: "d" }, "differs") : null);
}

function show([, , , sequence, weights, refused, marked]) {
  if (refused) {
    place.replaceChildren(make("p", { class: "notice warn" }, refused));
    return;
  }
  let index = 0;
  const differs = new Set(marked);
  const chunks = data.sequences[sequence];
  place.replaceChildren(...chunks.map(([where, tokens], at) => {
    const flow = make("div", { class: "flow" });
    const first = index;
    for (const one of tokens) {
      flow.append(token(one, index, weights.length ? weights[index] : undefined, differs.has(index)));
      index += 1;
    }
    const range = tokens.length ? (tokens.length > 1 ? `tokens ${first} to ${index - 1}` : `token ${first}`) : "empty";
    const number = chunks.length > 1 || where ? `chunk ${at + 1}, ` : "";
    return make("section", { class: "chunk" },
      make("h3", {}, `${number}${range}`, where ? make("span", { class: "place" }, where) : null), flow);
  }));
}

const groups = new Map();
data.views.forEach((view, at) => {
  const [group, label, about, , , refused] = view;
  if (!groups.has(group)) {
    groups.set(group, make("div", { class: "choices" }));
    by("modes").append(make("div", { class: "modes", role: "radiogroup", "aria-label": group }, make("span", { class: "name" }, group), groups.get(group)));
  }
  const radio = make("input", { type: "radio", name: "mode", value: at, checked: at === 0 });
  radio.addEventListener("change", () => show(view));
  groups.get(group).append(make("label", { class: refused ? "refused" : undefined }, radio, label, make("small", {}, about)));
});
for (const name of place ? ["ids", "weights"] : []) {
  by(name).addEventListener("change", () => place.classList.toggle(`no-${name}`, !by(name).checked));
}
if (data.views.length) show(data.views[0]);
