"""The options of `serve`, each with its help.
Knows nothing about what they do."""

from __future__ import annotations

from typing import Annotated

import typer

Host = Annotated[
    str,
    typer.Option(help="The address to listen on. Any address except loopback requires WORKBENCH_SERVE_KEY."),
]
Port = Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")]
AllowHost = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME", help="An additional host name by which clients call the service. Repeatable."
    ),
]
AllowOrigin = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ORIGIN",
        help="A site whose pages may call the service from a browser, such as https://chat.example.com. "
        "Repeatable.",
    ),
]
Rate = Annotated[int, typer.Option(min=0, help="Requests per minute from one address; 0 sets no limit.")]
Concurrency = Annotated[int, typer.Option(min=1, help="The maximum number of requests in progress.")]
MaxBodyBytes = Annotated[int, typer.Option(min=1_000, help="The maximum size of a request, in bytes.")]
MaxQuestionCharacters = Annotated[
    int, typer.Option(min=1, help="The maximum length of a question, in characters.")
]
CacheAnswers = Annotated[
    int, typer.Option(min=1, help="The number of answers kept in memory for equal questions.")
]
NoCache = Annotated[
    bool,
    typer.Option("--no-cache", help="Answer each question anew, even if an equal one was answered before."),
]
NoTasks = Annotated[
    bool,
    typer.Option("--no-tasks", help="Answer Open WebUI's tasks, such as chat titles, like users' questions."),
]
Grace = Annotated[
    int, typer.Option(min=0, help="Seconds that replies in progress may still take after Ctrl-C.")
]
Texts = Annotated[
    str,
    typer.Option(
        help="What is stored of questions, answers and passages: full, redacted (without personal data) "
        "or none (figures only)."
    ),
]
Traces = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Send traces there by OTLP over HTTP, such as to http://127.0.0.1:6006/v1/traces; "
        "else where OTEL_EXPORTER_OTLP_ENDPOINT says.",
    ),
]
KeepDays = Annotated[
    float | None,
    typer.Option(min=0.0, help="Days after which requests are deleted; by default they are kept."),
]
Share = Annotated[
    float,
    typer.Option(
        min=0.0, max=1.0, help="The share of users whom the second winner answers instead of the first."
    ),
]
Shadow = Annotated[
    float,
    typer.Option(
        min=0.0,
        max=1.0,
        help="The share of users whose questions the second winner answers, too: its answers are stored, "
        "and nobody is shown them.",
    ),
]
CheckCorpus = Annotated[
    float,
    typer.Option(
        min=0.0, metavar="SECONDS", help="How often the corpus is checked for changes; 0 means never."
    ),
]
Reload = Annotated[
    bool,
    typer.Option("--reload", help="Reload a winner's file when it changes. SIGHUP reloads it, too."),
]
Every = Annotated[
    str,
    typer.Option(
        metavar="PERIOD",
        help="Re-ask the canary questions at this interval, such as 1d, and on days 7, 30 and 90 after the "
        "export; `milestones` for these days alone, `never` for no checks.",
    ),
]
