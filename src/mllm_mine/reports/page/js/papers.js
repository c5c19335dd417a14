// The table of papers, a page at a time, so that ten thousands of papers cost no more than fifty.
import { byId, counted, el, plural } from "./dom.js";
import { facts, isMarked, labels, mostExact, paperOf, papers } from "./data.js";
import { change, clearAll, criteria, isNarrowed, onChange, startsDescending, toggleLabel } from "./criteria.js";
import { ONLY_TITLES, found, probabilityOf } from "./search.js";
import { details } from "./details.js";

const PER_PAGE = 50;
const ON_PAPER = 1000;
const anyCited = papers.some((paper) => paper.cited > 0);
const anyProbability = papers.some((paper) => paper.p !== null) || papers.some((paper) => paper.labels.length);

/** @typedef {{ sort: string, title: string, hint: string, narrow: boolean }} Column */

/** @type {Column[]} */
const COLUMNS = [
  { sort: "published", title: "Date", hint: "of the first version", narrow: true },
  { sort: "title", title: "Paper", hint: "", narrow: false },
  { sort: "", title: "Labels", hint: "", narrow: false },
  ...(anyProbability
    ? [{ sort: "probability", title: "Probability", hint: "", narrow: true }]
    : []),
  ...(anyCited
    ? [{ sort: "cited", title: "Cited by", hint: "papers of the index", narrow: true }]
    : []),
];

/** The columns that the list can be sorted by. */
export const SORTABLE = COLUMNS.filter((column) => column.sort);

/** @type {import("./data.js").Paper[]} */
let shown = [];
/** @type {any} */
let body = null;
/** @type {Map<string, any>} */
const headers = new Map();

/** Draws the table, and again whenever the criteria change. */
export function drawPapers() {
  const head = COLUMNS.map((column) => {
    const title = column.hint ? `${column.title}, ${column.hint}` : column.title;
    const inner = column.sort
      ? [
          el("button", { type: "button", title, onclick: () => sortBy(column.sort) }, column.title, el("span.arrow", { "aria-hidden": "true" })),
          el("span.print-only", {}, column.title), // browsers repeat no buttons on further sheets
        ]
      : [column.title];
    const th = el("th", { scope: "col", role: "columnheader", class: column.narrow ? "narrow" : "" }, ...inner);
    if (column.sort) headers.set(column.sort, th);
    return th;
  });
  body = el("tbody", { role: "rowgroup" });
  byId("list").append(
    el(
      "table.papers",
      { role: "table", "aria-labelledby": "papers-title" },
      el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, ...head)),
      body,
    ),
  );
  onChange(draw);
  draw();
}

/** @param {string} sort */
export function sortBy(sort) {
  const again = criteria.sort === sort;
  change({ sort: /** @type {any} */ (sort), descending: again ? !criteria.descending : startsDescending(sort) });
}

/** @type {string} what was found last, to tell whether to look again */
let asked = "";

function draw() {
  const { words, labels: chosen, from, until, only, sort, descending } = criteria;
  const question = JSON.stringify([words, [...chosen], from, until, only, sort, descending]);
  if (question !== asked) {
    asked = question;
    shown = found();
    for (const [name, th] of headers)
      th.setAttribute("aria-sort", name !== sort ? "none" : descending ? "descending" : "ascending");
    say();
  }
  const last = Math.max(0, Math.ceil(shown.length / PER_PAGE) - 1);
  criteria.page = Math.min(Math.max(criteria.page, 0), last);
  const start = criteria.page * PER_PAGE;
  fill(shown.slice(start, start + PER_PAGE));
  pager(last);
}

/** @param {import("./data.js").Paper[]} some */
function fill(some) {
  body.replaceChildren(...some.flatMap(rows));
  if (!some.length) {
    const message = papers.length ? "No paper meets all of this. " : "There are no papers here yet.";
    const clear = isNarrowed() && el("button.quiet", { type: "button", onclick: clearAll }, "Clear all filters");
    body.append(el("tr", { role: "row" }, el("td.nothing", { role: "cell", colspan: COLUMNS.length }, message, clear)));
  }
}

/**
 * @param {import("./data.js").Paper} paper
 * @returns {any[]}
 */
function rows(paper) {
  const open = criteria.open === paper.id;
  const id = `details-of-${paper.id}`;
  const button = el(
    "button.title",
    { type: "button", "aria-expanded": String(open), "aria-controls": id, "data-paper": paper.id, onclick: () => toggle(paper.id) },
    paper.title,
  );
  const cells = [
    el("td.narrow.date", { role: "cell" }, ...dateAndMarks(paper)),
    el(
      "td.paper",
      { role: "cell" },
      button,
      el("div.authors", {}, paper.authors),
    ),
    el("td.chips", { role: "cell" }, chips(paper)),
  ];
  if (anyProbability) {
    const probability = probabilityOf(paper);
    cells.push(el("td.narrow.number", { role: "cell", "data-name": "Probability" }, probability === null ? "–" : probability.toFixed(2)));
  }
  if (anyCited) cells.push(el("td.narrow.number", { role: "cell", "data-name": "Cited by" }, counted(paper.cited)));
  const row = el(open ? "tr.open" : "tr", { role: "row" }, ...cells);
  if (!open) return [row];
  const inner = el("td", { role: "cell", colspan: COLUMNS.length }, details(paper, showPaper));
  return [row, el("tr.more", { role: "row", id }, inner)];
}

/** @param {import("./data.js").Paper} paper */
function dateAndMarks(paper) {
  const day = paper.published;
  const parts = [el("div", {}, day ? el("time", { datetime: day }, day) : "no date")];
  if (isMarked(paper, "new")) parts.push(el("span.badge", {}, "new"));
  if (paper.scope === 0) parts.push(el("span.badge", {}, "out of scope"));
  return parts;
}

/** @param {import("./data.js").Paper} paper */
function chips(paper) {
  const items = mostExact(paper).map(([place, probability]) => {
    const { title, definition } = labels[place];
    const how = probability === null ? "by hand" : probability.toFixed(2);
    return el(
      "li",
      {},
      el(
        "button.chip",
        { type: "button", "aria-pressed": String(criteria.labels.has(place)), title: `${title}, ${how}. ${definition}`, onclick: () => toggleLabel(place) },
        title,
      ),
    );
  });
  return items.length ? el("ul", { "aria-label": "Labels" }, ...items) : "";
}

/** @param {string} id */
function toggle(id) {
  change({ open: criteria.open === id ? "" : id });
  focusPaper(id, false);
}

/**
 * Opens a paper wherever it is, and goes there.
 * @param {string} id
 */
export function showPaper(id) {
  const paper = paperOf.get(id);
  if (!paper) return;
  criteria.open = id;
  if (!shown.includes(paper)) clearAll();
  change({ open: id, page: Math.floor(shown.indexOf(paper) / PER_PAGE) });
  focusPaper(id, true);
}

/**
 * @param {string} id
 * @param {boolean} scroll
 */
function focusPaper(id, scroll) {
  const button = body.querySelector(`button[data-paper="${CSS.escape(id)}"]`);
  button?.focus({ preventScroll: true });
  if (scroll) button?.closest("tr").scrollIntoView();
}

/** What narrows the list, in words; "" when nothing does. */
function inWords() {
  const { words, labels: chosen, from, until, only } = criteria;
  return [
    ...[...chosen].map((place) => labels[place].title),
    words.trim() && `the words “${words.trim()}”`,
    from && `from ${from} on`,
    until && `up to ${until}`,
    only && ONLY_TITLES[only],
  ].filter(Boolean).join("; ");
}

/** Tells how many papers there are, also to those who do not see the table. */
function say() {
  const all = plural(papers.length, "paper");
  byId("count").textContent = isNarrowed() ? `${counted(shown.length)} of ${all}` : all;
}

/** @param {number} last page */
function pager(last) {
  const nav = byId("pager");
  nav.hidden = last === 0;
  if (last === 0) return;
  const focused = nav.contains(document.activeElement) ? document.activeElement?.getAttribute("data-step") : null;
  const step = (/** @type {string} */ title, /** @type {number} */ to) =>
    el("button", { type: "button", "data-step": title, disabled: to < 0 || to > last || to === criteria.page, onclick: () => turn(to) }, title);
  const { page } = criteria;
  nav.replaceChildren(
    step("First", 0),
    step("Previous", page - 1),
    el("span", {}, `Page ${counted(page + 1)} of ${counted(last + 1)}`),
    step("Next", page + 1),
    step("Last", last),
  );
  if (focused) nav.querySelector(`[data-step="${focused}"]:enabled, button:enabled`)?.focus({ preventScroll: true });
}

/** @param {number} page */
function turn(page) {
  change({ page, open: "" });
  byId("papers").scrollIntoView();
}

/**
 * Puts the rows of a whole printed list in place, or those of the screen again.
 * @param {boolean} onPaper
 */
export function fitList(onPaper) {
  const note = byId("print-note");
  if (!onPaper) {
    note.textContent = "";
    draw();
    return;
  }
  fill(shown.slice(0, ON_PAPER));
  const asked = inWords();
  note.textContent = [
    asked ? `Narrowed to: ${asked}.` : "",
    shown.length > ON_PAPER ? `Only the first ${counted(ON_PAPER)} are printed.` : "",
  ].filter(Boolean).join(" ");
}
