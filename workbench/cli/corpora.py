"""Commands that add corpora which are fetched, fetch them again, and tell how fresh they are.
Knows nothing about how documents are fetched."""

from __future__ import annotations

import json as json_format
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from workbench.cli.output import print_json, say
from workbench.cli.progress_line import ProgressLine, progress_line
from workbench.cli.shared import EXIT_STOPPED, Json
from workbench.errors import InputError
from workbench.formatting import byte_size
from workbench.settings import load_settings

corpora = typer.Typer(
    help="Fetch documents from the web, git, storage and LlamaIndex readers, and see how fresh they are.",
    no_args_is_help=True,
)
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="A corpus by name or path.")]
Fetch = Callable[..., Coroutine[Any, Any, Any]]


@corpora.command("add")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of the new corpus.")],
    urls: Annotated[
        list[str] | None, typer.Option("--url", metavar="URL", help="A page or file. Repeat it for several.")
    ] = None,
    sitemap: Annotated[str | None, typer.Option("--sitemap", metavar="URL", help="A site's sitemap.")] = None,
    under: Annotated[
        str | None, typer.Option("--under", metavar="URL", help="With --sitemap: only pages that begin so.")
    ] = None,
    git: Annotated[str | None, typer.Option("--git", metavar="URL|PATH", help="A git repository.")] = None,
    folder: Annotated[
        str | None, typer.Option("--folder", metavar="PATH", help="With --git: a folder of the repository.")
    ] = None,
    branch: Annotated[
        str | None, typer.Option("--branch", metavar="NAME", help="With --git: a branch or tag.")
    ] = None,
    storage: Annotated[
        str | None,
        typer.Option(
            "--fsspec", metavar="URL", help="A storage address for fsspec, such as s3://bucket/prefix."
        ),
    ] = None,
    webdav: Annotated[str | None, typer.Option("--webdav", metavar="URL", help="A WebDAV folder.")] = None,
    llamaindex: Annotated[
        str | None,
        typer.Option("--llamaindex", metavar="MODULE:CLASS", help="A LlamaIndex reader, also from LlamaHub."),
    ] = None,
    settings_given: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="KEY=VALUE", help="A setting of a storage or reader; JSON or text."),
    ] = None,
    variables: Annotated[
        list[str] | None,
        typer.Option("--with-env", metavar="KEY=VARIABLE", help="The variable that holds a secret setting."),
    ] = None,
    load_data: Annotated[
        list[str] | None,
        typer.Option("--load-data", metavar="KEY=VALUE", help="An argument of the reader's load_data."),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="A source.yaml, instead of the options.")
    ] = None,
    most: Annotated[
        int | None, typer.Option("--most", metavar="N", min=1, help="The maximum number of documents.")
    ] = None,
    json: Json = False,
) -> None:
    """Create a corpus by fetching documents from a source. The source is stored in NAME/source.yaml."""
    given = {
        "urls": urls or None, "sitemap": sitemap, "under": under, "git": git, "folder": folder,
        "branch": branch, "fsspec": storage, "webdav": webdav, "llamaindex": llamaindex,
        "with": _pairs("--with", settings_given, parse=True),
        "with_env": _pairs("--with-env", variables, parse=False),
        "load_data": _pairs("--load-data", load_data, parse=True), "most_documents": most,
    }  # fmt: skip
    source = _source({key: value for key, value in given.items() if value}, file)
    from workbench.sources.corpus_fetch import add_corpus

    _carry_out(lambda **more: add_corpus(load_settings(), name, source, **more), json)


@corpora.command("fetch")
def fetch(
    name: NameArgument,
    allow: Annotated[
        bool, typer.Option("--allow", help="Allow a source.yaml that this workbench did not write.")
    ] = False,
    json: Json = False,
) -> None:
    """Fetch again what changed, and list the questions whose quotes are gone.

    Stop it with Ctrl-C: the corpus stays unchanged, and the next fetch continues.
    """
    from workbench.sources.corpus_fetch import fetch_corpus

    _carry_out(lambda **more: fetch_corpus(load_settings(), name, allow=allow, **more), json)


@corpora.command("status")
def status(name: NameArgument, json: Json = False) -> None:
    """Show how fresh a corpus is and which questions' quotes are gone. Nothing is fetched."""
    from workbench.sources.corpus_fetch import get_status

    found = get_status(load_settings(), name)
    print_json(found.to_json()) if json else say(found.describe())


def _pairs(option: str, texts: list[str] | None, *, parse: bool) -> dict[str, Any]:
    """KEY=VALUE texts as a mapping. parse: whether a value may be JSON."""
    pairs: dict[str, Any] = {}
    for text in texts or ():
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise InputError(f"{option} is {text!r}; write KEY=VALUE.")
        pairs[key] = value
        if parse:
            try:
                pairs[key] = json_format.loads(value)
            except ValueError:
                pairs[key] = value
    return pairs


def _source(given: dict[str, Any], file: Path | None) -> Any:
    from workbench.files.reading import read_text
    from workbench.input.yaml_reading import parse_yaml
    from workbench.sources.source_file import parse_source

    if file is None:
        return parse_source(given, "the options")
    if given:
        raise InputError("Give --file, or the options, but not both.")
    return parse_source(parse_yaml(read_text(file), str(file)), str(file))


def _carry_out(fetch: Fetch, json: bool) -> None:
    """Fetch with progress, so that Ctrl-C ends it cleanly, and print what came of it."""
    import asyncio

    from workbench.foreground import stop_on_interrupt

    async def work(line: ProgressLine) -> Any:
        stop_signal = stop_on_interrupt()

        def show(progress: dict[str, Any]) -> None:
            of = f" of {progress['count']:,}" if progress["count"] else ""
            size, doing = byte_size(progress["bytes"]), progress["doing"][:60]
            line.show(f"{progress['done']:,}{of} documents · {size} · {doing}")

        return await fetch(tell=show, is_stopped=lambda: bool(stop_signal))

    with progress_line() as line:
        report = asyncio.run(work(line))
    print_json(report.to_json()) if json else say(report.describe())
    if report.fetched.state != "done":
        raise typer.Exit(EXIT_STOPPED)
