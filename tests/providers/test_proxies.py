"""Which proxy requests go through, as the environment says, and proxies that cannot be used.
Knows nothing about what is sent."""

from __future__ import annotations

import asyncio

import pytest

from tests.protocol_server import ProtocolServer
from workbench.errors import ProviderError
from workbench.providers.connection_test import test_connection as check_connection
from workbench.providers.proxies import find_proxy, is_exempt
from workbench.space.address import Address
from workbench.space.model import Model

VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def address(url: str) -> Address:
    parsed = Address.parse(url)
    assert parsed is not None
    return parsed


@pytest.mark.parametrize(
    ("no_proxy", "url", "exempt"),
    [
        ("*", "https://api.example.com/v1", True),
        ("example.com", "https://example.com", True),
        ("example.com", "https://api.example.com", True),
        (".example.com", "https://api.example.com", True),
        ("*.example.com", "https://api.example.com", True),
        ("EXAMPLE.com.", "https://api.example.com", True),
        ("example.com", "https://badexample.com", False),
        ("ample.com", "https://example.com", False),
        ("other.org, example.com", "https://example.com", True),
        ("other.org example.com", "https://example.com", True),
        ("example.com:8000", "http://example.com:8000", True),
        ("example.com:8000", "http://example.com:9000", False),
        ("example.com:443", "https://example.com", True),
        ("http://example.com", "https://example.com", True),
        ("10.0.0.0/8", "http://10.1.2.3:8000", True),
        ("10.0.0.0/8", "http://11.1.2.3:8000", False),
        ("10.1.2.9/8", "http://10.200.0.1", True),
        ("192.168.1.7", "http://192.168.1.7:8000", True),
        ("192.168.1.7", "http://192.168.1.70", False),
        ("192.168.1.7:8000", "http://192.168.1.7:8000", True),
        ("192.168.0.0/16:8000", "http://10.0.0.1", False),
        ("fd00::/8", "http://[fd00::1]:8000", True),
        ("fd00::1", "http://[fd00::1]:8000", True),
        ("[fd00::1]:8000", "http://[fd00::1]:8000", True),
        ("[fd00::1]:8000", "http://[fd00::1]:9000", False),
        ("10.0.0.0/8", "https://ten.example.com", False),
        ("10.0.0.0/99, nonsense/8, :::", "https://example.com", False),
        ("gpu-box", "http://gpu-box:8000", True),
        ("", "https://example.com", False),
    ],
)
def test_what_no_proxy_lists_is_reached_directly(no_proxy: str, url: str, exempt: bool) -> None:
    assert is_exempt(address(url), no_proxy) is exempt


@pytest.mark.parametrize(
    ("variables", "url", "proxy"),
    [
        ({"HTTPS_PROXY": "http://proxy:3128"}, "https://api.example.com", "http://proxy:3128"),
        ({"HTTPS_PROXY": "proxy:3128"}, "https://api.example.com", "http://proxy:3128"),
        ({"https_proxy": "http://u:p@proxy:3128"}, "https://api.example.com", "http://u:p@proxy:3128"),
        ({"HTTPS_PROXY": "http://proxy:3128"}, "http://api.example.com", None),
        ({"ALL_PROXY": "http://proxy:3128"}, "http://api.example.com", "http://proxy:3128"),
        ({"ALL_PROXY": "http://proxy:3128"}, "http://127.0.0.1:8000", None),
        ({"ALL_PROXY": "http://proxy:3128", "NO_PROXY": "10.0.0.0/8"}, "http://10.0.0.7:8000", None),
        ({}, "https://api.example.com", None),
    ],
)
def test_the_environment_says_which_proxy(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], url: str, proxy: str | None
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert find_proxy(address(url)) == proxy


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("socks5://user:secret@proxy:1080", "pip install socksio"),
        ("socks5h://user:secret@proxy:1080", "pip install socksio"),
        ("socks4://user:secret@proxy:1080", "socks5"),
        ("ftp://user:secret@proxy:1080", "SCHEME://HOST:PORT"),
        ("http://user:secret@proxy:port", "SCHEME://HOST:PORT"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_said_without_its_password(
    monkeypatch: pytest.MonkeyPatch, url: str, words: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", url)
    monkeypatch.setattr("workbench.providers.proxies.find_spec", lambda name: None)
    with pytest.raises(ProviderError) as raised:
        find_proxy(address("https://api.example.com"))
    assert raised.value.kind == "unreachable" and "ALL_PROXY" in raised.value.message
    assert words in str(raised.value) and "secret" not in str(raised.value)


def test_the_test_of_a_connection_says_what_is_wrong_with_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks4://proxy:1080")
    model = Model.model_validate({"name": "m", "base_url": "https://api.openai.com/v1", "model": "x"})
    report = asyncio.run(check_connection(model))
    assert not report.ok and "ALL_PROXY" in report.messages[0]


def test_a_proxy_that_refuses_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with ProtocolServer() as proxy:  # it knows no CONNECT
        monkeypatch.setenv("ALL_PROXY", proxy.base_url.removesuffix("/v1"))
        model = Model.model_validate({"name": "m", "base_url": "https://api.openai.com/v1", "model": "x"})
        report = asyncio.run(check_connection(model))
    assert not report.ok and "The proxy of the environment" in report.messages[0]
    assert "NO_PROXY" in " ".join(report.messages)
