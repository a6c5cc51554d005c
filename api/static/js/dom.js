/**
 * A new element. Text always goes in as text: nothing here or elsewhere parses markup.
 * @param {string} tag
 * @param {Object<string, unknown>} attributes `class`, `on` ({event: listener}) and plain ones;
 *   `true` sets an empty attribute, `false`, `null` and `undefined` set none.
 * @param {...(Node|string|null|undefined|false)} children
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) {
        element.addEventListener(event, listener);
      }
    } else if (value === true) {
      element.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, String(value));
    }
  }
  element.append(...children.filter((child) => child || child === 0));
  return element;
}

export function icon(name) {
  return el("span", { class: `icon icon-${name}`, "aria-hidden": "true" });
}

/** A button with an icon and a text. */
export function button(label, { iconName, kind = "quiet", onClick, ...attributes } = {}) {
  return el(
    "button",
    { type: "button", class: `button button-${kind}`, on: { click: onClick }, ...attributes },
    iconName && icon(iconName),
    label,
  );
}

/** A square button that shows an icon only; the label is spoken and shown on hover. */
export function iconButton(label, iconName, onClick, attributes = {}) {
  return el(
    "button",
    {
      type: "button",
      class: "icon-button",
      "aria-label": label,
      title: label,
      on: { click: onClick },
      ...attributes,
    },
    icon(iconName),
  );
}

/** "2026-11-21" or an ISO time -> "2026年11月21日"; "" for anything else. */
export function japaneseDate(value) {
  const parts = /^(\d{4})-(\d{2})-(\d{2})/.exec(value ?? "");
  return parts ? `${parts[1]}年${Number(parts[2])}月${Number(parts[3])}日` : "";
}

/** The server counts code points, JavaScript UTF-16 units: 𠮷 is one there and two here. */
export function codePointLength(text) {
  return Array.from(text).length;
}

/** `text` cut at code point offsets into [before, inside, after]. */
export function cutAtCodePoints(text, start, end) {
  const letters = Array.from(text);
  return [
    letters.slice(0, start).join(""),
    letters.slice(start, end).join(""),
    letters.slice(end).join(""),
  ];
}
