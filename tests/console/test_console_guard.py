"""Nothing reaches a page that should not: hosts, origins, methods, sizes, tokens in addresses, strangers, paths."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from rig import BASE, HOST, PLACE, STORY, Browser, Socket

from i247sim.console import app, guard
from i247sim.console.app import application
from i247sim.console.guard import HEADERS, MAX_BODY_BYTES, Guard, Place
from i247sim.console.house import House
from i247sim.console.serve import listen, place_of, serving
from i247sim.console.sessions import Sessions
from i247sim.exercise.attached import AttachedPort
from i247sim.exercise.loader import load
from i247sim.exercise.picture import Glance, Phase
from i247sim.exercise.port import Role, Who
from i247sim.exercise.seen import Seen
from i247sim.hub.state import HubState

SCENARIO = load(STORY)


class QuietPort:
    """An exercise in which nothing happens: what stands before the pages does not need more."""

    live = True

    def glance(self) -> Glance:
        start = SCENARIO.start
        return Glance("0" * 12, "quiet", start, start, Phase.PAUSED, 1.0, dict.fromkeys(
            ("sent", "read", "locked", "refused", "lost", "queued", "held"), 0), 0, (), {}, 0)  # fmt: skip

    def seen(self) -> Seen:
        return Seen(HubState(None))  # type: ignore[arg-type]

    async def command(self, *_: Any) -> Any:
        raise AssertionError("nothing may come so far")


@pytest.fixture
async def house() -> House:
    port: Any = QuietPort()
    assert {name for name in vars(QuietPort) if not name.startswith("_")} <= set(dir(AttachedPort)) | {"live"}
    return House(port, SCENARIO, PLACE, Sessions())


async def signed_in(house: House, role: Role = Role.OBSERVER) -> Browser:
    browser = Browser(application(house))
    assert (await browser.post("/login", {"token": house.admit(Who(role))})).status_code == 303
    return browser


async def test_every_answer_carries_the_headers_and_pages_are_not_kept(house: House) -> None:
    browser = Browser(application(house))
    for path in ("/login", "/about", "/nothing", "/static/base.css", "/static/nothing"):
        answer = await browser.get(path)
        for name, value in HEADERS.items():
            assert answer.headers[name] == value
        kept = "no-cache" if path.startswith("/static/") else "no-store"
        assert answer.headers["cache-control"] == kept
    policy = HEADERS["content-security-policy"]
    assert "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:9", "", f"{HOST}.evil.example"])
async def test_another_host_is_refused(house: House, host: str) -> None:
    browser = await signed_in(house)
    assert (await browser.get("/wall", host=host)).status_code == 421
    assert (await browser.get("/login", host=host)).status_code == 421


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"origin": "http://evil.example"}, 403, id="foreign"),
        pytest.param({"origin": "null"}, 403, id="null"),
        pytest.param({"origin": ""}, 403, id="empty"),
        pytest.param({"origin": "https://127.0.0.1:8247"}, 403, id="other scheme"),
        pytest.param({"origin": "http://127.0.0.1:9999"}, 403, id="other port"),
        pytest.param({"sec-fetch-site": "cross-site"}, 403, id="from another site"),
        pytest.param({"sec-fetch-site": "same-site"}, 403, id="from a neighbour"),
        pytest.param({"sec-fetch-site": "same-origin"}, 303, id="from here"),
    ],
)
async def test_a_form_comes_from_here_or_not_at_all(house: House, headers: dict[str, str], status: int) -> None:
    browser = Browser(application(house))
    token = house.admit(Who(Role.OBSERVER))
    assert (await browser.post("/login", {"token": token}, **headers)).status_code == status


async def test_a_form_without_origin_is_refused(house: House) -> None:
    transport = httpx.ASGITransport(app=application(house))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        assert (await client.post("/login", data={"token": house.admit(Who(Role.OBSERVER))})).status_code == 403


async def test_a_form_needs_its_sessions_secret(house: House) -> None:
    browser = await signed_in(house, Role.INSTRUCTOR)
    for csrf in ("", "x", "ü"):
        answer = await browser.post("/do/pause", {"csrf": csrf}, accept="application/json")
        assert answer.status_code == 403
        assert "out of date" in answer.json()["says"]


@pytest.mark.parametrize("query", ["token=x", "TOKEN=", "a=1&access_token=x", "session=1", "key=2"])
async def test_a_token_in_an_address_is_refused(house: House, query: str) -> None:
    browser = await signed_in(house)
    assert (await browser.get(f"/wall?{query}")).status_code == 400
    assert (await browser.get(f"/login?{query}")).status_code == 400


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
async def test_other_methods_are_refused(house: House, method: str) -> None:
    browser = await signed_in(house)
    assert (await browser.client.request(method, "/wall")).status_code == 405
    assert (await Browser(application(house)).client.request(method, "/wall")).status_code == 405, "a stranger's too"


@pytest.mark.parametrize("length", ["much", "-1", "1, 2", f"{MAX_BODY_BYTES + 1}"])
async def test_a_size_that_is_none_or_too_large_is_refused_before_anything_comes(house: House, length: str) -> None:
    browser = await signed_in(house)
    headers = {"content-length": length}
    assert (await browser.client.post("/do/pause", content=b"csrf=x", headers=headers)).status_code == 413


@pytest.mark.parametrize(
    ("name", "values", "status"),
    [
        pytest.param("host", ("evil.example", HOST), 421, id="host"),
        pytest.param("origin", ("http://evil.example", BASE), 403, id="origin"),
        pytest.param("sec-fetch-site", ("cross-site", "same-origin"), 403, id="site"),
    ],
)
async def test_a_header_that_comes_twice_is_not_the_last_one(
    house: House, name: str, values: tuple[str, ...], status: int
) -> None:
    browser = Browser(application(house))
    data = {"token": house.admit(Who(Role.OBSERVER))}
    own = {"host": HOST, "origin": BASE}
    headers = [*((one, text) for one, text in own.items() if one != name), *((name, text) for text in values)]
    browser.client.headers = httpx.Headers()
    assert (await browser.client.post("/login", data=data, headers=headers)).status_code == status


async def test_a_form_beyond_the_limit_is_refused_whatever_it_says_of_its_size(house: House) -> None:
    browser = await signed_in(house)
    big = b"x=" + b"y" * MAX_BODY_BYTES
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert (await browser.client.post("/do/pause", content=big, headers=kind)).status_code == 413

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(9):
            yield b"y" * (MAX_BODY_BYTES // 8)

    assert (await browser.client.post("/do/pause", content=pieces(), headers=kind)).status_code == 413


async def test_a_form_that_trickles_in_is_given_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.1)
    browser = await signed_in(house)

    async def slowly() -> AsyncIterator[bytes]:
        yield b"csrf="
        await asyncio.sleep(0.5)
        yield b"x"

    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = await browser.client.post("/do/pause", content=slowly(), headers=headers)
    assert answer.status_code == 408
    assert "took too long" in answer.text


async def test_a_hundred_tries_at_once_are_a_hundred_failures(house: House) -> None:
    browser = Browser(application(house))
    answers = await asyncio.gather(*(browser.post("/login", {"token": f"{number:026d}"}) for number in range(100)))
    statuses = [one.status_code for one in answers]
    assert set(statuses) == {403, 429}
    assert statuses.count(429) > 50, "they were not all let through to the check"


async def test_signing_in_as_somebody_else_ends_what_was_before(house: House) -> None:
    browser = await signed_in(house)
    (before,) = house.sessions.of(Who(Role.OBSERVER))
    assert (await browser.post("/login", {"token": house.admit(Who(Role.EVALUATOR))})).status_code == 303
    assert before.closed
    assert list(house.sessions.of(Who(Role.OBSERVER))) == []


async def test_one_browser_has_only_so_many_sockets(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "MOST_SOCKETS", 2)
    browser = await signed_in(house)
    open_ = [await browser.socket() for _ in range(2)]
    for one in open_:
        await one.frame()
    assert await (await browser.socket()).code() == 1013
    for one in open_:
        await one.gone()


async def test_strangers_get_the_sign_in_page_and_nothing_else(house: House) -> None:
    browser = Browser(application(house))
    for path in ("/", "/situation", "/seat", "/wall", "/evidence/run.zip", "/snapshot.json", "/nothing"):
        answer = await browser.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    for path in ("/statics", "/static", "/login/", "/loginx"):
        assert (await browser.get(path)).status_code == 303
    for path in ("/live", "/login", "/static/base.css"):
        assert await (await Socket.open(browser.app, {"host": HOST, "origin": BASE}, path)).code() == guard.SUSPENDED
    assert (await browser.get("/snapshot.json", accept="application/json")).status_code == 401
    assert (await browser.post("/do/pause", {"csrf": ""})).status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/..%2fapp.py",
        "/static/%2e%2e/app.py",
        "/static//etc/passwd",
        "/static/....//app.py",
        "/static/base.css/..",
        "/static/",
        "/static/base.css%00",
    ],
)
async def test_no_path_leads_out_of_the_static_files(house: House, path: str) -> None:
    answer = await Browser(application(house)).get(path)
    assert answer.status_code in (303, 404)
    assert b"import" not in answer.content


async def test_the_cookie_is_for_this_server_alone_and_secure_with_tls(house: House) -> None:
    browser = Browser(application(house))
    answer = await browser.post("/login", {"token": house.admit(Who(Role.OBSERVER))})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie
    house.place = Place(PLACE.hosts, True, "__Host-i247-test")
    browser = Browser(application(house))
    browser.client.headers["origin"] = f"https://{HOST}"
    answer = await browser.post("/login", {"token": house.admit(Who(Role.OBSERVER))})
    assert "secure" in answer.headers["set-cookie"].lower()
    assert "strict-transport-security" in answer.headers


async def test_wrong_tokens_wait_longer_each_time_and_tell_nothing(house: House) -> None:
    browser = Browser(application(house))
    token = house.admit(Who(Role.OBSERVER))
    first = await browser.post("/login", {"token": "wrong"})
    assert first.status_code == 403
    second = await browser.post("/login", {"token": token})
    assert second.status_code == 429, "not even the right one comes at once"
    assert token not in second.text + first.text


async def test_signing_out_ends_the_session_and_its_socket(house: House) -> None:
    browser = await signed_in(house)
    session = next(iter(house.sessions._open.values()))
    cookie = dict(browser.client.cookies)
    await browser.post("/do/logout", {"csrf": session.csrf})
    browser.client.cookies.update(cookie)
    assert (await browser.get("/wall")).headers["location"] == "/login"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        pytest.param({"origin": "http://evil.example"}, 1008, id="foreign origin"),
        pytest.param({"origin": ""}, 1008, id="no origin"),
        pytest.param({"host": "evil.example"}, 1008, id="foreign host"),
        pytest.param({"cookie": ""}, 4401, id="no session"),
        pytest.param({"cookie": "i247-test=guess"}, 4401, id="a guessed session"),
        pytest.param({"sec-fetch-site": "cross-site"}, 1008, id="another site"),
    ],
)
async def test_a_socket_is_held_to_the_same(house: House, headers: dict[str, str], code: int) -> None:
    browser = await signed_in(house)
    assert await (await browser.socket(**headers)).code() == code


async def test_a_socket_from_here_gets_frames_and_one_that_talks_is_closed(house: House) -> None:
    browser = await signed_in(house)
    socket = await browser.socket()
    assert (await socket.frame())["phase"] == "paused"
    socket.send("hello")
    assert await socket.code() == 1008


async def test_a_token_in_a_sockets_address_is_refused(house: House) -> None:
    browser = await signed_in(house)
    cookie = "; ".join(f"{name}={value}" for name, value in browser.client.cookies.items())
    headers = {"cookie": cookie, "host": HOST, "origin": BASE}
    assert await (await Socket.open(browser.app, headers, query="token=x")).code() == 1008


async def test_a_mistake_of_ours_shows_a_number_and_no_traceback(house: House) -> None:
    told: list[str] = []
    house.trouble = told.append
    browser = await signed_in(house)
    answer = await browser.get("/wall")  # the quiet port has no picture
    assert answer.status_code == 500
    assert "Traceback" not in answer.text
    assert "AttributeError" not in answer.text
    assert told
    assert told[0].split()[1] in answer.text


def test_the_guard_lets_through_what_is_no_request() -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    guard = Guard(app, PLACE, Sessions(), lambda status, text: (b"", "text/plain"))
    asyncio.run(guard({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    assert seen == ["lifespan"]


def test_templates_and_scripts_are_all_served() -> None:
    folder = Path(application.__code__.co_filename).parent / "static"
    assert {one.name for one in folder.iterdir() if one.is_file()} >= {
        "base.css",
        "console.js",
        "icons.svg",
        "land.svg",
    }


async def test_a_body_that_is_none_is_no_mistake_of_ours(house: House) -> None:
    troubles: list[str] = []
    house.trouble = troubles.append
    listening = listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    house.place = place_of("127.0.0.1", listening, False, "0" * 12)
    head = f"POST /login HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\norigin: http://127.0.0.1:{port}\r\n"
    async with serving(application(house), listening, None):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"{head}transfer-encoding: chunked\r\n\r\n{'f' * 24}\r\n".encode())
        async with asyncio.timeout(10):
            await reader.read()
        writer.close()
    assert troubles == []
