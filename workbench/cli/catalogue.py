"""Commands that list parts, and list, show and register prompts and models.
Knows nothing about experiments."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.output import print_json, say
from workbench.cli.shared import ExperimentId, Json, Trust, open_here
from workbench.cli.texts.proposals import proposals_text
from workbench.cli.texts.servers import found_servers
from workbench.errors import InputError
from workbench.nearest import did_you_mean
from workbench.parts.tables import PLACES, parts_json, table_of

commands = typer.Typer()
prompts = typer.Typer(help="List, show and save prompts: named, versioned templates.", no_args_is_help=True)
models = typer.Typer(
    help="List, show and register models that answer, embed or rerank.", no_args_is_help=True
)


@commands.command("parts")
def parts_list(
    place: Annotated[
        str | None, typer.Argument(metavar="KIND", help=f"List only one kind: {', '.join(PLACES)}.")
    ] = None,
    json: Json = False,
) -> None:
    """List splitters, retrievers, rerankers, query transforms, search strategies and scores."""
    if place is not None and place not in PLACES:
        raise InputError(f"{place!r} is not a kind of part.", hint=did_you_mean(place, PLACES))
    places = [place] if place else list(PLACES)
    if json:
        print_json({name: parts_json(name) for name in places})
        return
    for name in places:
        head, rows = table_of(name)
        say(f"{name}:")
        for row in rows:
            facts = [f"{what}: {text}" for what, text in zip(head[2:], row[2:], strict=True) if text]
            say(f"  {row[0].strip('`')}: {row[1]}{''.join(f'{chr(10)}    {fact}' for fact in facts)}")


@prompts.command("list")
def prompts_list(json: Json = False) -> None:
    """List the prompts with their latest versions."""
    from workbench.store.catalogue import list_prompts

    _, store = open_here()
    rows = [p.model_dump(mode="json") for p in list_prompts(store)]
    if json:
        print_json({"prompts": rows})
    else:
        for p in rows:
            say(f"{p['name']}@{p['version']}  {p['notes'] or p['template'].splitlines()[0]}")


@prompts.command("show")
def prompts_show(
    name: Annotated[
        str, typer.Argument(metavar="NAME[@VERSION]", help="A prompt, as `prompts list` shows it.")
    ],
    json: Json = False,
) -> None:
    """Show a prompt's text, of its latest version unless one is named."""
    from workbench.store.catalogue import list_family, list_versions

    _, store = open_here()
    base, _, version = name.partition("@")
    versions = list_versions(store, base)
    matching = [p for p in versions if str(p.version) == version] if version else versions[-1:]
    if not matching:
        raise InputError(f"Prompt {base!r} has versions 1 to {versions[-1].version}, not {version!r}.")
    prompt = matching[0]
    family = {version.prompt.label: version for version in list_family(store, base)}
    made_from = family[prompt.label]
    if json:
        facts = {"parent": made_from.parent, "reason": made_from.reason, "source": made_from.source}
        print_json(prompt.model_dump(mode="json") | facts)
    else:
        system = f"system:\n{prompt.system}\n\n" if prompt.system else ""
        why = f"Made from {made_from.parent}: {made_from.reason}\n\n" if made_from.parent else ""
        say(f"{prompt.label}\n\n{why}{system}template:\n{prompt.template}")


@prompts.command("add")
def prompts_add(
    name: Annotated[str, typer.Argument(help="The prompt's name, new or existing.")],
    file: Annotated[Path, typer.Option(help="A file that contains the template.")],
    system: Annotated[str | None, typer.Option(help="The text of the system message.")] = None,
    notes: Annotated[str, typer.Option(help="A note for people; models do not see it.")] = "",
) -> None:
    """Save a template as the next version of a prompt."""
    from workbench.files.reading import read_text
    from workbench.space.files import build_prompt
    from workbench.store.catalogue import add_prompt

    _, store = open_here()
    saved = add_prompt(store, build_prompt(name, read_text(file), system=system, notes=notes))
    say(f"Saved {saved.label}")


@prompts.command("proposals")
def prompts_proposals(experiment_id: ExperimentId, json: Json = False) -> None:
    """List the prompts that an experiment's optimisations proposed, with the outcome of each and why."""
    from workbench.results.optimised_prompts import find_optimised_prompts

    _, store = open_here()
    found = [one.to_json() for one in find_optimised_prompts(store, experiment_id)]
    print_json({"experiment": experiment_id, "optimised_prompts": found}) if json else say(
        proposals_text(found)
    )


@models.command("list")
def models_list(json: Json = False) -> None:
    """List the registered models with their prices."""
    from workbench.providers.prices import describe_price, find_price
    from workbench.store.catalogue import list_models

    settings, store = open_here()
    models = list_models(store)
    if json:
        print_json({"models": [m.model.model_dump(mode="json") | {"source": m.source} for m in models]})
    else:
        for m in models:
            price = describe_price(find_price(m.model, settings.compute_usd_per_hour))
            where = m.model.base_url or m.model.path or "this machine"
            parent = f", tuned from {m.model.parent}" if m.model.parent else ""
            say(f"{m.model.name}  ({m.model.kind}, {where}{parent}; {price})")


@models.command("find")
def models_find(json: Json = False) -> None:
    """Find the model servers that run on this machine, and what they serve. Nothing is registered."""
    import asyncio

    from workbench.providers.local_servers import USUAL_PORTS, find_local_servers
    from workbench.space.model_names import find_registered
    from workbench.store.catalogue import list_models

    settings, store = open_here()
    registered = [stored.model for stored in list_models(store)]
    ports = USUAL_PORTS if settings.local_server_ports is None else settings.local_server_ports
    servers = []
    for server in asyncio.run(find_local_servers(ports)):
        shown = server.to_json()
        for row in shown["models"]:
            model = find_registered(registered, server.base_url, row["name"])
            row["registered"] = model.name if model else None
        servers.append(shown)
    if json:
        print_json({"ports": list(ports), "servers": servers})
    else:
        say(found_servers(servers, ports))


@models.command("show")
def models_show(
    name: Annotated[str, typer.Argument(help="A model, as `models list` shows it.")],
    test: Annotated[bool, typer.Option(help="Also test the connection to its server.")] = False,
    json: Json = False,
) -> None:
    """Show a model's settings; with --test, also whether its server answers and what is wrong."""
    import asyncio

    from workbench.calls.trusted_hosts import load_trust
    from workbench.space.file_writing import to_yaml
    from workbench.store.catalogue import get_model

    _, store = open_here()
    model = get_model(store, name)
    fields = model.model_dump(mode="json", exclude_defaults=True)
    report = None
    if test:
        from workbench.providers.connection_test import test_connection, waiting_words

        if not model.embedded:
            say(waiting_words(model), error=True)
        report = asyncio.run(test_connection(model, load_trust(store)))
    if json:
        print_json(fields | ({"connection": asdict(report)} if report else {}))
    else:
        say(to_yaml(fields))
        if report:
            say("\n".join(report.messages))
    if report is not None and not report.ok:
        raise typer.Exit(1)


@models.command("serve")
def models_serve(
    name: Annotated[str, typer.Argument(help="A model that was trained here, as `models list` shows it.")],
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Another port than the model's.")] = None,
) -> None:
    """Serve a model that was trained here, until Ctrl-C. Runs that need it start it on their own."""
    import asyncio

    from workbench.cli.model_serving import serve_model

    settings, store = open_here()
    asyncio.run(serve_model(store, settings, name, port))


@models.command("add")
def models_add(
    file: Annotated[Path | None, typer.Option(help="A YAML file with one model.")] = None,
    name: Annotated[str | None, typer.Option(help="Your name for it.")] = None,
    base_url: Annotated[
        str | None, typer.Option(help="The server's address, such as http://127.0.0.1:8000/v1")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Its name on the server.")] = None,
    kind: Annotated[str, typer.Option(help="chat, embedding, sparse_embedding or reranker")] = "chat",
    path: Annotated[
        str | None, typer.Option(help="The folder of a reranker on this machine: model.onnx, tokenizer.json.")
    ] = None,
    api_key_env: Annotated[
        str | None, typer.Option(help="The environment variable that holds its key.")
    ] = None,
    parent: Annotated[str | None, typer.Option(help="The model it was fine-tuned from.")] = None,
    weights: Annotated[
        str | None, typer.Option(help="Its weights, to train variants: a folder, a .gguf file or a hub name.")
    ] = None,
    free: Annotated[
        bool, typer.Option("--free", help="It costs nothing. Other prices are written in a file.")
    ] = False,
    replace: Annotated[bool, typer.Option(help="Replace a registered model of this name.")] = False,
    trust: Trust = None,
) -> None:
    """Register a model from a file or from options. Its key may then be sent to its address.

    A file may be somebody else's, so a host that is new in it needs --trust.
    """
    from workbench.calls.trusted_hosts import load_trust
    from workbench.errors import ModelError
    from workbench.files.reading import read_text
    from workbench.input.yaml_reading import parse_yaml
    from workbench.providers.trust import choose
    from workbench.space.files import validate
    from workbench.space.model import Model
    from workbench.store.catalogue import save_model

    _, store = open_here()
    if file is not None:
        data = parse_yaml(read_text(file), str(file))
    else:
        options = {
            "name": name,
            "base_url": base_url,
            "model": model,
            "kind": kind,
            "path": path,
            "api_key_env": api_key_env,
            "parent": parent,
            "weights": weights,
            "price": {"free": True} if free else None,
        }
        data = {key: value for key, value in options.items() if value is not None}
    added = validate(Model, data, str(file or "model"), ModelError)
    given = choose([added], trust or ()) if file is not None else [added]
    load_trust(store, given).require([added])
    save_model(store, added, replace=replace)
    say(f"Registered {added.name}")
