"""``cogumi web``: the panel in a real browser, only for who has the key, only on this machine, and never longer than its page."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import psutil
import pytest

from app.cli import main
from app.commands import web
from tests.terminal.browser import CHROMIUM, Browser

slow = pytest.mark.slow
MINUTE = 60.0


class Served:
    """``cogumi web`` on a free port."""

    def __init__(self, workspace: Path, *words: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [sys.executable, "-m", "app.cli", "web", "--workspace", str(workspace), "--port", str(self.port), *words]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert self.process.stdout is not None
        first = self.process.stdout.readline()
        found = re.search(r"http://\S+", first)
        assert found, first
        self.address = found[0]
        self.base = f"http://127.0.0.1:{self.port}"

    def panels(self) -> list[psutil.Process]:
        """The panels that it runs."""
        return [child for child in psutil.Process(self.process.pid).children(recursive=True) if "python" in child.name()]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    pytest.importorskip("textual_serve")
    work = tmp_path / "work"
    work.mkdir()
    found = Served(work)
    yield found
    found.process.kill()
    found.process.wait(20)


@slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
async def test_the_panel_is_drawn_and_used_in_a_browser(served: Served, tmp_path: Path) -> None:
    async with Browser(tmp_path / "profile") as browser:
        await browser.call("Page.navigate", url=served.address)
        await browser.sees("diagnose")
        await browser.until(lambda: "proof of concept" in browser.text, "the plan")
        assert await browser.value("document.body.className") == "-loaded -first-byte"
        blank = len(await browser.picture())
        await browser.value("document.querySelector('textarea').focus()")
        await browser.type("?")
        await browser.sees("works here")
        assert len(await browser.picture()) != blank > 20_000
        await browser.type("q")
        for _ in range(200):
            if "-closed" in str(await browser.value("document.body.className")):
                break
        else:
            pytest.fail("the page does not say that the panel is closed")
        assert all(url.startswith(served.base) for url in browser.asked), "the page loads nothing from elsewhere"
        assert "key=" not in await browser.value("location.href")


@slow
async def test_only_its_own_page_with_the_key_is_answered(served: Served) -> None:
    import aiohttp

    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:

        async def status(path: str, **headers: str) -> int:
            async with client.get(f"{served.base}{path}", headers=headers, allow_redirects=False) as answer:
                return answer.status

        assert [await status(path) for path in ("/", "/?key=guessed", "/ws", "/static/js/textual.js")] == [403] * 4
        async with client.get(served.address) as page:
            assert page.status == 200 and "connect-src 'self'" in page.headers["Content-Security-Policy"]
        assert await status("/") == 200
        assert await status("/", Host="evil.example") == 403
        assert await status("/", Origin="http://evil.example") == 403
        assert await status("/ws", Origin=f"http://localhost:{served.port}") == 403
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await client.ws_connect(f"{served.base}/ws", origin="http://evil.example")
        async with client.ws_connect(f"{served.base}/ws?width=100&height=30", origin=served.base) as page:
            seen = b""
            while b"diagnose" not in seen:
                seen += await page.receive_bytes(timeout=MINUTE)
            assert served.panels()
        # The page is closed, and its panel with it.
        _, alive = psutil.wait_procs(served.panels(), timeout=MINUTE)
        assert not alive


@slow
async def test_a_server_that_dies_leaves_no_panel_behind(served: Served) -> None:
    import aiohttp

    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        await (await client.get(served.address)).read()
        page = await client.ws_connect(f"{served.base}/ws", origin=served.base)
        seen = b""
        while b"diagnose" not in seen:
            seen += await page.receive_bytes(timeout=MINUTE)
        panels = served.panels()
        assert panels
        served.process.kill()
        gone, alive = psutil.wait_procs(panels, timeout=MINUTE)
        assert not alive and len(gone) == len(panels)


@slow
async def test_ctrl_c_ends_it_with_its_pages_open(served: Served) -> None:
    import aiohttp

    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        await (await client.get(served.address)).read()
        page = await client.ws_connect(f"{served.base}/ws", origin=served.base)
        await page.receive(timeout=MINUTE)
        served.process.send_signal(signal.SIGINT)
        deadline = time.monotonic() + MINUTE
        while served.process.poll() is None:
            assert time.monotonic() < deadline, "it did not end"
            Event().wait(0.05)
        assert served.process.returncode == 0
        assert served.process.stdout is not None and "Traceback" not in served.process.stdout.read()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--host", "0.0.0.0"], "loopback only"),
        (["--host", "192.168.1.7"], "ssh -L"),
        (["--port", "0"], "is no port"),
        (["--port", "70000"], "is no port"),
    ],
)
def test_it_is_served_on_loopback_only(words: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["web", "--workspace", str(tmp_path), *words]) == 2
    said = capsys.readouterr().err
    assert sentence in said and said.count("\n") == 1


def test_a_missing_extra_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["web", "--workspace", str(tmp_path)]) == 2
    assert "pip install 'cogumi-panel[web]'" in capsys.readouterr().err


def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("textual_serve")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert main(["web", "--workspace", str(tmp_path), "--port", str(port)]) == 2
    assert f"port {port} cannot be used" in capsys.readouterr().err


def test_the_usual_port_needs_no_rights() -> None:
    assert 1024 < web.PORT < 65_536
