"""Stores prompts and models, and imports those of the files that people edit.
Knows nothing about what templates mean, nor about servers. Implements space.experiment.Catalogue."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func
from sqlmodel import Session, col, delete, select

from workbench.errors import InputError, ModelError, PromptError
from workbench.nearest import did_you_mean
from workbench.parts.retrieval_settings import DEFAULT_EMBEDDING
from workbench.space.files import MODELS_FILE, PROMPTS_FILE, load_models_file, load_prompts_file
from workbench.space.model import EMBEDDED_PREFIX, Model
from workbench.space.prompt import Prompt
from workbench.store.database import Store
from workbench.store.tables import ModelRow, PromptRow


@dataclass(frozen=True)
class StoredModel:
    """A registered model, with where it came from."""

    model: Model
    source: str
    """Where the model was last changed: in the "app", or in the "file" experiments/models.yaml."""
    updated_at: float
    """Unix seconds."""


def _prompt(row: PromptRow) -> Prompt:
    return Prompt(
        name=row.name, version=row.version, system=row.system, template=row.template, notes=row.notes
    )


def _versions(session: Session, name: str) -> list[PromptRow]:
    query = select(PromptRow).where(PromptRow.name == name).order_by(col(PromptRow.version))
    return list(session.exec(query))


def add_version(
    session: Session, prompt: Prompt, source: str, *, parent: str | None = None, reason: str = ""
) -> Prompt:
    """Return the stored version with the same text, else store a new version.

    parent, reason: the label of the version that it was made from, and why it differs.
    """
    versions = _versions(session, prompt.name)
    for row in versions:
        if _prompt(row).content == prompt.content:
            row.hidden = False
            session.add(row)
            return _prompt(row)
    row = PromptRow(
        name=prompt.name,
        version=versions[-1].version + 1 if versions else 1,
        system=prompt.system or None,
        template=prompt.template,
        notes=prompt.notes,
        parent=parent,
        reason=reason,
        source=source,
    )
    session.add(row)
    session.flush()
    return _prompt(row)


class StoreCatalogue:
    """Looks up prompts and models by name in the store.

    files: the folder of prompts.yaml and models.yaml. A name that such a file may define is not looked up
    while the file is broken: what was stored from it may be an older text. None: the files do not matter.
    """

    def __init__(self, store: Store, files: Path | None = None) -> None:
        self._store = store
        self._files = files

    def find_prompt(self, name: str) -> Prompt | None:
        """Find a prompt by `name` (its latest version) or `name@version`.

        Raises InputError, which names file and line, where prompts.yaml is broken and may define it.
        """
        base, _, version = name.partition("@")
        with self._store.read() as session:
            rows = _versions(session, base)
        if self._files is not None and not version and (not rows or rows[-1].source == "file"):
            load_prompts_file(self._files / PROMPTS_FILE)
        if version:
            rows = [row for row in rows if str(row.version) == version]
        return _prompt(rows[-1]) if rows else None

    def find_model(self, name: str) -> Model | None:
        """Find a model by name; the embedded encoder is always there.

        Raises InputError, which names file and line, where models.yaml is broken and may define it.
        """
        if name == DEFAULT_EMBEDDING:
            return Model(name=DEFAULT_EMBEDDING, kind="embedding")
        with self._store.read() as session:
            row = session.get(ModelRow, name)
            from_file = row is None or (row.source == "file" and not name.startswith(EMBEDDED_PREFIX))
            if self._files is not None and from_file:
                load_models_file(self._files / MODELS_FILE)
            return Model.model_validate(row.spec) if row else None

    def prompt_names(self) -> list[str]:
        return [p.name for p in list_prompts(self._store)]

    def model_names(self) -> list[str]:
        return [m.model.name for m in list_models(self._store)]


def list_prompts(store: Store, *, hidden: bool = False) -> list[Prompt]:
    """List the latest version of each prompt, ordered by name; hidden ones only when `hidden` is set."""
    latest = select(PromptRow.name, func.max(PromptRow.version)).group_by(PromptRow.name)
    with store.read() as session:
        newest = dict(session.exec(latest).all())
        rows = session.exec(select(PromptRow).order_by(col(PromptRow.name)))
        return [_prompt(r) for r in rows if newest[r.name] == r.version and (hidden or not r.hidden)]


def list_versions(store: Store, name: str) -> list[Prompt]:
    """List every version of one prompt, oldest first. Raises PromptError for an unknown name."""
    with store.read() as session:
        rows = _versions(session, name)
    if not rows:
        raise PromptError(
            f"There is no prompt {name!r}.", hint=did_you_mean(name, StoreCatalogue(store).prompt_names())
        )
    return [_prompt(row) for row in rows]


@dataclass(frozen=True)
class PromptVersion:
    """A version of a prompt, with where it comes from."""

    prompt: Prompt
    parent: str | None
    """The label of the version that it was made from; None where nobody said it."""
    reason: str
    """Why it differs from its parent, in words; "" when nothing was said."""
    source: str
    """Where it was written: in the "app", in the "file" experiments/prompts.yaml, or by "optimising"."""


def list_family(store: Store, name: str) -> list[PromptVersion]:
    """Every version of a prompt, of those that it was made from, and of those made from it: by name, oldest
    first. Raises PromptError for an unknown name."""
    list_versions(store, name)
    with store.read() as session:
        rows = list(session.exec(select(PromptRow).order_by(col(PromptRow.name), col(PromptRow.version))))
        found, before = {name}, set[str]()
        while found != before:
            before = set(found)
            for row in rows:
                made_from = (row.parent or "").rpartition("@")[0]
                if made_from and (row.name in found or made_from in found):
                    found |= {row.name, made_from}
        return [PromptVersion(_prompt(r), r.parent, r.reason, r.source) for r in rows if r.name in found]


def list_all_versions(store: Store) -> list[Prompt]:
    """List every version of every prompt that is not hidden, by name, oldest first."""
    ordered = select(PromptRow).order_by(col(PromptRow.name), col(PromptRow.version))
    with store.read() as session:
        rows = session.exec(ordered).all()
        is_hidden = {row.name: row.hidden for row in rows}  # as the newest version is, the last one here
        return [_prompt(row) for row in rows if not is_hidden[row.name]]


def add_prompt(store: Store, prompt: Prompt) -> Prompt:
    """Save a prompt as the next version of its name. Where a version has the same text, return that one."""
    with store.write() as session:
        return add_version(session, prompt, "app")


def hide_prompt(store: Store, name: str, hidden: bool = True) -> None:
    """Leave a prompt out of lists, or show it again. Its versions stay: experiments refer to them.

    Raises PromptError for an unknown name.
    """
    with store.write() as session:
        rows = _versions(session, name)
        if not rows:
            raise PromptError(f"There is no prompt {name!r}.")
        for row in rows:
            row.hidden = hidden
            session.add(row)


def list_models(store: Store) -> list[StoredModel]:
    """List the registered models, ordered by name."""
    with store.read() as session:
        rows = session.exec(select(ModelRow).order_by(col(ModelRow.name)))
        return [StoredModel(Model.model_validate(r.spec), r.source, r.updated_at) for r in rows]


def get_model(store: Store, name: str) -> Model:
    """Get a model by name. Raises ModelError when it is not registered."""
    model = StoreCatalogue(store).find_model(name)
    if model is None:
        raise ModelError(
            f"Model {name!r} is not registered.",
            hint=did_you_mean(name, StoreCatalogue(store).model_names()),
        )
    return model


def _put_model(session: Session, model: Model, source: str) -> None:
    row = session.get(ModelRow, model.name) or ModelRow(name=model.name, spec={}, source=source)
    row.spec = model.model_dump(mode="json", exclude_defaults=True)
    row.source = source
    row.updated_at = time.time()
    session.add(row)


def save_model(store: Store, model: Model, *, replace: bool = True) -> None:
    """Register a model, or change it. Raises InputError when `replace` is false and the name is in use."""
    with store.write() as session:
        if not replace and session.get(ModelRow, model.name) is not None:
            raise InputError(
                f"A model named {model.name!r} is registered already.", hint="Choose another name."
            )
        _put_model(session, model, "app")


def remove_model(store: Store, name: str) -> None:
    """Remove a model. Experiments keep their own copy of it. Raises ModelError when it is not registered."""
    get_model(store, name)
    with store.write() as session:
        session.execute(delete(ModelRow).where(col(ModelRow.name) == name))


def import_entries(store: Store, prompts: Sequence[Prompt], models: Sequence[Model]) -> None:
    """Store the prompts and models of the YAML files.

    A prompt whose text is new becomes the next version of its name. A model is updated, unless it was changed
    in the app: then the app's version stays.
    """
    with store.read() as session:
        stored_texts = {(r.name, r.system or None, r.template) for r in session.exec(select(PromptRow))}
        registered = {r.name: r for r in session.exec(select(ModelRow))}
    new_prompts = [p for p in prompts if (p.name, p.system or None, p.template) not in stored_texts]
    new_models = [m for m in models if _differs(registered.get(m.name), m)]
    if not new_prompts and not new_models:
        return
    with store.write() as session:
        for prompt in new_prompts:
            add_version(session, prompt, "file")
        for model in new_models:
            if _differs(session.get(ModelRow, model.name), model):  # perhaps changed in the app just now
                _put_model(session, model, "file")


def _differs(row: ModelRow | None, model: Model) -> bool:
    if row is None:
        return True
    return row.source == "file" and row.spec != model.model_dump(mode="json", exclude_defaults=True)
