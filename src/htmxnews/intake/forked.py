"""Loaded only by the process that makes the others (`child`), which are copies of it.

A parent that ends at once, as a second Ctrl-C asks for, may leave one that has not been told its work yet.
That is no fault to be shown behind the parent's last word.
"""

import sys
from pickle import UnpicklingError
from types import TracebackType

_UNTOLD = (EOFError, UnpicklingError)  # the work never came, or broke off


def _report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not issubclass(kind, _UNTOLD):
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _report
