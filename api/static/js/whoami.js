// Fills `#whoami` in the header of every page: the name and a way out, or the mark of the trial mode.
// Adds the pages to the menu that this person may use.

import { button, el, icon } from "./dom.js";
import { signOut, whoAmI } from "./session.js";

// What not everybody may use: address, label, icon and the roles it is for.
const PAGES = [
  ["/static/drafts.html", "二次評価", "check", ["evaluation"]],
  ["/static/statistics.html", "統計", "statistics", ["admin", "evaluation", "audit", "documents"]],
];

async function show(place) {
  let me;
  try {
    me = await whoAmI();
  } catch {
    return; // the page says by itself what does not work
  }
  for (const [address, label, iconName, roles] of PAGES) {
    if (location.pathname !== address && roles.some((role) => me.can[role])) {
      document
        .getElementById("theme")
        .before(el("a", { class: "nav-button", href: address }, icon(iconName), label));
    }
  }
  if (me.single_user) {
    place.replaceChildren(
      el(
        "span",
        { class: "tag tag-old", title: "このパソコンで1人で試すための使い方です。利用者の登録はありません。" },
        "試用（1人用）",
      ),
    );
    return;
  }
  const name = me.department ? `${me.department}　${me.name}` : me.name;
  const shown = [
    me.can.audit && el("a", { class: "whoami-name", href: "/static/audit.html" }, "監査の記録"),
    me.can_change_password
      ? el("a", { class: "whoami-name", href: "/login?change", title: "パスワードを変える" }, name)
      : el("span", { class: "whoami-name" }, name),
    me.can_sign_out && button("サインアウト", { kind: "small", onClick: () => signOut() }),
  ];
  place.replaceChildren(...shown.filter(Boolean));
}

const place = document.getElementById("whoami");
if (place) {
  show(place);
}
