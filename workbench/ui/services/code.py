"""The code that designs and experiments name: what may not run yet, what it says, and the user's yes.
Knows nothing about running it: pages import none of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from workbench.errors import InputError, WorkbenchError, reason_of
from workbench.space.code_needed import code_of_experiment
from workbench.space.experiment import Experiment
from workbench.space.files import parse_experiment
from workbench.store import catalogue
from workbench.store.database import Store
from workbench.user_code.permission import Code, allow, refused


@dataclass(frozen=True)
class CodeToAllow:
    """Something that needs a yes before it runs."""

    code: Code
    """What is allowed with a yes: exactly the text below."""
    text: str
    """The file's content; of a part of a package the part as it is written."""
    changed: str
    """When the file was last changed, for people; "" for a part of a package."""


@dataclass(frozen=True)
class CodePermission:
    """What may run."""

    store: Store

    def find_refused(self, yaml: str) -> list[Code]:
        """Return what an experiment file names and may not run yet; nothing when the file cannot be read."""
        try:
            written = parse_experiment(yaml, "the experiment")
        except InputError:
            return []
        registered = [stored.model for stored in catalogue.list_models(self.store)]
        return refused(code_of_experiment(written, registered))

    def find_refused_of(self, experiment: Experiment) -> list[Code]:
        """Return what a stored experiment runs and may not run yet."""
        return refused(code_of_experiment(experiment))

    def read(self, code: Code) -> CodeToAllow:
        """Return what a yes to this code allows. Raises WorkbenchError when the file is gone."""
        if code.package:
            return CodeToAllow(code, code.what, "")
        try:
            content = Path(code.what).read_bytes()
            changed = datetime.fromtimestamp(Path(code.what).stat().st_mtime, UTC).astimezone()
        except OSError as error:
            raise WorkbenchError(f"{code.what} cannot be read: {reason_of(error)}.") from None
        shown = Code(code.what, hashlib.sha256(content).hexdigest())
        return CodeToAllow(shown, content.decode(errors="replace"), f"{changed:%Y-%m-%d %H:%M}")

    def allow(self, codes: Sequence[Code]) -> None:
        """Remember that this code may run, as long as it stays the same."""
        allow(codes)
