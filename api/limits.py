"""The limits for reading one file, as the settings state them."""

from ingest.limits import Limits
from rag.settings import Settings


def limits_of(settings: Settings) -> Limits:
    return Limits(
        file_bytes=settings.max_bytes_per_file,
        pages=settings.max_pages_per_file,
        cpu_s=settings.reading_cpu_s,
        memory_bytes=settings.reading_memory_bytes,
        unpacked_bytes=settings.max_unpacked_bytes,
        cells_per_sheet=settings.max_cells_per_sheet,
        characters=settings.max_characters_per_file,
        ocr=settings.ocr,
    )
