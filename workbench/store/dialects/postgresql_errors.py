"""Says in plain words what an error of PostgreSQL means: unreachable, wrong password, full, locked.
Knows nothing about any table, and never shows a password."""

from __future__ import annotations

from workbench.errors import DiskFull, StoreError, StoreUnavailable

SETTING = "WORKBENCH_DATABASE_URL"
# SQLSTATE codes, or how they begin: https://www.postgresql.org/docs/current/errcodes-appendix.html
STARTING = "57P03"
CUT = ("08", "57P01", "57P02", "57P03", "57P05", "25P03")
"""The connection broke, or the server closed it: restarted, or a transaction was left open for too long."""
UNDONE = ("40001", "40P01")
"""The database rolled back a transaction that deadlocked with another one."""
LOCKED = "55P03"
FULL = ("53100",)
TOO_MANY = "53300"
READ_ONLY = "25006"
NO_RIGHT = "42501"
# What a server says when it refuses a connection. Errors of connecting carry no SQLSTATE, only these words.
WRONG_PASSWORD = ("password authentication failed", "no password supplied", "authentication failed")
NO_DATABASE = ("does not exist",)
NO_ENTRY = ("no pg_hba.conf entry",)
BAD_NAME = (
    "could not translate host name", "name or service not known", "failed to resolve host", "invalid port",
    "invalid connection option", "invalid integer value", "invalid sslmode",
)  # fmt: skip
NO_SSL = ("server does not support ssl", "certificate")


def sqlstate_of(error: BaseException) -> str:
    """The code of PostgreSQL's error; "" where it has none."""
    original = getattr(error, "orig", None) or error
    return getattr(original, "sqlstate", None) or ""


def is_cut(error: BaseException) -> bool:
    """Whether the connection is gone, or could not be made for a reason that may pass."""
    code = sqlstate_of(error)
    if code:
        return code.startswith(CUT)
    if getattr(error, "connection_invalidated", False):
        return True
    original = getattr(error, "orig", None) or error
    may_pass = type(original).__name__ in ("OperationalError", "ConnectionTimeout")
    return may_pass and _refusal(str(original)) is None


def _refusal(text: str) -> tuple[str, str] | None:
    """(what is wrong, what to do) where a connection was refused for good."""
    said = text.lower()
    if any(words in said for words in WRONG_PASSWORD):
        return "refuses the user or the password", f"Check both in {SETTING}."
    if "database" in said and any(words in said for words in NO_DATABASE):
        return (
            "has no such database",
            "Create it with `createdb`, or correct the name at the end of " + SETTING + ".",
        )
    if "role" in said and any(words in said for words in NO_DATABASE):
        return "does not know the user", f"Create it with `createuser`, or correct the name in {SETTING}."
    if any(words in said for words in NO_ENTRY):
        return (
            "does not accept this machine",
            "Add a line for it to the server's pg_hba.conf, or ask the server's administrator.",
        )
    if any(words in said for words in BAD_NAME):
        return "cannot be found at this address", f"Check host, port and options in {SETTING}."
    if any(words in said for words in NO_SSL):
        return "cannot be reached over TLS as configured", f"Check sslmode in {SETTING}."
    return None


def explain_postgresql_error(error: Exception, address: str) -> StoreError:
    """Return a StoreError that says in plain words what the error means and what to do about it.

    address: the database's, without a password. What may work when it is tried again is StoreUnavailable.
    """
    original = getattr(error, "orig", None) or error
    text, code = _first_line(str(original)), sqlstate_of(error)
    if code in UNDONE:
        return StoreUnavailable(f"{address} rolled back a transaction that deadlocked with another one.")
    if code == LOCKED:
        return StoreUnavailable(
            f"{address} stayed locked by another program.",
            hint="If this persists, check who is connected.",
            remedy=("check_installation",),
        )
    if code.startswith(FULL):
        return DiskFull(
            f"The disk of {address} is full.", hint="Free some space on the server; nothing stored is lost."
        )
    if code == TOO_MANY or "too many connections" in text or "too many clients" in text:
        return StoreUnavailable(
            f"{address} accepts no more connections.",
            hint="Raise max_connections on the server, or stop programs that use it.",
        )
    if code in (READ_ONLY, NO_RIGHT):
        return StoreError(
            f"{address} cannot be written: {text}.",
            hint="Use the server that accepts writes, and a user who owns the tables.",
        )
    if (refused := _refusal(text)) is not None:
        what, mend = refused
        return StoreError(f"The server of {address} {what} ({text}).", hint=mend)
    if is_cut(error):
        return StoreUnavailable(
            f"{address} cannot be reached ({text}).",
            hint="Check that the server runs and that this machine reaches it. Nothing stored is lost.",
        )
    return StoreError(f"The database {address} reported an error: {text}.")


def _first_line(text: str) -> str:
    """The last attempt's first line: a host with several addresses is tried at each of them."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else "without words"
