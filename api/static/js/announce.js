/**
 * Spoken once by a screen reader. Everything behind a modal dialog is silent, so that an open one
 * has a region of its own. Emptied first, so that the same sentence twice is heard twice.
 */
export function announce(sentence) {
  const region =
    document.querySelector("dialog:modal [data-announcer]") ?? document.getElementById("announcer");
  region.textContent = "";
  requestAnimationFrame(() => {
    region.textContent = sentence;
  });
}
