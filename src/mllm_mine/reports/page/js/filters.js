// The form above the table.
import { byId, el } from "./dom.js";
import { labels, papers } from "./data.js";
import { change, clearAll, criteria, isNarrowed, onChange, startsDescending, toggleLabel } from "./criteria.js";
import { ONLY, ONLY_TITLES } from "./search.js";
import { SORTABLE } from "./papers.js";

/** Draws the form, and keeps it in step with the criteria. */
export function drawFilters() {
  const form = byId("filters");
  const words = el("input", {
    type: "search", id: "words", autocomplete: "off", spellcheck: "false",
    placeholder: "title, author, abstract, id", oninput: () => change({ words: words.value }),
  });
  const months = [...new Set(papers.map((paper) => paper.published.slice(0, 7)).filter(Boolean))].sort().reverse();
  const from = monthSelect(months, "from");
  const until = monthSelect(months, "until");
  const choices = Object.entries(ONLY_TITLES).filter(([name]) => {
    const count = papers.filter(ONLY[name]).length;
    return count > 0 && count < papers.length;
  });
  const only = el(
    "select",
    { onchange: () => change({ only: only.value }) },
    el("option", { value: "" }, "all"),
    ...choices.map(([name, title]) => el("option", { value: name }, title)),
  );
  const sort = el(
    "select",
    { onchange: () => change({ sort: sort.value, descending: startsDescending(sort.value) }) },
    ...SORTABLE.map((column) => el("option", { value: column.sort }, column.title)),
  );
  form.append(
    field("Search", words, "field search"),
    months.length > 1 && field("From", from),
    months.length > 1 && field("Until", until),
    choices.length > 0 && field("Only", only),
    field("Sort by", sort, "field sort"),
  );
  form.addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
  onChange(() => {
    if (words.value !== criteria.words && words.value.trim() !== criteria.words) words.value = criteria.words;
    from.value = criteria.from;
    until.value = criteria.until;
    only.value = criteria.only;
    sort.value = criteria.sort;
    showChosen();
  });
  showChosen();
}

/**
 * @param {string} title
 * @param {any} control
 * @param {string} [classes]
 */
function field(title, control, classes = "field") {
  return el("label", { class: classes }, el("span", {}, title), control);
}

/**
 * @param {string[]} months newest first
 * @param {"from" | "until"} name
 */
function monthSelect(months, name) {
  const select = el(
    "select",
    { onchange: () => change({ [name]: select.value }) },
    el("option", { value: "" }, "any"),
    ...months.map((month) => el("option", { value: month }, month)),
  );
  return select;
}

function showChosen() {
  const items = [...criteria.labels].map((place) => {
    const { title } = labels[place];
    const remove = { type: "button", "aria-label": `${title}: take this label back`, onclick: () => toggleLabel(place) };
    return el("li", {}, el("button.chip", remove, title, el("span", { "aria-hidden": "true" }, " ×")));
  });
  if (isNarrowed()) items.push(el("li", {}, el("button.quiet", { type: "button", onclick: clearAll }, "Clear all filters")));
  byId("chosen").replaceChildren(...items);
  byId("chosen").hidden = !items.length;
}
