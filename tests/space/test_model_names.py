"""Names suggested for models, and models recognised as registered.
Knows nothing about servers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.space.model import Model
from workbench.space.model_names import find_registered, suggest_name


@pytest.mark.parametrize(
    ("served", "name"),
    [
        ("meta-llama/Llama-3.1-8B-Instruct", "Llama-3.1-8B-Instruct"),
        ("qwen3:latest", "qwen3"),
        ("llama3.1:8b", "llama3.1-8b"),
        ("./models/small.gguf", "small"),
        ("", "model"),
    ],
)
def test_a_name_is_suggested_from_the_servers(served: str, name: str) -> None:
    assert suggest_name(served, ()) == name
    assert suggest_name(served, {name, f"{name}-2"}) == f"{name}-3"


@given(st.text(max_size=200))
def test_every_suggestion_is_a_name_that_a_model_may_have(served: str) -> None:
    name = suggest_name(served, {"model"})
    assert Model(name=name, base_url="http://127.0.0.1:1/v1", model="m").name == name != "model"


def test_a_model_is_registered_however_this_machine_is_written() -> None:
    mine = Model(name="mine", base_url="http://localhost:11434/v1", model="a")
    far = Model(name="far", base_url="https://api.example.com/v1", model="a")
    assert find_registered([far, mine], "http://127.0.0.1:11434/v1", "a") == mine
    assert find_registered([far, mine], "http://127.0.0.1:11434/v1", "b") is None
    assert find_registered([far, mine], "http://127.0.0.1:8000/v1", "a") is None
    assert find_registered([far, mine], "https://api.example.com/v1/", "a") == far
