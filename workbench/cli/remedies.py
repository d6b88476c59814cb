"""Tells which command carries out the remedy that an error names.
Knows nothing about the errors themselves."""

from __future__ import annotations

import shlex
import sys

from workbench.errors import Remedy, RemedyName

PROGRAM = "python -m workbench"
COMMANDS: dict[RemedyName, str] = {
    "allow_code": "run EXPERIMENT.yaml --allow-code",
    "check_installation": "doctor",
    "export": "export EXPERIMENT_ID --out FILE.yaml",
    "list_answers": "answers EXPERIMENT_ID",
    "list_experiments": "list",
    "move_store": "move-store URL",
    "register_model": "models add",
    "show_leaderboard": "leaderboard {}",
    "show_status": "status {}",
    "start_cluster": "cluster start --workers 4",
    "start_worker": "worker",
    "stop": "stop {}",
    "test_connection": "models show {} --test",
    "trust_hosts": "run EXPERIMENT.yaml {}",
    "tune": "tune --name embedded/NAME --corpus CORPUS",
}

TAKE_TRUST = [[command] for command in ("run", "resume", "ask", "models", "serve", "check", "gate")]
TAKE_CODE = [[command] for command in ("plan", "run", "resume", "ask", "serve", "check", "gate", "tune")]


def command_for(remedy: Remedy) -> str:
    """The command for a remedy, as a user types it."""
    name, *arguments = remedy
    if name == "trust_hosts" and sys.argv[1:2] in TAKE_TRUST:
        # The command that was refused, with the hosts.
        return f"{PROGRAM} {shlex.join(sys.argv[1:])} {arguments[0]}"
    if name == "allow_code" and sys.argv[1:2] in TAKE_CODE:
        return f"{PROGRAM} {shlex.join(sys.argv[1:])} --allow-code"
    return f"{PROGRAM} {COMMANDS[name].format(*arguments)}"
