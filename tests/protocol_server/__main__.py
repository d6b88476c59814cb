"""The server alone: python -m tests.protocol_server --port 8123
Knows nothing about the workbench."""

from __future__ import annotations

import argparse
import threading

from tests.protocol_server import ProtocolServer
from tests.providers.oddities import REPLIES, STREAMS


def main() -> None:
    oddities = {
        f"{kind}: {row.name}": row.reply
        for kind, rows in (("stream", STREAMS), ("reply", REPLIES))
        for row in rows
    }
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--oddity", choices=oddities, metavar="NAME", help="of tests/providers/oddities.py")
    given = parser.parse_args()
    with ProtocolServer(port=given.port, plan=lambda n, path, body: oddities.get(given.oddity)) as server:
        print(server.base_url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
