import { RequestError, choosePassword, signIn, signOut, whoAmI } from "./session.js";

const title = document.getElementById("login-title");
const problem = document.getElementById("login-problem");
const signInForm = document.getElementById("sign-in");
const passwordForm = document.getElementById("choose-password");

function tell(message, field) {
  problem.textContent = message;
  problem.hidden = message === "";
  for (const input of document.querySelectorAll("input")) {
    input.removeAttribute("aria-invalid");
  }
  if (field) {
    field.setAttribute("aria-invalid", "true");
    field.focus();
  }
}

/** Runs `send` with the form's button off; a failure is told beside `field`. */
async function submit(form, field, send) {
  const sendButton = form.querySelector("button[type=submit]");
  sendButton.disabled = true;
  tell("");
  try {
    await send();
  } catch (error) {
    tell(error instanceof RequestError ? error.message : "サインインできませんでした。", field);
  } finally {
    sendButton.disabled = false;
  }
}

function showPasswordForm(current) {
  title.textContent = "パスワードを決める";
  document.title = "パスワードを決める｜しおり";
  signInForm.hidden = true;
  passwordForm.hidden = false;
  passwordForm.current.value = current;
  (current ? passwordForm.new : passwordForm.current).focus();
}

signInForm.addEventListener("submit", (event) => {
  event.preventDefault();
  const { username, password } = signInForm;
  if (!username.value.trim() || !password.value) {
    tell("利用者名とパスワードを入力してください。", username.value.trim() ? password : username);
    return;
  }
  submit(signInForm, password, async () => {
    const me = await signIn(username.value, password.value);
    if (me.must_change) {
      showPasswordForm(password.value);
    } else {
      location.replace("/");
    }
  });
});

passwordForm.addEventListener("submit", (event) => {
  event.preventDefault();
  const { current, repeated } = passwordForm;
  const chosen = passwordForm.new;
  if (chosen.value !== repeated.value) {
    tell("新しいパスワードが2回とも同じになるように入力してください。", repeated);
    return;
  }
  submit(passwordForm, chosen, async () => {
    await choosePassword(current.value, chosen.value);
    location.replace("/");
  });
});

// Who has a password already may go back; who has an initial one can only leave.
let isObliged = true;
const leave = document.getElementById("leave");
leave.addEventListener("click", () => (isObliged ? signOut() : location.assign("/")));

if (new URLSearchParams(location.search).has("change")) {
  showPasswordForm(""); // sent here by the server, or by oneself
  whoAmI().then((me) => {
    isObliged = me.must_change;
    leave.textContent = isObliged ? "やめてサインアウトする" : "変えずに戻る";
    document.getElementById("current-label").textContent = isObliged
      ? "今のパスワード（初期パスワード）"
      : "今のパスワード";
  }, () => location.replace("/login"));
} else {
  signInForm.username.focus();
}
