"""Where the language model is and how much it may take, checked once at the start."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from rag.llm.errors import ModelSettingsError
from rag.settings import Settings

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """One OpenAI-compatible server. Only `hosts` are ever connected to, and never by redirect."""

    base_url: str  # up to and with /v1
    model: str
    api_key: str
    hosts: frozenset[str]
    connect_timeout_s: float
    first_token_timeout_s: float  # waiting in the queue included
    read_timeout_s: float  # between two pieces of a reply
    total_timeout_s: float
    context_tokens: int
    answer_tokens: int
    max_reply_bytes: int
    concurrency: int
    queue_length: int


def endpoint_of(settings: Settings) -> Endpoint | None:
    """The model that is configured, None without one. Raises ModelSettingsError."""
    if not settings.llm_base_url:
        return None
    url = urlsplit(settings.llm_base_url)
    try:
        sound = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        sound = False
    if not sound or url.query or url.fragment or "@" in url.netloc:
        raise ModelSettingsError(
            "SHIORI_LLM_BASE_URL は http://サーバー名:ポート/v1 の形で指定してください。"
        )
    if not settings.llm_model:
        raise ModelSettingsError(
            "SHIORI_LLM_BASE_URL があるのに SHIORI_LLM_MODEL がありません。"
            "モデルの名前を指定してください。"
        )
    if settings.llm_answer_tokens * 2 > settings.llm_context_tokens:
        raise ModelSettingsError(
            "SHIORI_LLM_ANSWER_TOKENS は SHIORI_LLM_CONTEXT_TOKENS の半分以下にしてください。"
        )
    listed = {host.strip().lower() for host in settings.llm_allowed_hosts.split(",")} - {""}
    host = str(url.hostname).lower()
    if host not in (listed or _LOOPBACK):
        raise ModelSettingsError(
            f"言語モデルのサーバー「{host}」は接続を許されていません。"
            "SHIORI_LLM_ALLOWED_HOSTS に加えてください。"
        )
    return Endpoint(
        base_url=settings.llm_base_url.rstrip("/"),
        model=settings.llm_model,
        api_key=settings.llm_api_key.get_secret_value(),
        hosts=frozenset(listed or _LOOPBACK),
        connect_timeout_s=settings.llm_connect_timeout_s,
        first_token_timeout_s=settings.llm_first_token_timeout_s,
        read_timeout_s=settings.llm_read_timeout_s,
        total_timeout_s=settings.llm_total_timeout_s,
        context_tokens=settings.llm_context_tokens,
        answer_tokens=settings.llm_answer_tokens,
        max_reply_bytes=settings.llm_max_reply_bytes,
        concurrency=settings.llm_concurrency,
        queue_length=settings.llm_queue_length,
    )
