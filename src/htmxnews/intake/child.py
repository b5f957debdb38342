"""Processes of their own for foreign bytes: little memory, little time, no network, no file written (S14)."""

import atexit
import multiprocessing
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection
from typing import Any, ParamSpec, TypeVar

from htmxnews.intake.draft import Unreadable

P = ParamSpec("P")
T = TypeVar("T")

MEMORY = 512 * 1024 * 1024  # bytes that a process may ask for
READ_S = 30  # seconds of work on one input, and for a large one:
BYTES_A_SECOND = 1_000_000  # so many bytes are as good as another second
SILENT_S = 120  # seconds on the clock without a word: more than READ_S on a busy machine
_STARTS = ("subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "pty.")
_CHANGES = ("chmod", "chown", "link", "mkdir", "remove", "rename", "rmdir", "symlink", "truncate", "utime")
_STOPS = (signal.SIGINT, signal.SIGTERM)
_CALLS = ("socket.", *_STARTS, *(f"os.{name}" for name in _CHANGES))

# One small process, without threads or a database, is loaded once; each child is a copy of it.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload([f"htmxnews.intake.{name}" for name in ("forked", "prepare", "parsing")])


def stream(size: int, work: Callable[P, Iterator[T]], *args: P.args, **named: P.kwargs) -> Iterator[T]:
    """Run `work` in a process with limits, and yield what it yields, as it does.

    `size` is how many bytes it has to read. Raises what `work` raises of Unreadable, OSError and EOFError;
    Unreadable for any other end of it.
    """
    receive, send = processes.Pipe(duplex=False)
    seconds = READ_S + size // BYTES_A_SECOND
    ready()
    process = processes.Process(target=_run, args=(send, seconds, work, args, named), daemon=True)
    process.start()
    send.close()
    try:
        while (answer := _next(receive, process)) is not None:
            value, error = answer
            if error:
                raise error
            yield value
    finally:
        receive.close()
        process.kill()
        process.join()


def call(work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """Run `work` in a process with limits and return what it returns. Raises like `stream`."""
    return next(stream(0, _once, partial(work, *args, **named)))


def ready() -> None:
    """Start the one process that makes the others, where it does not run; to be called before any of them.

    All are deaf to Ctrl-C and to a service manager's stop. These reach every process of a command at once,
    also one that is still being loaded, and it is for the parent to decide what then becomes of the work.
    """
    resource_tracker.ensure_running()  # would else be started with the other, and end the blocking
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@atexit.register
def _end_all() -> None:
    """End what is still under way at the end of the program: the library would ask politely, and wait."""
    for process in multiprocessing.active_children():
        process.kill()


def limit() -> None:
    """Set the limits that hold for every process of this kind."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _next(receive: Connection, process: Any) -> tuple[Any, Exception | None] | None:
    """The next value or error; None at the end."""
    if not receive.poll(SILENT_S):
        raise Unreadable("took too long to be read")
    try:
        answer: tuple[Any, Exception | None] | None = receive.recv()
    except (EOFError, OSError):  # it ended before a word, or in the midst of one
        process.join()
        reason = (
            "took too long to be read" if process.exitcode == -signal.SIGXCPU else "cannot be read to its end"
        )
        raise Unreadable(reason) from None
    return answer


def _run(
    send: Connection,
    seconds: int,
    work: Callable[..., Iterator[Any]],
    args: tuple[Any, ...],
    named: dict[str, Any],
) -> None:
    limit()
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))  # first a signal that tells why
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    sys.addaudithook(_no_way_out)
    with suppress(BrokenPipeError):  # nobody listens any more
        try:
            for value in work(*args, **named):
                send.send((value, None))
        except (Unreadable, OSError, EOFError) as error:
            send.send((None, error))
        except MemoryError:
            send.send((None, Unreadable(f"needs more than {MEMORY >> 20} MB of memory to be read")))
        except Exception as error:  # a fault of a parser, found by bytes that nobody has tried
            send.send((None, Unreadable(f"cannot be read ({type(error).__name__}: {str(error)[:200]})")))
        else:
            send.send(None)


def _once(work: Callable[[], T]) -> Iterator[T]:
    yield work()


def _no_way_out(event: str, args: tuple[Any, ...]) -> None:
    """An audit hook: what the interpreter itself would do for a tricked parser is refused."""
    writes = event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if writes or event.startswith(_CALLS):
        raise PermissionError(f"reading foreign bytes needs no {event}")


def _end_with_parent() -> None:
    """Nobody waits for an answer when the parent was killed."""
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)
