"""Reads the environment and .env, which nothing else does: folders, keys, the price of machine time.
Knows nothing about what the settings are used for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast, get_args
from urllib.parse import urlsplit

from workbench.environment_file import read_variables
from workbench.errors import InputError, reason_of

PROJECT = Path(__file__).resolve().parent.parent

# Set before chromadb, ragas and the rest are imported: no telemetry, no downloads (docs/decisions.md).
QUIET = {
    "RAGAS_DO_NOT_TRACK": "true",
    "LANGSMITH_TRACING": "false",
    "HF_HUB_OFFLINE": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "TOKENIZERS_PARALLELISM": "false",
}


_SWITCH = {"on": True, "1": True, "true": True, "off": False, "0": False, "false": False}

VectorIndexChoice = Literal["auto", "exact", "chroma"]

CHROMA_TOKEN = "WORKBENCH_CHROMA_TOKEN"
"""The variable of the token that a Chroma server wants."""

DATABASES = ("postgresql", "postgresql+psycopg")
"""How the address of a shared store may begin."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The folders of an installation, the price of machine time and the user's name."""

    home: Path
    """The folder of the database, the indexes and the caches."""
    corpora: Path
    """The folder of the corpora."""
    experiments: Path
    """The folder of experiment files, prompts.yaml and models.yaml."""
    compute_usd_per_hour: float
    """The price of one hour of this machine in US dollars, charged for embedded models."""
    rater: str
    """The name that ratings are stored under."""
    rating_stars: bool = False
    """Whether people give 1 to 5 stars instead of thumbs."""
    vector_index: VectorIndexChoice = "auto"
    """How vectors are searched: exact, in Chroma, or as the number of chunks suggests."""
    llama_server: str | None = None
    """llama.cpp's server program, which serves GGUF models with adapters; None looks on the PATH."""
    database_url: str | None = field(default=None, repr=False)
    """The address of a shared PostgreSQL store, which may hold a password; None takes `database`."""
    chroma_url: str | None = field(default=None, repr=False)
    """The address of a Chroma server that keeps the vectors; None keeps them in `indexes`."""
    cluster: str | None = None
    """The Dask scheduler that work goes to, or `local:N` for N workers of its own; None works here."""
    shared: Path | None = None
    """A folder that all machines of a cluster see, with corpora in it; None where each has its own."""
    local_server_ports: tuple[int, ...] | None = None
    """The ports of this machine at which model servers are looked for; () looks for none, None at the usual
    ones."""

    @property
    def database(self) -> Path:
        """The database file."""
        return self.home / "workbench.db"

    @property
    def indexes(self) -> Path:
        """The folder of the search indexes."""
        return self.home / "indexes"

    @property
    def cache(self) -> Path:
        """The folder of the caches, which can always be rebuilt."""
        return self.home / "cache"

    @property
    def training_data(self) -> Path:
        """The folder of the training data that the app made."""
        return self.home / "training-data"

    @property
    def winners(self) -> Path:
        """The folder for exported winners."""
        return self.experiments / "winners"


@dataclass(frozen=True, slots=True)
class AlarmSettings:
    """Where alarms are sent, and how large a change is worth one."""

    webhook: str | None = field(default=None, repr=False)
    """The address that gets alarms as JSON; it may hold a secret. None for none."""
    smtp_url: str | None = field(default=None, repr=False)
    """The mail server, as smtp:// or smtps:// with user and password; None for none."""
    mail_to: tuple[str, ...] = ()
    """The e-mail addresses that get alarms."""
    mail_from: str = ""
    """The sender's address; "" takes the first recipient's."""
    least: Mapping[str, float] = field(default_factory=dict)
    """Figure → the smallest change that is worth an alarm, for figures that do not take the default."""


def quieten_libraries() -> None:
    """Set the variables that keep third-party libraries offline. Call it before importing any of them."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)


def _values(folder: Path) -> dict[str, str]:
    return {**read_variables(folder / ".env"), **os.environ}


def _resolve(path: Path | str, variable: str) -> Path:
    """The folder's full path. Raises InputError for one that cannot be, naming the variable."""
    try:
        folder = Path(path).expanduser().resolve()
        folder.exists()  # raises for a name that is too long
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(
            f"{variable} is {str(path)[:80]!r}, which cannot be a folder: {reason_of(error)}."
        ) from None
    return folder


def _read_ports(text: str | None) -> tuple[int, ...] | None:
    """The ports in WORKBENCH_LOCAL_SERVERS. Raises InputError for anything but `off` and ports."""
    if not text:
        return None
    if text.strip().lower() == "off":
        return ()
    try:
        ports = tuple(int(port) for port in text.split(","))
        if not all(0 < port < 65536 for port in ports):
            raise ValueError
    except ValueError:
        raise InputError(
            f"WORKBENCH_LOCAL_SERVERS is {text[:80]!r}; it must be `off`, or ports such as 11434,8000."
        ) from None
    return ports


def read_cluster(text: str | None, name: str = "WORKBENCH_CLUSTER") -> str | None:
    """The scheduler that a variable or an option names. Raises InputError for anything but an address and
    `local:N`."""
    text = (text or "").strip()
    if not text:
        return None
    scheme, _, rest = text.partition(":")
    if (scheme == "local" and rest.isdigit() and int(rest) > 0) or (
        scheme in ("tcp", "tls") and rest[:2] == "//"
    ):
        return text
    raise InputError(
        f"{name} is {text[:80]!r}; it must be a scheduler such as tcp://10.0.0.5:8786, "
        "or local:4 for four workers on this machine."
    )


def _read_switch(values: Mapping[str, str], variable: str) -> bool:
    """Whether a variable is on; unset is off. Raises InputError for anything but on and off."""
    text = (values.get(variable) or "off").strip().lower()
    if text not in _SWITCH:
        raise InputError(f"{variable} is {text[:80]!r}; it must be on or off.")
    return _SWITCH[text]


def load_settings(home: Path | str | None = None) -> Settings:
    """Read the settings from the environment, else from `.env` in the working folder, else the defaults.

    home: the data folder; None takes WORKBENCH_HOME or its default.

    Raises InputError for a price that is not a number, for ports that are none, for a switch that is neither
    on nor off, and for a path that cannot be a folder.
    """
    quieten_libraries()
    folder = Path.cwd()
    values = _values(folder)
    price = values.get("WORKBENCH_COMPUTE_USD_PER_HOUR", "0.10")
    try:
        compute_usd_per_hour = float(price)
        if not 0 <= compute_usd_per_hour < float("inf"):
            raise ValueError
    except ValueError:
        raise InputError(
            f"WORKBENCH_COMPUTE_USD_PER_HOUR is {price!r}; it must be a number of dollars, 0 or more."
        ) from None
    vector_index = values.get("WORKBENCH_VECTOR_INDEX") or "auto"
    if vector_index not in get_args(VectorIndexChoice):
        allowed = ", ".join(get_args(VectorIndexChoice))
        raise InputError(f"WORKBENCH_VECTOR_INDEX is {vector_index!r}; it must be one of {allowed}.")

    def find_folder(variable: str, default: str) -> Path:
        """The folder that a variable names, else the one in the working folder, else the project's."""
        if values.get(variable):
            return _resolve(values[variable], variable)
        local = folder / default
        return local if local.is_dir() else PROJECT / default

    home = home or values.get("WORKBENCH_HOME") or folder / ".workbench"
    return Settings(
        home=_resolve(home, "WORKBENCH_HOME"),
        corpora=find_folder("WORKBENCH_CORPORA", "corpora"),
        experiments=find_folder("WORKBENCH_EXPERIMENTS", "experiments"),
        compute_usd_per_hour=compute_usd_per_hour,
        rater=values.get("WORKBENCH_RATER") or values.get("USER") or "me",
        rating_stars=_read_switch(values, "WORKBENCH_RATING_STARS"),
        vector_index=cast(VectorIndexChoice, vector_index),
        database_url=_read_address(values, "WORKBENCH_DATABASE_URL", DATABASES),
        chroma_url=_read_address(values, "WORKBENCH_CHROMA_URL", ("http", "https")),
        cluster=read_cluster(values.get("WORKBENCH_CLUSTER")),
        shared=_resolve(values["WORKBENCH_SHARED"], "WORKBENCH_SHARED")
        if values.get("WORKBENCH_SHARED")
        else None,
        llama_server=values.get("WORKBENCH_LLAMA_SERVER") or None,
        local_server_ports=_read_ports(values.get("WORKBENCH_LOCAL_SERVERS")),
    )


def load_alarm_settings() -> AlarmSettings:
    """Read where alarms are sent, from the environment or `.env`. Raises InputError naming the variable."""
    values = _values(Path.cwd())
    webhook = _read_address(values, "WORKBENCH_ALARM_WEBHOOK", ("http", "https"))
    smtp_url = _read_address(values, "WORKBENCH_SMTP_URL", ("smtp", "smtps"))
    mail_to = tuple(
        address.strip() for address in values.get("WORKBENCH_ALARM_EMAIL", "").split(",") if address.strip()
    )
    for address in mail_to:
        if "@" not in address or any(c.isspace() for c in address):
            raise InputError(f"WORKBENCH_ALARM_EMAIL: {address[:80]!r} is not an e-mail address.")
    if mail_to and smtp_url is None:
        raise InputError(
            "WORKBENCH_ALARM_EMAIL is set, but not WORKBENCH_SMTP_URL.",
            hint="Set it to the mail server, such as smtp://user:password@mail.example.com:587.",
        )
    least = _read_least(values.get("WORKBENCH_WATCH_SENSITIVITY", ""))
    return AlarmSettings(webhook, smtp_url, mail_to, values.get("WORKBENCH_ALARM_FROM", "").strip(), least)


def _read_address(values: Mapping[str, str], variable: str, schemes: tuple[str, ...]) -> str | None:
    """The address in a variable; None when it is unset. No message shows it: it may hold a secret."""
    address = (values.get(variable) or "").strip()
    if not address:
        return None
    try:
        parts = urlsplit(address)
        usable = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        begin = " or ".join(f"{scheme}://" for scheme in schemes)
        raise InputError(f"{variable} must be an address that begins with {begin}.")
    return address


def _read_least(text: str) -> dict[str, float]:
    """The smallest changes in WORKBENCH_WATCH_SENSITIVITY, such as grounding=0.05, cost_usd=0.2."""
    least = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, _, number = entry.partition("=")
        try:
            value = float(number)
            if not 0 < value < float("inf"):
                raise ValueError
        except ValueError:
            raise InputError(
                f"WORKBENCH_WATCH_SENSITIVITY: {entry[:80]!r} is not a figure with its smallest change, "
                "such as grounding=0.05."
            ) from None
        least[name.strip()] = value
    return least


def all_variables() -> Mapping[str, str]:
    """All variables of the environment and of `.env`, such as to keep their secrets out of what is shown."""
    return _values(Path.cwd())


def find_key(variable: str | None) -> str | None:
    """The value of the environment variable that holds a model's key; None when it is unset or not named."""
    if not variable:
        return None
    # A file written on Windows leaves a carriage return at the end, which no server accepts.
    return (_values(Path.cwd()).get(variable) or "").strip() or None


def find_bound_keys(variable: str) -> dict[str, str]:
    """The keys that entries like `OPENAI_API_KEY@api.openai.com` bind to one host each, by that host."""
    begin = f"{variable}@"
    values = _values(Path.cwd())
    return {
        name.removeprefix(begin): key
        for name, value in values.items()
        if name.startswith(begin) and (key := value.strip())
    }
