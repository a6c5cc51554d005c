// Runs before the first paint, as a classic script: no flash of the other theme.
(() => {
  const NAMES = { auto: "自動", light: "明るい", dark: "暗い" };
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  function remembered() {
    try {
      const choice = window.localStorage.getItem("shiori-theme");
      return choice in NAMES ? choice : "auto";
    } catch {
      return "auto"; // storage may be forbidden by policy
    }
  }

  let choice = remembered();

  function apply() {
    const dark = choice === "dark" || (choice === "auto" && system.matches);
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    const name = document.getElementById("theme-name");
    if (name) {
      name.textContent = `表示：${NAMES[choice]}`;
    }
  }

  apply();
  system.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", () => {
    apply();
    document.getElementById("theme")?.addEventListener("click", () => {
      choice = { auto: "light", light: "dark", dark: "auto" }[choice];
      try {
        window.localStorage.setItem("shiori-theme", choice);
      } catch {
        // The choice then holds until the page is closed.
      }
      apply();
    });
  });
})();
