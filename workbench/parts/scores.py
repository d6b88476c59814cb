"""The built-in scores, those that ask no model and those that do.
Knows nothing about how one is made: scoring/ does, and judges/judge_scores.py asks the models."""

from __future__ import annotations

from workbench.parts.part import JudgedMetric, Score

REFERENCE = "a reference answer"
EVIDENCE = "marked evidence"

GROUNDING = Score(
    name="grounding",
    label="Grounding",
    help="The share of the answer's claims that the passages support: words, numbers, dates, names, in the "
    "same relation.",
    function="workbench.scoring.grounding:score",
    version=3,
    not_applicable="declined or empty answers",
    ladder="faithfulness",
)
_FREE = (
    GROUNDING,
    Score(
        name="correctness",
        label="Correctness",
        help="Word overlap (token F1) with the reference answer, the best of several. 1 where an "
        "unanswerable question was declined.",
        function="workbench.scoring.correctness:score_correctness",
        version=2,
        needs=REFERENCE,
        scores_unanswerable=True,
        not_applicable="without a reference",
    ),
    Score(
        name="retrieval_recall",
        label="Evidence found",
        help="The share of the marked evidence that was retrieved.",
        function="workbench.scoring.retrieval_quality:score_recall",
        needs=EVIDENCE,
        not_applicable="without evidence; unanswerable questions",
        group="retrieval",
    ),
    Score(
        name="retrieval_precision",
        label="Useful passages",
        help="The share of the passages that hold evidence.",
        function="workbench.scoring.retrieval_quality:score_precision",
        needs=EVIDENCE,
        not_applicable="without evidence; unanswerable questions",
        group="retrieval",
    ),
    Score(
        name="retrieval_mrr",
        label="First hit (MRR)",
        help="1 / the rank of the first passage that holds evidence.",
        function="workbench.scoring.retrieval_quality:score_mrr",
        needs=EVIDENCE,
        not_applicable="without evidence; unanswerable questions",
        group="retrieval",
    ),
    Score(
        name="retrieval_ndcg",
        label="Order (nDCG)",
        help="The evidence that was retrieved, discounted by rank: 1 where all of it comes first.",
        function="workbench.scoring.retrieval_quality:score_ndcg",
        needs=EVIDENCE,
        not_applicable="without evidence; unanswerable questions",
        group="retrieval",
    ),
    Score(
        name="refusal",
        label="Right to answer",
        help="1 where it answered what the documents answer, or declined what they do not.",
        function="workbench.scoring.refusal:score_refusal",
        version=2,
        rewards_declining=True,
        not_applicable="failed calls",
    ),
    Score(
        name="toxicity",
        label="Toxicity",
        help="The probability that the answer is offensive.",
        function="workbench.scoring.safety:score",
        not_applicable="failed calls",
        higher_is_better=False,
    ),
    Score(
        name="personal_data",
        label="Personal data",
        help="1 where the answer holds an e-mail address, phone, card or IBAN that the question does not.",
        function="workbench.scoring.personal_data:score",
        not_applicable="failed calls",
        higher_is_better=False,
    ),
    Score(
        name="bias",
        label="Bias",
        help="How much the answer changes when the age, nationality, religion or gender in the question is "
        "exchanged.",
        function="workbench.scoring.bias:score",
        needs="a group in its text",
        not_applicable="a failed call of the pair",
        higher_is_better=False,
        variants="exchange",
    ),
    Score(
        name="injection",
        label="Injection",
        help="1 where the answer obeyed an instruction that is planted in its passages.",
        function="workbench.scoring.injection:score",
        not_applicable="where it cannot be told",
        higher_is_better=False,
        variants="planted",
    ),
)


def _ragas(name: str, label: str, what: str) -> Score:
    return Score(
        name=f"ragas_{name}",
        label=f"{label} (ragas)",
        help=what,
        function=f"workbench.scoring.modelfree:{name}",
        needs=REFERENCE,
        not_applicable="without a reference",
        group="ragas",
        needs_ragas=True,
    )


_RAGAS = (
    _ragas("exact_match", "Exact match", "1 where the answer equals the reference."),
    _ragas("string_presence", "String presence", "1 where the reference's text is in the answer."),
    _ragas("string_similarity", "String similarity", "Levenshtein similarity to the reference."),
    _ragas("bleu", "Bleu", "BLEU against the reference."),
    _ragas("chrf", "Chrf", "Character n-gram F against the reference."),
    _ragas("rouge", "Rouge", "ROUGE-L F against the reference."),
)
_JUDGED = (
    JudgedMetric(
        name="faithfulness",
        label="Faithfulness",
        help="The share of the answer's statements that follow from the passages, by a judge.",
        function="ragas.metrics.collections:Faithfulness",
        needs_ragas=True,
        not_applicable="declined, empty or failed answers",
        looks_at=("question", "answer", "passages"),
        calls=2,
        verdicts="{of} statements follow from the passages.",
    ),
    JudgedMetric(
        name="answer_relevancy",
        label="Relevancy",
        help="Whether the answer answers this question, by a judge.",
        function="ragas.metrics.collections:AnswerRelevancy",
        needs_ragas=True,
        not_applicable="empty or failed answers",
        looks_at=("question", "answer"),
        calls=3,
        samples=True,
        zero_if_declined=True,
    ),
    JudgedMetric(
        name="context_precision",
        label="Context precision",
        help="Whether the useful passages come first, by a judge.",
        function="ragas.metrics.collections:ContextPrecision",
        needs_ragas=True,
        needs=REFERENCE,
        not_applicable="without a reference",
        looks_at=("question", "passages", "reference"),
        calls_per_passage=1,
        reads_one_passage=True,
        verdicts="{of} passages are of use for the reference.",
    ),
    JudgedMetric(
        name="context_recall",
        label="Context recall",
        help="The share of the reference that the passages hold, by a judge.",
        function="ragas.metrics.collections:ContextRecall",
        needs_ragas=True,
        needs=REFERENCE,
        not_applicable="without a reference",
        looks_at=("question", "passages", "reference"),
        calls=1,
        verdicts="{of} statements of the reference are in the passages.",
    ),
    JudgedMetric(
        name="factual_correctness",
        label="Factual correctness",
        help="The claims that answer and reference share (F1), by a judge.",
        function="ragas.metrics.collections:FactualCorrectness",
        needs_ragas=True,
        needs=REFERENCE,
        not_applicable="without a reference; empty or failed answers",
        looks_at=("answer", "reference"),
        calls=4,
        zero_if_declined=True,
        verdicts="{of} claims, of answer and reference together, are in the other.",
    ),
    JudgedMetric(
        name="noise_sensitivity",
        label="Noise sensitivity",
        help="The share of the answer's claims that are wrong and come from the passages, by a judge.",
        function="ragas.metrics.collections:NoiseSensitivity",
        needs_ragas=True,
        needs=REFERENCE,
        not_applicable="without a reference; declined, empty or failed answers",
        higher_is_better=False,
        looks_at=("question", "answer", "passages", "reference"),
        calls=3,
        calls_per_passage=2,
        reads_one_passage=True,
        zero_without_passages=False,
        verdicts="{of} verdicts on statements of answer and reference are yes.",
    ),
)
SCORES = (*_FREE, *_RAGAS, *_JUDGED)
DEFAULT_SCORES = ("grounding", "correctness", "retrieval", "refusal", "toxicity")

# A score of the user's own: its name and what 1 and 0 mean stand in the experiment file.
RUBRIC = JudgedMetric(
    name="rubric",
    label="Rubric",
    help="A rubric in your own words, by a judge.",
    function="workbench.scoring.rubric:rubric_prompt",
    not_applicable="empty or failed answers",
    looks_at=("question", "answer", "passages", "reference"),
    calls=1,
)
