import { nearText } from "./quality.js";

/** What a removal took out, in words. */
export function removalSentence(title, receipt) {
  const answers =
    receipt.blanked_answers > 0
      ? `この文書を引用していた回答の記録${receipt.blanked_answers}件からも本文を消しました。`
      : "";
  return (
    `「${title}」を削除しました。` +
    `消したもの：${receipt.pages}ページ、${receipt.chunks}箇所、` +
    `検索情報${receipt.vectors + receipt.lexical_entries}件。残り${receipt.left}件。${answers}`
  );
}

/** What a replacement took out, kept and put in, in words. */
export function replacementSentence(title, report) {
  if (report.outcome === "unchanged" || !report.receipt) {
    return `「${title}」は、選んだファイルと同じ内容のため、そのままです。`;
  }
  const receipt = report.receipt;
  const before = takenOut(receipt);
  return (
    `「${title}」を置き換えました。${before}` +
    `新しい内容：${receipt.pages}ページ、${receipt.chunks}箇所。`
  );
}

/** What became of the content that was there before. */
function takenOut(receipt) {
  const old = `${receipt.old_pages}ページ、${receipt.old_chunks}箇所`;
  return receipt.kept_as
    ? `前の内容（${old}）は、旧版「${receipt.kept_as}」として残しました。`
    : `消したもの：前の内容の${old}。残り${receipt.left}件。`;
}

/** One sentence about the server's report on one file. Raises when the file was not taken in. */
export function uploadSentence(name, report, nearDuplicates = []) {
  const failure = report.failures?.[0];
  if (report.documents) {
    return archiveSentence(name, report);
  }
  if (failure) {
    throw new Error(failure.message);
  }
  if (report.unchanged?.length > 0) {
    return `${name}は、同じ内容がすでに登録されています。`;
  }
  const done = report.replaced?.length > 0 ? "を新しい内容に置き換えました" : "を登録しました";
  const size = report.pages ? `（${report.pages}ページ、${report.chunks}箇所）` : "";
  const before = report.receipt ? takenOut(report.receipt) : "";
  const remarks = [...(report.warnings ?? []), ...(report.document?.quality?.remarks ?? [])];
  const near = nearDuplicates.length > 0 ? `よく似た文書があります：${nearText(nearDuplicates)}。` : "";
  return `${name}${done}${size}。${before}${[...new Set(remarks)].join(" ")}${near}`;
}

/** What became of the files inside an archive; those that were refused are named with the reason. */
function archiveSentence(name, report) {
  const counts = [
    [report.added, "登録"],
    [report.replaced, "置き換え"],
    [report.unchanged, "変更なし"],
    [report.failures, "読み取れず"],
  ]
    .filter(([files]) => files?.length > 0)
    .map(([files, word]) => `${word}${files.length}件`);
  const remarks = [
    ...(report.failures ?? []).map((failure) => failure.message),
    ...(report.warnings ?? []),
  ];
  return `${name}の中の文書：${counts.join("、")}。${remarks.join(" ")}`;
}
