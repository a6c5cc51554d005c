import { japaneseDate } from "./dom.js";

/** "計画、2022年3月1日付" of the document a citation belongs to; "" when unknown. */
export function documentFacts(document) {
  const issued = japaneseDate(document?.issued);
  return [document?.kind, issued && `${issued}付`].filter(Boolean).join("、");
}

export function pageLabel(page) {
  return page === null || page === undefined ? "本文" : `${page}ページ`;
}

/** Headings arrive as one string or as a list of levels. */
export function headingText(heading) {
  return Array.isArray(heading) ? heading.join(" ＞ ") : (heading ?? "");
}

/** The note every answer carries: who made it, how old the index is, what to do. */
export function originNote(answer, indexDate) {
  const maker =
    answer.mode === "llm"
      ? "この回答は機械（AI）が文書をもとに作成した文章です。"
      : "この回答はAIの作文ではなく、登録文書からの抜き出しです。";
  const index = indexDate ? `索引の更新日：${indexDate}` : "";
  return `${maker}お使いの前に、必ず出典のページで確かめてください。${index}`;
}

/** The answer with its sources as plain text, for a mail or a document. */
export function answerAsText({ question, answer, documents, indexDate }) {
  const lines = [`【質問】${question}`, "", "【回答】"];
  if (answer.status === "partial") {
    lines.push("（一部のみ回答）");
  }
  if (answer.short_answer && !answer.answer.includes(answer.short_answer)) {
    lines.push(answer.short_answer);
  }
  lines.push(answer.answer.trim());
  for (const warning of answer.warnings ?? []) {
    if (!answer.answer.includes(warning.message)) {
      lines.push(`※ ${warning.message}`);
    }
  }
  if (answer.citations?.length) {
    lines.push("", "【出典】");
    for (const citation of answer.citations) {
      const facts = documentFacts(documents.get(citation.document_id));
      const heading = headingText(citation.heading);
      lines.push(
        `[${citation.marker}] ${citation.document_title}${facts && `（${facts}）`}` +
          ` ${pageLabel(citation.page)}${heading && `　${heading}`}`,
        `　　「${citation.quote.replace(/\s*\n\s*/g, "").replace(/\t/g, "／").trim()}」`,
      );
    }
  }
  lines.push("", originNote(answer, indexDate));
  return lines.join("\n");
}

/** Copies text. @returns {Promise<boolean>} whether it worked */
export async function copyText(text) {
  if (navigator.clipboard && window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // refused by policy: try the old way
    }
  }
  // Plain http inside the city's network has no clipboard API.
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  area.setAttribute("readonly", "");
  const focused = document.activeElement;
  (document.querySelector("dialog:modal") ?? document.body).append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  focused?.focus();
  return copied;
}
