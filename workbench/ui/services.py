"""The pages' only access to the store, the corpora and the worker, by typed methods that return plain data.
Knows nothing about widgets; imports nothing that is slow to load (a test checks)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from workbench.analysis.leaderboard import LeaderboardRow, lacks_comparisons
from workbench.analysis.verdict import Verdict
from workbench.corpus import corpus, question_editing
from workbench.corpus.corpus import CorpusSummary
from workbench.corpus.questions import ReadQuestions, read_pasted_questions
from workbench.corpus.types import Document, Question
from workbench.csv_text import to_csv
from workbench.drafting import draft_file
from workbench.errors import CorpusError, InputError, WorkbenchError
from workbench.feedback import review_queue
from workbench.feedback.ratings import get_answer, rate_seen
from workbench.providers.prices import describe_price, find_price
from workbench.providers.trust import Pair, find_key_of, pair_of
from workbench.results import baseline, matrix, status, usage
from workbench.results.best import Best, find_best
from workbench.results.counters import Counters, find_counters
from workbench.results.leaderboard_csv import leaderboard_csv
from workbench.results.served import describe_served
from workbench.run.open_home import open_workbench, read_catalogue_files
from workbench.settings import Settings
from workbench.space.drafts import DraftFiles
from workbench.space.experiment import Experiment, ExperimentFile, Objective
from workbench.space.files import experiment_to_yaml, parse_experiment, to_experiment_file
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.space.retrieval import DEFAULT_EMBEDDING
from workbench.store import (
    answer_filters,
    answer_list,
    answers,
    catalogue,
    confirmed_hosts,
    experiments,
    leases,
    ledger,
    preferences,
    ratings,
    requests,
    summaries,
    trials,
)
from workbench.store.answer_filters import AnswerFilter, Matches
from workbench.store.catalogue import StoredModel
from workbench.store.database import Store
from workbench.store.matrix import MatrixFilter, Row, Scale, find_rows
from workbench.store.records import AnswerRecord, ExperimentRecord, Rating, TrialRecord
from workbench.store.requests import Event, Worker
from workbench.worker.launcher import ensure_worker, read_log_tail

GUIDE = Path(__file__).parent.parent.parent / "docs" / "embedded-answerer.md"


@dataclass(frozen=True)
class ExperimentCard:
    """An experiment with the figures that the list of experiments shows."""

    record: ExperimentRecord
    trials: int
    """How many configurations it has so far."""
    trials_done: int
    spent_usd: float
    """Dollars spent on its model calls."""


class Services:
    """All that pages may do.

    One instance serves the whole app; it holds the store's engine, never a session.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def store(self) -> Store:
        """The store, opened at the first use. Raises StoreError for a database that cannot be used."""
        return open_workbench(self.settings)

    def broken_files(self) -> list[InputError]:
        """Return what is wrong with prompts.yaml and models.yaml."""
        return read_catalogue_files(self.settings).broken

    # Experiments

    def list_experiments(self, *, archived: bool = False) -> list[ExperimentRecord]:
        return experiments.list_experiments(self.store, archived=archived)

    def list_cards(self, *, archived: bool = False) -> list[ExperimentCard]:
        counted, spent = trials.count_all_trials(self.store), ledger.get_spends(self.store)
        return [
            ExperimentCard(r, *counted.get(r.id, (0, 0)), spent.get(r.id, 0.0))
            for r in self.list_experiments(archived=archived)
        ]

    def get_experiment(self, experiment_id: str) -> ExperimentRecord:
        return experiments.get_experiment(self.store, experiment_id)

    def get_status(self, experiment_id: str) -> dict[str, Any]:
        return status.get_status(self.store, experiment_id)

    def get_counters(self, experiment_id: str) -> Counters:
        """Return how far the experiment is; `get_status` holds the same figures and more."""
        return find_counters(self.store, experiment_id)

    def rename_experiment(self, experiment_id: str, name: str) -> None:
        experiments.edit_experiment(self.store, experiment_id, name=name)

    def write_notes(self, experiment_id: str, notes: str) -> None:
        experiments.edit_experiment(self.store, experiment_id, notes=notes)

    def archive_experiment(self, experiment_id: str, archived: bool = True) -> None:
        experiments.edit_experiment(self.store, experiment_id, archived=archived)

    def delete_experiment(self, experiment_id: str) -> None:
        experiments.delete_experiment(self.store, experiment_id)

    def stop_experiment(self, experiment_id: str) -> str:
        return leases.request_stop(self.store, experiment_id)

    def change_budget(self, experiment_id: str, budget_usd: float | None) -> None:
        """Set another budget cap, or none; a running experiment obeys it within seconds."""
        from workbench.run import budget_change

        budget_change.change_budget(self.store, experiment_id, budget_usd)

    def resume_experiment(self, experiment_id: str) -> str:
        """Queue it. Raises HostNotConfirmed when it would send something to a host that needs a yes."""
        from workbench.calls.trusted_hosts import require_trust

        require_trust(self.store, self.get_experiment(experiment_id).experiment)
        state = leases.queue(self.store, experiment_id)
        self.wake_worker()
        return state

    def read_figures(self, experiment_id: str) -> status.Figures:
        return status.read_figures(self.store, experiment_id)

    def rank(self, figures: status.Figures, objective: Objective | None = None) -> list[LeaderboardRow]:
        """Return the leaderboard, ranked by the experiment's objective or another."""
        return status.rank(self.store, figures, objective)

    def get_ranking(self, experiment_id: str, also: Sequence[str] = ()) -> list[LeaderboardRow]:
        """Return the leaderboard's rows in order, with only the scores that rank them and those named in
        `also`."""
        return status.get_ranking(self.store, experiment_id, also)

    def get_verdict(self, experiment_id: str, objective: Objective | None = None) -> Verdict:
        """Return what the experiment has shown, by its objective or another."""
        return status.get_verdict(self.store, experiment_id, objective)

    def judge(self, figures: status.Figures, rows: Sequence[LeaderboardRow], objective: Objective) -> Verdict:
        """Return the verdict on a leaderboard that was read and ranked already."""
        return status.judge(self.store, figures, rows, objective)

    def get_best(self, experiment_id: str) -> Best:
        """Return the first configuration so far and what was spent."""
        return find_best(self.store, experiment_id)

    def get_baseline(self, experiment_id: str) -> str | None:
        """Return the id of the baseline's trial; None before there is one."""
        return baseline.get_baseline(self.store, experiment_id)

    def set_baseline(self, experiment_id: str, trial_id: str | None) -> None:
        """Choose the baseline; None goes back to the file's, or the first. The worker compares with it when
        asked for "findings"."""
        baseline.choose_baseline(self.store, experiment_id, trial_id)

    def lacks_comparisons(self, figures: status.Figures, rows: Sequence[LeaderboardRow]) -> bool:
        """Return whether "findings" are to be asked for: comparisons with the leader or the baseline."""
        return lacks_comparisons(rows, figures.baseline)

    def leaderboard_csv(self, experiment_id: str, objective: Objective | None = None) -> str:
        """Return the leaderboard as CSV, the same as the command line's."""
        return leaderboard_csv(status.leaderboard_to_json(self.store, experiment_id, objective))

    def find_score_names(self, experiment_id: str) -> list[str]:
        return summaries.find_score_names(self.store, experiment_id)

    def find_trial(self, trial_id: str) -> TrialRecord | None:
        return trials.find_trial(self.store, trial_id)

    def get_matrix(
        self, experiment_id: str, trial_ids: Sequence[str], scale: Scale, wanted: MatrixFilter
    ) -> matrix.Matrix:
        return matrix.get_matrix(self.store, experiment_id, trial_ids, scale, wanted)

    def find_matrix_rows(
        self, experiment_id: str, trial_ids: Sequence[str], scale: Scale, wanted: MatrixFilter, *,
        offset: int, limit: int,
    ) -> list[Row]:  # fmt: skip
        """Return the questions that match with what each trial scored, in order, from `offset` on."""
        return find_rows(self.store, experiment_id, trial_ids, scale, wanted, offset=offset, limit=limit)

    def find_tests(
        self, experiment_id: str, trial_ids: Sequence[str], score: str, *, called: str
    ) -> list[dict[str, Any]] | None:
        """Return the stored comparison of each trial with the first; None where one is to be asked for.

        called: what to call the first trial in words.
        """
        return matrix.find_tests(self.store, experiment_id, score, trial_ids, called=called)

    def matrix_csv(
        self, experiment_id: str, names: Mapping[str, str], scale: Scale, wanted: MatrixFilter
    ) -> str:
        """Return all questions that match as CSV, with numbers.

        names: trial id → the name above its column.
        """
        return to_csv(*matrix.matrix_table(self.store, experiment_id, names, scale, wanted))

    def find_compared_answers(
        self, experiment_id: str, trial_ids: Sequence[str], question_ids: Sequence[str]
    ) -> dict[tuple[str, str], list[AnswerRecord]]:
        """Return (trial, question) → the answers to a search question, one per repeat."""
        answer_filter = AnswerFilter(
            trial_ids=tuple(trial_ids), question_ids=tuple(question_ids), part="search"
        )
        found: dict[tuple[str, str], list[AnswerRecord]] = {}
        for answer in answers.find_answers(self.store, experiment_id, answer_filter, limit=None):
            found.setdefault((answer.trial_id, answer.question.id), []).append(answer)
        return found

    def get_judging(self, experiment_id: str) -> tuple[dict[str, Any], list[str]]:
        return status.get_judging(self.store, experiment_id)

    def get_served_warnings(self, experiment_id: str) -> list[str]:
        """Return a warning for each pair of models that one thing answered for."""
        return describe_served(self.store, experiment_id)

    def find_failures(self, experiment_id: str) -> list[answers.FailureGroup]:
        return answers.group_failures(self.store, experiment_id)

    def to_experiment_file(self, experiment: Experiment) -> ExperimentFile:
        """Return a stored experiment as a file: registered prompts and models by name, all others written
        out."""
        registered = {m.model.name: m.model for m in self.list_models()}
        return to_experiment_file(experiment, registered, save_prompt=self.save_prompt)

    def experiment_yaml(self, experiment: Experiment | ExperimentFile) -> str:
        return experiment_to_yaml(experiment)

    def parse_experiment(self, text: str) -> ExperimentFile:
        return parse_experiment(text, "the experiment")

    def sample_experiment(self) -> ExperimentFile:
        from workbench.demo import demo_file
        from workbench.space.files import load_experiment_file

        return load_experiment_file(demo_file(self.settings))

    # Drafts of experiments

    @cached_property
    def drafts(self) -> DraftFiles:
        return DraftFiles(self.settings.home / "drafts")

    def corpus_to_begin_with(self) -> CorpusSummary | None:
        """Return the corpus of one's own that was changed last; a sample where there is none of one's own."""
        corpora = self.list_corpora()
        own = [c for c in corpora if not c.is_sample]
        return max(own or corpora, key=lambda c: (c.questions > 0, c.changed), default=None)

    # The home page

    def get_bill(self, since: float) -> ledger.Bill:
        return ledger.get_bill(self.store, since)

    def sample_corpora(self) -> set[str]:
        """Return the names of the corpora that come with the workbench and are read-only."""
        return {c.name for c in self.list_corpora() if c.is_sample}

    def guide_is_dismissed(self) -> bool:
        return self._dismissal_file.exists()

    def dismiss_guide(self) -> None:
        self._dismissal_file.touch()

    @property
    def _dismissal_file(self) -> Path:
        return self.settings.home / "guide-dismissed"

    # Answers and thumbs

    def count_matches(self, experiment_id: str, answer_filter: AnswerFilter) -> Matches:
        return answer_filters.count_matches(self.store, experiment_id, answer_filter)

    def find_tags(self, experiment_id: str) -> list[str]:
        return answer_filters.find_tags(self.store, experiment_id)

    def find_answer_at(
        self, experiment_id: str, answer_filter: AnswerFilter, matches: Matches, at: int
    ) -> AnswerRecord:
        """Return the matching answer at position `at`, counted from 0.

        In the order of trials only the answers of its own trial are searched, however many match in all.
        """
        if answer_filter.worst_first is not None:
            answer_ids = answer_filters.locate_worst(self.store, experiment_id, answer_filter, at)
            return get_answer(self.store, answer_ids[0])
        trial_id, offset = matches.locate(at)
        of_trial = replace(answer_filter, trial_id=trial_id)
        return answers.find_answers(self.store, experiment_id, of_trial, offset=offset, limit=1)[0]

    def list_answers(
        self,
        experiment_id: str,
        answer_filter: AnswerFilter,
        matches: Matches,
        at: int,
        scores: Sequence[str],
    ) -> list[answer_list.ListedAnswer]:
        """Return a page of the matching answers from position `at`, with the values of these scores."""
        return answer_list.list_answers(self.store, experiment_id, answer_filter, matches, at, scores)

    def find_ratings(self, seen: str) -> list[Rating]:
        return ratings.find_ratings(self.store, [seen]).get(seen, [])

    def rate(self, answer: AnswerRecord, value: int, *, rater: str, comment: str = "") -> None:
        """Store a thumb.

        value: 1, -1, or 0 to withdraw it.
        """
        rate_seen(self.store, answer, value, rater=rater, comment=comment)

    def get_answer(self, answer_id: int) -> AnswerRecord:
        return get_answer(self.store, answer_id)

    def next_thumbs(self, experiment_id: str, rater: str) -> tuple[list[review_queue.Thumb], int]:
        return review_queue.next_thumbs(self.store, experiment_id, rater)

    def next_pairs(self, experiment_id: str, rater: str) -> tuple[list[review_queue.Pair], int]:
        return review_queue.next_pairs(self.store, experiment_id, rater)

    def count_open_pairs(self, experiment_id: str, rater: str) -> int:
        return review_queue.count_open_pairs(self.store, experiment_id, rater)

    def prefer(self, left: AnswerRecord, right: AnswerRecord, choice: str, *, rater: str) -> None:
        review_queue.prefer(self.store, left, right, choice, rater=rater)

    def withdraw_preference(self, first_seen: str, second_seen: str, rater: str) -> None:
        preferences.withdraw_preference(self.store, first_seen, second_seen, rater)

    def find_agreement(self) -> list[review_queue.Agreement]:
        return review_queue.find_agreement(self.store)

    # Prompts and models

    def count_uses(self, item: Prompt | Model) -> int:
        """Return in how many experiments a prompt's text, or a model of this name, was used."""
        return usage.count_uses(self.store, item)

    def find_uses(self, item: Prompt | Model, *, offset: int = 0, limit: int = 5) -> list[usage.Use]:
        return usage.find_uses(self.store, item, offset=offset, limit=limit)

    def last_uses(self, models: list[Model]) -> dict[str, tuple[usage.Use, int]]:
        """Return model's name → (its result in the newest experiment that used it, the number of
        experiments)."""
        return usage.last_uses(self.store, models)

    def list_prompts(self, *, hidden: bool = False) -> list[Prompt]:
        return catalogue.list_prompts(self.store, hidden=hidden)

    def list_versions(self, name: str) -> list[Prompt]:
        return catalogue.list_versions(self.store, name)

    def save_prompt(self, prompt: Prompt) -> Prompt:
        return catalogue.add_prompt(self.store, prompt)

    def hide_prompt(self, name: str, hidden: bool = True) -> None:
        catalogue.hide_prompt(self.store, name, hidden)

    def list_models(self) -> list[StoredModel]:
        return catalogue.list_models(self.store)

    def shipped_embedding(self) -> Model:
        """Return the embedding model that comes with the workbench and need not be registered."""
        return catalogue.get_model(self.store, DEFAULT_EMBEDDING)

    def save_model(self, model: Model, *, replace: bool = True) -> None:
        catalogue.save_model(self.store, model, replace=replace)

    def remove_model(self, name: str) -> None:
        catalogue.remove_model(self.store, name)

    def find_unconfirmed(self, model: Model) -> list[Pair]:
        """Return what must be confirmed before anything is sent to the model's address: [] for nothing."""
        from workbench.calls.trusted_hosts import load_trust

        return [pair_of(refused) for refused in load_trust(self.store).refuse([model])]

    def confirm_hosts(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Remember the user's yes: each address may get what models there are sent, with the key in the
        variable before it ("" for no key)."""
        confirmed_hosts.confirm(self.store, pairs)

    def answerer_guide(self) -> str:
        """Return the guide to the embedded answerer, as trusted Markdown."""
        return GUIDE.read_text(encoding="utf-8")

    def price_of(self, model: Model) -> str:
        return describe_price(find_price(model, self.settings.compute_usd_per_hour))

    def has_price(self, model: Model) -> bool:
        return find_price(model, self.settings.compute_usd_per_hour) is not None

    def key_is_set(self, model: Model) -> bool | None:
        """Return whether the model's API key is set; None if it needs none.

        The key itself never leaves settings.
        """
        return None if model.api_key_env is None else find_key_of(model) is not None

    # Corpora

    def list_corpora(self) -> list[CorpusSummary]:
        return corpus.list_corpora(self.settings.corpora)

    def corpus_path(self, name: str) -> Path:
        return corpus.find_corpus(name, self.settings.corpora)

    def create_corpus(self, name: str) -> Path:
        return corpus.create_corpus(self.settings.corpora, name)

    def copy_corpus(self, corpus_name: str, new_name: str) -> Path:
        """Copy a corpus; the copy may be changed, also that of a sample."""
        return corpus.copy_corpus(self.corpus_path(corpus_name), self.settings.corpora, new_name)

    def add_document(self, corpus_name: str, filename: str, data: bytes) -> str:
        return corpus.add_document_file(self.corpus_path(corpus_name), filename, data)

    def remove_document(self, corpus_name: str, name: str) -> None:
        corpus.remove_document(self.corpus_path(corpus_name), name)

    def restore_document(self, corpus_name: str, name: str) -> None:
        corpus.restore_document(self.corpus_path(corpus_name), name)

    def _documents(self, corpus_name: str) -> tuple[Document, ...]:
        """The documents of a corpus, whose texts are kept since a page showed them."""
        cache = self.settings.cache / "documents"
        found = corpus.load_corpus(corpus_name, self.settings.corpora, cache_dir=cache, allow_empty=True)
        return found.documents

    def read_pasted(self, corpus_name: str, text: str) -> ReadQuestions:
        """Read a pasted list of questions, whose evidence is looked for in the corpus's documents."""
        read = read_pasted_questions(text)
        if not read.mentions_documents:
            return read
        return read_pasted_questions(text, self._documents(corpus_name))

    def read_question_file(self, corpus_name: str, filename: str, data: bytes) -> ReadQuestions:
        """Read an uploaded file of questions. Raises QuestionError for another type of file."""
        return question_editing.read_upload(filename, data, self._documents(corpus_name))

    def add_questions(self, corpus_name: str, questions: Sequence[Question]) -> tuple[int, int]:
        """Add questions that were read; return (number added, number that existed already)."""
        documents = self._documents(corpus_name) if any(q.evidence for q in questions) else ()
        return question_editing.add_questions(self.corpus_path(corpus_name), questions, documents)

    def put_question(self, corpus_name: str, row: dict[str, Any]) -> str:
        """Add a question, given as a JSONL row, or replace the one that has its id; return its id.

        Raises QuestionError for anything wrong with it, such as evidence that is not in its document.
        """
        documents = self._documents(corpus_name) if row.get("evidence") else ()
        return question_editing.put_question(self.corpus_path(corpus_name), row, documents).id

    def add_evidence(self, corpus_name: str, question_id: str, evidence: dict[str, Any]) -> None:
        """Add a piece of evidence, given as in a JSONL row, to a question."""
        path = self.corpus_path(corpus_name)
        question_editing.add_evidence(path, question_id, evidence, self._documents(corpus_name))

    # Drafts of questions

    def read_question_drafts(self, corpus_name: str) -> list[draft_file.StoredDraft]:
        """Return the drafts of a corpus, in order, with what a person decided about each."""
        return draft_file.read_drafts(self.corpus_path(corpus_name))

    def keep_question_drafts(self, corpus_name: str, draft_ids: Sequence[str]) -> list[str]:
        """Add drafts to the corpus's questions; return the ids of those that were not kept before."""
        documents = self._documents(corpus_name)
        return draft_file.keep_drafts(self.corpus_path(corpus_name), draft_ids, documents)

    def drop_question_drafts(self, corpus_name: str, draft_ids: Sequence[str]) -> list[str]:
        return draft_file.drop_drafts(self.corpus_path(corpus_name), draft_ids)

    def undo_question_drafts(self, corpus_name: str, draft_ids: Sequence[str]) -> list[str]:
        """Have drafts wait again, as before they were kept or dropped."""
        return draft_file.undo_review(self.corpus_path(corpus_name), draft_ids)

    def edit_question_draft(
        self, corpus_name: str, draft_id: str, *, question: str, answers: Sequence[str]
    ) -> None:
        draft_file.edit_draft(self.corpus_path(corpus_name), draft_id, question=question, answers=answers)

    def find_question_ids(self, corpus_name: str) -> set[str]:
        return question_editing.find_ids(self.corpus_path(corpus_name))

    def describe_counts(self, corpus_name: str, also: Iterable[str] = ()) -> list[str]:
        """Say what a corpus's questions will be for once these are added, and when they are too few.

        also: the ids of the questions to add.
        """
        from workbench.planning.question_counts import count_parts

        counts = count_parts(self.find_question_ids(corpus_name) | set(also))
        return [text for text in (counts.in_words(), counts.advice()) if text]

    def change_questions(
        self, corpus_name: str, ids: list[str], *, add_tag: str = "", remove_tag: str = "",
        answerable: question_editing.NewAnswerable = "as it is",
    ) -> int:  # fmt: skip
        """Change several questions at once; return how many were changed."""
        return question_editing.change_questions(
            self.corpus_path(corpus_name), ids, add_tag=add_tag, remove_tag=remove_tag, answerable=answerable
        )

    def delete_question(self, corpus_name: str, question_id: str) -> dict[str, Any]:
        return question_editing.delete_question(self.corpus_path(corpus_name), question_id)

    def version_of(self, corpus_name: str) -> float:
        """Return a number that changes when a file of the corpus does, so that pages read it again."""
        try:
            return corpus.newest_change(self.corpus_path(corpus_name))
        except CorpusError:
            return 0.0  # reading the corpus reports the error

    # The worker

    def ask_worker(self, kind: str, payload: dict[str, Any]) -> int:
        """Queue a request, make sure that a worker runs, and return the request's id."""
        request_id = requests.add_request(self.store, kind, payload)
        self.wake_worker()
        return request_id

    def events_of(self, request_id: int) -> list[Event]:
        return requests.get_events(self.store, request_id)

    def cancel_request(self, request_id: int) -> None:
        requests.cancel_request(self.store, request_id)

    def wake_worker(self) -> None:
        ensure_worker(self.store, self.settings)

    def living_workers(self) -> list[Worker]:
        return requests.living_workers(self.store)

    def worker_log(self) -> str:
        return read_log_tail(self.settings)


__all__ = ["ExperimentCard", "InputError", "Services", "WorkbenchError"]
