"use strict";
// Texts from outside only ever become text nodes: there is no way to markup in this file.
const data = JSON.parse(document.getElementById("data").textContent);
const by = (id) => document.getElementById(id);

// make("p", { class: "dim" }, "text", node, ...): an element. Of several properties, only these few are needed.
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

// The text of a token, with what stands for white space drawn fainter than what is really written. The pictures of
// control characters are hard to read at this size: the two that are everywhere have a clearer one here.
const CLEARER = { "\u240a": "\u21b5", "\u2409": "\u21e5" };

function tokenText(text) {
  const parts = text.split(/([␣␀-␟␡]+)/u);
  const glyph = (part) => make("span", { class: "glyph" }, part.replace(/[\u240a\u2409]/gu, (one) => CLEARER[one]));
  return parts.map((part, at) => (at % 2 ? glyph(part) : part)).filter((part) => part !== "");
}

function weightClass(weight) {
  return weight === "" || weight === "0" ? "" : weight === "1" ? "full" : "part";
}
