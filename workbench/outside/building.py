"""Builds an object of a LlamaIndex class from its import path and the arguments in an experiment file.
Knows nothing about what the object is used for: what it may be given is passed in by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from workbench.errors import ExperimentError
from workbench.input.plain_data import shown
from workbench.outside.guard import explain, one_line
from workbench.parts.outside import ENV, LLAMAINDEX, code_of
from workbench.settings import find_key
from workbench.user_code.loading import load
from workbench.user_code.permission import require

Offers = Mapping[str, Callable[[], Any]]
"""By the name of a constructor's parameter, what makes its value where the file gives none."""


def build(path: str, arguments: Mapping[str, Any], bases: type | tuple[type, ...], offers: Offers) -> Any:
    """An object of the class that "module:Class" names.

    It is made by `from_defaults` where the class has it and that takes the arguments, else by its
    constructor. An argument {llamaindex: "module:Class", with: {…}} is built likewise.

    Raises CodeNotAllowed before anything is imported, MissingPackage with what to install, and
    ExperimentError for a class that is not of one of the `bases` or does not take the arguments.
    """
    require(code_of(LLAMAINDEX, path, dict(arguments)))
    return _build(path, arguments, bases, offers)


def _build(path: str, arguments: Mapping[str, Any], bases: type | tuple[type, ...], offers: Offers) -> Any:
    made = _load_class(path, bases if isinstance(bases, tuple) else (bases,))
    given = {name: _inner(value, offers) for name, value in arguments.items()}
    maker = _maker(made, given)
    taken = inspect.signature(maker).parameters
    offered = {name: offer for name, offer in offers.items() if name in taken and name not in given}
    try:
        return maker(**{name: offer() for name, offer in offered.items()}, **given)
    except ImportError as error:
        raise explain(path, error) from None
    except (TypeError, ValueError, AttributeError) as error:
        raise ExperimentError(f"{path} cannot be made with these arguments: {one_line(error)}") from None


def _load_class(path: str, bases: tuple[type, ...]) -> type:
    made = load(path)
    if not (isinstance(made, type) and issubclass(made, bases)):
        raise ExperimentError(
            f"{path} is not a {' or '.join(base.__name__ for base in bases)} of LlamaIndex, as it must be."
        )
    return made


def check_class(path: str, base: str) -> None:
    """Raise MissingPackage or ExperimentError when a class is not there or not of its kind. The user has
    allowed its code.

    base: the name of one of LlamaIndex's base classes.
    """
    _load_class(path, (_base_classes()[base],))


def _maker(made: type, given: Mapping[str, Any]) -> Callable[..., Any]:
    from_defaults: Callable[..., Any] | None = getattr(made, "from_defaults", None)
    if from_defaults is None:
        return made
    parameters = inspect.signature(from_defaults).parameters
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    return from_defaults if takes_any or set(given) <= set(parameters) else made


def _inner(value: Any, offers: Offers) -> Any:
    """An argument, with the parts that it describes built."""
    if isinstance(value, list):
        return [_inner(item, offers) for item in value]
    if not isinstance(value, Mapping):
        return value
    if set(value) == {ENV}:
        return _key(str(value[ENV]))
    if not isinstance(value.get(LLAMAINDEX), str):
        return {name: _inner(item, offers) for name, item in value.items()}
    arguments = value.get("with") or {}
    if not isinstance(arguments, Mapping):
        raise ExperimentError(
            f"{value[LLAMAINDEX]}: with is {shown(arguments)}; it must be a mapping.",
            hint="Write with: {argument: value}.",
        )
    return _build(value[LLAMAINDEX], arguments, tuple(_base_classes().values()), offers)


def _key(variable: str) -> str:
    key = find_key(variable)
    if key is None:
        raise ExperimentError(
            f"The key {variable} is not set.", hint=f"Set {variable} in the environment or in .env."
        )
    return key


def _base_classes() -> dict[str, type]:
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.llms import LLM
    from llama_index.core.node_parser import NodeParser
    from llama_index.core.postprocessor.types import BaseNodePostprocessor
    from llama_index.core.retrievers import BaseRetriever

    classes = (BaseEmbedding, LLM, NodeParser, BaseNodePostprocessor, BaseRetriever)
    return {made.__name__: made for made in classes}


def build_model(path: str, arguments: Mapping[str, Any], base: str, offers: Offers) -> Any:
    """A language or embedding model. base: "LLM" or "BaseEmbedding". Raises as `build` does."""
    return build(path, arguments, _base_classes()[base], offers)
