"""What the browser tests share: three small documents and a visit that notes what goes wrong."""

from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, Page

REPORT = """
#set page(width: 148mm, height: 210mm, margin: 18mm)
#set text(font: "Noto Sans JP", size: 10pt, lang: "ja")
#set document(title: "生成AI活用報告書")
= 生成AI活用報告書
この報告書は、みなと市の生成AIの使われ方をまとめたものである。
#pagebreak()
= 第１章　利用の状況
2025年度の生成AIの月平均利用者数は227人であった。

2024年度の生成AIの月平均利用者数は151人であった。

庁内の研修は年に6回開いた。
#pagebreak()
= 第２章　これから
次年度は議事録の作成に生成AIを使い、作成時間を半分に減らすことを目標とする。
"""

MEMO = """# 窓口の案内

𠮷田ビルの1階に市民課の窓口がある。𠮷田ビルには駐車場がない。

市民課の窓口の受付時間は午前8時30分から午後5時15分までである。
"""

PAYLOADS = (
    '<img src=x onerror="window.ran=1">',
    '<img src="http://192.0.2.9/pixel.png">',
    "![図](http://192.0.2.9/?q=1)",
    "<script>window.ran=1</script>",
    '<svg onload="window.ran=1"></svg>',
    '<iframe src="http://192.0.2.9/"></iframe>',
    "<style>@import 'http://192.0.2.9/a.css';</style>",
    "[こちら](javascript:window.ran=1)",
)
INSPECTION = (
    "施設予約の点検記録\n\n"
    + "\n".join(
        f"施設予約の点検で第{number}回に見つけた文字列は{payload}である。"
        for number, payload in enumerate(PAYLOADS, 1)
    )
    + "\n"
)


@dataclass
class Visit:
    """One browser window on the site, with what went wrong in it."""

    page: Page
    context: BrowserContext
    origin: str
    problems: list[str] = field(default_factory=list)

    def ask(self, question: str) -> None:
        self.page.fill("#question", question)
        self.page.press("#question", "Enter")

    def ask_and_wait(self, question: str) -> None:
        """Asks and waits for the finished answer of this question."""
        turns = self.page.locator(".turn").count()
        self.ask(question)
        self.page.locator(".turn").nth(turns).locator(".answer[aria-busy=false]").wait_for()

    def expect_problems(self) -> list[str]:
        """The problems so far; they no longer fail the test."""
        found, self.problems[:] = list(self.problems), []
        return found


def watch(visit: Visit) -> None:
    """Notes requests to other hosts, console errors and failed scripts as problems."""

    def on_request(url: str) -> None:
        if not url.startswith((visit.origin, "blob:" + visit.origin)):
            visit.problems.append(f"request to {url}")

    def on_console(kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            visit.problems.append(f"console {kind}: {text}")

    # Chromium reports violations of the content policy on the console as errors, too.
    visit.context.on("request", lambda request: on_request(request.url))
    visit.page.on("console", lambda message: on_console(message.type, message.text))
    visit.page.on("pageerror", lambda error: visit.problems.append(f"script error: {error}"))
    visit.page.add_init_script(
        "window.violations = [];"
        "document.addEventListener('securitypolicyviolation',"
        " (event) => window.violations.push(event.violatedDirective));"
    )
