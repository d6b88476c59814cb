"""The words of servers that refuse a prompt as too long, and those that only look like it.
Knows nothing about requests."""

from __future__ import annotations

import pytest

from workbench.providers.context_limit import ContextLimit, is_too_long, read_limit

# (server, its words, tokens of the prompt, most tokens)
REFUSALS = [
    ("llama.cpp", 'request (3031 tokens) exceeds the available context size (2048 tokens), try increasing it', 3031, 2048),
    ("openai",
     "This model's maximum context length is 4096 tokens. However, your messages resulted in 5"
     '212 tokens. Please reduce the length of the messages.',
     5212, 4096),
    ("openai-legacy",
     "This model's maximum context length is 4097 tokens. However, you requested 5360 tokens ("
     '5060 in the messages, 300 in the completion). Please reduce the length of the messages o'
     'r completion.',
     5060, 4097),
    ("vllm",
     "This model's maximum context length is 2048 tokens. However, you requested 300 output to"
     'kens and your prompt contains at least 1749 input tokens, for a total of at least 2049 t'
     'okens. Please reduce the length of the input prompt or the number of requested output to'
     'kens.',
     1749, 2048),
    ("vllm-decoder",
     'The decoder prompt (length 9012) is longer than the maximum model length of 8192. Make s'
     'ure that `max_model_len` is no smaller than the number of text tokens.',
     9012, 8192),
    ("anthropic", 'prompt is too long: 208310 tokens > 200000 maximum', 208310, 200000),
    ("gemini", 'The input token count (1050000) exceeds the maximum number of tokens allowed (1048576).', 1050000, 1048576),
    ("lm-studio",
     'Trying to keep the first 5000 tokens when context the overflows. However, the model is l'
     'oaded with context length of only 4096 tokens, which is not enough. Try to load the mode'
     'l with a larger context length, or provide a shorter input',
     5000, 4096),
    ("tgi",
     '`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4200 `inputs` tokens and 300 '
     '`max_new_tokens`',
     4200, 4096),
    ("tei", '`inputs` must have less than 512 tokens. Given: 801', 801, 512),
    ("llama.cpp-embedding",
     'input (801 tokens) is too large to process. increase the physical batch size (current ba'
     'tch size: 256)',
     801, 256),
    ("ollama", 'the input length exceeds the context length', None, None),
    ("openai-prompt",
     "This model's maximum context length is 8192 tokens, however you requested 9001 tokens (9"
     '001 in your prompt; 0 for the completion). Please reduce your prompt; or completion leng'
     'th.',
     9001, 8192),
    ("openrouter",
     "This endpoint's maximum context length is 32768 tokens. However, you requested about 400"
     '00 tokens (39700 of text input, 300 in the output). Please reduce the length of either o'
     'ne.',
     39700, 32768),
    ("mistral",
     'Prompt contains 33000 tokens and 0 draft tokens, too large for model with 32768 maximum '
     'context length',
     33000, 32768),
    ("groq", 'Please reduce the length of the messages or completion.', None, None),
    ("anthropic-sum",
     'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease in'
     'put length or `max_tokens` and try again',
     190000, 200000),
    ("short", "This model's maximum context length is 60 tokens, however you requested 200 tokens.", 200, 60),
    ("deepseek",
     "Requested token count exceeds the model's maximum context length of 4096 tokens. You req"
     'uested a total of 4500 tokens: 4200 tokens from the input messages and 300 tokens for th'
     'e completion.',
     4200, 4096),
]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "prompt", "window"), [r[1:] for r in REFUSALS], ids=[r[0] for r in REFUSALS]
)
def test_a_refused_prompt_is_known_and_its_numbers_are_read(
    words: str, prompt: int | None, window: int | None
) -> None:
    assert is_too_long(words) and read_limit(words) == ContextLimit(prompt, window)


@pytest.mark.parametrize(
    "words",
    [
        "max_tokens must be at least 1",
        "Invalid value for temperature: must be less than or equal to 2",
        "The batch size 64 exceeds the maximum allowed batch size 32",
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        "max_tokens is too large: 100000. This model supports at most 16384 completion tokens",
        "batch size 64 > maximum allowed batch size 32",
        "Too many inputs. Maximum 2048",
        "Field 'temperature': type must be number, but is string",
    ],
)
def test_other_limits_are_no_context(words: str) -> None:
    assert not is_too_long(words)
