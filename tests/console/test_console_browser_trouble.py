"""A real browser when something is not as usual: no connection, no motion, paper, a flood, a console that was killed.

Timing is never asserted; of long tasks, which depend on who else uses the machine, the best of three tries counts.
"""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Console, Watched, browser, console, needs_chromium, sit_down
from playwright.sync_api import Browser, Page, Route, WebSocketRoute, expect

pytestmark = [needs_chromium, pytest.mark.deep]
WATCH_TASKS = (
    "window.longest = 0; new PerformanceObserver(list => { for (const one of list.getEntries()) window.longest = "
)
WATCH_TASKS += "Math.max(window.longest, one.duration); }).observe({ type: 'longtask', buffered: true });"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A case with two desks, paused at its beginning."""
    with console("red-notice", tmp_path_factory.mktemp("trouble"), "--seat", "FR,NO", "--in-process") as found:
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


class Cable:
    """The line between one page and the console: it can be cut, and mended."""

    def __init__(self, page: Page) -> None:
        self.whole = True
        self._sockets: list[WebSocketRoute] = []
        page.route("**/*", self._request)
        page.route_web_socket("**/live", self._socket)
        page.reload()

    def cut(self) -> None:
        self.whole = False
        for socket in self._sockets:
            socket.close(code=3001)
        self._sockets = []

    def mend(self) -> None:
        self.whole = True

    def _request(self, route: Route) -> None:
        if self.whole:
            route.continue_()
        else:
            route.abort()

    def _socket(self, socket: WebSocketRoute) -> None:
        if not self.whole:
            socket.close(code=3001)
            return
        socket.connect_to_server()
        self._sockets.append(socket)


LOST = re.compile("connection lost, retrying")
BACK = re.compile("^(live|paused|not started|connected|nothing planned)$")


def inject(page: Page, verb: str, **fields: str) -> None:
    """Inject something, by hand."""
    page.goto(f"/inject?verb={verb}")
    for name, value in fields.items():
        page.locator(f'[name="p.{name}"]').fill(value)
    page.get_by_role("button", name="Inject", exact=True).click()
    expect(page.locator("#toasts .note.ok")).to_be_visible()


def test_without_a_connection_acts_wait_nothing_typed_is_lost_and_the_page_catches_up(
    running: Console, chromium: Browser
) -> None:
    page = sit_down(chromium, running, "instructor", Watched(running.address))
    other = sit_down(chromium, running, "instructor", Watched(running.address))
    cable = Cable(page)
    expect(page.locator("#live")).to_have_text(BACK)
    page.keyboard.press("i")
    dialog = page.locator("#inject-dialog")
    dialog.get_by_placeholder("Search injects").fill("info request")
    dialog.get_by_role("link", name="Info request").click()
    dialog.locator('[name="p.from"]').fill("FR")
    dialog.locator('[name="p.to"]').fill("BR")
    cable.cut()
    expect(page.locator("#live")).to_have_text(LOST)
    send = dialog.get_by_role("button", name="Inject", exact=True)
    expect(send).to_be_disabled()
    expect(dialog.locator(".offline-why")).to_contain_text("the connection is lost")
    expect(page.locator("form[data-act] button").first).to_be_disabled()
    dialog.locator('[name="p.subject"]').fill("Typed in the dark")
    inject(other, "send:INFO_REQUEST", **{"from": "KE", "to": "PT", "subject": "Meanwhile"})
    other.goto("/situation")
    other.get_by_role("button", name="Step").click()
    expect(other.locator("#feed .feed-row").first).to_be_visible()
    cable.mend()
    expect(page.locator("#live")).to_have_text(BACK)
    expect(send).to_be_enabled()
    expect(dialog.locator(".offline-why")).to_have_count(0)
    assert dialog.locator('[name="p.subject"]').input_value() == "Typed in the dark"
    assert dialog.locator('[name="p.from"]').input_value() == "FR"
    send.click()
    expect(page.locator("#toasts .note.ok")).to_be_visible()
    # What happened meanwhile is there without anybody loading the page again.
    expect(page.locator("#feed .feed-row").first).to_be_visible()
    page.context.close()
    other.context.close()


def test_a_seat_without_a_connection_keeps_what_is_typed_and_sends_it_afterwards(
    running: Console, chromium: Browser
) -> None:
    page = sit_down(chromium, running, "NO", Watched(running.address), viewport={"width": 390, "height": 800})
    page.goto("/seat/new")
    cable = Cable(page)
    expect(page.locator("#live")).to_have_text(BACK)
    page.locator('[name="to"]').fill("BR")
    cable.cut()
    expect(page.locator("#live")).to_have_text(LOST)
    send = page.get_by_role("button", name="Send", exact=True)
    expect(send).to_be_disabled()
    expect(page.locator(".offline-why")).to_be_visible()
    page.locator('[name="subject"]').fill("Typed in the dark")
    cable.mend()
    expect(send).to_be_enabled()
    assert page.locator('[name="to"]').input_value() == "BR"
    send.click()
    expect(page.locator("#flash")).to_contain_text("sent")
    page.context.close()


def test_a_console_that_stands_still_is_noticed_and_comes_back(running: Console, chromium: Browser) -> None:
    page = sit_down(chromium, running, "instructor", Watched(running.address))
    # The page comes with its words; that its script is there too, only what the script writes can tell.
    expect(page.locator("#map-state")).to_have_text(re.compile("^(Not started|Paused)$"))
    os.kill(running.process.pid, signal.SIGSTOP)
    try:
        expect(page.locator("#map-state")).to_contain_text("No data for")
    finally:
        os.kill(running.process.pid, signal.SIGCONT)
    expect(page.locator("#map-state")).not_to_contain_text("No data for")
    expect(page.locator("#live")).to_have_text(BACK)
    page.context.close()


def test_on_paper_there_are_no_controls_and_nothing_is_cut_off(running: Console, chromium: Browser) -> None:
    page = sit_down(chromium, running, "instructor", Watched(running.address), color_scheme="dark")
    page.evaluate("localStorage.setItem('theme', 'dark')")
    page.goto("/report")
    titles = page.locator("main h2").all_inner_texts()
    assert {"Expectations", "Refusals by code", "Notes"} <= set(titles)
    page.emulate_media(media="print")
    controls = page.locator("button, input, select, textarea, nav a, a.button")
    assert [one.evaluate("node => node.outerHTML") for one in controls.all() if one.is_visible()] == []
    assert [one.inner_text() for one in page.locator("main h2").all() if not one.is_visible()] == []
    cut = (
        "[...document.querySelectorAll('main :not(.spoken)')].filter(e => getComputedStyle(e).overflowY != 'visible' &&"
    )
    cut += " e.scrollHeight > e.clientHeight + 1).map(e => e.className)"
    assert page.evaluate(cut) == []
    colours = "[document.body, ...document.querySelectorAll('.panel')].map(e => getComputedStyle(e).backgroundColor)"
    assert set(page.evaluate(colours)) <= {"rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"}, "ink is for words"
    paper = page.pdf()
    assert paper.startswith(b"%PDF")
    page.context.close()


MOVES = "document.getAnimations().filter(a => a.playState == 'running' && a.effect.getTiming().duration > 20).length"


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_nothing_moves_for_whoever_asks_for_no_motion(motion: str, running: Console, chromium: Browser) -> None:
    page = sit_down(chromium, running, "instructor", Watched(running.address), reduced_motion=motion)
    other = sit_down(chromium, running, "instructor", Watched(running.address))
    page.goto("/situation")
    expect(page.locator("#live")).to_have_text(BACK)
    page.evaluate(f"window.moved = 0; setInterval(() => {{ window.moved = Math.max(window.moved, {MOVES}); }}, 30)")
    before = page.locator("#feed .feed-row").count()
    inject(other, "send:INFO_REQUEST", **{"from": "KE", "to": "PT, BR", "subject": f"Motion {motion}"})
    other.goto("/situation")
    other.get_by_role("button", name="Step").click()
    expect(page.locator("#feed .feed-row")).not_to_have_count(before)
    page.wait_for_timeout(500)
    assert (page.evaluate("window.moved") > 0) == (motion == "no-preference")
    for one in (page, other):
        one.context.close()


def test_a_flood_leaves_sixty_rows_no_long_task_and_no_request_to_elsewhere(tmp_path: Path, chromium: Browser) -> None:
    with console("red-notice", tmp_path, "--in-process") as flooded:
        watched = Watched(flooded.address)
        page = sit_down(chromium, flooded, "instructor", watched)
        page.context.add_init_script(WATCH_TASKS)
        inject(page, "flood", party="KE", to="PT", rate="600")
        longest = []
        for _ in range(3):
            page.goto("/situation")
            expect(page.locator("#live")).to_have_text(BACK)
            page.evaluate("window.longest = 0")
            page.get_by_role("button", name="max", exact=True).click()
            resume = page.get_by_role("button", name=re.compile("^(Start|Resume|Go on)"))
            if resume.count():
                resume.click()
            page.wait_for_timeout(3000)
            longest.append(page.evaluate("window.longest"))
        expect(page.locator("#feed .feed-row").first).to_be_visible()
        assert 40 <= page.locator("#feed .feed-row").count() <= 60
        assert page.locator(".arc").count() <= 120
        assert min(longest) <= 100, longest
        assert watched.foreign == []
        assert watched.complaints == []
        page.context.close()


def test_a_killed_console_is_taken_up_with_its_seat_and_its_notes(tmp_path: Path, chromium: Browser) -> None:
    with console("red-notice", tmp_path, "--seat", "FR", "--out", "run") as first:
        seat = sit_down(chromium, first, "FR", Watched(first.address))
        control = sit_down(chromium, first, "instructor", Watched(first.address))
        seat.goto("/seat/log")
        seat.locator("textarea").fill("Before the kill")
        seat.get_by_role("button", name="Keep the note").click()
        expect(seat.locator("main")).to_contain_text("Before the kill")
        for offset in ("T+00:00:00", "T+00:00:01"):
            control.get_by_role("button", name="Step").click()
            expect(control.locator("#clock")).to_have_text(offset)
        first.process.kill()
        first.process.wait()
        expect(seat.locator("#live")).to_have_text(LOST)
        for page in (seat, control):
            page.context.close()
    resumed = ["run", "--resume", "run", "--console", "--pace", "0.001"]
    with console(None, tmp_path, *resumed) as again:
        control = sit_down(chromium, again, "instructor", Watched(again.address))
        expect(control.locator("#feed .feed-row").first).to_be_visible()
        control.goto("/bureaus?open=bureau:FR")
        expect(control.get_by_role("button", name="Give the desk back")).to_be_visible()
        control.get_by_role("button", name=re.compile("token")).click()
        again.tokens["FR"] = control.locator("#flash .token").inner_text()
        seat = sit_down(chromium, again, "FR", Watched(again.address))
        seat.goto("/seat/log")
        expect(seat.locator("main")).to_contain_text("Before the kill")
        for page in (seat, control):
            page.context.close()
