"""Lists the built-in scores, those that make no model calls and those that ask a judge.
Knows nothing about how they are computed: scoring/ does, and judges/judge_scores.py asks the judges."""

from __future__ import annotations

from workbench.parts.part import JudgedMetric, Score

REFERENCE = "a reference answer"
EVIDENCE = "marked evidence"
ANSWERABLE = "a mark that says whether the documents answer it"

GROUNDING = Score(
    name="grounding",
    label="Grounding",
    help="Faithfulness to the passages, without a model call. The mean support of the answer's sentences: "
    "the same words, numbers, dates and names, in the same relation. A sentence counts by its weakest claim.",
    function="workbench.scoring.grounding:score",
    beyond_english="compares only equal words, numbers and names",
    version=9,
    not_applicable="declined or empty answers",
    poor_below=0.25,
    ladder="faithfulness",
)
_FREE = (
    GROUNDING,
    Score(
        name="correctness",
        label="Correctness",
        help="Agreement with the reference answer, the best one if there are several: its words, numbers "
        "with units, dates, yes or no. Declining an unanswerable question scores 1.",
        function="workbench.scoring.correctness:score_correctness",
        beyond_english="counts forms of one word as different words",
        version=7,
        needs=REFERENCE,
        scores_unanswerable=True,
        not_applicable="without a reference",
    ),
    Score(
        name="reference_recall",
        label="Reference recall",
        help="The share of the reference answer's content that the answer contains, whatever else it says.",
        function="workbench.scoring.correctness:score_reference_recall",
        beyond_english="counts forms of one word as different words",
        version=5,
        needs=REFERENCE,
        scores_unanswerable=True,
        not_applicable="without a reference",
    ),
    Score(
        name="token_f1",
        label="Token F1",
        help="Word overlap with the reference answer after SQuAD's normalisation. It sees no units or signs.",
        function="workbench.scoring.correctness:score_token_f1",
        version=3,
        needs=REFERENCE,
        scores_unanswerable=True,
        not_applicable="without a reference",
    ),
    Score(
        name="retrieval_recall",
        label="Recall@k",
        help="The share of the marked evidence that is in the k passages retrieved.",
        function="workbench.scoring.retrieval_metrics:score_recall",
        version=2,
        needs=EVIDENCE,
        not_applicable="without evidence; unanswerable questions",
        group="retrieval",
    ),
    Score(
        name="retrieval_precision",
        label="Precision@k",
        help="The share of the k passages retrieved that contain marked evidence.",
        function="workbench.scoring.retrieval_metrics:score_precision",
        version=2,
        needs=EVIDENCE,
        not_applicable="without evidence; unanswerable questions",
        good_from=None,  # with one piece of evidence and k = 5 it cannot be above 0.2
        group="retrieval",
    ),
    Score(
        name="retrieval_mrr",
        label="MRR",
        help="Mean reciprocal rank: 1 / the rank of the first passage that contains marked evidence.",
        function="workbench.scoring.retrieval_metrics:score_mrr",
        version=2,
        needs=EVIDENCE,
        not_applicable="without evidence; unanswerable questions",
        group="retrieval",
    ),
    Score(
        name="retrieval_ndcg",
        label="nDCG@k",
        help="Normalised discounted cumulative gain: the evidence in the k passages, discounted by rank. 1 "
        "when the first passage contains all of it.",
        function="workbench.scoring.retrieval_metrics:score_ndcg",
        version=2,
        needs=EVIDENCE,
        not_applicable="without evidence; unanswerable questions",
        group="retrieval",
    ),
    Score(
        name="refusal",
        label="Refusal accuracy",
        help="1 when it answered a question that the documents answer, or declined one that they do not.",
        function="workbench.scoring.refusal:score_refusal",
        version=6,
        needs=ANSWERABLE,
        rewards_declining=True,
        not_applicable="failed calls; not known whether the documents answer",
    ),
    Score(
        name="toxicity",
        label="Toxicity",
        help="The probability that the answer insults, threatens or demeans people, or is sexually explicit.",
        function="workbench.scoring.toxicity:score",
        beyond_english="means nothing",
        version=3,
        not_applicable="failed calls",
        higher_is_better=False,
    ),
    Score(
        name="personal_data",
        label="Personal data",
        help="1 when the answer contains an e-mail address, phone number, card number or IBAN that the "
        "question does not.",
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
        beyond_english="knows no group terms",
        version=2,
        needs="a group in its text",
        not_applicable="when one of the two calls failed",
        higher_is_better=False,
        variants="exchange",
    ),
    Score(
        name="injection",
        label="Prompt injection",
        help="1 when the answer obeyed an instruction planted in its passages.",
        function="workbench.scoring.prompt_injection:score",
        not_applicable="when it cannot be determined",
        higher_is_better=False,
        variants="planted",
    ),
)


def _ragas(name: str, label: str, help_text: str, good_from: float | None = 0.5) -> Score:
    return Score(
        name=f"ragas_{name}",
        label=f"{label} (ragas)",
        help=help_text,
        function=f"workbench.scoring.ragas_string_metrics:{name}",
        needs=REFERENCE,
        not_applicable="without a reference",
        good_from=good_from,
        group="ragas",
        needs_ragas=True,
    )


_RAGAS = (
    _ragas("exact_match", "Exact match", "1 when the answer equals the reference."),
    _ragas("string_presence", "String presence", "1 when the answer contains the text of the reference."),
    _ragas("string_similarity", "String similarity", "Levenshtein similarity to the reference.", None),
    _ragas("bleu", "BLEU", "BLEU against the reference.", None),
    _ragas("chrf", "chrF", "Character n-gram F against the reference.", None),
    _ragas("rouge", "ROUGE-L", "ROUGE-L F against the reference.", None),
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
        label="Answer relevancy",
        help="How well the answer addresses the question, by a judge.",
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
        help="How high the useful passages rank, by a judge.",
        function="ragas.metrics.collections:ContextPrecision",
        needs_ragas=True,
        needs=REFERENCE,
        not_applicable="without a reference",
        looks_at=("question", "passages", "reference"),
        calls_per_passage=1,
        reads_one_passage=True,
        verdicts="{of} passages are useful for the reference.",
    ),
    JudgedMetric(
        name="context_recall",
        label="Context recall",
        help="The share of the reference that the passages contain, by a judge.",
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
        help="Agreement of the answer's claims with those of the reference (F1), by a judge.",
        function="ragas.metrics.collections:FactualCorrectness",
        needs_ragas=True,
        needs=REFERENCE,
        not_applicable="without a reference; empty or failed answers",
        looks_at=("answer", "reference"),
        calls=4,
        zero_if_declined=True,
        verdicts="{of} claims of the answer and the reference appear in the other text.",
    ),
    JudgedMetric(
        name="noise_sensitivity",
        label="Noise sensitivity",
        help="The share of the answer's claims that are wrong and follow from the passages, by a judge.",
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
        verdicts="{of} verdicts on statements of the answer and the reference are yes.",
    ),
)
SCORES = (*_FREE, *_RAGAS, *_JUDGED)
DEFAULT_SCORES = ("grounding", "correctness", "retrieval", "refusal", "toxicity")

# Estimated for a configuration from people's ratings, never computed for an answer: no list of scores has it.
LIKED = Score(
    name="liked",
    label="Share liked",
    help="The share of answers that people would like, estimated from ratings and scores.",
    function="",
    not_applicable="every answer: it is estimated for a configuration as a whole",
)

# The entry of every rubric: an experiment file names the score and says in words what 1 and 0 mean.
RUBRIC = JudgedMetric(
    name="rubric",
    label="Rubric",
    help="A rubric in your own words, by a judge.",
    function="workbench.scoring.rubric:rubric_prompt",
    not_applicable="empty or failed answers",
    looks_at=("question", "answer", "passages", "reference"),
    calls=1,
)
