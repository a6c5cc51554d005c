import { EventStreamParser } from "./sse.js";

const SILENCE_LIMIT_MS = 90_000; // a server that writes nothing for so long is given up
const JSON_LIMIT_MS = 30_000;
const UPLOAD_LIMIT_MS = 30 * 60_000; // reading a long PDF takes minutes
const CHANGE_LIMIT_MS = 10 * 60_000; // a change waits for the one before it

const BY_STATUS = {
  401: "利用するにはサインインが必要です。画面を読み込み直してください。",
  403: "この操作は許可されていません。",
  404: "見つかりませんでした。削除されたか、名前が変わった可能性があります。",
  413: "送る内容が大きすぎます。",
  429: "質問が続いています。少し待ってからもう一度お試しください。",
  503: "ただいま準備中です。少し待ってからもう一度お試しください。",
};

/** A failure with a sentence that can be shown as it is. */
export class RequestError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

function offline() {
  return new RequestError(
    "network",
    "サーバーに接続できませんでした。ネットワークを確かめて、もう一度お試しください。",
  );
}

function timedOut() {
  return new RequestError(
    "timeout",
    "時間内に応答がありませんでした。少し待ってからもう一度お試しください。",
  );
}

function cut() {
  return new RequestError(
    "stream_cut",
    "回答の途中で接続が切れました。もう一度お試しください。",
  );
}

function errorFrom(status, text) {
  try {
    const body = JSON.parse(text);
    if (typeof body.message === "string") {
      return new RequestError(body.code ?? "error", body.message);
    }
  } catch {
    // not JSON: a proxy's page, say
  }
  return new RequestError(
    `http_${status}`,
    BY_STATUS[status] ?? `サーバーで問題が起きました（${status}）。もう一度お試しください。`,
  );
}

// Where signing in helps, the page goes there instead of showing a failure.
const TO_LOGIN = new Set(["login_required", "password_change_required"]);

function goToLogin(error) {
  if (TO_LOGIN.has(error.code) && location.pathname !== "/login") {
    location.assign(error.code === "password_change_required" ? "/login?change" : "/login");
  }
  return error;
}

async function request(path, options = {}) {
  try {
    const response = await fetch(path, {
      signal: AbortSignal.timeout(JSON_LIMIT_MS),
      ...options,
    });
    if (!response.ok) {
      throw goToLogin(errorFrom(response.status, await response.text()));
    }
    return response;
  } catch (error) {
    if (error instanceof RequestError || error.name === "AbortError") {
      throw error;
    }
    throw error.name === "TimeoutError" ? timedOut() : offline();
  }
}

const getJson = async (path, options) => (await request(path, options)).json();
export const requestJson = getJson;
const documentPath = (id) => `/api/documents/${encodeURIComponent(id)}`;

export const getAbout = () => getJson("/api/about");
export const getSuggestions = () => getJson("/api/suggestions");
export const getTemplates = () => getJson("/api/templates");
export const useTemplate = (id, fields) =>
  getJson(`/api/templates/${encodeURIComponent(id)}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ fields }),
    signal: AbortSignal.timeout(CHANGE_LIMIT_MS),
  });
export const getDocuments = () => getJson("/api/documents");
export const getPageText = (id, page) => getJson(`${documentPath(id)}/pages/${page}`);
export const getQuality = (id) => getJson(`${documentPath(id)}/quality`);
export const deleteDocument = (id) =>
  getJson(documentPath(id), { method: "DELETE", signal: AbortSignal.timeout(CHANGE_LIMIT_MS) });

/** `change` is {excluded_pages: [numbers]} or {accepted: boolean}. Resolves to the new quality. */
export const reviewDocument = (id, change) =>
  getJson(documentPath(id), {
    method: "PATCH",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(change),
    signal: AbortSignal.timeout(CHANGE_LIMIT_MS),
  });

/** PNG of the page as an ArrayBuffer; the passage [start, end) is marked. */
export async function getPageImage(id, page, { start, end, width }, signal) {
  const query = new URLSearchParams({ width: String(width) });
  if (Number.isInteger(start) && Number.isInteger(end)) {
    query.set("start", String(start));
    query.set("end", String(end));
  }
  const response = await request(`${documentPath(id)}/pages/${page}/image?${query}`, { signal });
  return response.arrayBuffer();
}

/**
 * Asks and follows the stream. Resolves when the answer or an error has come.
 * @param {object} body as for POST /api/ask
 * @param {{signal: AbortSignal, on: Object<string, function(object)>}} options listeners by event
 */
export async function streamChat(body, { signal, on }) {
  const silence = new AbortController();
  let timer;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), SILENCE_LIMIT_MS);
  };
  alive();
  let finished = false;
  const parser = new EventStreamParser((name, data) => {
    if (finished) {
      return;
    }
    const event = JSON.parse(data);
    finished = name === "answer" || name === "error";
    if (name === "error") {
      throw goToLogin(new RequestError(event.code, event.message));
    }
    on[name]?.(event);
  });
  try {
    const response = await request("/api/chat", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, silence.signal]),
    });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    while (!finished) {
      const { value, done } = await reader.read();
      if (done) {
        parser.end();
        break;
      }
      alive();
      parser.push(value);
    }
    if (!finished) {
      throw cut();
    }
  } catch (error) {
    if (silence.signal.aborted && !signal.aborted) {
      throw timedOut();
    }
    if (error instanceof RequestError || signal.aborted) {
      throw error;
    }
    throw cut();
  } finally {
    clearTimeout(timer);
  }
}

/** `said` are the URLSearchParams of what is decided of the file beforehand. */
export const uploadDocument = (file, said, onProgress) =>
  sendFile("POST", `/api/documents?${said}`, file, onProgress);

/** The file takes the place of the document; with `keepOld` the old text stays as 旧版. */
export const replaceDocument = (id, file, keepOld, onProgress) =>
  sendFile("PUT", `${documentPath(id)}?keep_old=${keepOld}`, file, onProgress);

/**
 * Sends one file with `fields` beside it; `onProgress` gets the share sent, 0 to 1. Resolves to the
 * server's JSON.
 */
export function sendFile(method, path, file, onProgress, fields = {}) {
  const form = new FormData();
  form.append("file", file, file.name);
  for (const [name, value] of Object.entries(fields)) {
    form.append(name, String(value));
  }
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest(); // fetch tells nothing about how much has been sent
    xhr.open(method, path);
    xhr.timeout = UPLOAD_LIMIT_MS;
    xhr.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) {
        onProgress(event.loaded / event.total);
      }
    });
    xhr.addEventListener("error", () => reject(offline()));
    xhr.addEventListener("timeout", () => reject(timedOut()));
    xhr.addEventListener("load", () => {
      if (xhr.status >= 200 && xhr.status < 300) {
        resolve(JSON.parse(xhr.responseText || "{}"));
      } else {
        reject(goToLogin(errorFrom(xhr.status, xhr.responseText)));
      }
    });
    xhr.send(form);
  });
}
