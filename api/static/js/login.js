import { RequestError, choosePassword, signIn, signOut } from "./session.js";

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

document.getElementById("leave").addEventListener("click", () => signOut());

if (new URLSearchParams(location.search).has("change")) {
  showPasswordForm(""); // sent here by the server: signed in with an initial password
} else {
  signInForm.username.focus();
}
