"""A running server takes over the index that `shiori reindex` has built beside its own."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ingest.reading import CHUNKER_VERSION
from rag.adoption import Adoption, announced
from rag.assistant import Assistant
from rag.embedding import open_embedder
from rag.index import Index
from rag.memory import look_again_at_what_stays
from rag.refusal import calibration_for

logger = logging.getLogger("shiori.api")

LOOK_EVERY_S = 1.0


@contextmanager
def following_generations(
    assistant: Assistant, look_every_s: float = LOOK_EVERY_S
) -> Iterator[None]:
    """Within the block the assistant's index is exchanged as soon as another is ready."""
    stop = threading.Event()
    watcher = threading.Thread(
        target=_watch, args=(assistant, stop, look_every_s), name="generations", daemon=True
    )
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()


def _watch(assistant: Assistant, stop: threading.Event, look_every_s: float) -> None:
    declined = ""
    while not stop.wait(look_every_s):
        ready = announced(assistant.index.data_dir)
        if ready is None or ready == declined:
            declined = declined if ready else ""
            continue
        try:
            outcome = adopt(assistant)
        # The old generation goes on answering.
        except Exception:
            logger.exception("the next generation could not be taken over")
            outcome = Adoption.OTHER
        if outcome is Adoption.OTHER:
            declined = ready


def adopt(assistant: Assistant) -> Adoption:
    """Put the next generation in place, if one is ready, and judge by its model's calibration."""
    index = assistant.index
    assert isinstance(index, Index)
    outcome = index.adopt_next(open_embedder, CHUNKER_VERSION)
    if outcome is Adoption.DONE:
        assistant.calibration = calibration_for(assistant.index.embedder_name)
        look_again_at_what_stays()
        logger.info("switched to the next generation of the index")
    elif outcome is Adoption.OTHER:
        logger.warning("the next generation needs a restart: it was made by another version")
    return outcome
