"""Describes what a corpus is fetched from, and reads and writes that as CORPUS/source.yaml.
Knows nothing about fetching."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from workbench.corpus.corpus import SOURCE_FILE as FILE
from workbench.corpus.samples import require_own
from workbench.errors import CorpusError
from workbench.files.reading import read_text
from workbench.files.writing import write_atomically
from workbench.formatting import counted
from workbench.input.checked_model import CheckedModel
from workbench.input.yaml_reading import parse_yaml, to_plain
from workbench.nearest import did_you_mean
from workbench.space.address import Address
from workbench.space.file_writing import to_yaml
from workbench.space.files import validate

MOST_DOCUMENTS = 2_000
"""How many documents are fetched unless the source says otherwise."""
Kind = Literal["urls", "sitemap", "git", "fsspec", "webdav", "llamaindex"]


def _check_url(url: str) -> str:
    if Address.parse(url) is None:
        raise PydanticCustomError(
            "address", "Input should be an address such as https://docs.example.org/guide"
        )
    return url


def _check_some(urls: tuple[str, ...]) -> tuple[str, ...]:
    if not urls:
        raise PydanticCustomError("too_short", "Input should be a list of addresses")
    return urls


def _check_not_an_option(text: str) -> str:
    if text.startswith("-"):
        raise PydanticCustomError("dash", "Input should not begin with a dash")
    return text


def _check_import_path(path: str) -> str:
    module, colon, name = path.partition(":")
    if not colon or not all(part.isidentifier() for part in (*module.split("."), name)):
        raise PydanticCustomError(
            "path", "Input should be an import path such as llama_index.readers.web:SimpleWebPageReader"
        )
    return path


Url = Annotated[str, AfterValidator(_check_url)]
Text = Annotated[str, Field(min_length=1), AfterValidator(_check_not_an_option)]


class _Any(CheckedModel):
    """What every kind of source has."""

    most_documents: int = Field(MOST_DOCUMENTS, ge=1, le=60_000)
    """How many documents are fetched at most; what is beyond is counted and said."""

    @property
    def kind(self) -> Kind:
        """The key that says what kind of source it is."""
        return next(kind for kind in _KINDS if kind in type(self).model_fields)

    @property
    def place(self) -> str:
        """Where the documents come from, on one line."""
        return str(getattr(self, self.kind))

    @property
    def fingerprint(self) -> str:
        """A hash of everything that decides what is fetched from where."""
        text = json.dumps(self.to_json(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def to_json(self) -> dict[str, Any]:
        """Return the content of the file; defaults are left out."""
        return self.model_dump(mode="json", exclude_defaults=True, by_alias=True)


class UrlsSource(_Any):
    """Pages and files by their addresses."""

    urls: Annotated[tuple[Url, ...], AfterValidator(_check_some)]

    @property
    def place(self) -> str:
        more = f" and {len(self.urls) - 1:,} more" if len(self.urls) > 1 else ""
        return f"{self.urls[0]}{more}"


class SitemapSource(_Any):
    """The pages that a site's sitemap lists."""

    sitemap: Url
    under: Url | None = None
    """Only pages whose address begins so; None for all."""


class GitSource(_Any):
    """The files of a git repository."""

    git: Text
    """A URL that git understands, or the path of a repository on this machine."""
    folder: str = ""
    """The folder inside the repository; empty for all of it."""
    branch: Text | None = None
    """A branch or tag; None for the repository's default."""

    @property
    def place(self) -> str:
        repository = re.sub(r"//[^/@]*@", "//", self.git)  # without a name and a password
        return f"{repository}, folder {self.folder}" if self.folder else repository


class _WithSettings(_Any):
    with_: dict[str, Any] = Field(default_factory=dict, alias="with")
    """Settings by name."""
    with_env: dict[str, str] = Field(default_factory=dict)
    """Setting → the environment variable that holds its value, such as a password."""


class FsspecSource(_WithSettings):
    """The files below a prefix of any storage that fsspec knows, such as s3://bucket/prefix."""

    fsspec: Text


class WebdavSource(_WithSettings):
    """The files of a WebDAV folder. `with` and `with_env` may have `user` and `password`."""

    webdav: Url


class LlamaIndexSource(_WithSettings):
    """The documents that a LlamaIndex reader loads."""

    llamaindex: Annotated[str, AfterValidator(_check_import_path)]
    """The reader's import path, module:Class. `with` and `with_env` go to its constructor."""
    load_data: dict[str, Any] = Field(default_factory=dict)
    """The arguments of its load_data."""
    timeout_seconds: float = Field(600.0, gt=0, le=24 * 3600)
    """How long it may take."""


SourceFile = UrlsSource | SitemapSource | GitSource | FsspecSource | WebdavSource | LlamaIndexSource
_KINDS: dict[Kind, type[SourceFile]] = {
    "urls": UrlsSource,
    "sitemap": SitemapSource,
    "git": GitSource,
    "fsspec": FsspecSource,
    "webdav": WebdavSource,
    "llamaindex": LlamaIndexSource,
}
LABELS: dict[Kind, str] = {
    "urls": "Web pages",
    "sitemap": "Sitemap",
    "git": "Git repository",
    "fsspec": "Storage",
    "webdav": "WebDAV",
    "llamaindex": "LlamaIndex reader",
}


def parse_source(data: Any, where: str) -> SourceFile:
    """The source that parsed YAML describes. Raises CorpusError, which names `where`, line and key."""
    if not isinstance(data, dict):
        raise CorpusError(
            f"{where}: a source is keys and values, such as `sitemap: https://docs.example.org/sitemap.xml`."
        )
    kinds = [kind for kind in _KINDS if kind in data]
    if len(kinds) != 1:
        found = f"{counted(len(kinds), 'of them').removesuffix('s')}: {', '.join(kinds)}" if kinds else "none"
        suggestion = did_you_mean(str(next(iter(data), "")), list(_KINDS))
        raise CorpusError(
            f"{where}: a source has one of the keys {', '.join(_KINDS)}; there is {found}.",
            hint=suggestion or None,
        )
    return validate(_KINDS[kinds[0]], data, where, CorpusError)


def find_source(corpus: Path) -> SourceFile | None:
    """What a corpus is fetched from; None for a folder of files. Raises CorpusError for a wrong file."""
    file = corpus / FILE
    if not file.is_file():
        return None
    return parse_source(parse_yaml(read_text(file), FILE), f"{corpus.name}/{FILE}")


def with_full_paths(source: SourceFile) -> SourceFile:
    """The source with a path on this machine written in full, so that it means the same in every folder."""
    for name in ("git", "fsspec"):
        text = getattr(source, name, "")
        if text and "://" not in text:
            path = Path(text).expanduser()
            if path.exists():
                return source.model_copy(update={name: str(path.resolve())})
    return source


def get_source(corpus: Path) -> SourceFile:
    """What a corpus is fetched from. Raises CorpusError where nothing says it."""
    source = find_source(corpus)
    if source is None:
        raise CorpusError(
            f"{corpus.name} is a folder of files: it has no {FILE} that says what to fetch.",
            hint="`corpus add` makes a corpus that is fetched.",
        )
    return source


def write_source(corpus: Path, source: SourceFile) -> None:
    """Write what a corpus is fetched from. Raises CorpusError for a sample, which is read-only."""
    require_own(corpus)
    write_atomically(corpus / FILE, to_yaml(to_plain(source.to_json())), raise_as=CorpusError)
