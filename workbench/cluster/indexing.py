"""Has the texts of a corpus embedded by all workers of a cluster, before one of them ranks.
Knows nothing about rankings, nor about how an order reaches a worker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence

from workbench.cluster.orders import EmbedOrder, Outcome, RunAddress
from workbench.corpus.types import Question
from workbench.errors import CorpusError, ExperimentError, MissingPackage, ProviderError
from workbench.pipeline.embedding_parts import Part, Unembedded
from workbench.run.run_context import RunContext
from workbench.space.retrieval import Retrieval
from workbench.store.answers import find_ranking_flags

LEAST_TEXTS = 200
"""Of a part. Fewer are embedded sooner by whoever ranks."""
PARTS_EACH = 8
"""As many parts as this for each worker, where texts suffice: the last ones end at about one time."""

CarryOut = Callable[[EmbedOrder, str | None], Awaitable[Outcome | None]]


class Indexing:
    """Prepares the corpus of one run for one retrieval setting after another.

    carry_out: has an order carried out by this worker, if it can be had, else by another one; what became of
        the order, None where nobody carried it out.
    workers: the addresses of those that there are now.
    """

    def __init__(
        self,
        run: RunContext,
        address: RunAddress,
        carry_out: CarryOut,
        workers: Callable[[], Collection[str]],
    ) -> None:
        self._run = run
        self._address = address
        self._carry_out = carry_out
        self._workers = workers
        self._one = asyncio.Lock()
        self._done: set[str] = set()

    async def prepare(self, retrieval: Retrieval, questions: Sequence[Question]) -> None:
        """Return once workers have embedded what these questions search under this setting, if they have to
        be ranked and there are many texts. What is left then is embedded by whoever ranks, who also says
        what went wrong.

        One corpus after another: each has all workers for itself.
        """
        if not retrieval.embeddings or retrieval.situating.part.calls:
            return  # the texts are known only once a model has written the contexts: whoever ranks asks it
        opener = self._run.opener
        async with self._one:
            keys = await asyncio.to_thread(opener.keys.indexes, retrieval)
            if self._done.issuperset(keys) or await asyncio.to_thread(self._are_ranked, retrieval, questions):
                return
            try:
                unembedded = await opener.find_unembedded(retrieval, self._run.caller)
            except (CorpusError, ExperimentError, MissingPackage, ProviderError):
                return
            finally:
                opener.forget_texts()
            for one in unembedded:
                if one.key not in self._done:
                    self._done.add(one.key)
                    await self._embed(retrieval, one)

    def _are_ranked(self, retrieval: Retrieval, questions: Sequence[Question]) -> bool:
        keys = set(self._run.opener.keys.rankings(retrieval, [question.asked for question in questions]))
        return len(find_ranking_flags(self._run.store, list(keys))) == len(keys)

    async def _embed(self, retrieval: Retrieval, unembedded: Unembedded) -> None:
        """One order for each worker at a time: embedded models take all cores, and for models behind an
        address one order sends as many calls as their limits allow."""
        parts = count_parts(len(unembedded.missing), len(self._workers()))
        if parts < 2:
            return
        texts = unembedded.count_in_parts(parts)
        observer = self._run.opener.observe_embedding(unembedded)
        observer.expect("embed", unembedded.distinct)
        stored = unembedded.distinct - len(unembedded.missing)
        observer.note("embed", stored, reused=stored)
        waiting = sorted(texts)
        under_way: dict[asyncio.Task[Outcome | None], tuple[Part, str | None]] = {}
        try:
            while waiting or under_way:
                busy = {worker for _, worker in under_way.values()}
                free: list[str | None] = [worker for worker in self._workers() if worker not in busy]
                for worker in (free or [None] * (not busy))[: len(waiting)]:
                    order = EmbedOrder(self._address, retrieval, unembedded.key, waiting.pop())
                    task = asyncio.ensure_future(self._carry_out(order, worker))
                    under_way[task] = order.part, worker
                done, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    outcome, (part, _) = task.result(), under_way.pop(task)
                    if outcome is None or outcome.left:
                        waiting.clear()  # the others would fare alike
                    else:
                        observer.note("embed", texts[part])
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)


def count_parts(texts: int, workers: int) -> int:
    """In how many parts so many texts are embedded."""
    return min(texts // LEAST_TEXTS, workers * PARTS_EACH)
