"""Registering a model: the server's own list, the key's variable, faults at their fields, servers found here.
Knows nothing about the table of models."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

from tests.onnx_cross_encoder import write_cross_encoder
from tests.protocol_server import ProtocolServer
from tests.tiny_experiment import Runner
from tests.ui.conftest import Draw, serve, sound, words
from workbench.space.model_faults import find_faults
from workbench.store.catalogue import get_model, list_models
from workbench.store.requests import get_events, take_requests

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")
Open = Callable[..., AppTest]
ROWS = [{"id": "llama3.1:8b", "owned_by": "library"}, {"id": "nomic-embed-text", "owned_by": "library"}]


def field(app: AppTest, name: str) -> Any:
    """The widget of the form that registers a model whose key holds this name."""
    start = f"models.form.new.0.{name}"
    return next(w for w in (*app.selectbox, *app.text_input, *app.button) if str(w.key).startswith(start))


@pytest.fixture
def fill(draw_page: Draw, runner: Runner) -> Open:
    """Opens the form, fills in these fields in order, and answers what the page asks after each."""

    def open_form(app: AppTest | None = None, **values: str) -> AppTest:
        app = sound(app or draw_page("models", tab="Register a model"))
        for name, value in values.items():
            widget = field(app, name)
            if isinstance(widget, Selectbox) and value not in widget.options:
                widget.options.append(value)  # AppTest does not know of boxes that one may write into
            widget.set_value(value).run()
            app = sound(serve(runner, app))
        return app

    return open_form


def click(app: AppTest, runner: Runner, name: str) -> AppTest:
    field(app, name).click().run()
    return sound(serve(runner, app))


def test_the_servers_own_list_is_offered_and_the_rest_has_defaults(fill: Open, runner: Runner) -> None:
    with ProtocolServer(model_rows=ROWS) as server:
        app = fill(base_url=server.base_url)
        assert field(app, "model").options == ["llama3.1:8b", "nomic-embed-text (embedding)"]
        app = fill(app, model="nomic-embed-text")
        assert field(app, "name").value == "nomic-embed-text"
        click(app, runner, "save")
    saved = get_model(runner.store, "nomic-embed-text")
    assert (saved.kind, saved.base_url, saved.api_key_env) == ("embedding", server.base_url, None)


def test_after_saving_the_form_is_empty_again(fill: Open, runner: Runner) -> None:
    with ProtocolServer(model_rows=ROWS[:1]) as server:
        app = fill(base_url=server.base_url)
        assert field(app, "model").value == "llama3.1:8b"  # the only one that it serves
        app = click(app, runner, "save")
    assert get_model(runner.store, "llama3.1-8b").model == "llama3.1:8b"
    assert not [
        w for w in app.selectbox if str(w.key).startswith("models.form.new.1.") and w.value == server.base_url
    ]


def test_a_misspelt_name_that_the_server_does_not_list_is_warned_of_and_can_be_saved(
    fill: Open, runner: Runner
) -> None:
    llama = [{"id": "small.gguf", "owned_by": "llamacpp"}]
    with ProtocolServer(model_rows=ROWS) as server:
        app = fill(base_url=server.base_url, model="lama3.1:8b")
        assert any("Did you mean 'llama3.1:8b'?" in w.value.replace("\\", "") for w in app.warning)
        click(app, runner, "save")
    assert get_model(runner.store, "lama3.1-8b").model == "lama3.1:8b"
    with ProtocolServer(model_rows=llama, pages={"/props": {"total_slots": 1}}, any_name=True) as server:
        app = fill(base_url=server.base_url, model="large")
        assert any("answers to any name" in w.value for w in app.warning)


def test_the_usual_variable_comes_with_the_server_and_is_said_to_be_set_or_not(
    fill: Open, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GROQ_API_KEY", raising=False)
    app = fill(base_url="Groq")  # typed, not chosen
    assert field(app, "api_key_env").value == "GROQ_API_KEY"
    assert "GROQ_API_KEY is not set" in words(app)
    assert not take_requests(runner.store)  # nothing was sent to it
    monkeypatch.setenv("GROQ_API_KEY", "not-shown-anywhere")
    app.run()
    asked = take_requests(runner.store)
    assert "GROQ_API_KEY is set" in words(app) and "not-shown-anywhere" not in words(app)
    assert [r.kind for r in asked] == ["served_models"]
    assert "not-shown-anywhere" not in json.dumps(asked[0].payload)


def test_a_key_in_place_of_its_variable_is_refused_at_once_and_goes_nowhere(
    fill: Open, runner: Runner
) -> None:
    key = "sk-abcdefg123456"
    app = fill(base_url="http://127.0.0.1:9/v1", api_key_env=key)
    assert "never the key itself" in words(app) and key not in words(app)
    assert all(key not in json.dumps(r.payload) for r in take_requests(runner.store))


def test_an_address_that_needs_a_yes_is_asked_nothing_before_it(fill: Open, runner: Runner) -> None:
    app = fill(base_url="http://models.example.com/v1")
    assert "Nothing is sent to this address until you allow it" in words(app)
    assert not take_requests(runner.store)
    [allow] = [b for b in app.button if b.label.startswith("Allow")]
    allow.click().run()
    assert [r.kind for r in take_requests(runner.store)] == ["served_models"]


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_saved(fill: Open, runner: Runner) -> None:
    before = len(list_models(runner.store))
    app = fill()
    assert not app.error
    app = click(app, runner, "save")
    assert [e.value.split()[0] for e in app.error] == ["Choose", "Choose", "Give"]
    app = fill(app, base_url="127.0.0.1:8000")
    assert any("it must be an address such as" in e.value.replace("\\", "") for e in app.error)
    app = fill(app, base_url="http://127.0.0.1:9/v1", model="m", name="embedded/extractive")
    app = click(app, runner, "save")
    assert "registered already" in words(app) or "names that begin with embedded/" in words(app)
    field(app, "name").set_value("mine").run()
    field(app, "temperature").set_value("hot").run()
    app = click(app, runner, "save")
    assert "'hot' must be a number" in words(app) and "Under *More*" in words(app)
    assert len(list_models(runner.store)) == before
    field(app, "temperature").set_value("0.5").run()
    click(app, runner, "save")
    assert get_model(runner.store, "mine").temperature == 0.5


def test_a_model_is_tested_before_it_is_saved(fill: Open, runner: Runner) -> None:
    with ProtocolServer() as server:
        app = fill(base_url=server.base_url, model="test-chat", name="mine")
        app = click(app, runner, "test")
        assert any("mine answers" in s.value for s in app.success)
        field(app, "name").set_value("other").run()
        assert not sound(app).success  # the report was of another
    assert "mine" not in {m.model.name for m in list_models(runner.store)}


def test_a_server_that_does_not_answer_is_said_below_the_name(fill: Open) -> None:
    app = fill(base_url="http://127.0.0.1:9/v1")
    assert any("Nothing answers" in e.value for e in app.error)
    assert [b for b in app.button if b.label == "Refresh the list"]


def test_a_name_that_was_written_stays_when_the_address_is_corrected(fill: Open) -> None:
    app = fill(base_url="http://127.0.0.1:9/v1", model="llama3.1:8b")
    with ProtocolServer(model_rows=ROWS) as server:
        app = fill(app, base_url=server.base_url)
    shown = [w for w in app.selectbox if w.label == "Name on the server"]
    assert [w.value for w in shown] == ["llama3.1:8b"] and field(app, "name").value == "llama3.1-8b"


def test_every_fault_names_its_field() -> None:
    good = {"name": "m", "base_url": "http://127.0.0.1:9/v1", "model": "m"}
    assert find_faults(good) == {}
    for wrong, name in (
        ({"base_url": "ftp://x"}, "base_url"),
        ({"base_url": "https://u:p@x.com/v1"}, "base_url"),
        ({"base_url": "https://a.openai.azure.com/openai/deployments/x"}, "base_url"),
        ({"api_key_env": "1 2"}, "api_key_env"),
        ({"model": ""}, "model"),
        ({"name": "?"}, "name"),
        ({"temperature": 7}, "temperature"),
        ({"extra_headers": {"host": "x"}}, "extra_headers"),
        ({"extra_body": {"seed": 1}}, "extra_body"),
        ({"price": {"free": True, "per_hour": 1}}, "price"),
        ({"limits": {"concurrency": 0}}, "limits"),
    ):
        assert name in find_faults(good | wrong), wrong
    assert "Choose another name" in find_faults(good, taken=["m"])["name"]


def test_servers_on_this_machine_are_offered_with_one_click_for_each_model(
    draw_page: Draw, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ProtocolServer(model_rows=ROWS) as server:
        port = server.base_url.split(":")[2].removesuffix("/v1")
        monkeypatch.setenv("WORKBENCH_LOCAL_SERVERS", port)
        app = sound(draw_page("models"))
        assert "Looking for model servers" in words(app)  # drawn before they are found
        [request] = take_requests(runner.store)
        assert request.kind == "find_servers" and not get_events(runner.store, request.id)
        app = answer(app, runner, request, port)
        assert "Ollama is running here: 2 models" in words(app).replace("**", "")
        [chat, embedding] = [b for b in app.button if b.label.startswith("Add ")]
        assert embedding.label == "Add nomic\\-embed\\-text (embedding)"
        chat.click().run()
        embedding = next(b for b in sound(app).button if b.label.startswith("Add nomic"))
        embedding.click().run()
        assert "2 models, all registered" in words(sound(app))
    assert get_model(runner.store, "llama3.1-8b").kind == "chat"
    assert get_model(runner.store, "nomic-embed-text").kind == "embedding"


def answer(app: AppTest, runner: Runner, request: Any, port: str) -> AppTest:
    """Answer a request as a worker would that has the page's settings."""
    import asyncio
    from dataclasses import replace

    from workbench.worker.requests import answer_request

    asyncio.run(
        answer_request(runner.store, replace(runner.settings, local_server_ports=(int(port),)), request)
    )
    return sound(app.run())


def test_no_server_is_looked_for_where_that_is_switched_off(draw_page: Draw, runner: Runner) -> None:
    app = sound(draw_page("models", tab="Register a model"))
    assert not take_requests(runner.store)
    assert not [b for b in app.button if b.label == "Look for servers on this machine"]


def more(app: AppTest, name: str) -> Any:
    """A widget under *More*."""
    key = f"models.form.new.0.{name}"
    return next(w for w in (*app.selectbox, *app.text_input, *app.number_input) if str(w.key).startswith(key))


def test_a_server_that_lists_a_reranker_is_registered_as_one_with_a_price_per_search(
    fill: Open, runner: Runner
) -> None:
    with ProtocolServer(reranks="jina", model_rows=[{"id": "bge-reranker-v2-m3"}]) as server:
        app = fill(base_url=server.base_url)
        assert field(app, "model").options == ["bge-reranker-v2-m3 (reranker)"]
        more(app, "pricing").set_value("per thousand searches").run()
        more(app, "per_thousand_searches").set_value(2.0).run()
        click(app, runner, "save")
    saved = get_model(runner.store, "bge-reranker-v2-m3")
    assert saved.kind == "reranker" and saved.price is not None and saved.price.per_thousand_searches == 2.0


def test_a_splade_model_is_registered_as_a_sparse_embedding_and_tested(fill: Open, runner: Runner) -> None:
    rows = [{"id": "naver/splade-v3"}]
    with ProtocolServer(sparse="splade", model_rows=rows, models=("naver/splade-v3",)) as server:
        app = fill(base_url=server.base_url)
        assert field(app, "model").options == ["naver/splade-v3 (sparse embedding)"]
        more(app, "document_prefix").set_value("passage: ").run()
        app = click(app, runner, "test")
        assert "embeds sparsely" in words(app)
        click(app, runner, "save")
    saved = get_model(runner.store, "splade-v3")
    assert (saved.kind, saved.document_prefix) == ("sparse_embedding", "passage: ")


def test_a_folder_in_place_of_an_address_is_a_reranker_on_this_machine(
    fill: Open, runner: Runner, tmp_path: Path
) -> None:
    folder = write_cross_encoder(tmp_path / "small-reranker")
    app = fill(base_url=str(folder))
    app = click(app, runner, "test")
    assert "reranks" in words(app)
    click(app, runner, "save")
    saved = get_model(runner.store, "small-reranker")
    assert (saved.kind, saved.path, saved.base_url, saved.model) == ("reranker", str(folder), None, None)


def test_prefixes_of_a_known_family_are_suggested_and_not_filled_in(fill: Open, runner: Runner) -> None:
    with ProtocolServer(model_rows=ROWS) as server:
        app = fill(base_url=server.base_url, model="nomic-embed-text")
        assert "`search_query: ` before questions and `search_document: ` before passages" in words(app)
        assert more(app, "query_prefix").value == ""
        more(app, "query_prefix").set_value(r"Instruct: find it\nQuery: ").run()
        more(app, "dimensions").set_value("256").run()
        click(app, runner, "save")
    saved = get_model(runner.store, "nomic-embed-text")
    assert (saved.query_prefix, saved.document_prefix, saved.dimensions) == (
        "Instruct: find it\nQuery: ",
        "",
        256,
    )
