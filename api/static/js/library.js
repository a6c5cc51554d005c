import { getAbout, getDocuments } from "./api.js";
import { japaneseDate } from "./dom.js";

/** What the page knows about the stock: the documents by id and the date of the index. */
export class Library {
  documents = new Map();
  count = null;
  indexDate = "";

  /** Reads both anew. Raises RequestError; what was known before stays. */
  async refresh() {
    const [about, listed] = await Promise.all([getAbout(), getDocuments()]);
    const documents = Array.isArray(listed) ? listed : listed.documents;
    this.documents = new Map(documents.map((document) => [document.id, document]));
    this.count = documents.length;
    this.indexDate = japaneseDate(about.indexed_at ?? about.index_date);
  }

  /** Takes over a document's quality report as it is after a decision. */
  review(id, report) {
    this.documents.set(id, {
      ...this.documents.get(id),
      ...report.document,
      page_count: report.pages,
      character_count: report.characters,
      chunk_count: report.chunks,
      warnings: report.warnings,
      excluded_pages: report.excluded_pages,
      accepted: report.accepted,
      groups: report.groups ?? this.documents.get(id)?.groups,
      confidentiality: report.confidentiality ?? this.documents.get(id)?.confidentiality,
      quality: report,
    });
  }

  /** "登録文書8件　索引の更新日：2026年11月21日", or "" before the first refresh. */
  get sentence() {
    if (this.count === null) {
      return "";
    }
    return `登録文書：${this.count}件${this.indexDate && `　　索引の更新日：${this.indexDate}`}`;
  }
}
