"""A service sends traces where an endpoint is set, with no more of the texts than it stores."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.service.running_service import ANSWER, QUESTION, RunningService
from tests.traces.collector import attributes_of, collecting
from workbench.errors import InputError
from workbench.service.loading import find_traces_endpoint
from workbench.service.request_log import LogSettings
from workbench.service.serve_settings import ServeSettings
from workbench.settings import Settings


def test_each_request_is_sent_as_a_trace(winner: Path, tiny: Settings) -> None:
    with collecting() as collector:
        with RunningService([winner], tiny, ServeSettings(traces=collector.endpoint)) as running:
            running.ask()
        answer = attributes_of(collector.named("answer"))
        generated = attributes_of(collector.named("generate"))
    assert (answer["input.value"], answer["output.value"]) == (QUESTION, ANSWER)
    assert generated["gen_ai.request.model"] == "local"
    assert generated["gen_ai.usage.input_tokens"] > 0


@pytest.mark.parametrize("texts", ["redacted", "none"])
def test_texts_that_are_not_stored_are_not_sent(winner: Path, tiny: Settings, texts: str) -> None:
    with collecting() as collector:
        serving = ServeSettings(traces=collector.endpoint, log=LogSettings(texts))  # type: ignore[arg-type]
        with RunningService([winner], tiny, serving) as running:
            running.ask(f"{QUESTION} Write to jo@example.com.")
        sent = [value for span in collector.spans for value in attributes_of(span).values()]
    assert sent and "jo@example.com" not in str(sent)
    assert (QUESTION in str(sent)) == (texts == "redacted")


def test_the_endpoint_comes_from_the_option_or_from_opentelemetrys_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert find_traces_endpoint(None) is None
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318/")
    assert find_traces_endpoint(None) == "http://127.0.0.1:4318/v1/traces"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:6006/v1/traces")
    assert find_traces_endpoint(None) == "http://127.0.0.1:6006/v1/traces"
    assert find_traces_endpoint("https://traces.example/v1/traces") == "https://traces.example/v1/traces"
    with pytest.raises(InputError, match="must begin with http"):
        find_traces_endpoint("localhost:4318")
