"""Lists the two entries by which a LlamaIndex class or a plain Python function becomes a part.
Knows nothing about carrying them out. Names, labels and needs are read from the text: nothing is imported."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import ConfigDict, Field, JsonValue, field_validator

from workbench.parts.part import Part, PartSettings, QueryTransform, Reranker, Retriever, Splitter
from workbench.user_code.loading import find, own_code
from workbench.user_code.packages import NOT_INSTALLED, package_of, version_of
from workbench.user_code.permission import Code

LLAMAINDEX, PYTHON = "llamaindex", "python"
DOORS = (LLAMAINDEX, PYTHON)
"""The names of the two entries, and the keys by which a file names such a part."""
ENV = "env"
"""{env: NAME} as an argument stands for the value of that variable: a key is never written down."""
CORE = "llama_index.core."
LOADING = frozenset({"SentenceTransformerRerank", "NERPIINodePostprocessor", "UnstructuredElementNodeParser"})
"""Classes of LlamaIndex's core that load a model or a package by a name in their arguments."""
ARRANGING = frozenset({"llama_index.core.postprocessor:LongContextReorder"})
"""Postprocessors that only arrange what the prompt gets."""


class OutsideSettings(PartSettings):
    """What an experiment file says of a part from outside the workbench."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)

    part: str = Field(
        pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$", description="Its import path, module:Name", max_length=300
    )
    with_: dict[str, JsonValue] = Field(
        {}, alias="with", description="The arguments of its constructor, or further ones of the function"
    )
    revision: str = Field(
        "1", description="Free text. Change it when the part gives other results with the same arguments"
    )

    @field_validator("revision", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value

    @field_validator("with_")
    @classmethod
    def _in_order(cls, value: dict[str, JsonValue]) -> dict[str, JsonValue]:
        ordered: dict[str, JsonValue] = json.loads(json.dumps(value, sort_keys=True))
        return ordered

    @property
    def words(self) -> dict[str, Any]:
        revision = {} if self.revision == "1" else {"revision": self.revision}
        return {name.replace("_", " "): _short(value) for name, value in self.with_.items()} | revision

    @property
    def of_entry(self) -> dict[str, Any]:
        return {"label": self.part.partition(":")[2]}


def _short(value: Any) -> Any:
    """A part among the arguments by the name of its class."""
    if isinstance(value, list):
        return " and ".join(str(_short(item)) for item in value)
    path = value.get(LLAMAINDEX) if isinstance(value, dict) else None
    return path.rpartition(":")[2] if isinstance(path, str) else value


class OutsideRetrieverSettings(OutsideSettings):
    vectors: bool = Field(False, description="Whether it compares vectors, so that `embedding` is used")

    @property
    def of_entry(self) -> dict[str, Any]:
        return {**super().of_entry, "needs_vectors": self.vectors}


class OutsideRerankerSettings(OutsideSettings):
    cut: Literal["before", "after"] | None = Field(
        None,
        description="When the ranking is cut to `top_k`: `before`, so that it arranges what the prompt gets, "
        "or `after`, so that it chooses among all candidates. Left out: `before` for LongContextReorder, "
        "`after` for others",
    )

    @property
    def words(self) -> dict[str, Any]:
        return super().words | ({} if self.cut in (None, self._usual_cut) else {"cut": self.cut})

    @property
    def of_entry(self) -> dict[str, Any]:
        return {**super().of_entry, "arranges": (self.cut or self._usual_cut) == "before"}

    @property
    def _usual_cut(self) -> Literal["before", "after"]:
        """When the ranking is cut where nothing is said."""
        return "before" if self.part in ARRANGING else "after"


class LlamaIndexRerankerSettings(OutsideRerankerSettings):
    calls: int = Field(0, ge=0, le=100, description="The most requests to `rerank_model` per question")

    @property
    def of_entry(self) -> dict[str, Any]:
        passages = 50 // self.calls if self.calls else 0
        return {**super().of_entry, "calls": self.calls, "passages_read": lambda _: passages}


LLAMAINDEX_HELP = "A class of LlamaIndex, by its import path."
PYTHON_HELP = "A function of your own, by its import path. Its file needs your permission to run."
_ADAPTERS = "workbench.pipeline.outside_"
_SPLITTER = Splitter(
    name=LLAMAINDEX,
    label="LlamaIndex",
    help=LLAMAINDEX_HELP,
    function=f"{_ADAPTERS}splitters:split_by_llamaindex",
    settings=OutsideSettings,
    from_outside=True,
)
_RETRIEVER = Retriever(
    name=LLAMAINDEX,
    label="LlamaIndex",
    help=LLAMAINDEX_HELP,
    function=f"{_ADAPTERS}retrievers:retrieve_by_llamaindex",
    settings=OutsideRetrieverSettings,
    from_outside=True,
)
_RERANKER = Reranker(
    name=LLAMAINDEX,
    label="LlamaIndex",
    help=LLAMAINDEX_HELP,
    function=f"{_ADAPTERS}rerankers:rerank_by_llamaindex",
    settings=LlamaIndexRerankerSettings,
    from_outside=True,
)
OUTSIDE: dict[type[Part], tuple[Part, ...]] = {
    Splitter: (
        _SPLITTER,
        Splitter(
            name=PYTHON,
            label="Python",
            help=PYTHON_HELP,
            function=f"{_ADAPTERS}splitters:split_by_python",
            settings=OutsideSettings,
            from_outside=True,
        ),
    ),
    Retriever: (
        _RETRIEVER,
        Retriever(
            name=PYTHON,
            label="Python",
            help=PYTHON_HELP,
            function=f"{_ADAPTERS}retrievers:retrieve_by_python",
            settings=OutsideSettings,
            from_outside=True,
        ),
    ),
    Reranker: (
        _RERANKER,
        Reranker(
            name=PYTHON,
            label="Python",
            help=PYTHON_HELP,
            function=f"{_ADAPTERS}rerankers:rerank_by_python",
            settings=OutsideRerankerSettings,
            from_outside=True,
        ),
    ),
    QueryTransform: (
        QueryTransform(
            name=PYTHON,
            label="Python",
            help=PYTHON_HELP,
            function=f"{_ADAPTERS}queries:transform_by_python",
            settings=OutsideSettings,
            from_outside=True,
        ),
    ),
}


def state_of(door: str, path: str, arguments: JsonValue) -> list[str]:
    """What may change the results of outside code beside its settings: the versions of the packages that
    provide it and its inner parts, or the hashes of their files."""
    return [door, *(_state(inner) for inner, _ in named_in(path, arguments))]


def _state(path: str) -> str:
    module = path.partition(":")[0]
    files = own_code(path) or (_file_of(path) if version_of(module) == NOT_INSTALLED else ())
    return ",".join(code.sha256 for code in files) or f"{package_of(module)} {version_of(module)}"


def _file_of(path: str) -> tuple[Code, ...]:
    """The file of the module alone, wherever it is."""
    found = find(path)
    try:
        return (Code.of_file(found.file),) if found is not None and found.file is not None else ()
    except OSError:
        return ()


def packages_of(path: str, arguments: JsonValue) -> dict[str, str]:
    """Package → version, of the installed packages that provide a part and its inner parts."""
    modules = [inner.partition(":")[0] for inner, _ in named_in(path, arguments) if not own_code(inner)]
    return {package_of(module): version_of(module) for module in modules}


def named_in(path: str, arguments: JsonValue) -> list[tuple[str, JsonValue]]:
    """(import path, arguments) of a part and of the parts inside its arguments, the outer one first."""
    found: list[tuple[str, JsonValue]] = [(path, arguments)]
    values: list[JsonValue] = [arguments]
    while values:
        value = values.pop(0)
        if isinstance(value, dict):
            inner = value.get(LLAMAINDEX)
            if isinstance(inner, str):
                found.append((inner, value.get("with")))
            values.extend(value.values())
        elif isinstance(value, list):
            values.extend(value)
    return found


def code_of(door: str, path: str, arguments: JsonValue) -> tuple[Code, ...]:
    """The code that such a part runs and that needs the user's yes.

    LlamaIndex's core needs none: its parts send nothing by themselves. One that is given a variable of the
    environment needs it all the same, for it may put the value into a prompt or a message. Another package's
    part might send what it is given anywhere, so a yes is for the part with its settings. A Python function
    needs one for its file, wherever that is: it is called with the documents, and so are functions that run a
    text.
    """
    codes: list[Code] = []
    for inner, given in named_in(path, arguments):
        own = own_code(inner)
        if own or door == PYTHON:
            codes.extend(own or _file_of(inner))
        elif not inner.startswith(CORE) or inner.partition(":")[2] in LOADING or _reads_variable(given):
            text = f"{inner} {json.dumps(given, sort_keys=True, ensure_ascii=False)}" if given else inner
            codes.append(Code.of_part(text, package_of(inner.partition(":")[0])))
    return tuple(codes)


def _reads_variable(value: JsonValue) -> bool:
    """Whether arguments hold {env: NAME}, at any depth."""
    if isinstance(value, list):
        return any(map(_reads_variable, value))
    if not isinstance(value, dict):
        return False
    return set(value) == {ENV} or any(_reads_variable(inner) for inner in value.values())


def unplaced_in_words(count: int) -> str:
    """Say that so many pieces of a splitter from outside have no place."""
    what = "1 of its pieces is" if count == 1 else f"{count:,} of its pieces are"
    return f"{what} in no chunk, because the text was changed or comes from elsewhere."
