"""A console in a process of its own and a real browser in front of it, for the end-to-end tests.

Debian's Chromium is driven by playwright from PyPI; where there is none, the tests are skipped and say why.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
PATIENCE = 30_000
"""How long something may take to appear, in milliseconds. Nothing waits that long unless something is wrong."""


@dataclass
class Console:
    """A console that runs."""

    process: subprocess.Popen[str]
    address: str
    tokens: dict[str, str]
    """``instructor``, ``evaluator``, ``wall``, and one per seat by party id."""
    folder: Path


@contextmanager
def console(scenario: str | Path | None, folder: Path, *options: str) -> Iterator[Console]:
    """``i247sim console``, until the block is left; then it is interrupted as with Ctrl-C.

    Without ``scenario``, ``options`` are a whole command line that opens a console.
    """
    opening = [] if scenario is None else ["console", str(scenario)]
    command = [sys.executable, "-m", "i247sim", *opening, *options]
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200", "PYTHONUNBUFFERED": "1", "I247SIM_DEBUG": "1"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, cwd=folder
    )
    try:
        address, tokens, lines = "", dict[str, str](), list[str]()
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if found := re.match(r"console\s+(https?://[^/\s]+)", line):
                address = found[1]
            if found := re.match(r"(instructor|evaluator|wall|seat [\w-]+)\s+([0-9A-Z-]{20,})", line):
                tokens[found[1].removeprefix("seat ")] = found[2]
            if "Ctrl-C ends" in line:
                break
        assert address, "".join(lines)
        assert "instructor" in tokens, "".join(lines)
        yield Console(process, address, tokens, folder)
    finally:
        process.terminate()
        try:
            print(process.communicate(timeout=60)[0])  # shown where a test fails
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


@dataclass
class Watched:
    """What a browser did besides what it was told: requests to anywhere else, complaints, errors of scripts."""

    host: str
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def look_at(self, context: BrowserContext) -> None:
        """Keep an eye on every page of ``context``."""
        context.on("request", self._request)
        context.on("response", self._response)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(f"script: {error.error}"))

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.host, "data:", self.host.replace("http", "ws"))):
            self.foreign.append(request.url)

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status} {response.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            self.complaints.append(message.text)


@contextmanager
def browser() -> Iterator[Browser]:
    """A Chromium of its own."""
    with sync_playwright() as playwright:
        # In a container everything runs as root, where Chromium's sandbox cannot.
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield found
        finally:
            found.close()


def sit_down(chromium: Browser, running: Console, who: str, watched: Watched, **options: object) -> Page:
    """A browser context of its own, signed in as ``who``."""
    context = chromium.new_context(base_url=running.address, **options)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    watched.look_at(context)
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Token").fill(running.tokens[who])
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#clock")).to_be_visible()
    return page
