"""Names the package that provides a module: for its version in fingerprints, and for `pip install`.
Knows nothing about what a module holds. Imports none of them."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version

# How many names behind `llama_index` make up a package's name: `llama_index.core.node_parser` comes with
# llama-index-core, `llama_index.storage.docstore.redis` with llama-index-storage-docstore-redis.
_ONE_NAME = frozenset({"core", "cli", "experimental", "finetuning", "legacy", "networks"})
_THREE_NAMES = frozenset({("indices", "managed"), ("storage", "docstore"), ("storage", "kvstore")}) | {
    ("storage", kind) for kind in ("index_store", "chat_store")
}
NOT_INSTALLED = "not installed"


def package_of(module: str) -> str:
    """The name of the package that provides a module, as `pip install` takes it.

    Of LlamaIndex, the module's name says it: `llama_index.retrievers.bm25` comes with
    llama-index-retrievers-bm25. Of others, what is installed says it; else it is taken for the top module's
    name.
    """
    top, *rest = module.split(".")
    if top == "llama_index" and rest:
        count = 1 if rest[0] in _ONE_NAME else 3 if tuple(rest[:2]) in _THREE_NAMES else 2
        return "-".join(["llama", "index", *rest[:count]]).replace("_", "-")
    return (_packages().get(top) or [top.replace("_", "-")])[0]


@lru_cache(maxsize=1)
def _packages() -> dict[str, list[str]]:
    return dict(packages_distributions())


@lru_cache(maxsize=256)
def version_of(module: str) -> str:
    """The version of the package that provides a module; NOT_INSTALLED when there is none."""
    return package_version(package_of(module))


def package_version(name: str) -> str:
    """The version of a package by its own name; NOT_INSTALLED when it is not there."""
    try:
        return version(name)
    except PackageNotFoundError:
        return NOT_INSTALLED
