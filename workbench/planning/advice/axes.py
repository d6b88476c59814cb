"""Advice on choices on the three axes that make no difference, or not the expected one.
Knows nothing about documents, questions or prices: the experiment alone is enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from workbench.fingerprint import fingerprint
from workbench.formatting import listed
from workbench.parts.choice import Choice, split_text
from workbench.parts.part import ChunkContext, QueryTransform, Reranker, Retriever, Returns, Splitter
from workbench.parts.registry import parts_of
from workbench.pipeline.prompt_rendering import render_prompt
from workbench.pipeline.types import Chunk, Hit
from workbench.planning.advice.types import Advice
from workbench.providers.embedded.prompt_reading import read_prompt
from workbench.space.experiment import Experiment, ResolvedRetrieval
from workbench.space.known_prefixes import find_prefixes
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.space.retrieval import shown_value

# How much of a text the embedded encoder reads: 512 tokens, two of which mark its ends.
ENCODER_TOKENS = 510
# Sampling settings that embedded answerers ignore.
IGNORED = ("temperature", "top_p", "seed")
# Whole sentences overlap, and fewer tokens than this hardly hold one.
SHORTEST_SENTENCE = 6


def advise_on_axes(experiment: Experiment) -> list[Advice]:
    return [a for rule in _RULES for a in rule(experiment)]


def _alike(values: Sequence[Any], key: Callable[[Any], Any]) -> list[list[Any]]:
    groups: dict[Any, list[Any]] = {}
    for value in values:
        groups.setdefault(key(value), []).append(value)
    return [group for group in groups.values() if len(group) > 1]


def _same_content(experiment: Experiment) -> Iterator[Advice]:
    for prompts in _alike(experiment.prompts, lambda p: fingerprint(p.content)):
        names = listed(p.label for p in prompts)
        yield Advice(
            "prompts", f"prompts: {names} have the same text and count as one. Leave all but one out.", "idle"
        )
    for about, models in (("models", experiment.models), ("embedding", experiment.retrieval.embedding)):
        for same in _alike(models, lambda m: fingerprint(m.content)):
            names = listed(m.name for m in same)
            yield Advice(
                about,
                f"{about}: {names} send the same requests and count as one. Leave all but one out; a "
                "server's "
                "model that was retrained under one name gets another revision.",
                "idle",
            )


def _idle_sampling(experiment: Experiment) -> Iterator[Advice]:
    """Embedded models that differ only in settings that they ignore."""

    def relevant_content(model: Model) -> str:
        return fingerprint({k: v for k, v in model.content.items() if k not in IGNORED})

    for models in _alike([m for m in experiment.models if m.embedded], relevant_content):
        if len({fingerprint(m.content) for m in models}) > 1:
            yield Advice(
                "models",
                f"models: {listed(m.name for m in models)} give the same answers: embedded models ignore "
                f"{listed(IGNORED)}. Leave all but one out.",
                "idle",
            )


def _embedded_reading(prompt: Prompt) -> str:
    """Hash of what the embedded answerer reads from a prompt, whatever the passages."""
    text = "Parking is free for 90 minutes."
    hits = [Hit(Chunk("a.md", "Parking", 0, len(text), text, 8), 1.0)] * 2
    read = read_prompt(render_prompt(prompt, "How long is parking free?", hits, "2026-01-01").messages)
    return fingerprint(read.question, [p.text for p in read.passages], repr(read.directives))


def _alike_to_embedded(experiment: Experiment) -> Iterator[Advice]:
    embedded = [m for m in experiment.models if m.embedded]
    if not embedded or len(experiment.prompts) < 2:
        return
    only = len(embedded) == len(experiment.models)
    for prompts in _alike(experiment.prompts, _embedded_reading):
        if len({fingerprint(p.content) for p in prompts}) < 2:
            continue  # said already
        names = listed(p.label for p in prompts)
        who = "the embedded models" if only else listed(m.name for m in embedded)
        yield Advice(
            "prompts",
            f"prompts: to {who}, {names} are the same prompt: only the number of sentences, citing, "
            "declining, short answers and quoting are followed. Keep one"
            + (", or add a model behind an address." if only else ", or exclude the others for them."),
            "idle",
        )


def _deterministic(experiment: Experiment) -> Iterator[Advice]:
    if experiment.repeats == 1:
        return
    embedded = [m.name for m in experiment.models if m.embedded]
    cold = [m.name for m in experiment.models if not m.embedded and m.temperature == 0]
    if len(embedded) == len(experiment.models):
        yield Advice(
            "repeats",
            f"repeats: {listed(embedded)} always answer{'s' * (len(embedded) == 1)} the same. Set repeats "
            "to 1.",
            "idle",
        )
    elif embedded or cold:
        yield Advice(
            "repeats",
            f"repeats: {experiment.repeats} times the work, and {listed([*embedded, *cold])} hardly "
            f"{'vary' if len(embedded) + len(cold) > 1 else 'varies'} (embedded, or temperature 0). "
            "Set repeats to 1, or raise the temperature if that is how it will be used.",
            "idle" if len(embedded) + len(cold) == len(experiment.models) else "expensive",
        )


def _embedding(experiment: Experiment) -> Iterator[Advice]:
    axes = experiment.retrieval
    names = listed(m.name for m in axes.embedding)
    retrieval = any(c.part.needs_vectors for c in axes.choices("retriever", Retriever))
    reranking = [c.text for c in axes.choices("rerank", Reranker) if c.part.needs_vectors]
    searched = listed(axes.retriever)
    if not retrieval and not reranking and len(axes.embedding) > 1:
        with_vectors = " or ".join(n for n, part in parts_of(Retriever).items() if part.needs_vectors)
        yield Advice(
            "embedding",
            f"embedding: {searched} search does not use it, so {names} count as one. "
            f"Add the retriever {with_vectors}, or leave one.",
            "idle",
        )
    if not retrieval and reranking:
        yield Advice(
            "rerank",
            f"rerank: {listed(reranking)} compares passages by their vectors, so {searched} search embeds "
            f"all documents after all. Leave {listed(reranking)} out to do without.",
            "expensive",
        )
    longest = max(axes.chunk_tokens)
    uses_vectors = retrieval or bool(reranking)
    if uses_vectors and longest > ENCODER_TOKENS and any(m.embedded for m in axes.embedding):
        yield Advice(
            "chunk_tokens",
            f"chunk_tokens: the embedded encoder reads {ENCODER_TOKENS} tokens of a text, so a chunk of "
            f"{longest} is found by its beginning alone. Stay below, or search by keyword.",
        )


def _prefixes(experiment: Experiment) -> Iterator[Advice]:
    """Embedding models that are trained with prefixes, and are not sent any."""
    axes = experiment.retrieval
    models = [*axes.embedding, *(m for m in axes.second_embedding if m is not None)]
    for model in {m.name: m for m in models if axes.use_vectors}.values():
        known = find_prefixes(model.model)
        if known is None or model.query_prefix or model.document_prefix:
            continue
        document = f" and document_prefix {known.document!r}" if known.document else ""
        yield Advice(
            "embedding",
            f"embedding: models such as {model.model} are trained with prefixes, and {model.name} sets none. "
            f"Unless its server adds them, set query_prefix {known.query!r}{document}.",
        )


def _rerank(experiment: Experiment) -> Iterator[Advice]:
    axes = experiment.retrieval
    for choice in axes.choices("rerank", Reranker):
        keeps_first = [r for r in axes.retriever if choice.part.first_stays_with == split_text(r)[0]]
        if keeps_first and 1 in axes.top_k:
            yield Advice(
                "rerank",
                f"rerank: with the retriever {listed(keeps_first)} and top_k 1, {choice.text} "
                "changes nothing: the first passage is the nearest either way. Raise top_k, or leave "
                f"{choice.text} out.",
                "idle",
            )
        yield from _few_candidates(axes, choice)
    reranking = [c for c in axes.choices("rerank", Reranker) if c.part.function is not None]
    if all(c.part.arranges for c in reranking) and axes.candidates != [None]:
        names = listed([shown_value(c.text) for c in reranking])
        why = f"{names} always gets the first top_k" if reranking else "nothing is reranked"
        yield Advice("candidates", f"candidates: {why}. Leave it out, or add a reranker.", "idle")
    for role, axis, kind in (
        ("sparse_embedding", "retriever", Retriever),
        ("rerank_model", "rerank", Reranker),
        ("query_model", "query", QueryTransform),
        ("context_model", "context", ChunkContext),
    ):
        if axes.models_in(role) and not axes.asking(role):
            names = " or ".join(_asking(kind))
            yield Advice(
                axis, f"{role} is not asked: {axis} has no {names}. Leave it out, or add {names}.", "idle"
            )


def _few_candidates(axes: ResolvedRetrieval, choice: Choice[Reranker]) -> Iterator[Advice]:
    """Where a reranker gets no more passages than the model is given."""
    if choice.part.function is None or choice.part.arranges:
        return
    usual = choice.part.passages_read(choice.settings)
    for read in sorted({usual if number is None else number for number in axes.candidates}):
        many = [k for k in axes.top_k if k >= read]
        if not read or not many:
            continue
        who = "a model" if choice.part.calls else shown_value(choice.text)
        yield Advice(
            "candidates" if read in axes.candidates else "rerank",
            f"rerank: {who} ranks the first {read} passages; with top_k {listed(many)} all of them are "
            "given to the model anyway, only in another order. Lower top_k"
            + (", or raise candidates." if read in axes.candidates else "."),
            "idle",
        )


def _asking(kind: type[Retriever] | type[Reranker] | type[QueryTransform] | type[ChunkContext]) -> list[str]:
    """The parts that ask a model, as a file names them."""
    names = [name for name, part in parts_of(kind).items() if part.calls]
    with_setting = {name: getattr(part, "calls_with", "") for name, part in parts_of(kind).items()}
    return [*names, *(f"{name}: {{{setting}}}" for name, setting in with_setting.items() if setting)]


def _overlap(experiment: Experiment) -> Iterator[Advice]:
    axes = experiment.retrieval
    over = [o for o in axes.chunk_overlap if any(o >= size for size in axes.chunk_tokens)]
    if over:
        small = [size for size in axes.chunk_tokens if size <= max(over)]
        yield Advice(
            "chunk_overlap",
            f"chunk_overlap: {listed(over)} does not fit into chunks of {listed(small)} tokens; those "
            "combinations are left out. Use a smaller overlap or larger chunks.",
            "idle",
        )
    half = [o for o in axes.chunk_overlap if any(size > o > size / 2 for size in axes.chunk_tokens)]
    if half:
        yield Advice(
            "chunk_overlap",
            f"chunk_overlap: {listed(half)} is more than half of a chunk: most of the text is in several "
            "chunks, and top k passages repeat each other. An eighth to a quarter is usual.",
            "expensive",
        )
    tiny = [o for o in axes.chunk_overlap if 0 < o < SHORTEST_SENTENCE]
    if tiny and all(c.part.overlaps_sentences for c in axes.choices("splitter", Splitter)):
        yield Advice(
            "chunk_overlap",
            f"chunk_overlap: whole sentences overlap, and {listed(tiny)} tokens hardly hold one, so this "
            f"acts like 0. "
            "Use 16 or more, or 0.",
            "idle",
        )


def _context(experiment: Experiment) -> Iterator[Advice]:
    axes = experiment.retrieval
    size = max(axes.chunk_tokens)
    each = max(c.part.most_tokens(c.settings, size) for c in axes.choices("returns", Returns))
    budgets = [tokens for tokens in axes.passage_tokens if tokens is not None]
    most = max(axes.top_k) * each
    if len(budgets) == len(axes.passage_tokens):
        most = min(most, max(budgets))
    for model in experiment.models:
        window = model.context_window
        if window is None:
            continue
        room = window - (model.max_tokens or 0)
        if most > room:
            yield Advice(
                "top_k",
                f"top_k: {max(axes.top_k)} passages of {each} tokens do not fit into the "
                f"{max(0, room):,} tokens that {model.name} has for its prompt: it gets fewer, and larger "
                "settings come out alike. "
                + (
                    "Lower top_k or chunk_tokens."
                    if each == size
                    else "Lower top_k, or let returns give less."
                ),
            )


def _grounding_of_copies(experiment: Experiment) -> Iterator[Advice]:
    """Grounding as an aim where every model copies: it is high for all of them, whatever was asked."""
    if "grounding" in experiment.objective.aims and all(m.embedded for m in experiment.models):
        yield Advice(
            "objective",
            f"objective: {listed(m.name for m in experiment.models)} copy sentences from the passages, so "
            "grounding is near 1 for every configuration and decides nothing. Maximize correctness, or add a "
            "model that writes.",
        )


_RULES = (
    _same_content, _idle_sampling, _alike_to_embedded, _deterministic, _embedding, _prefixes, _rerank,
    _overlap, _context, _grounding_of_copies,
)  # fmt: skip
