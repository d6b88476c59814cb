"""What embedded models charge: the same work the same, whatever the machine's load.
Knows nothing about prices."""

from __future__ import annotations

import threading

import pytest

from workbench.providers.embedded.embeddings import EmbeddedEmbeddings
from workbench.providers.embedded.extractive import ExtractiveModel
from workbench.providers.types import ChatRequest, EmbeddingReply, Message

TEXTS = ["Goods can be returned within 30 days of delivery.", "Never cover a heater."]
PROMPT = "\n".join(f"[{i}] Document\n{text}" for i, text in enumerate(TEXTS, 1)) + "\n\nQuestion: How long?"


def embed() -> EmbeddingReply:
    return EmbeddedEmbeddings._embed(TEXTS)


def test_the_same_work_is_charged_alike_on_an_idle_and_on_a_busy_machine() -> None:
    model, request = ExtractiveModel(), ChatRequest((Message("user", PROMPT),), max_tokens=60)
    stop = threading.Event()

    def keep_busy() -> None:
        while not stop.is_set():
            sum(range(1000))

    idle = (embed().compute_seconds, model.answer(request).compute_seconds)
    busy = [threading.Thread(target=keep_busy) for _ in range(3)]
    for thread in busy:
        thread.start()
    try:
        assert (embed().compute_seconds, model.answer(request).compute_seconds) == idle
    finally:
        stop.set()
        for thread in busy:
            thread.join()


def test_more_tokens_are_charged_more() -> None:
    model = ExtractiveModel()
    seconds = [
        model.answer(ChatRequest((Message("user", PROMPT * n),), max_tokens=60)).compute_seconds or 0.0
        for n in (1, 3)
    ]
    assert seconds[1] == pytest.approx(3 * seconds[0], rel=0.1) and seconds[0] > 0
