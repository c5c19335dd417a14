// The taxonomy as a tree, with how many papers carry each label.
import { byId, counted, el } from "./dom.js";
import { childrenOf, facts, labels, paperCounts, topLabels } from "./data.js";
import { criteria, onChange, toggleLabel } from "./criteria.js";

/** @type {any[]} the buttons of the labels, by place */
const buttons = [];

/** Draws the tree once, and keeps its buttons in step with what is chosen. */
export function drawTree() {
  const largest = Math.max(1, ...paperCounts);
  byId("tree").append(...facts.dimensions.map((/** @type {any} */ each) => dimension(each, largest)));
  const toggle = byId("definitions");
  toggle.addEventListener("click", () => {
    const shown = byId("tree").classList.toggle("defined");
    toggle.setAttribute("aria-pressed", String(shown));
  });
  onChange(showChosen);
}

/**
 * @param {any} of a dimension of the taxonomy
 * @param {number} largest count of all
 */
function dimension(of, largest) {
  const top = topLabels(of.id);
  const groups = [...new Set(top.map((place) => labels[place].group || ""))];
  const title = `dimension-${of.id}`;
  const parts = groups.map((group) => {
    const known = of.groups.find((/** @type {any} */ each) => each.id === group);
    const members = top.filter((place) => (labels[place].group || "") === group);
    const list = el("ul", {}, ...members.map((place) => branch(place, largest)));
    if (!known) return list;
    list.setAttribute("aria-label", known.title);
    return el("div", {}, el("h4", {}, known.title), definition(known.definition), list);
  });
  return el(
    "section.dimension",
    { "aria-labelledby": title },
    el("h3", { id: title }, of.title),
    definition(of.definition),
    ...parts,
  );
}

/**
 * @param {number} place
 * @param {number} largest
 * @returns {any}
 */
function branch(place, largest) {
  const { title, definition: meaning } = labels[place];
  const count = paperCounts[place];
  const bar = el("span.bar", { "aria-hidden": "true" });
  bar.style.setProperty("--share", String(count / largest));
  const button = el(
    "button.label",
    { type: "button", "aria-pressed": "false", title: meaning, onclick: () => toggleLabel(place) },
    el("span.label-title", {}, title),
    el("span.label-count", {}, counted(count), el("span.unseen", {}, count === 1 ? " paper" : " papers")),
    bar,
  );
  buttons[place] = button;
  const below = childrenOf(place).map((child) => branch(child, largest));
  return el("li", {}, button, definition(meaning), below.length > 0 && el("ul", {}, ...below));
}

/** @param {string} text */
function definition(text) {
  return text ? el("p.definition", {}, text) : null;
}

function showChosen() {
  buttons.forEach((button, place) =>
    button.setAttribute("aria-pressed", String(criteria.labels.has(place))),
  );
}
