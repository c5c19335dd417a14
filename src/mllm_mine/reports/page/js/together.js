// Which labels come together: a table whose cells are the picture.
import { byId, counted, el, plural } from "./dom.js";
import { implied, labels, paperCounts, papers } from "./data.js";
import { change } from "./criteria.js";

/** Draws the table once. */
export function drawTogether() {
  const places = labels.flatMap((_, place) => (paperCounts[place] > 0 ? [place] : []));
  const box = byId("matrix");
  if (places.length < 2) {
    box.replaceChildren(el("p.hint", {}, "Fewer than two labels have papers."));
    return;
  }
  const both = countPairs();
  const head = places.map((place) =>
    el("th", { scope: "col", class: edge(place) }, el("span", {}, labels[place].title)),
  );
  const rows = places.map((row) =>
    el(
      "tr",
      { class: edge(row) },
      el("th", { scope: "row" }, labels[row].title),
      ...places.map((column) => cell(row, column, both)),
    ),
  );
  box.replaceChildren(
    el(
      "table.matrix",
      {},
      el("caption.unseen", {}, "Papers that carry both labels"),
      el("thead", {}, el("tr", {}, el("td"), ...head)),
      el("tbody", {}, ...rows),
    ),
  );
  moveByArrows(box);
}

/** Papers that carry both labels, by `one * number of labels + other`. */
function countPairs() {
  const both = new Uint32Array(labels.length * labels.length);
  for (const { labels: carried } of papers)
    for (const [one] of carried) for (const [other] of carried) both[one * labels.length + other] += 1;
  return both;
}

/** @param {number} place of a label, before which a new dimension may begin */
function edge(place) {
  const before = labels.slice(0, place).filter((_, at) => paperCounts[at] > 0);
  const last = before[before.length - 1];
  return last && last.dimension !== labels[place].dimension ? "edge" : "";
}

/**
 * @param {number} row
 * @param {number} column
 * @param {Uint32Array} both
 */
function cell(row, column, both) {
  if (row === column) return el("td", { class: `self ${edge(column)}` }, counted(paperCounts[row]));
  if (implied(row, column))
    return el("td", { class: `implied ${edge(column)}` }, el("span.unseen", {}, "one implies the other"));
  const count = both[row * labels.length + column];
  const td = el("td", { class: edge(column) });
  if (!count) {
    td.append(el("span.unseen", {}, "0"));
    return td;
  }
  const rarer = paperCounts[row] < paperCounts[column] ? row : column;
  const share = count / paperCounts[rarer];
  td.style.setProperty("--share", share.toFixed(3));
  const percent = `${Math.round(share * 100)} % of ${labels[rarer].title}`;
  const title = `${labels[row].title} and ${labels[column].title}: ${plural(count, "paper")}, ${percent}`;
  const show = () => {
    change({ labels: new Set([row, column]) });
    byId("papers").scrollIntoView();
  };
  const button = { type: "button", tabindex: "-1", title, "aria-label": title, onclick: show };
  td.append(el("button", button, counted(count)));
  return td;
}

/**
 * One stop for the tab key; arrows move among the cells.
 * @param {any} box
 */
function moveByArrows(box) {
  const table = box.querySelector("table");
  const first = table.querySelector("button");
  if (!first) return;
  first.tabIndex = 0;
  const steps = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
  table.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const step = steps[/** @type {keyof typeof steps} */ (event.key)];
    const from = /** @type {any} */ (event.target).closest("td");
    if (!step || !from) return;
    event.preventDefault();
    const to = along(table, from, step) || beside(table, from, step[0] + step[1]);
    if (!to) return;
    from.querySelector("button").tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  });
}

/**
 * The next cell with papers in the same row or column.
 * @param {any} table
 * @param {any} from
 * @param {number[]} step rows and columns
 */
function along(table, from, step) {
  let [row, column] = [from.parentElement.rowIndex + step[0], from.cellIndex + step[1]];
  for (; table.rows[row]?.cells[column]; row += step[0], column += step[1]) {
    const button = table.rows[row].cells[column].querySelector("button");
    if (button) return button;
  }
  return null;
}

/**
 * The cell with papers before or after one, wherever it is, so that all can be reached.
 * @param {any} table
 * @param {any} from
 * @param {number} step 1 or -1
 */
function beside(table, from, step) {
  const all = [...table.querySelectorAll("button")];
  return all[all.indexOf(from.querySelector("button")) + step];
}
