"""The synchronous Python interface: load an experiment, run it, read the result.
Knows nothing about the command line, which prints what this returns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from workbench.calls.destinations import Destination, list_destinations, uses_of_experiment
from workbench.calls.stop_signal import StopSignal
from workbench.calls.trusted_hosts import load_trust, require_trust, trust_hosts
from workbench.cluster.setting import find_cluster
from workbench.corpus.question_sources import Source
from workbench.errors import CorpusError, ExperimentError, ModelError
from workbench.planning.preparation import Prepared, catalogue_of, models_in_use, prepare
from workbench.results.leaderboard import leaderboard_to_json
from workbench.results.status import get_status
from workbench.results.summarise import ensure_comparisons
from workbench.run.background_process import BackgroundRunner, run_in_thread
from workbench.run.creation import find_or_create
from workbench.run.open_home import open_workbench
from workbench.run.progress import Progress
from workbench.run.start_or_resume import carry_out
from workbench.settings import Settings, load_settings
from workbench.space.code_needed import code_of_experiment
from workbench.space.experiment import Experiment, ExperimentFile
from workbench.space.files import load_experiment_file
from workbench.store.catalogue import list_models
from workbench.store.confirmed_hosts import find_named_folders
from workbench.store.database import Store
from workbench.store.experiments import get_experiment
from workbench.store.leases import cannot_go_on, claim
from workbench.store.places import place_of
from workbench.store.processes import owner_name
from workbench.store.records import State
from workbench.user_code.permission import Code, allow, look_in, refused, use_settings


@dataclass(frozen=True)
class ExperimentResult:
    """An experiment that was run.

    Attributes:
        id: The experiment's id, as commands take it.
        state: Its state, as in `status --json`.
    """

    id: str
    state: str
    _store: Store = field(repr=False, compare=False)

    @cached_property
    def leaderboard(self) -> dict[str, Any]:
        """The document of `leaderboard --json`, made when it is first asked for."""
        return leaderboard_to_json(self._store, self.id)

    @cached_property
    def status(self) -> dict[str, Any]:
        """The document of `status --json`, made when it is first asked for."""
        return get_status(self._store, self.id)


def load_experiment(path: Path | str) -> ExperimentFile:
    """Read an experiment file. Raises InputError naming the file, the line and the key."""
    return load_experiment_file(path)


def prepare_experiment(
    experiment: ExperimentFile | Path | str,
    settings: Settings,
    store: Store,
    *,
    corpus: Path | str | None = None,
) -> Prepared:
    """Prepare what a plan or a run needs.

    corpus: a corpus by name or path, instead of the one that the experiment names.

    Raises InputError, which names the file if there is one.
    """
    folders = find_named_folders(store)
    if isinstance(experiment, ExperimentFile):
        return _prepare(experiment, settings, store, corpus, folders)
    try:
        written = load_experiment(experiment)
        return _prepare(written, settings, store, corpus, folders, file=Path(experiment))
    except (CorpusError, ExperimentError, ModelError) as error:
        if error.message.startswith(str(experiment)):
            raise
        raise type(error)(f"{experiment}: {error.message}", hint=error.hint, remedy=error.remedy) from None


def _prepare(
    written: ExperimentFile,
    settings: Settings,
    store: Store,
    corpus: Path | str | None,
    folders: set[str],
    *,
    file: Path | None = None,
) -> Prepared:
    if corpus is not None:
        written = written.model_copy(update={"corpus": str(corpus)})
        folders = {*folders, str(Path(corpus).expanduser().resolve())}
    return prepare(
        written,
        settings,
        catalogue_of(store, settings),
        file=file,
        named_folders=folders,
        trust=load_trust(store),
        store=store,
    )


def allow_code_of(
    experiment: Experiment | ExperimentFile | Path | str, settings: Settings, store: Store
) -> list[Code]:
    """Remember a user's yes: the code that an experiment names may run, as it is now. Returns what was
    allowed. Nothing is run."""
    use_settings(settings)
    if isinstance(experiment, Path | str):
        look_in(Path(experiment).parent)
        experiment = load_experiment(experiment)
    registered = [stored.model for stored in list_models(store)]
    codes = refused(code_of_experiment(experiment, registered))
    allow(codes)
    return codes


def list_hosts(store: Store, experiment_id: str) -> tuple[Destination, ...]:
    """The hosts that a stored experiment sends something to, and what each gets."""
    experiment = get_experiment(store, experiment_id).experiment
    return list_destinations(uses_of_experiment(experiment), load_trust(store))


def run_experiment(
    experiment: ExperimentFile | Path | str,
    home: Path | str | None = None,
    *,
    corpus: Path | str | None = None,
    trust: Sequence[str] = (),
    allow_code: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    make_stop_signal: Callable[[], StopSignal] = StopSignal,
    run_statistics: BackgroundRunner = run_in_thread,
) -> ExperimentResult:
    """Run an experiment in this process until it ends.

    The newest unfinished experiment of identical content is resumed, else a new one is created. It starts an
    event loop, so it cannot be called from inside a running one.

    home: the data folder; None means WORKBENCH_HOME, else .workbench.
    corpus: a corpus by name or path, instead of the one that the experiment names.
    trust: hosts that may get what the experiment sends, with the keys that its models there name, such as
        "gateway.example.com" or "127.0.0.1:8000". The home remembers them.
    allow_code: whether the code that the experiment names may run, as it is now. The home remembers it.
    on_progress: called with the progress as the run goes on.
    make_stop_signal: makes the signal through which the run can be stopped.
    run_statistics: runs the statistics, in a thread by default.

    Raises InputError when the experiment is invalid, HostNotConfirmed when it would send something to a host
    that the user has not confirmed: nothing was sent then.
    """
    settings = load_settings(home)
    store = open_workbench(settings)
    if allow_code:
        allow_code_of(experiment, settings, store)
    prepared = prepare_experiment(experiment, settings, store, corpus=corpus)
    trust_hosts(store, models_in_use(prepared.experiment), trust)
    owner = owner_name()
    experiment_id, _ = find_or_create(store, prepared, owner=owner, place=place_of(settings))
    return resume_experiment(
        store,
        settings,
        experiment_id,
        owner=owner,
        on_progress=on_progress,
        make_stop_signal=make_stop_signal,
        run_statistics=run_statistics,
    )


def resume_experiment(
    store: Store,
    settings: Settings,
    experiment_id: str,
    *,
    owner: str | None = None,
    trust: Sequence[str] = (),
    on_progress: Callable[[Progress], None] | None = None,
    make_stop_signal: Callable[[], StopSignal] = StopSignal,
    run_statistics: BackgroundRunner = run_in_thread,
) -> ExperimentResult:
    """Run a stored experiment in this process until it ends.

    owner: who holds its lease already; None claims it under a new name.
    trust, on_progress, make_stop_signal, run_statistics: as in `run_experiment`.

    Raises InputError when the experiment is done or another worker holds it, and HostNotConfirmed.
    """
    experiment = get_experiment(store, experiment_id).experiment
    trust_hosts(store, models_in_use(experiment), trust)
    require_trust(store, experiment)
    lease = claim(store, owner or owner_name(), experiment_id=experiment_id, place=place_of(settings))
    if lease is None:
        raise cannot_go_on(experiment_id, get_experiment(store, experiment_id).state)

    async def work() -> State:
        return await carry_out(
            store,
            settings,
            lease,
            stop_signal=make_stop_signal(),
            on_progress=on_progress,
            run_statistics=run_statistics,
            elsewhere=find_cluster(settings),
        )

    state = asyncio.run(work())
    return ExperimentResult(experiment_id, state, store)


def read_leaderboard(
    experiment_id: str, *, source: Source | None = None, home: Path | str | None = None
) -> dict[str, Any]:
    """The document of `leaderboard --json` of a stored experiment.

    source: whose questions alone it rests on: "person", "drafted", "rule", "model" or "import"; None means
        all questions.
    home: the data folder; None means WORKBENCH_HOME, else .workbench.

    Raises InputError when there is no such experiment, or it has no questions of that source.
    """
    store = open_workbench(load_settings(home))
    ensure_comparisons(store, experiment_id)
    return leaderboard_to_json(store, experiment_id, source=source)
