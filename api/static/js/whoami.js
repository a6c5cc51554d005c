// Fills `#whoami` in the header of every page: the name and a way out, or the mark of the trial mode.
// Adds the pages to the menu that this person may use.

import { button, el } from "./dom.js";
import { addPages } from "./navigation.js";
import { signOut, whoAmI } from "./session.js";

async function show(place) {
  let me;
  try {
    me = await whoAmI();
  } catch {
    return; // the page says by itself what does not work
  }
  addPages(me);
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
