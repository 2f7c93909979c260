// Where each answer parts from golden, drawn as the report draws it.
document.querySelectorAll(".difference").forEach((box, at) => {
  box.append(...difference(data.differences[at]));
  for (const tokens of box.querySelectorAll(".tokens")) showDifference(tokens);
});
