import { announce } from "./announce.js";
import { getTemplates, RequestError, useTemplate } from "./api.js";
import { renderAnswer, spokenSummary } from "./answer.js";
import { button, el } from "./dom.js";
import { Library } from "./library.js";
import { SourcePanel } from "./source-panel.js";

const choice = document.getElementById("template");
const purpose = document.getElementById("purpose");
const form = document.getElementById("form");
const result = document.getElementById("result");
const library = new Library();
const panel = new SourcePanel({ library });
let offered = [];
let withModel = false;

/** The form of the chosen template: a box for each field, its example, and what it cannot do. */
function show() {
  const template = offered.find((each) => each.id === choice.value);
  purpose.textContent = template.purpose;
  const boxes = template.fields.map((field) =>
    el("textarea", {
      id: `field-${field.name}`,
      name: field.name,
      rows: field.most_characters > 200 ? "3" : "1",
      maxlength: String(field.most_characters),
      required: true,
    }),
  );
  const error = el("p", { class: "template-error", role: "alert", hidden: true });
  const send = el("button", { type: "submit", class: "button button-primary" }, "下書きを作る");
  form.replaceChildren(
    ...template.fields.flatMap((field, at) => [
      el("label", { for: `field-${field.name}` }, field.label),
      boxes[at],
    ]),
    error,
    el(
      "div",
      { class: "template-actions" },
      send,
      button("記入例を入れる", {
        onClick: () => {
          for (const box of boxes) {
            box.value = template.example.fields[box.name];
          }
          boxes[0].focus();
        },
      }),
    ),
    el(
      "details",
      { class: "template-example" },
      el("summary", {}, "記入例からできる文章"),
      el("p", {}, template.example.result),
    ),
    ...(withModel
      ? []
      : [el("p", { class: "template-example" }, `言語モデルがない間：${template.without_model}`)]),
  );
  form.onsubmit = (event) => {
    event.preventDefault();
    make(template, boxes, send, error);
  };
}

async function make(template, boxes, send, error) {
  const empty = boxes.find((box) => box.value.trim() === "");
  for (const box of boxes) {
    box.setAttribute("aria-invalid", String(box === empty));
  }
  if (empty) {
    const label = form.querySelector(`label[for="${empty.id}"]`).textContent;
    fail(error, `「${label}」を入力してください。`);
    empty.focus();
    return;
  }
  error.hidden = true;
  send.disabled = true;
  announce("下書きを作っています");
  try {
    const fields = Object.fromEntries(boxes.map((box) => [box.name, box.value]));
    const answer = await useTemplate(template.id, fields);
    const shown = el("div", { class: "answer", "aria-busy": "false" });
    shown.append(
      renderAnswer({
        question: answer.resolved_question,
        answer,
        documents: library.documents,
        indexDate: library.indexDate,
        openSource: (reference, opener) => panel.open(reference, opener),
        announce,
        template: template.id,
      }),
    );
    result.replaceChildren(el("h2", {}, `${template.title}（案）`), shown);
    result.hidden = false;
    announce(spokenSummary(answer));
  } catch (problem) {
    fail(
      error,
      problem instanceof RequestError
        ? problem.message
        : "画面で問題が起きました。もう一度お試しください。",
    );
  } finally {
    send.disabled = false;
  }
}

function fail(error, sentence) {
  error.textContent = sentence;
  error.hidden = false;
}

async function start() {
  try {
    const listed = await getTemplates();
    offered = listed.templates;
    withModel = listed.language_model;
    choice.replaceChildren(
      ...offered.map((each) =>
        el("option", { value: each.id }, each.own ? `${each.title}（庁内）` : each.title),
      ),
    );
    choice.addEventListener("change", show);
    show();
    await library.refresh();
  } catch (problem) {
    purpose.textContent =
      problem instanceof RequestError ? problem.message : "一覧を読み込めませんでした。";
  }
}

start();
