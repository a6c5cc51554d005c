"""業務テンプレート: forms for everyday texts, filled from the documents, each sentence cited."""
