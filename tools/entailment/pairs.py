"""Makes the pairs of claim and evidence to train on, from openly licensed sets and by rule, as JSON lines.
Knows nothing about the network. WiCE, BEGIN, SciFact and HaluEval are never among them: they measure.

Every rule is used both ways round: a changed sentence against the original text (not entailed), against the
text with the change in it (entailed), and the original against that text. So nothing about the claim alone
tells the label. Evidence is cut to windows as it is when answers are scored.
"""

from __future__ import annotations

import csv
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from benchmarks.figures import DataNotFound, find_data
from benchmarks.grounding_sets import (
    Judged,
    _lines,
    load_conjunctions,
    load_factcheck,
    load_fever,
    load_mnli,
    load_scitail,
)
from benchmarks.squad import Squad, load_squad
from tools.entailment.edit import find_names
from tools.entailment.edits import edit_all
from tools.entailment.pair import Pair
from tools.entailment.questions import declare, kind_of
from tools.entailment.rephrasing import rephrase
from tools.entailment.windows import choose_windows
from workbench.scoring.grounding_evidence import read_evidence
from workbench.text import split_sentences

SHARE_REPEATED = 0.12
"""Of natural pairs that are not entailed, how many come again with the claim among their evidence."""
MOST_CLAIM_WORDS = 60
# What is taken of each source at most.
MOST = {
    "fever": 13_000, "factcheck": 3_300, "mnli": 9_800, "taxinli": 6_000, "snli": 6_000, "scitail": 2_100,
    "conjnli": 623, "cad": 8_000, "edits": 22_000, "questions": 14_000,
}  # fmt: skip


def changed_spans(text: str, original: str) -> tuple[tuple[int, int], ...]:
    """Where the words of a text differ from an original; next to a deletion, the words around it."""
    import difflib

    words = list(re.finditer(r"\S+", text))
    matcher = difflib.SequenceMatcher(None, [w.group() for w in words], original.split(), autojunk=False)
    spans = []
    for tag, a, b, _, _ in matcher.get_opcodes():
        if tag == "equal" or not words:
            continue
        if tag == "delete" or tag == "replace":
            spans.append((words[a].start(), words[b - 1].end()))
        else:  # words of the original are missing here: the words on both sides say too much
            spans.append((words[max(0, a - 1)].start(), words[min(a, len(words) - 1)].end()))
    return tuple(spans)


def window_for(claim: str, passages: Sequence[str], chance: random.Random) -> str:
    """One of the windows that scoring would choose, or the beginning where nothing is shared."""
    windows = choose_windows(claim, read_evidence(passages))
    if windows:
        return chance.choice(windows)
    return " ".join(passages[0].split()[:60])


# --- natural sets -----------------------------------------------------------------------------------


def _judged(source: str, rows: Iterable[Judged]) -> list[tuple[str, str, str, bool]]:
    return [(source, row.answer, row.passages[0], row.supported) for row in rows]


def _tsv(name: str) -> Iterator[dict[str, str]]:
    csv.field_size_limit(10_000_000)
    (path,) = find_data(name)
    yield from csv.DictReader(_lines(path), delimiter="\t", quoting=csv.QUOTE_NONE)


def _tidy(text: str) -> str:
    return re.sub(r"\s+([.,;:?!)])", r"\1", " ".join(text.split()))


def _load_snli() -> list[tuple[str, str, str, bool]]:
    rows = []
    for part in ("dev", "test"):
        names = [f"nli/snli_dev_test_esnli/dataset__eSNLI__{n}.{part}.gz" for n in ("s1", "s2", "labels")]
        premises, claims, labels = map(_lines, find_data(*names))
        rows += [
            ("snli", _tidy(c), _tidy(p), y == "entailment")
            for p, c, y in zip(premises, claims, labels, strict=True)
        ]
    return rows


def natural_pairs(chance: random.Random) -> list[Pair]:
    """The human-labelled sets, each claim and premise once over all sets."""
    loaded = [
        *_judged("conjnli", load_conjunctions()),
        *_judged("factcheck", load_factcheck()),
        *_judged("scitail", load_scitail()),
        *_judged("mnli", load_mnli()),
        *[
            ("taxinli", r["hyp"], r["prem"], r["label"] == "entailment")
            for r in _tsv("nli/taxinli/taxinli10k.tsv.gz")
        ],
        *[
            ("cad", _tidy(r["sentence2"]), _tidy(r["sentence1"]), r["gold_label"] == "entailment")
            for part in ("train", "dev", "test")
            for r in _tsv(f"nli/cad_nli/NLI__all_combined__{part}.tsv.gz")
        ],
        *_load_snli(),
        *_judged("fever", load_fever()),
    ]
    chance.shuffle(loaded)
    seen: set[tuple[str, str]] = set()
    taken: Counter[str] = Counter()
    pairs: list[Pair] = []
    for source, claim, premise, entailed in loaded:
        key = (" ".join(claim.lower().split()), " ".join(premise.lower().split()))
        if (
            key in seen
            or taken[source] >= MOST[source]
            or not claim.strip()
            or len(claim.split()) > MOST_CLAIM_WORDS
        ):
            continue
        seen.add(key)
        taken[source] += 1
        evidence = window_for(claim, [premise], chance)
        pairs.append(Pair(source, "natural", claim, evidence, entailed))
        if not entailed and chance.random() < SHARE_REPEATED:
            said = claim if chance.random() < 0.4 else rephrase(claim, chance)
            sentences = [s.text for s in split_sentences(evidence)][:2]
            sentences.insert(
                chance.randrange(len(sentences) + 1), claim if claim[-1] in ".!?" else claim + "."
            )
            pairs.append(Pair(source, "repeated", said, " ".join(sentences), True, ()))
    return pairs


# --- by rule ----------------------------------------------------------------------------------------


def _paragraphs(squad: Squad, fever: Sequence[Judged], chance: random.Random) -> list[list[str]]:
    """Paragraphs as sentences: SQuAD's, and FEVER's evidence of several sentences."""
    texts = [p.text for p in squad.paragraphs]
    texts += sorted({row.passages[0] for row in fever})
    chance.shuffle(texts)
    found = []
    for text in texts:
        sentences = [" ".join(s.text.split()) for s in split_sentences(text)]
        found.append([s for s in sentences if 6 <= len(s.split()) <= 45 and s[0].isupper() and s[-1] == "."])
    return [p for p in found if p]


def _around(sentences: Sequence[str], place: int, said: str | None, chance: random.Random) -> str:
    """A window of up to three sentences with `said` in the place of one; without it where it is None."""
    before = list(sentences[max(0, place - chance.choice((0, 1, 1, 2))) : place])
    after = list(sentences[place + 1 : place + 1 + chance.choice((0, 1, 1, 2))])
    if said is None and not before and not after:
        return ""
    window = [*before, *([said] if said is not None else []), *after]
    while len(" ".join(window).split()) > 85 and len(window) > 1:
        window.pop(0 if window[0] != said else -1)
    return " ".join(window)


def edited_pairs(paragraphs: Sequence[Sequence[str]], most: int, chance: random.Random) -> Iterator[Pair]:
    """Sentences and their edits against texts with the one or the other."""
    made: Counter[str] = Counter()
    for sentences in paragraphs:
        names = sorted({m.group() for s in sentences for m in find_names(s)})
        for place in chance.sample(range(len(sentences)), min(3, len(sentences))):
            sentence = sentences[place]
            edits = sorted(edit_all(sentence, chance, names), key=lambda e: (made[e.kind], chance.random()))
            for edit in edits[:2]:  # the kinds that are rarest so far
                made[edit.kind] += 1
                for pair in _both_ways(
                    sentences, place, edit.text, edit.kind, edit.follows, edit.reverse, chance
                ):
                    made["all"] += 1
                    yield pair
            if not chance.random() < 0.5:
                continue
            made["all"] += 2
            said = rephrase(sentence, chance)
            yield Pair("edits", "kept", said, _around(sentences, place, sentence, chance), True, ())
            others = [s for i, s in enumerate(sentences) if i != place]
            if others:  # a sentence of the same paragraph that the window does not have
                yield Pair(
                    "edits", "elsewhere", said, window_for(sentence, [" ".join(others)], chance), False
                )
        if made["all"] >= most:
            return


def _both_ways(
    sentences: Sequence[str],
    place: int,
    changed: str,
    kind: str,
    follows: bool,
    reverse: bool | None,
    chance: random.Random,
) -> Iterator[Pair]:
    original = sentences[place]
    wrong = () if follows else changed_spans(changed, original)

    def said(text: str, spans: tuple[tuple[int, int], ...]) -> tuple[str, tuple[tuple[int, int], ...] | None]:
        """Half of the claims in other words; then where the change is, is not known."""
        if chance.random() < 0.5:
            return text, spans
        other = rephrase(text, chance)
        return (other, spans) if other == text else (other, None if spans else ())

    claim, spans = said(changed, wrong)
    yield Pair("edits", kind, claim, _around(sentences, place, original, chance), follows, spans)
    if reverse is not None and chance.random() < 0.75:
        claim, spans = said(original, () if reverse else changed_spans(original, changed))
        yield Pair(
            "edits", f"{kind} reversed", claim, _around(sentences, place, changed, chance), reverse, spans
        )
    if not follows and chance.random() < 0.75:
        claim, _ = said(changed, ())
        yield Pair("edits", f"{kind} in both", claim, _around(sentences, place, changed, chance), True, ())


def question_pairs(squad: Squad, most: int, chance: random.Random) -> Iterator[Pair]:
    """Answers of people to questions about a paragraph, as statements; and answers to other questions."""
    by_home: dict[int, list[tuple[str, str]]] = {}
    for q in squad.questions:
        if q.answers:
            answer = chance.choice(q.answers)[1]
            by_home.setdefault(q.home, []).append((" ".join(q.text.split()), answer))
    count = 0
    homes = sorted(by_home)
    chance.shuffle(homes)
    for home in homes:
        paragraph = squad.paragraphs[home].text
        pool = by_home[home]
        for question, answer in chance.sample(pool, min(4, len(pool))):
            wrong = sorted(
                {
                    a
                    for q, a in pool
                    if kind_of(a) == kind_of(answer)
                    and a.lower() not in answer.lower()
                    and answer.lower() not in a.lower()
                }
            )
            others = [(answer, True)] + ([(chance.choice(wrong), False)] if wrong else [])
            plain = chance.random() < 0.25
            for given, entailed in others:
                statement = None if plain else declare(question, given)
                if statement is None and not plain and chance.random() < 0.6:
                    break
                claim = statement or f"{question} {given}"
                # The evidence of both is the window that has the right answer.
                right = declare(question, answer) if statement else f"{question} {answer}"
                evidence = window_for(right or claim, [paragraph], chance)
                if answer not in evidence or (not entailed and chance.random() < 0.5):
                    evidence = window_for(claim, [paragraph], chance)
                    if entailed and answer not in evidence:
                        break
                count += 1
                yield Pair("questions", "answer" if entailed else "other answer", claim, evidence, entailed)
        if count >= most:
            return


def make_pairs(seed: int = 13) -> list[Pair]:
    """All pairs in random order. Raises DataNotFound where a set is absent."""
    chance = random.Random(seed)
    squad = load_squad()
    if squad is None:
        raise DataNotFound("squad")
    pairs = natural_pairs(chance)
    paragraphs = _paragraphs(squad, load_fever(), chance)
    pairs += edited_pairs(paragraphs, MOST["edits"], chance)
    pairs += question_pairs(squad, MOST["questions"], chance)
    pairs = [p for p in pairs if p.claim.strip() and p.evidence.strip()]
    chance.shuffle(pairs)
    return pairs
