// Elements. Every text goes in as text: nothing here, or anywhere, reads markup.

/**
 * The element of an id; the page's markup has them all.
 * @param {string} id
 * @returns {any}
 */
export function byId(id) {
  return document.getElementById(id);
}

/**
 * Makes an element.
 * @param {string} name of the element, with classes after dots: `li.chip`
 * @param {Record<string, any>} [attributes] `onclick` and the like are listeners; true is an
 *   attribute without value; false, null and undefined are none
 * @param {...(Node | string | null | false)} children texts and elements; null and false are none
 * @returns {any}
 */
export function el(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  for (const child of children) if (child !== null && child !== false) element.append(child);
  return element;
}

/**
 * A link that leaves the page, or the bare text when the address is not one of the web's.
 * @param {string} address
 * @param {string} text
 */
export function outwardLink(address, text) {
  let url;
  try {
    url = new URL(address);
  } catch {
    return el("span", {}, text);
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") return el("span", {}, text);
  return el("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, text);
}

/**
 * A number as people read it.
 * @param {number} value
 */
export function counted(value) {
  return value.toLocaleString("en");
}

/**
 * A number with its noun.
 * @param {number} value
 * @param {string} noun in the singular
 */
export function plural(value, noun) {
  return `${counted(value)} ${noun}${value === 1 ? "" : "s"}`;
}
