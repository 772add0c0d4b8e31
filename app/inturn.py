"""Keys are taken in turn: each meets the screen and the focus that the key before it has left.

Textual hands keys on as they come, and gives focus and opens screens a few messages later. Keys that come in one burst, as over a slow
line, would all go to where the first one was typed: a word to be searched for would be taken for commands.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from textual import events
from textual.app import App
from textual.dom import DOMNode
from textual.message_pump import MessagePump

_PATIENCE_SECONDS = 0.5


async def _caught_up(pump: MessagePump) -> None:
    """Waits until a widget has done all that it had been told by now, or is gone; not for ever, for a key must get through."""
    done = asyncio.Event()
    if not pump.call_later(done.set):
        return
    caught_up: asyncio.Task[Any] = asyncio.create_task(done.wait())
    await asyncio.wait({caught_up, pump._task or caught_up}, timeout=_PATIENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    caught_up.cancel()


class InTurn(App[None]):
    """An application in which a key, or pasted text, waits until all that the one before it led to is done."""

    def __init__(self) -> None:
        super().__init__()
        self._typed: deque[events.Event] = deque()
        self._settling: asyncio.Task[None] | None = None
        self.taking = False
        """Whether a key is being dealt with."""

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif self.taking:
            self._typed.append(event)
        else:
            await self._take(event)

    async def _take(self, event: events.Event) -> None:
        self.taking = True
        target = self._target()
        await super().on_event(event)
        self._settling = asyncio.create_task(self._settle(target))

    async def _take_next(self) -> None:
        await self._take(self._typed.popleft())

    def _target(self) -> DOMNode:
        """Where a key goes now."""
        return self.focused or (self.screen if self.screen_stack else self)

    async def _settle(self, target: DOMNode) -> None:
        """Follows the way that the key went up to the application, and then that of what came of it, until the next key's place is sure."""
        await self._climbed(target)
        settled = False
        while not settled:
            target = self._target()
            await self._climbed(target)
            settled = self._target() is target
        if not self._typed or not self.call_later(self._take_next):
            self.taking = False

    @staticmethod
    async def _climbed(node: DOMNode) -> None:
        for pump in node.ancestors_with_self:
            await _caught_up(pump)
