"""Many addresses asked side by side: servers at once, each of them for one thing at a time (S19)."""

from collections import defaultdict, deque
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from queue import Empty, Queue, SimpleQueue
from threading import Event, Thread
from typing import TypeVar

from htmxnews.intake.fetch import Fetched, Fetcher, FetchError, Marks, Unreachable, server_of
from htmxnews.intake.report import Progress
from htmxnews.store.models import Source

AT_ONCE = 8  # servers
LOOK_S = 0.2  # how long to wait for an answer before the caller may look whether to go on

Answer = Fetched | FetchError
Question = tuple[str, Marks | None]  # an address, and what is had of it
Get = Callable[[str], Fetched]  # raises FetchError
T = TypeVar("T")


def answers(
    fetcher: Fetcher, wanted: Iterable[T], question: Callable[[T], Question]
) -> Generator[tuple[T, Answer] | None, None, None]:
    """Yield what is wanted with its answer, in the order in which they come; None when none came for a while.

    A server that does not answer is asked for its next one when all others have had their turn. One that
    lets time run out again the fetcher asks no more, so that all this takes no longer the more there is.

    Nothing is asked any more when the iterator is closed; what is under way then is given up.
    """
    rows: dict[str, deque[T]] = defaultdict(deque)
    for one in wanted:
        rows[server_of(question(one)[0])].append(one)
    left = sum(map(len, rows.values()))
    todo: SimpleQueue[tuple[str, deque[T]]] = SimpleQueue()
    for its in rows.items():
        todo.put(its)
    done: Queue[tuple[T, Answer]] = Queue(AT_ONCE)  # bodies wait here, so not many
    stopped = Event()

    def work() -> None:
        while not stopped.is_set():
            try:
                server, row = todo.get_nowait()
            except Empty:
                return
            while row and not stopped.is_set():
                one = row.popleft()
                answer = _answer(fetcher, question(one))
                done.put((one, answer))
                if row and isinstance(answer, Unreachable):
                    todo.put((server, row))  # the others first: each may cost the whole time of a fetch
                    break

    for _ in range(min(AT_ONCE, len(rows))):
        # A daemon, so that the end of the program waits for no server.
        Thread(target=work, name="asking", daemon=True).start()
    try:
        while left:
            try:
                yield done.get(timeout=LOOK_S)
                left -= 1
            except Empty:
                yield None
    finally:
        stopped.set()
        while not done.empty():
            done.get_nowait()  # room for the last answer of each thread, so that none waits for ever


def ask(fetcher: Fetcher, address: str, on_progress: Progress | None = None) -> Fetched:
    """Fetch one address. `on_progress` is called meanwhile, and may raise Stopped to give it up.

    Raises FetchError.
    """
    with closing(answers(fetcher, [address], _without_marks)) as coming:
        for one in coming:
            if one is not None:
                answer = one[1]
                if isinstance(answer, FetchError):
                    raise answer
                return answer
            if on_progress:
                on_progress(0, None)
    raise AssertionError("there is an answer to every question")


def of_feed(source: Source) -> Question:
    """What is asked for a subscription."""
    marks = Marks(source.marks_url, source.etag, source.last_modified) if source.marks_url else None
    return source.feed_url or "", marks


def _without_marks(address: str) -> Question:
    return address, None


def _answer(fetcher: Fetcher, question: Question) -> Answer:
    try:
        return fetcher.get(*question)
    except FetchError as error:
        # Without the frames that it came from, which hold what was read so far.
        return error.with_traceback(None)
    except Exception as error:
        # Whatever one server can make go wrong here must not keep the others from being asked.
        return FetchError(f"asking it went wrong ({type(error).__name__}: {error})")
