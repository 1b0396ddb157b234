"""Checkpoint texts: they round-trip, they are refused whenever one character differs."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from audit_keys import HUB, OSLO, PARIS, RUN, Keys, make_key
from hypothesis import example, given, settings
from hypothesis import strategies as st

from i247sim.audit.checkpoint import (
    MAX_CHECKPOINT_CHARS,
    Checkpoint,
    NoteSigner,
    cosign,
    log_name,
    open_checkpoint,
    open_cosignature,
    sign_checkpoint,
)
from i247sim.vocabulary.errors import EvidenceError, FormatError

NOON = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
ROOT = bytes(range(32))
TEXT = sign_checkpoint(42, ROOT, HUB[0])
COSIGNED = cosign(TEXT, PARIS[0], NOON)


@given(st.integers(0, 10**18 - 1), st.binary(min_size=32, max_size=32))
def test_what_is_signed_is_read(size: int, root: bytes) -> None:
    text = sign_checkpoint(size, root, HUB[0])
    assert open_checkpoint(text, HUB[1]) == Checkpoint(log_name(RUN), size, root)


def test_the_text_is_a_c2sp_checkpoint() -> None:
    origin, size, root, blank, signature, end = TEXT.split("\n")
    assert (origin, size, blank, end) == ("i247sim/0123456789ab/hub", "42", "", "")
    assert base64.b64decode(root) == ROOT
    assert signature.startswith("— i247sim/0123456789ab/hub ")
    HUB[1].verify(base64.b64decode(signature.split(" ")[2])[4:], f"{origin}\n{size}\n{root}\n".encode())


@pytest.mark.parametrize(
    "verifier_key",
    [
        pytest.param("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", id="Go note example"),
        pytest.param("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", id="Go checksum database"),
    ],
)
def test_key_hashes_are_those_of_published_keys(verifier_key: str) -> None:
    name, key_hash, key = verifier_key.split("+", 2)
    signer = NoteSigner(name, base64.b64decode(key)[1:], lambda message: bytes(64))
    line = sign_checkpoint(1, ROOT, signer).splitlines()[-1]
    assert base64.b64decode(line.split(" ")[2])[:4].hex() == key_hash


def test_a_cosignature_is_read_with_its_time() -> None:
    assert open_cosignature(COSIGNED, HUB[1], PARIS[1]) == (Checkpoint(log_name(RUN), 42, ROOT), NOON)
    assert open_checkpoint(COSIGNED, HUB[1]).size == 42


def test_a_cosignature_covers_time_and_text_as_c2sp_says() -> None:
    blob = base64.b64decode(COSIGNED.splitlines()[-1].split(" ")[2])
    body = COSIGNED.partition("\n\n")[0] + "\n"
    assert int.from_bytes(blob[4:12], "big") == int(NOON.timestamp())
    PARIS[1].verify(blob[12:], f"cosignature/v1\ntime {int(NOON.timestamp())}\n{body}".encode())


def test_a_second_witness_replaces_the_first() -> None:
    text = cosign(COSIGNED, OSLO[0], NOON + timedelta(seconds=1))
    assert open_cosignature(text, HUB[1], OSLO[1])[0].size == 42
    with pytest.raises(EvidenceError, match="no signature of `i247sim/0123456789ab/FR`"):
        open_cosignature(text, HUB[1], PARIS[1])


def test_unknown_signatures_are_ignored() -> None:
    lines = "".join(f"— example.org/w{n} {base64.b64encode(bytes(20)).decode()}\n" for n in range(15))
    assert open_checkpoint(TEXT + lines, HUB[1]).size == 42
    with pytest.raises(FormatError, match="with 17 signatures"):
        open_checkpoint(TEXT + lines + lines.splitlines(keepends=True)[0], HUB[1])


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        pytest.param(make_key(log_name(RUN)), "no signature", id="another key of the same name"),
        pytest.param(make_key(log_name("ba9876543210")), "expected one of", id="another run"),
    ],
)
def test_a_checkpoint_of_another_log_is_refused(key: Keys, problem: str) -> None:
    with pytest.raises(EvidenceError, match=problem):
        open_checkpoint(TEXT, key[1])


def test_a_log_signature_is_no_cosignature() -> None:
    hub_as_witness = NoteSigner(log_name(RUN), HUB[0].public, HUB[0].sign)
    with pytest.raises(EvidenceError):
        open_cosignature(TEXT, HUB[1], HUB[1])
    both = cosign(TEXT, hub_as_witness, NOON)
    assert open_cosignature(both, HUB[1], HUB[1])[1] == NOON


def test_a_cosignature_cannot_be_moved_to_another_checkpoint() -> None:
    other = sign_checkpoint(43, ROOT, HUB[0])
    with pytest.raises(EvidenceError, match="does not hold"):
        open_cosignature(other + COSIGNED.splitlines(keepends=True)[-1], HUB[1], PARIS[1])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param(TEXT + "\n", id="a blank line at the end"),
        pytest.param(TEXT[:-1], id="no newline at the end"),
        pytest.param(TEXT.replace("\n", "\r\n"), id="carriage returns"),
        pytest.param(TEXT.partition("— ")[0], id="no signature line"),
        pytest.param(TEXT.replace("\n42\n", "\n042\n"), id="leading zero"),
        pytest.param(TEXT.replace("\n42\n", "\n-42\n"), id="negative size"),
        pytest.param(TEXT.replace("\n42\n", "\n٤٢\n"), id="digits of another script"),
        pytest.param(TEXT.replace("\n42\n", "\n" + "9" * 19 + "\n"), id="size too large"),
        pytest.param(TEXT.replace("\n42\n", "\n" + "9" * 1900 + "\n"), id="too long"),
        pytest.param(TEXT.replace("\n\n", "\nextension\n\n"), id="extension line"),
        pytest.param(TEXT.replace("— ", "-- "), id="another dash"),
        pytest.param(TEXT.replace("— ", "—  "), id="two blanks"),
        pytest.param(TEXT.replace("hub\n42", "hub \n42"), id="blank in the origin"),
        pytest.param(TEXT.replace("Hh8=\n", "Hh9=\n"), id="root not canonical base64"),
        pytest.param(TEXT.replace("Hh8=\n", "\n"), id="root too short"),
        pytest.param(TEXT + TEXT.splitlines(keepends=True)[-1], id="the same signature twice"),
        pytest.param(TEXT + "— a AAAA\n" * (MAX_CHECKPOINT_CHARS // 9), id="too many lines"),
    ],
)
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        open_checkpoint(text, HUB[1])


def test_a_signature_of_another_length_is_refused() -> None:
    head, line = TEXT.split("\n\n")
    dash, name, blob = line.split(" ")
    for cut in (base64.b64decode(blob)[:-1], base64.b64decode(blob) + b"\0", base64.b64decode(blob)[:4]):
        with pytest.raises(FormatError):
            open_checkpoint(f"{head}\n\n{dash} {name} {base64.b64encode(cut).decode()}\n", HUB[1])


def test_a_time_beyond_the_calendar_is_refused() -> None:
    head = TEXT + f"— {PARIS[0].name} "
    blob = base64.b64decode(COSIGNED.splitlines()[-1].split(" ")[2])
    seconds = 2**62
    signature = PARIS[0].sign(f"cosignature/v1\ntime {seconds}\n{TEXT.partition(chr(10) * 2)[0]}\n".encode())
    forged = base64.b64encode(blob[:4] + seconds.to_bytes(8, "big") + signature).decode()
    with pytest.raises(FormatError, match="does not exist"):
        open_cosignature(f"{head}{forged}\n", HUB[1], PARIS[1])


def test_every_changed_character_is_refused() -> None:
    for place in range(len(COSIGNED)):
        for other in "A\n1 ":
            changed = COSIGNED[:place] + other + COSIGNED[place + 1 :]
            if changed != COSIGNED:
                with pytest.raises((FormatError, EvidenceError)):
                    open_cosignature(changed, HUB[1], PARIS[1])


@settings(max_examples=300)
@given(st.text(max_size=200) | st.text(alphabet="hub42\n— +/=A", max_size=120))
@example("\n\n\n")
def test_no_text_stops_the_reader(text: str) -> None:
    with pytest.raises((FormatError, EvidenceError)):
        open_checkpoint(text, HUB[1])
    with pytest.raises((FormatError, EvidenceError)):
        open_checkpoint(TEXT + text + "\0", HUB[1])


@pytest.mark.parametrize(
    ("other", "contradicts"),
    [
        pytest.param(Checkpoint("log", 5, b"b" * 32), True, id="same size, other root"),
        pytest.param(Checkpoint("log", 5, b"a" * 32), False, id="the same"),
        pytest.param(Checkpoint("log", 6, b"b" * 32), False, id="other size"),
        pytest.param(Checkpoint("another", 5, b"b" * 32), False, id="other log"),
    ],
)
def test_two_roots_for_one_size_contradict(other: Checkpoint, contradicts: bool) -> None:
    one = Checkpoint("log", 5, b"a" * 32)
    assert one.contradicts(other) is contradicts
    assert other.contradicts(one) is contradicts
