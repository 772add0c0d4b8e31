"""A headless Chromium driven over its DevTools protocol: opens a page, presses keys, and hears what the page's websocket receives."""

from __future__ import annotations

import asyncio
import base64
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--remote-debugging-port=0", "--window-size=1280,800",
)  # fmt: skip
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07")


class Browser:
    """Use as an async context manager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0
        self._replies: dict[int, dict[str, Any]] = {}
        self.received = ""
        self.asked: list[str] = []

    async def __aenter__(self) -> Browser:
        import aiohttp

        self._process = subprocess.Popen(
            [str(CHROMIUM), *FLAGS, f"--user-data-dir={self._folder}", "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        port_file = self._folder / "DevToolsActivePort"
        await self.until(lambda: port_file.exists() and port_file.read_text().count("\n") >= 1, "the browser's port")
        port = port_file.read_text().splitlines()[0]
        self._session = aiohttp.ClientSession()
        async with self._session.put(f"http://127.0.0.1:{port}/json/new?about:blank") as answer:
            target = await answer.json()
        self._socket = await self._session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0)
        self._listener = asyncio.create_task(self._listen())
        for domain in ("Page", "Network", "Runtime"):
            await self.call(f"{domain}.enable")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listener.cancel()
        await self._socket.close()
        await self._session.close()
        self._process.terminate()
        self._process.wait(20)

    async def _listen(self) -> None:
        async for message in self._socket:
            data = message.json()
            if "id" in data:
                self._replies[data["id"]] = data
            elif data["method"] == "Network.webSocketFrameReceived":
                frame = data["params"]["response"]
                if frame["opcode"] == 2:
                    self.received += base64.b64decode(frame["payloadData"]).decode("utf-8", "replace")
            elif data["method"] == "Network.requestWillBeSent":
                self.asked.append(data["params"]["request"]["url"])

    async def call(self, method: str, **params: object) -> dict[str, Any]:
        """One DevTools command and its result."""
        self._number += 1
        number = self._number
        await self._socket.send_json({"id": number, "method": method, "params": params})
        await self.until(lambda: number in self._replies, method)
        reply = self._replies.pop(number)
        assert "error" not in reply, reply["error"]
        result: dict[str, Any] = reply["result"]
        return result

    async def until(self, condition: Any, what: str, seconds: float = 60.0) -> None:
        """Waits until the condition holds."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"{what} did not come; the page has received {self.text[-2000:]!r}"
            await asyncio.sleep(0.05)

    @property
    def text(self) -> str:
        """What the panel has written, without control sequences."""
        return _CONTROL.sub("", self.received)

    async def sees(self, text: str) -> None:
        """Waits until the panel has written ``text``."""
        await self.until(lambda: text in self.text, repr(text))

    async def type(self, text: str) -> None:
        """Types into the page."""
        await self.call("Input.insertText", text=text)

    async def value(self, expression: str) -> Any:
        """The value of an expression in the page."""
        result = await self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return result["result"].get("value")

    async def picture(self) -> bytes:
        """The page as a PNG."""
        return base64.b64decode((await self.call("Page.captureScreenshot"))["data"])
