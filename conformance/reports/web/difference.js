// Where two answers part: windows of tokens under one row of indices, or two values with what differs marked.
function difference(found) {
  const [, , , index, expected, got, expectedValue, gotValue] = found;
  const nodes = [];
  if (expected || got) nodes.push(windows(expected, got, index));
  if (expectedValue || gotValue) nodes.push(values(expectedValue, gotValue));
  return nodes;
}

function windows(expected, got, index) {
  const sides = [["expected", expected], ["got", got]].map(([name, side]) => {
    const [start, length, tokens] = side || [0, 0, []];
    return { name, length: Number(length), tokens: new Map(tokens.map((token, at) => [Number(start) + at, token])) };
  });
  const here = Number(index);
  const places = new Set(sides.flatMap((side) => [...side.tokens.keys()]));
  if (here >= 0) places.add(here);
  const columns = [...places].sort((a, b) => a - b);
  const weighted = sides.some((side) => [...side.tokens.values()].some((token) => token[2] !== ""));
  const body = make("tbody");
  const row = (kind, label, cell) => {
    const line = make("tr", { class: kind }, make("th", { scope: "row" }, label));
    for (const at of columns) line.append(cell(at, at === here ? "here" : ""));
    body.append(line);
  };
  const cell = (text, classes) => make("td", { class: classes.trim() || undefined }, ...[text].flat());
  row("index", "token", (at, mark) => cell(String(at), mark));
  for (const side of sides) {
    row(`text ${side.name}`, side.name, (at, mark) => {
      const token = side.tokens.get(at);
      if (!token) return cell(at === side.length ? "(end)" : "", `${mark} gone`);
      const made = cell(tokenText(token[1]), `${mark} ${weightClass(token[2])}`);
      made.title = token[1];
      return made;
    });
    row("id", "id", (at) => cell(String((side.tokens.get(at) || [""])[0]), ""));
    if (weighted) {
      row("weight", "weight", (at, mark) => {
        const weight = (side.tokens.get(at) || ["", "", ""])[2];
        return cell(weight, `${mark} ${weightClass(weight)}`);
      });
    }
    if (side.name === "expected") row("gap", "", () => cell("", ""));
  }
  if (here >= 0) row("mark", "", (at) => cell(at === here ? "▲ differs" : "", ""));
  const label = `Tokens around the first difference, token ${index}`;
  return make("div", { class: "tokens", tabindex: "0", role: "group", "aria-label": label }, make("table", {}, body));
}

function values(expected, got) {
  let head = 0;
  while (head < Math.min(expected.length, got.length) && expected[head] === got[head]) head += 1;
  let tail = 0;
  while (tail < Math.min(expected.length, got.length) - head && expected.at(-1 - tail) === got.at(-1 - tail)) tail += 1;
  const grid = make("div", { class: "values" });
  for (const [name, text] of [["expected", expected], ["got", got]]) {
    const middle = text.slice(head, text.length - tail);
    const marked = middle && expected !== got ? make("mark", {}, middle) : middle;
    const parts = [text.slice(0, head), marked, tail ? text.slice(-tail) : ""];
    grid.append(make("span", {}, name), make("pre", { class: name, tabindex: "0" }, ...(text ? parts : ["(nothing)"])));
  }
  return grid;
}

// Where there is less room than tokens, the token that differs is what to see first.
function showDifference(box) {
  const here = box.querySelector("td.here");
  if (here) box.scrollLeft = here.offsetLeft + here.offsetWidth - box.clientWidth * 0.7;
}
