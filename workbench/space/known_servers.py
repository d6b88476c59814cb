"""Lists the usual servers of models, each with its address and the variable that usually holds its key.
Knows nothing about asking them, nor about what a user has confirmed."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.space.address import Address


@dataclass(frozen=True)
class KnownServer:
    """A server that many people use."""

    name: str
    """What people call it."""
    base_url: str
    """The address that requests begin with."""
    api_key_env: str | None = None
    """The variable that usually holds its key; None where it needs none."""

    @property
    def port(self) -> int:
        """The port that it listens at."""
        address = Address.parse(self.base_url)
        assert address is not None
        return address.port


# On this machine, without a key; then hosted, each under its maker's variable (space/well_known_hosts.py).
LOCAL_SERVERS = (
    KnownServer("Ollama", "http://127.0.0.1:11434/v1"),
    KnownServer("LM Studio", "http://127.0.0.1:1234/v1"),
    KnownServer("vLLM", "http://127.0.0.1:8000/v1"),
    KnownServer("llama.cpp", "http://127.0.0.1:8080/v1"),
)
HOSTED_SERVERS = (
    KnownServer("OpenAI", "https://api.openai.com/v1", "OPENAI_API_KEY"),
    KnownServer("OpenRouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
    KnownServer("Groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY"),
    KnownServer("Mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
    KnownServer("Anthropic", "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY"),
    KnownServer("Gemini", "https://generativelanguage.googleapis.com/v1beta/openai", "GEMINI_API_KEY"),
    KnownServer("DeepSeek", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
    KnownServer("Together", "https://api.together.xyz/v1", "TOGETHER_API_KEY"),
    KnownServer("Fireworks", "https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY"),
    KnownServer("Cerebras", "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY"),
    KnownServer("Hugging Face", "https://router.huggingface.co/v1", "HF_TOKEN"),
    KnownServer("NVIDIA", "https://integrate.api.nvidia.com/v1", "NVIDIA_API_KEY"),
    KnownServer("xAI", "https://api.x.ai/v1", "XAI_API_KEY"),
)
KNOWN_SERVERS = (*LOCAL_SERVERS, *HOSTED_SERVERS)


def find_known_server(text: str) -> KnownServer | None:
    """Return the known server of this name or address; None for any other."""
    wanted = text.strip().rstrip("/").casefold()
    return next((s for s in KNOWN_SERVERS if wanted in (s.name.casefold(), s.base_url)), None)
