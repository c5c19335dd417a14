// What the reader asks for: one object, and those who want to know when it changes.

/**
 * @typedef {object} Criteria
 * @property {string} words
 * @property {Set<number>} labels places of labels; a paper must carry all
 * @property {string} from a month, or ""
 * @property {string} until a month, or ""
 * @property {string} only a choice of the filter "Only", or ""
 * @property {"published" | "title" | "probability" | "cited"} sort
 * @property {boolean} descending
 * @property {number} page from 0
 * @property {string} open the id of the paper whose details are open, or ""
 */

/** @returns {Criteria} */
function atFirst() {
  return {
    words: "",
    labels: new Set(),
    from: "",
    until: "",
    only: "",
    sort: "published",
    descending: true,
    page: 0,
    open: "",
  };
}

/** @type {Criteria} */
export const criteria = atFirst();

/** @type {(() => void)[]} */
const listeners = [];

/** @param {() => void} listener called after each change */
export function onChange(listener) {
  listeners.push(listener);
}

/** @param {Partial<Criteria>} changes */
export function change(changes) {
  const narrows = ["words", "labels", "from", "until", "only", "sort", "descending"];
  const first = narrows.some((name) => name in changes) ? { page: 0 } : {};
  Object.assign(criteria, first, changes);
  for (const listener of listeners) listener();
}

/** @param {number} place of a label, which is chosen or taken back */
export function toggleLabel(place) {
  const chosen = new Set(criteria.labels);
  if (!chosen.delete(place)) chosen.add(place);
  change({ labels: chosen });
}

/** Takes back all that narrows the list. */
export function clearAll() {
  const { sort, descending } = criteria;
  change({ ...atFirst(), sort, descending });
}

/** Whether anything narrows the list. */
export function isNarrowed() {
  const { words, labels: chosen, from, until, only } = criteria;
  return Boolean(words.trim() || chosen.size || from || until || only);
}

/**
 * The direction in which a column is sorted when it is first chosen.
 * @param {string} sort
 */
export function startsDescending(sort) {
  return sort !== "title";
}
