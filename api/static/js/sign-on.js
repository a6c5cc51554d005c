const REASONS = {
  failed: "サインインできませんでした。もう一度お試しください。",
  no_account: "しおりの利用者として登録されていません。管理者に相談してください。",
};

const reason = REASONS[new URLSearchParams(location.search).get("sso")];
if (reason) {
  const problem = document.getElementById("login-problem");
  problem.textContent = reason;
  problem.hidden = false;
}
