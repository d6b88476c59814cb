"""Servers that cannot be reached by the settings as they are: a run pauses and says which setting helps.
Knows nothing about certificates or proxies."""

from __future__ import annotations

import pytest

from tests.protocol_server import ProtocolServer
from tests.providers.test_certificates import fresh_certificates, issue, serve  # noqa: F401
from tests.tiny_experiment import Runner, experiment, local_model


def test_a_run_pauses_at_a_certificate_that_is_refused(
    runner: Runner, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with serve(issue(), tmp_path_factory.mktemp("tls")) as server:
        result = runner.run(experiment(models=[local_model(server)]))
    assert result.state == "paused" and result.status["failed_answers"] == 0
    assert "is self-signed" in str(result.status) and "SSL_CERT_FILE" in str(result.status)


def test_a_run_pauses_at_a_proxy_that_cannot_be_used(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks4://proxy:1080")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with ProtocolServer() as server:
        model = local_model(server, base_url="https://api.openai.com/v1")
        result = runner.run(experiment(models=[model]))
    assert result.state == "paused" and "ALL_PROXY" in str(result.status)
