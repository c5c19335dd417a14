// What the reader asks for stands in the page's address, so that it can be kept and passed on.
import { labels, paperOf } from "./data.js";
import { change, criteria, onChange, startsDescending } from "./criteria.js";

const SORTS = ["published", "title", "probability", "cited"];
const MONTH = /^\d{4}-\d{2}$/;

/** The criteria as the part of an address after `#`; "" when there are none. */
function asAddress() {
  const parts = new URLSearchParams();
  if (criteria.words.trim()) parts.append("words", criteria.words.trim());
  for (const place of criteria.labels) parts.append("label", labels[place].id);
  for (const name of /** @type {const} */ (["from", "until", "only"]))
    if (criteria[name]) parts.append(name, criteria[name]);
  const { sort, descending } = criteria;
  if (sort !== "published" || !descending)
    parts.append("sort", descending === startsDescending(sort) ? sort : `-${sort}`);
  if (criteria.open) parts.append("paper", criteria.open);
  return parts.toString();
}

/** Reads the criteria from the address, leaving out what makes no sense. */
function readAddress() {
  const address = location.hash.slice(1);
  if (!address.includes("=")) return false; // a section of the page
  const parts = new URLSearchParams(address);
  const place = new Map(labels.map((label, at) => [label.id, at]));
  const month = (/** @type {string} */ name) => {
    const value = parts.get(name) || "";
    return MONTH.test(value) ? value : "";
  };
  const stated = parts.get("sort") || "published";
  const sort = /** @type {any} */ (stated.replace(/^-/, ""));
  const known = SORTS.includes(sort);
  const paper = parts.get("paper") || "";
  change({
    words: parts.get("words") || "",
    labels: new Set(parts.getAll("label").flatMap((id) => place.get(id) ?? [])),
    from: month("from"),
    until: month("until"),
    only: parts.get("only") || "",
    sort: known ? sort : "published",
    descending: known ? startsDescending(sort) !== stated.startsWith("-") : true,
    open: paperOf.has(paper) ? paper : "",
  });
  return true;
}

/**
 * Keeps address and criteria alike.
 * @param {() => void} arrived called when an address has been read
 */
export function keepAddress(arrived) {
  onChange(() => {
    const address = asAddress();
    if (address === location.hash.slice(1)) return;
    if (!address && !location.hash.includes("=")) return;
    try {
      history.replaceState(null, "", `#${address}`);
    } catch {
      // A browser that does not let a page from disk do so; the list works without.
    }
  });
  const read = () => readAddress() && arrived();
  addEventListener("hashchange", read);
  return read;
}
