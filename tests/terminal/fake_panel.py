"""The panel on a scripted workspace, as a program of its own: what the terminal tests start.

``stuck`` never lets it end politely; with ``crash`` the key X is an error of the panel's own; ``no-mouse`` leaves the mouse alone.
"""

from __future__ import annotations

import sys

from app.panel import prepare

prepare()


def main() -> int:
    from textual import events

    from app import terminal
    from app.application import PanelApp
    from tests.panel import fakes

    class Fragile(PanelApp):
        def on_key(self, event: events.Key) -> None:
            if event.key == "X" and "crash" in sys.argv:
                raise ZeroDivisionError("an error of the panel's own")

    terminal.GRACE_SECONDS = 0.5
    app = Fragile(fakes.FakeSource(fakes.training()), clock=lambda: fakes.NOW)
    if "stuck" in sys.argv:
        app.exit = lambda *_: None  # type: ignore[method-assign, assignment]
    with terminal.guarded(app) as ended:
        app.run(mouse="no-mouse" not in sys.argv)
    return ended.code(app.return_code)


if __name__ == "__main__":
    sys.exit(main())
