import { RequestError, requestJson } from "./api.js";

const LOGIN_PAGE = "/login";

let asked;

/** Who is here and what may be offered, asked once for each page: as GET /api/session. */
export function whoAmI() {
  asked ??= requestJson("/api/session");
  return asked;
}

export async function signOut() {
  await requestJson("/api/session", { method: "DELETE" });
  location.assign(LOGIN_PAGE);
}

const json = (method, body) => ({
  method,
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

export const signIn = (login, password) =>
  requestJson("/api/session", json("POST", { login, password }));

export const choosePassword = (current, chosen) =>
  requestJson("/api/session/password", json("PUT", { current, new: chosen }));

export { RequestError };
