"""Splitting what models write into answer and thinking: the forms that servers really send, and mentions of them.
Knows nothing about servers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.replies.thinking import SplitReply, may_hold_marks, split_reply

ANSWER = "It opens at nine.\n\n- **Mondays** at ten [2]"
THOUGHT = "The user asks when it opens.\nPassage [1] says nine; so < 10."
HARMONY = "<|channel|>analysis<|message|>{}<|end|><|start|>assistant<|channel|>final<|message|>{}<|return|>"
# Form of a whole reply: where the thinking stands and where the answer. Which models write it is beside it.
FORMS = {
    "DeepSeek-R1, Qwen3": "<think>\n{}\n</think>\n\n{}",
    "glued": "<think>{}</think>{}",
    "upper case": "<THINK>{}</THINK>\n{}",
    "thinking": "<thinking>{}</thinking>\n\n{}",
    "reasoning": "<reasoning>\n{}\n</reasoning>\n{}",
    "thought": "<thought>{}</thought>{}",
    "Magistral": "[THINK]{}[/THINK]{}",
    "Kimi": "◁think▷{}◁/think▷{}",
    "Seed-OSS": "<seed:think>{}</seed:think>{}",
    "Command A": "<|START_THINKING|>{}<|END_THINKING|><|START_RESPONSE|>{}<|END_RESPONSE|>",
    "OpenThinker": "<|begin_of_thought|>{}<|end_of_thought|>\n\n<|begin_of_solution|>\n{}\n<|end_of_solution|>",
    "Gemma 4": "<|channel>thought\n{}<channel|>{}",
    "Granite 3.2": "Here is my thought process: {}\nHere is my response: {}",
    "Apriel": "{}\n[BEGIN FINAL RESPONSE]\n{}\n[END FINAL RESPONSE]",
    "an answer in tags, too": "<think>{}</think>\n<answer>\n{}\n</answer>",
    "opened by the template": "{}\n</think>\n\n{}",
    "opened by the template, glued": "{}</think>{}",
    "the template's header before it": "<|im_start|>assistant\n<think>\n{}\n</think>\n\n{}<|im_end|>",
    "gpt-oss": HARMONY,
    "gpt-oss, from the start": "<|start|>assistant" + HARMONY,
    "gpt-oss, the first header in the prompt": HARMONY.removeprefix("<|channel|>analysis<|message|>"),
    "gpt-oss, special tokens taken out": "analysis{}assistantfinal{}",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_each_form_of_thinking_is_kept_apart(form: str) -> None:
    split = split_reply(form.format(THOUGHT, ANSWER))
    assert (split.answer, split.thinking) == (ANSWER, THOUGHT)


@pytest.mark.parametrize(
    "text",
    [
        f"<think>{THOUGHT}",
        f"<think>\n{THOUGHT}\n",
        f"[THINK]{THOUGHT}",
        f"<|channel|>analysis<|message|>{THOUGHT}",
        f"analysis{THOUGHT}",
        f"Here's my thought process: {THOUGHT}",
        f"{THOUGHT}\n</think>\n",
    ],
)
def test_thinking_without_an_end_leaves_no_answer(text: str) -> None:
    assert split_reply(text) == SplitReply("", THOUGHT)


@pytest.mark.parametrize("text", ["<|channel|>", "<|channel|>anal", "<|start|>assistant<|channel|>analysis"])
def test_a_channel_that_was_cut_in_its_header_leaves_nothing(text: str) -> None:
    assert split_reply(text) == SplitReply("")


def test_empty_thinking_leaves_the_answer() -> None:
    assert split_reply(f"<think>\n\n</think>\n\n{ANSWER}") == SplitReply(ANSWER)


def test_thinking_between_two_parts_of_an_answer_is_taken_out() -> None:
    split = split_reply("It opens at nine.\n<think>\nSundays, too?\n</think>\nOn Sundays at ten.")
    assert (split.answer, split.thinking) == ("It opens at nine.\n\nOn Sundays at ten.", "Sundays, too?")


def test_thinking_that_begins_after_the_answer_and_is_cut_is_taken_off() -> None:
    assert split_reply("It opens at nine.<think>But wait") == SplitReply("It opens at nine.", "But wait")


def test_a_tag_that_thinking_quotes_does_not_end_it() -> None:
    split = split_reply("<think>I must close with `</think>` and then answer.</think>It opens at nine.")
    assert split.answer == "It opens at nine."


def test_thinking_closed_twice_ends_with_the_last_one_that_text_follows() -> None:
    assert (
        split_reply("<think>a</think>A draft.\n</think>\n\nIt opens at nine.").answer == "It opens at nine."
    )
    assert split_reply("<think>a</think>It opens at nine.</think>").answer == "It opens at nine."


MENTIONS = [
    "Use the <think> tag to make it think.",
    "Use the `<think>` tag, and close it with `</think>`.",
    'Use the "<think>" tag, and close it with "</think>".',
    "Use the “<think>” tag (</think>) then.",
    "Close it with </think>.",
    "Close it with </think>",
    "Close it with </think>, and then answer.",
    'The log says "<think>hmm</think> ok" there.',
    "The reply was `<think>a</think>b`, in one line.",
    "A reply looks like this:\n\n```\n<think>\nhmm\n</think>\nNine.\n```\n\nKeep both parts.",
    "A reply looks like this:\n\n~~~xml\n<|channel|>analysis<|message|>hmm<|end|>\n~~~\n",
    "Qwen ends a turn with <|im_end|> and Llama with <|eot_id|>.",
    "The mark `<|im_end|>` ends a turn, as `</s>` does.",
    "Mistral writes `[INST]` and `[/INST]` around a question.",
    "The price is <s>€20</s> €15.",
    "analysis of the data shows nine.",
    "Analysis: it opens at nine [1].",
    "If a < b and c > d, choose [think] or <b>bold</b>.",
]


@pytest.mark.parametrize("text", MENTIONS)
def test_a_mark_that_is_only_mentioned_stays(text: str) -> None:
    assert split_reply(text) == SplitReply(text)


@pytest.mark.parametrize(
    "text",
    [
        "Nine.<|im_end|>",
        "Nine. <|im_end|>\n<|im_end|>",
        "Nine.<|im_end|>\n<|im_start|>user\nAnd on Sundays?<|im_end|>\n<|im_start|>assistant\nTen.",
        "<|im_start|>assistant\nNine.<|im_end|>",
        "Nine.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nAnd on Sundays?",
        "<|start_header_id|>assistant<|end_header_id|>\n\nNine.<|eot_id|>",
        "Nine.<end_of_turn>\n<start_of_turn>user\nAnd on Sundays?",
        "<start_of_turn>model\nNine.<end_of_turn>",
        "Nine.</s>",
        "<s> Nine. </s>",
        "Nine.\n</s>\n</s>\n</s>",
        "[/INST] Nine.</s>",
        "[INST] When does it open? [/INST] Nine.</s>",
        "Nine. [/INST] And on Sundays at ten.",
        "Nine.<|endoftext|>The following is an exam.",
        "Nine.<|end|><|user|>And on Sundays?<|assistant|>Ten.",
        "Nine.<｜end▁of▁sentence｜>",
        "Nine.<eos>",
        "Nine.<|END_OF_TURN_TOKEN|>",
        "Nine.<end_of_utterance>",
    ],
)
def test_the_marks_of_chat_templates_end_the_answer(text: str) -> None:
    assert split_reply(text) == SplitReply("Nine.", has_template_marks=True)


@given(st.text(alphabet=st.characters(blacklist_characters="<[◁"), max_size=300))
def test_a_text_without_marks_is_unchanged(text: str) -> None:
    if "assistantfinal" in text or text.lstrip().startswith(("analysis", "commentary", "assistant", "Here")):
        return
    assert not may_hold_marks(text) and split_reply(text) == SplitReply(text)


MARKS = [
    *(
        "<think>",
        "</think>",
        "[THINK]",
        "[/THINK]",
        "<|im_end|>",
        "</s>",
        "<s>",
        "<|channel|>",
        "<|message|>",
    ),
    *("<|end|>", "final", "analysis", "[INST]", "`", "```", '"', "\n", " ", "<answer>", "Nine.", "so "),
]


@given(st.lists(st.sampled_from(MARKS), max_size=14).map("".join))
def test_any_text_can_be_split_and_nothing_is_made_up(text: str) -> None:
    split = split_reply(text)
    for part in (split.answer, split.thinking):
        left = iter(text)
        assert all(character in left for character in part if not character.isspace())


# Of these, only the end tells what was thinking.
KNOWN_LATE = ("Granite 3.2", "Apriel", "opened by the template", "opened by the template, glued",
              "gpt-oss, the first header in the prompt", "gpt-oss, special tokens taken out")  # fmt: skip


@pytest.mark.parametrize("name", sorted(FORMS.keys() - set(KNOWN_LATE)))
def test_a_streamed_answer_only_grows_and_never_shows_thinking(name: str) -> None:
    text = FORMS[name].format(THOUGHT, ANSWER)
    shown = [split_reply(text[:end], finished=False).answer for end in range(len(text) + 1)]
    for answer in (s.removeprefix("<answer>").strip() for s in shown):
        assert ANSWER.startswith(answer)


@given(st.sampled_from([*(f.format(THOUGHT, ANSWER) for f in FORMS.values()), *MENTIONS]))
def test_a_streamed_reply_that_is_complete_is_split_as_the_whole(text: str) -> None:
    held_back = split_reply(text + "\n", finished=False)
    assert (held_back.answer.strip(), held_back.thinking) == (
        split_reply(text).answer.strip(),
        split_reply(text).thinking,
    )
