"""A small server that speaks the OpenAI-compatible protocol strictly, and can misbehave on request.
Knows nothing about the workbench. Alone: python -m tests.protocol_server --port 8123"""

from tests.protocol_server.chat import answer_from_passages, chat_reply, check_chat
from tests.protocol_server.embeddings import DIMENSIONS, check_embeddings, embed, embedding_reply
from tests.protocol_server.limits import Invalid, Messages
from tests.protocol_server.misbehaviour import Body, Cut, Misbehaviour, Refuse, Reply, Stall
from tests.protocol_server.reranking import DIALECTS
from tests.protocol_server.server import ProtocolServer

__all__ = [
    "DIALECTS",
    "DIMENSIONS",
    "Body",
    "Cut",
    "Invalid",
    "Messages",
    "Misbehaviour",
    "ProtocolServer",
    "Refuse",
    "Reply",
    "Stall",
    "answer_from_passages",
    "chat_reply",
    "check_chat",
    "check_embeddings",
    "embed",
    "embedding_reply",
]
