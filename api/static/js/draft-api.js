import { requestJson, sendFile } from "./api.js";

const LONG_MS = 5 * 60_000; // drafting anew with a language model

const path = (id) => `/api/drafts/${encodeURIComponent(id)}`;
const json = (method, body) => ({
  method,
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
  signal: AbortSignal.timeout(LONG_MS),
});

export const getBatches = () => requestJson("/api/drafts");
export const getBatch = (id) => requestJson(path(id));
export const getJob = (id) => requestJson(`/api/jobs/${encodeURIComponent(id)}`);
export const getSheet = (id, position) => requestJson(`${path(id)}/sheets/${position}`);
export const removeBatch = (id) => requestJson(path(id), { method: "DELETE" });
export const changeJob = (id, action) =>
  requestJson(`/api/jobs/${encodeURIComponent(id)}`, json("PATCH", { action }));

/** `change` has text, direction or reason, and the revision that was seen. */
export const editSheet = (id, position, change) =>
  requestJson(`${path(id)}/sheets/${position}`, json("PATCH", change));
export const advanceSheet = (id, position, revision, state) =>
  requestJson(`${path(id)}/sheets/${position}/state`, json("POST", { revision, state }));
export const draftAgain = (id, position, revision) =>
  requestJson(`${path(id)}/sheets/${position}/draft`, json("POST", { revision }));
export const advanceOpened = (id, positions, state) =>
  requestJson(`${path(id)}/states`, json("POST", { positions, state }));

export const proposeColumns = (file) => sendFile("POST", "/api/drafts/columns", file, () => {});
export const handIn = (file, fields, onProgress) =>
  sendFile("POST", "/api/drafts", file, onProgress, fields);
export const exportAddress = (id, form) => `${path(id)}/export?form=${form}`;
