"""Questions to the source that may be asked anew while one is still worked out: of those that come meanwhile only the newest is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from core.errors import CogumiError
from screens.ports import Host

Answer = TypeVar("Answer")


class Latest(Generic[Answer]):
    """Gives ``answered`` the newest question's answer, or the error that it ended with: whoever waits for it hears of that too."""

    def __init__(self, answered: Callable[[Answer | CogumiError], None]) -> None:
        self._answered = answered
        self._newer: Callable[[], Answer] | None = None
        self.waiting = False

    def ask(self, host: Host, question: Callable[[], Answer]) -> None:
        """Has the question worked out in a thread; if one is under way, once that has come back."""
        if self.waiting:
            self._newer = question
            return
        self.waiting = True

        def arrived(answer: Answer | CogumiError) -> None:
            self.waiting = False
            newer, self._newer = self._newer, None
            if newer is None:
                self._answered(answer)
            else:
                self.ask(host, newer)

        host.ask(question, arrived, arrived)
