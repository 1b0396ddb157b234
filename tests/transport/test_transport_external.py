"""The adapter of somebody else's broker, without one: addresses, and what it tells. With one: tests/conformance."""

from collections.abc import Mapping

import pytest

from i247sim.transport.external import ExternalBroker, endpoint_of
from i247sim.transport.port import Endpoint, Rights
from i247sim.vocabulary.errors import InputError

FR = Rights(("i247/+/out/FR",), ("i247/+/in/FR",))
NARROW = Rights((), ("i247/+/in/FR",))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mqtts://broker.example:8883", Endpoint("broker.example", 8883)),
        ("mqtts://broker.example", Endpoint("broker.example", 8883)),
        ("mqtts://127.0.0.1:18883/", Endpoint("127.0.0.1", 18883)),
        ("mqtts://[::1]:1883", Endpoint("::1", 1883)),
        ("MQTTS://localhost", Endpoint("localhost", 8883)),
    ],
)
def test_an_address_is_read(url: str, expected: Endpoint):
    assert endpoint_of(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost",
        "localhost:8883",
        "https://localhost",
        "mqtts://",
        "mqtts://:8883",
        "mqtts://localhost:0",
        "mqtts://localhost:65536",
        "mqtts://localhost:many",
        "mqtts://local host",
        "mqtts://localhost/topic",
        "mqtts://localhost?qos=1",
        "mqtts://[::1",
    ],
)
def test_what_is_no_address_is_refused_and_shown(url: str):
    with pytest.raises(InputError) as refusal:
        endpoint_of(url)
    assert f"`{url}`" in str(refusal.value)
    assert "expected `mqtts://host` or `mqtts://host:port`" in str(refusal.value)


def test_a_broker_without_tls_is_refused_with_the_reason():
    with pytest.raises(InputError, match="`mqtt://localhost` has no TLS"):
        endpoint_of("mqtt://localhost")


@pytest.mark.parametrize("url", ["mqtts://FR:secret@localhost", "mqtt://FR:secret@h", "mqtts://FR:secret@h:99999"])
def test_a_password_in_an_address_is_refused_and_not_shown(url: str):
    with pytest.raises(InputError) as refusal:
        endpoint_of(url)
    assert "secret" not in str(refusal.value)


class Files:
    """The files of a broker: what was written, and whether that changed anything."""

    def __init__(self) -> None:
        self.written: list[tuple[dict[str, Rights], frozenset[str]]] = []

    def write(self, rights: Mapping[str, Rights], revoked: frozenset[str]) -> str | None:
        before = self.written[-1] if self.written else None
        self.written.append((dict(rights), revoked))
        return None if self.written[-1] == before else "send SIGHUP"


def a_broker(files: Files, told: list[str]) -> ExternalBroker:
    return ExternalBroker(Endpoint("broker.example", 8883), {"FR": FR}, files.write, told.append)


def test_several_addresses_are_the_servers_of_one_broker():
    found = endpoint_of("mqtts://a.example,b.example:8884,c.example:8885")
    assert [str(one) for one in found.servers] == ["a.example:8883", "b.example:8884", "c.example:8885"]
    for url in ("mqtts://a.example,", "mqtts://,a.example", "mqtts://a.example,mqtts://b.example"):
        with pytest.raises(InputError, match="is not a broker's"):
            endpoint_of(url)


async def test_to_revoke_is_to_write_and_to_tell():
    files, told = Files(), []
    await a_broker(files, told).revoke("FR")
    assert files.written == [({}, frozenset({"FR"}))]
    assert told == [
        "`FR` is revoked: its session at the broker stays until the files are read; "
        "`broker.example:8883` is not ours to reload: send SIGHUP"
    ]


async def test_who_is_permitted_again_is_not_revoked_any_more():
    files, told = Files(), []
    broker = a_broker(files, told)
    await broker.revoke("FR")
    await broker.permit("FR", NARROW)
    assert files.written[-1] == ({"FR": NARROW}, frozenset())
    assert told[-1].startswith("`FR` has new rights; ")


async def test_what_changes_nothing_is_not_told():
    files, told = Files(), []
    broker = a_broker(files, told)
    await broker.permit("FR", FR)
    await broker.permit("FR", FR)
    await broker.revoke("DE")
    assert len(told) == 1


async def test_it_is_never_stopped_by_us():
    files, told = Files(), []
    await a_broker(files, told).stop()
    assert (files.written, told) == ([], [])
