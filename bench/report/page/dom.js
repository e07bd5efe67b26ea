// Elements from texts; nothing here or elsewhere in the page's script reads a text as HTML.

/** An element with these attributes and children; texts become text. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== false && value !== null && value !== undefined) {
      made.setAttribute(key, value === true ? "" : value);
    }
  }
  made.append(...children.filter((child) => child !== null && child !== ""));
  return made;
}

/** Copies of what an element holds. */
function copies({ childNodes }) {
  return [...childNodes].map((node) => node.cloneNode(true));
}

/** A text that is read aloud and not shown. */
function hidden(text) {
  return element("span", { class: "hidden" }, text);
}

/** A state as the name of a class. */
function css(state) {
  return state.replaceAll(" ", "-");
}

/** The number that a text starts with; NaN where there is none. */
function number(text) {
  return Number.parseFloat((text || "").replace("\u2212", "-"));
}
