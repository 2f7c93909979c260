// One view at a time: the chunks of the example with the weights of a mode, or those of the generation prompt.
const place = by("chunks");

function token([id, text], index, weight) {
  const classes = ["tok", weightClass(weight || "")].filter(Boolean).join(" ");
  const label = `token ${index}, id ${id}${weight === undefined ? "" : `, weight ${weight}`}`;
  return make("span", { class: classes, title: label },
    make("span", { class: "t" }, ...tokenText(text)), make("small", { class: "i" }, String(id)),
    weight === undefined ? null : make("small", { class: "w" }, `w ${weight}`));
}

function show([, , set, weights, refused]) {
  if (refused) {
    place.replaceChildren(make("p", { class: "notice warn" }, refused));
    return;
  }
  let index = 0;
  place.replaceChildren(...data.chunks[set].map((chunk, at) => {
    const flow = make("div", { class: "flow" });
    const first = index;
    for (const one of chunk) {
      flow.append(token(one, index, weights.length ? weights[index] : undefined));
      index += 1;
    }
    const where = chunk.length ? (chunk.length > 1 ? `tokens ${first} to ${index - 1}` : `token ${first}`) : "empty";
    return make("section", { class: "chunk" }, make("h3", {}, `chunk ${at + 1}, ${where}`), flow);
  }));
}

data.views.forEach((view, at) => {
  const radio = make("input", { type: "radio", name: "mode", value: at, checked: at === 0 });
  radio.addEventListener("change", () => show(view));
  by("modes").append(make("label", { class: view[4] ? "refused" : undefined }, radio, view[0], make("small", {}, view[1])));
});
for (const name of ["ids", "weights"]) {
  by(name).addEventListener("change", () => place.classList.toggle(`no-${name}`, !by(name).checked));
}
show(data.views[0]);
