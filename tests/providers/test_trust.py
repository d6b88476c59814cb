"""Which key may go to which address: well-known hosts, bound keys, confirmed pairs; and what tries to fool that.
Knows nothing about files and commands (tests/cli/test_hostile_files.py)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.protocol_server import ProtocolServer
from tests.recording_server import RecordingServer
from workbench.errors import HostNotConfirmed, ProviderError
from workbench.providers.connection_test import describe_request
from workbench.providers.openai_compatible import OpenAIChat
from workbench.providers.openai_embeddings import OpenAIEmbeddings
from workbench.providers.trust import ONLY_WELL_KNOWN, Trust, find_key_of
from workbench.providers.types import ChatRequest, Message
from workbench.space.address import Address, HostPattern
from workbench.space.model import Model
from workbench.space.well_known_hosts import HOSTS_OF_VARIABLES

ASKED = ChatRequest(messages=(Message("user", "Question: When?"),), temperature=0.0, max_tokens=50)
VARIABLES = sorted(HOSTS_OF_VARIABLES)
LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)


def model(base_url: str, variable: str | None = "OPENAI_API_KEY", **fields: Any) -> Model:
    return Model(name="m", base_url=base_url, model="test-chat", api_key_env=variable, **fields)


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_well_known_variable_goes_to_its_provider_by_https_alone(variable: str) -> None:
    for host in HOSTS_OF_VARIABLES[variable]:
        name = host.replace("*", "my-resource")
        for url in (f"https://{name}/v1", f"https://{name}:443/v1", f"HTTPS://{name.upper()}./v1"):
            assert ONLY_WELL_KNOWN.allows(model(url, variable)), url
        for url in (f"http://{name}/v1", f"http://{name}:443/v1", f"https://{name}:8443/v1"):
            assert not ONLY_WELL_KNOWN.allows(model(url, variable)), url
        assert not ONLY_WELL_KNOWN.allows(model(f"https://{name}/v1", "DATABASE_URL"))


@pytest.mark.parametrize(
    "url",
    [
        "https://api.openai.com.evil.com/v1",
        "https://evilapi.openai.com/v1",
        "https://evil-api.openai.com/v1",
        "https://x.api.openai.com/v1",
        "https://openai.com/v1",
        "https://api.openai.co/v1",
        "https://api-openai.com/v1",
        "https://api.openai.com@evil.com/v1",
        "https://api.openai.com:443@evil.com/v1",
        "https://evil.com/api.openai.com",
        "https://evil.com#api.openai.com",
        "https://evil.com?api.openai.com",
        "https://evil.com\\@api.openai.com/v1",
        "https://evil.com\\.api.openai.com/v1",
        "https://api.openai.com\\.evil.com/v1",
        "https://api.openai.com%2eevil.com/v1",
        "https://api.openai.com%00.evil.com/v1",
        "https://api.openai.com\t.evil.com/v1",
        "https://api.openai.com\n.evil.com/v1",
        "https://\u0430pi.openai.com/v1",
        "https://api\u3002openai\u3002com/v1",
        "https://\uff41pi.openai.com/v1",
        "https://api.openai.com\u2024evil.com/v1",
        "https://xn--pi-6kc.openai.com/v1",
        "https://api..openai.com/v1",
        "https://.api.openai.com/v1",
        "https://api.openai.com../v1",
        "https://[api.openai.com]/v1",
        "https:/api.openai.com/v1",
        "https:///api.openai.com/v1",
        "ftp://api.openai.com/v1",
        "//api.openai.com/v1",
        "https://api.openai.com:99999/v1",
        "https://api.openai.com:443x/v1",
        "https://api.openai.com:/v1",
        " https://api.openai.com.evil.com/v1",
    ],
)
def test_nothing_that_looks_like_openai_gets_its_key(url: str) -> None:
    spoof = Model.model_construct(name="m", base_url=url, model="m", api_key_env="OPENAI_API_KEY")
    assert not ONLY_WELL_KNOWN.allows(spoof)


def test_azures_customers_are_one_label_below_it() -> None:
    for host, allowed in (
        ("mine.openai.azure.com", True),
        ("a.b.openai.azure.com", False),
        ("openai.azure.com", False),
        ("evilopenai.azure.com", False),
        ("mine.openai.azure.com.evil.com", False),
        (".openai.azure.com", False),
    ):
        assert ONLY_WELL_KNOWN.allows(model(f"https://{host}/v1", "AZURE_OPENAI_API_KEY")) is allowed, host


def test_without_a_key_a_name_that_any_customer_may_take_is_no_providers_host() -> None:
    assert not ONLY_WELL_KNOWN.allows(model("https://mine.openai.azure.com/v1", None))
    assert ONLY_WELL_KNOWN.allows(model("https://api.openai.com/v1", None))


@given(st.lists(LABELS, min_size=1, max_size=4), st.sampled_from(VARIABLES), st.booleans())
@example(["evilapi", "openai", "com"], "OPENAI_API_KEY", False)
def test_a_host_gets_a_well_known_key_only_as_one_of_its_hosts(
    labels: list[str], variable: str, before: bool
) -> None:
    listed = HOSTS_OF_VARIABLES[variable][0].removeprefix("*.")
    host = ".".join([*labels, listed] if before else [listed, *labels])
    azure = variable.startswith("AZURE") and before and len(labels) == 1
    assume(host not in HOSTS_OF_VARIABLES[variable])
    assert ONLY_WELL_KNOWN.allows(model(f"https://{host}/v1", variable)) is azure


@given(st.text(max_size=40), st.text(max_size=20))
def test_what_an_address_is_read_as_is_what_the_client_connects_to(before: str, after: str) -> None:
    for url in (
        f"https://{before}",
        f"https://{before}@{after}",
        f"https://{before}api.openai.com{after}/v1",
    ):
        address = Address.parse(url)
        if address is None:
            continue
        connected = httpx.URL(url)
        assert connected.host.rstrip(".") == address.host.rstrip(".")
        assert connected.scheme == address.scheme
        assert (connected.port or {"http": 80, "https": 443}[connected.scheme]) == address.port


@given(
    st.sampled_from(["http", "https"]),
    st.one_of(
        LABELS, st.sampled_from(["127.0.0.1", "10.0.0.5", "api.x.com", "8.8.8.8", "[::1]", "[2001:db8::1]"])
    ),
    st.one_of(st.none(), st.integers(1, 65535)),
)
def test_the_argument_that_a_refusal_names_stands_for_the_refused_address(
    scheme: str, host: str, port: int | None
) -> None:
    address = Address.parse(f"{scheme}://{host}{f':{port}' if port else ''}/v1")
    assert address is not None
    assert HostPattern.parse(address.argument).matches(address)
    assert HostPattern.parse(address.origin).matches(address)
    assert Address.parse(address.origin) == address


def test_a_host_without_a_scheme_never_stands_for_an_open_line_beyond_the_local_network() -> None:
    pattern = HostPattern.parse("gateway.example.com")
    assert pattern.matches(Address("https", "gateway.example.com", 443))
    for other in (
        Address("http", "gateway.example.com", 80),
        Address("https", "gateway.example.com", 8443),
        Address("https", "x.gateway.example.com", 443),
    ):
        assert not pattern.matches(other)
    assert HostPattern.parse("127.0.0.1").matches(Address("http", "127.0.0.1", 8000))


def test_a_confirmed_pair_holds_for_its_variable_scheme_host_and_port_alone() -> None:
    trust = Trust.of([model("https://gateway.example.com/v1", "GATEWAY_KEY")])
    assert trust.allows(model("https://gateway.example.com/v2", "GATEWAY_KEY"))
    assert trust.allows(model("https://gateway.example.com/v1", None))
    for url, variable in (
        ("https://gateway.example.com/v1", "OPENAI_API_KEY"),
        ("https://gateway.example.com:8443/v1", "GATEWAY_KEY"),
        ("http://gateway.example.com/v1", "GATEWAY_KEY"),
        ("https://other.example.com/v1", "GATEWAY_KEY"),
    ):
        assert not trust.allows(model(url, variable)), url


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:8000/v1", True),
        ("http://localhost:8000/v1", True),
        ("http://[::1]:8000/v1", True),
        ("http://0.0.0.0:8000/v1", True),
        ("https://api.openai.com/v1", True),
        ("http://10.0.0.5:8000/v1", False),
        ("http://localhost.evil.com/v1", False),
        ("http://127.0.0.1.evil.com/v1", False),
        ("http://127.1/v1", False),
        ("http://2130706433/v1", False),
        ("https://example.com/v1", False),
    ],
)
def test_documents_without_a_key_go_to_this_machine_and_to_well_known_hosts(url: str, allowed: bool) -> None:
    assert ONLY_WELL_KNOWN.allows(model(url, None)) is allowed


def test_a_key_bound_to_a_host_goes_there_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_KEY@gateway.example.com", "bound")
    there = model("https://gateway.example.com/v1", "GATEWAY_KEY")
    assert ONLY_WELL_KNOWN.allows(there) and find_key_of(there) == "bound"
    elsewhere = model("https://evil.com/v1", "GATEWAY_KEY")
    assert not ONLY_WELL_KNOWN.allows(elsewhere) and find_key_of(elsewhere) is None
    monkeypatch.setenv("OPENAI_API_KEY@api.openai.com", "for openai")
    assert find_key_of(model("https://api.openai.com/v1")) == "for openai"
    assert find_key_of(model("http://api.openai.com/v1")) is None


@pytest.fixture
def thief() -> Iterator[RecordingServer]:
    with RecordingServer() as server:
        yield server


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_host_is_not_followed(
    thief: RecordingServer, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setenv("KEY@127.0.0.1", "sk-the-users-own-key-0815")
    head = (
        f"HTTP/1.1 {status} Moved\r\nLocation: {thief.base_url}/chat/completions\r\nContent-Length: 0\r\n\r\n"
    )

    async def work(base_url: str) -> None:
        chat = OpenAIChat(model(base_url, "KEY"))
        embedding = OpenAIEmbeddings(model(base_url, "KEY", kind="embedding"))
        try:
            with pytest.raises(ProviderError, match="redirects to http://127"):
                await chat.complete(ASKED)
            with pytest.raises(ProviderError):
                await chat.complete(ASKED, on_text=lambda reply: None)
            with pytest.raises(ProviderError):
                await embedding.embed(["a"])
        finally:
            await chat.close()
            await embedding.close()

    with RecordingServer(head.encode()) as first:
        asyncio.run(work(first.base_url))
        assert first.received
    assert not thief.received


def test_what_the_sdk_reads_from_the_environment_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ORG_ID", "PROJECT_ID", "WEBHOOK_SECRET", "ADMIN_KEY", "API_KEY", "BASE_URL"):
        monkeypatch.setenv(f"OPENAI_{name}", f"private-{name}")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Private: private-header\nAuthorization: Bearer private-x")

    async def work(base_url: str) -> None:
        chat = OpenAIChat(model(base_url, None))
        embedding = OpenAIEmbeddings(
            model(base_url, None, kind="embedding").model_copy(update={"model": "test-embed"})
        )
        try:
            await chat.complete(ASKED)
            await chat.complete(ASKED, on_text=lambda reply: None)
            await embedding.embed(["a"])
        finally:
            await chat.close()
            await embedding.close()

    with ProtocolServer() as server:
        asyncio.run(work(server.base_url))
        assert len(server.requests) >= 3
        assert "private" not in repr([headers for _, headers, _ in server.requests]).lower()


def test_a_client_for_a_host_that_is_not_confirmed_cannot_be_opened(thief: RecordingServer) -> None:
    with pytest.raises(HostNotConfirmed) as refused:
        OpenAIChat(model(thief.base_url, "DATABASE_URL"))
    assert refused.value.pairs == (("DATABASE_URL", f"http://{thief.host}"),) and not thief.received


def test_a_test_says_what_it_sends_and_through_which_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:secret@proxy.example.com:3128")
    (said,) = describe_request(model("https://api.openai.com/v1"))
    assert "OPENAI_API_KEY" in said and "https://api.openai.com" in said and "proxy.example.com:3128" in said
    assert "secret" not in said and "user" not in said
    assert "proxy" not in describe_request(model("http://127.0.0.1:9/v1"))[0]
