"""Lists the hosts of hosted models, each under the variables that usually hold its key.
Knows nothing about what a user has confirmed."""

from __future__ import annotations

from workbench.space.address import Address

# A host that begins with "*." stands for exactly one more label in front: a customer's own name.
AZURE_HOSTS = ("*.openai.azure.com", "*.cognitiveservices.azure.com", "*.services.ai.azure.com")
HOSTS_OF_VARIABLES: dict[str, tuple[str, ...]] = {
    "ANTHROPIC_API_KEY": ("api.anthropic.com",),
    "AZURE_API_KEY": AZURE_HOSTS,
    "AZURE_OPENAI_API_KEY": AZURE_HOSTS,
    "CEREBRAS_API_KEY": ("api.cerebras.ai",),
    "COHERE_API_KEY": ("api.cohere.com", "api.cohere.ai"),
    "CO_API_KEY": ("api.cohere.com", "api.cohere.ai"),
    "DASHSCOPE_API_KEY": ("dashscope.aliyuncs.com", "dashscope-intl.aliyuncs.com"),
    "DEEPINFRA_API_KEY": ("api.deepinfra.com",),
    "DEEPSEEK_API_KEY": ("api.deepseek.com",),
    "FIREWORKS_API_KEY": ("api.fireworks.ai",),
    "GEMINI_API_KEY": ("generativelanguage.googleapis.com",),
    "GOOGLE_API_KEY": ("generativelanguage.googleapis.com",),
    "GROQ_API_KEY": ("api.groq.com",),
    "HF_TOKEN": ("router.huggingface.co",),
    "JINA_API_KEY": ("api.jina.ai",),
    "MISTRAL_API_KEY": ("api.mistral.ai", "codestral.mistral.ai"),
    "MOONSHOT_API_KEY": ("api.moonshot.ai", "api.moonshot.cn"),
    "NEBIUS_API_KEY": ("api.studio.nebius.com",),
    "NVIDIA_API_KEY": ("integrate.api.nvidia.com",),
    "OPENAI_API_KEY": ("api.openai.com", "eu.api.openai.com", "us.api.openai.com"),
    "OPENROUTER_API_KEY": ("openrouter.ai",),
    "PERPLEXITY_API_KEY": ("api.perplexity.ai",),
    "SAMBANOVA_API_KEY": ("api.sambanova.ai",),
    "TOGETHER_API_KEY": ("api.together.xyz", "api.together.ai"),
    "VOYAGE_API_KEY": ("api.voyageai.com",),
    "XAI_API_KEY": ("api.x.ai",),
}  # fmt: skip


def is_well_known(variable: str | None, address: Address) -> bool:
    """Whether an address is the provider's that a variable holds the key of; None: any provider's.

    Only https on its usual port counts. Without a key, a customer's own name does not: anybody can have one.
    """
    if (address.scheme, address.port) != ("https", 443):
        return False
    if variable is not None:
        hosts = HOSTS_OF_VARIABLES.get(variable, ())
    else:
        hosts = tuple(h for listed in HOSTS_OF_VARIABLES.values() for h in listed if not h.startswith("*."))
    return any(_is_host(address.host, host) for host in hosts)


def _is_host(host: str, listed: str) -> bool:
    if not listed.startswith("*."):
        return host == listed
    label, _, rest = host.partition(".")
    return bool(label) and rest == listed.removeprefix("*.")
