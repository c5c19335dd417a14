// Ways about the page that leave the address, and with it what the reader asks for, as it is.
import { byId } from "./dom.js";
import { isNarrowed, onChange } from "./criteria.js";

/** @param {any} section */
function goTo(section) {
  section.scrollIntoView();
  section.focus({ preventScroll: true });
}

/** Makes the links to sections work, and the button that shows the list from elsewhere. */
export function sectionLinks() {
  for (const link of document.querySelectorAll(".skip, .top nav a"))
    link.addEventListener("click", (event) => {
      event.preventDefault();
      goTo(byId((link.getAttribute("href") || "").slice(1)));
    });
  const found = byId("found");
  let inView = false;
  const show = () => {
    found.hidden = inView || !isNarrowed();
    found.textContent = `Show ${byId("count").textContent}`;
  };
  found.addEventListener("click", () => goTo(byId("papers")));
  new IntersectionObserver(([entry]) => {
    inView = entry.isIntersecting;
    show();
  }).observe(byId("papers"));
  onChange(show);
}
