"""Makes rows of a corpus's train questions: references and refusals, over passages retrieved for them.
Knows nothing about ratings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from workbench.corpus.types import Question
from workbench.fingerprint import fingerprint
from workbench.pipeline.examples import ExamplePool
from workbench.pipeline.types import Hit
from workbench.scoring.grounding import score_grounding
from workbench.space.config import Config
from workbench.space.prompt import Prompt
from workbench.training_data.basis import CorpusBasis
from workbench.training_data.evidence import NO_ROOM, Arranged, cut, find_places
from workbench.training_data.rendering import TOO_LONG, Rendered, render
from workbench.training_data.retrieval import Retrieved
from workbench.training_data.targets import answer_in_full, refusal
from workbench.training_data.types import WITHOUT_EVIDENCE, Options, Origin, Row

SUPPORTED = 0.5
"""The grounding from which passages support a reference, where no evidence is marked or it was taken out."""
NO_REFERENCE = "it has no reference answer"
UNSUPPORTED = "no passage supports its reference"
NOT_KNOWN = "nobody said whether the documents answer it"
NEVER_DECLINES = "its prompt never lets a question be declined"


@dataclass(frozen=True)
class Case:
    """A train question with one prompt and one retrieval."""

    basis: CorpusBasis
    question: Question
    rendered: Rendered
    """Its prompt, with passages that are arranged."""
    arranged: Arranged
    answer: str
    """What should be answered."""
    declines: bool
    reference: str
    """The reference as the prompt asks for it; "" where there is none."""
    refusal: str | None
    """The refusal in the prompt's words; None where the prompt never lets a question be declined."""

    def row(self, origin: Origin, **fields: object) -> Row:
        """The row that teaches the answer."""
        evidence = self.question.evidence
        document = evidence[0].document if evidence else _first_document(self.rendered.hits)
        made = Row(
            self.rendered.messages, self.answer, origin, self.question.id, self.question.text, document,
            declines=self.declines, passages=texts_of(self.rendered.hits), golden=self.arranged.golden,
            setting=self.rendered.setting, instructions=self.rendered.instructions,
        )  # fmt: skip
        return replace(made, **fields)  # type: ignore[arg-type]


def _first_document(hits: Sequence[Hit]) -> str:
    return hits[0].chunk.document if hits else ""


def texts_of(hits: Sequence[Hit]) -> tuple[str, ...]:
    """The passages as they are shown."""
    return tuple(hit.chunk.shown for hit in hits)


def supports(answer: str, question: str, hits: Sequence[Hit]) -> bool:
    """Whether passages support an answer."""
    titles = [hit.chunk.title for hit in hits]
    value = score_grounding(answer, texts_of(hits), question, titles).value
    return value is not None and value >= SUPPORTED


def make_cases(
    basis: CorpusBasis, questions: Sequence[Question], retrieved: Sequence[Retrieved], pool: ExamplePool,
    options: Options, refused: Counter[str],
) -> list[Case]:  # fmt: skip
    """One case for each question and retrieval, with the prompts in turn.

    refused: counts what was left out, by reason.
    """
    cases = []
    for number, question in enumerate(questions):
        for turn, found in enumerate(retrieved):
            prompt = basis.prompts[(number + turn) % len(basis.prompts)]
            arranged = _arrange(question, found, prompt, options)
            case = make_case(basis, question, basis.config(prompt, found.retrieval), arranged, pool)
            if isinstance(case, str):
                refused[case] += 1
            else:
                cases.append(case)
    return cases


def _arrange(question: Question, found: Retrieved, prompt: Prompt, options: Options) -> Arranged | str:
    """The passages: as they are found, or a share without the evidence, where the prompt lets it decline."""
    hits = found.rankings.get(question.asked, ())
    if not question.answerable:
        return Arranged(found.arranger.as_found(hits), "none")
    random = Random(fingerprint(options.seed, question.id, prompt.content, found.retrieval.content))
    if question.evidence and refusal(prompt) and random.random() < options.without_evidence:
        arranged = found.arranger.without_evidence(question, hits)
        if arranged and not _say_it(question, arranged.hits):
            return arranged
    return found.arranger.with_evidence(question, hits, random)


def _say_it(question: Question, hits: Sequence[Hit]) -> bool:
    """Whether passages support a reference of the question."""
    return any(supports(text, question.text, hits) for text in question.answers)


def arrange_as_found(question: Question, hits: tuple[Hit, ...]) -> Arranged:
    """The passages exactly as a configuration gave them, with what became of the evidence."""
    if not question.answerable:
        return Arranged(hits, "none")
    if not question.evidence:
        return Arranged(hits, "unknown")
    places = find_places(question.evidence, hits)
    if places is None and not _say_it(question, hits):
        return Arranged(hits, "missed")
    return Arranged(hits, "found", places or ())


def make_case(
    basis: CorpusBasis, question: Question, config: Config, arranged: Arranged | str, pool: ExamplePool
) -> Case | str:
    """The case of these passages, or why there is none."""
    if question.answerable is None:
        return NOT_KNOWN
    if question.answerable and not question.answers:
        return NO_REFERENCE
    if isinstance(arranged, str):
        return arranged
    words = refusal(config.prompt)
    declines = arranged.golden in WITHOUT_EVIDENCE
    if declines and words is None:
        return NEVER_DECLINES
    if arranged.golden == "unknown" and not _say_it(question, arranged.hits):
        return UNSUPPORTED
    rendered = render(config, question.asked, arranged.hits, basis.today, pool)
    if rendered is None:
        return TOO_LONG
    kept = cut(arranged, len(rendered.hits))
    if kept is None:
        return NO_ROOM
    reference = ""
    if question.answerable:
        reference = answer_in_full(config.prompt, question.answers, kept.places, kept.hits)
    answer = words if declines and words else reference
    return Case(basis, question, rendered, kept, answer, declines, reference, words)


def teach(cases: Sequence[Case]) -> Iterator[Row]:
    """Rows for `sft`: the reference where the evidence is shown, else a refusal."""
    for case in cases:
        yield case.row("refusal" if case.declines else "reference")


def contrast(cases: Sequence[Case]) -> Iterator[Row]:
    """Rows for `dpo`: declining over an answer that no passage supports, answering over needless refusal."""
    for case in cases:
        if case.arranged.golden == "taken out":
            yield case.row("contrast", rejected=case.reference)
        elif not case.declines and case.refusal:
            yield case.row("contrast", rejected=case.refusal)
