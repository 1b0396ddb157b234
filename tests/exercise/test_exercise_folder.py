"""The run folder: what is in it is what the manifest says, and a hostile one is refused in a clear line."""

import os
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from i247sim.exercise import folder as module
from i247sim.exercise.folder import MAX_FILE_BYTES, MAX_FILES, RunFolder, default_path
from i247sim.security.frames import SignedFrame, sign, verify
from i247sim.security.keys import Signer, SigningKey
from i247sim.vocabulary.codec import canonical, decode_json
from i247sim.vocabulary.errors import EvidenceError, InputError, TrustError
from i247sim.vocabulary.frames import Bye, Frame, FrameType, Manifest
from i247sim.vocabulary.parties import CONTROL

KEY = SigningKey.generate()
RUN = "0123456789ab"


def signed_frame(kind: FrameType, payload: object) -> bytes:
    frame = Frame(
        type=kind,
        run=RUN,
        sender=CONTROL,
        to=CONTROL,
        key=KEY.id,
        counter=0,
        time=datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC),
        payload=decode_json(canonical(payload), 1 << 20),
    )
    return sign(frame, KEY)


def by_control(manifest: Manifest) -> bytes:
    return signed_frame(FrameType.MANIFEST, manifest)


def check_control(signed: SignedFrame) -> None:
    verify(signed, Signer(CONTROL, KEY.id, KEY.public))


@pytest.fixture
def closed(tmp_path: Path) -> RunFolder:
    folder = RunFolder.create(tmp_path / "runs" / "first-day-0123456789ab")
    folder.add(folder.run, b'{"seed":7}')
    folder.add(folder.scenario, b"title: fictional\n")
    folder.add(folder.rules / "network.cedar", b"// no rule\n")
    folder.add(folder.root, b"certificate")
    folder.add(folder.authority / "cards" / "FR.card", b"card")
    folder.add(folder.journal, b"")
    folder.add(folder.log, b"database" * 1000)
    folder.write_manifest("checkpoint", by_control)
    return folder


def test_a_closed_folder_passes(closed: RunFolder) -> None:
    manifest = RunFolder.open(closed.path).check_manifest(check_control)
    assert manifest.checkpoint == "checkpoint"
    assert [file.path for file in manifest.files] == [
        "authority/cards/FR.card",
        "authority/root.der",
        "journal.jsonl",
        "log.db",
        "rules/network.cedar",
        "run.json",
        "scenario.yaml",
    ]
    assert closed.read(closed.run, 100) == b'{"seed":7}'


def test_verify_may_read_the_folder_to_find_the_key(closed: RunFolder) -> None:
    seen = []
    closed.check_manifest(lambda signed: seen.append(closed.read(closed.root, 100)))
    assert seen == [b"certificate"]


@pytest.mark.parametrize(
    ("scenario", "name"),
    [("first-day", "first-day"), ("../../etc/Passwd", "etc-passwd"), ("…", "run"), ("x" * 99, "x" * 48)],
)
def test_the_default_place_is_harmless(scenario: str, name: str) -> None:
    assert default_path(scenario, RUN) == Path("runs") / f"{name}-{RUN}"


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch, lambda path: path.symlink_to("nowhere")], ids=["d", "f", "l"])
def test_nothing_is_overwritten(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "run")
    with pytest.raises(InputError, match="exists already"):
        RunFolder.create(tmp_path / "run")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, closed: RunFolder) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="file/run` cannot be made: not a directory"):
        RunFolder.create(tmp_path / "file" / "run")
    with pytest.raises(InputError, match=r"run\.json` cannot be written: file exists"):
        closed.add(closed.run, b"again")
    with pytest.raises(InputError, match="exists already: the folder is closed"):
        closed.write_manifest("later", by_control)
    assert closed.read(closed.run, 100) == b'{"seed":7}'


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="does not exist"):
        RunFolder.open(tmp_path / "nothing")
    with pytest.raises(InputError, match="is not a run folder"):
        RunFolder.open(tmp_path / "file")


def replace(path: Path, make: Callable[[Path], object]) -> None:
    path.unlink()
    make(path)


def change_one_byte(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


def bind_socket(path: Path) -> None:
    # A socket's path may be no longer than about 100 characters: bind it relative to its folder.
    here = os.getcwd()
    os.chdir(path.parent)
    try:
        socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.chdir(here)


def make_sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        pytest.param(lambda at: change_one_byte(at / "log.db"), r"`log\.db` was changed: its digest", id="changed"),
        pytest.param(lambda at: (at / "run.json").write_bytes(b""), r"`run\.json` was changed: 0 bytes", id="emptied"),
        pytest.param(lambda at: (at / "journal.jsonl").unlink(), r"`journal\.jsonl` .*missing", id="removed"),
        pytest.param(lambda at: (at / "extra").touch(), "`extra` is not in the manifest", id="unlisted"),
        pytest.param(lambda at: (at / "rules" / "more").touch(), "`rules/more` is not in", id="unlisted below"),
        pytest.param(lambda at: (at / "log.db-wal").touch(), "`log.db-wal` is not in", id="a journal beside the log"),
        pytest.param(lambda at: (at / "MANIFEST").unlink(), "`MANIFEST` is missing", id="no manifest"),
        pytest.param(lambda at: change_one_byte(at / "MANIFEST"), "signature does not hold", id="signature changed"),
        pytest.param(lambda at: (at / "MANIFEST").write_bytes(b"{}"), "damaged", id="manifest of another form"),
        pytest.param(lambda at: make_sparse(at / "MANIFEST", 1 << 28), "more than the limit", id="manifest too large"),
        pytest.param(
            lambda at: (at / "MANIFEST").write_bytes(signed_frame(FrameType.BYE, Bye(epoch="0" * 32))),
            "frame of type `bye`",
            id="another frame as manifest",
        ),
        pytest.param(
            lambda at: replace(at / "log.db", lambda path: path.symlink_to("run.json")),
            r"`log\.db` is a link",
            id="link",
        ),
        pytest.param(lambda at: (at / "out").symlink_to("/"), "`out` is a link", id="link to a folder outside"),
        pytest.param(
            lambda at: replace(at / "MANIFEST", lambda path: path.symlink_to("/dev/zero")),
            "`MANIFEST` is a link",
            id="manifest is a link to a device",
        ),
        pytest.param(lambda at: replace(at / "log.db", os.mkfifo), r"`log\.db` is a pipe", id="pipe"),
        pytest.param(lambda at: bind_socket(at / "s"), "`s` is a socket", id="socket"),
        pytest.param(
            lambda at: make_sparse(at / "log.db", MAX_FILE_BYTES + 1), r"`log\.db` goes beyond", id="file too large"
        ),
        pytest.param(
            lambda at: [make_sparse(at / f"f{n}", MAX_FILE_BYTES - 1) for n in range(2)], "goes beyond", id="too much"
        ),
        pytest.param(
            lambda at: make_sparse(at / "log.db", 1 << 28), r"`log\.db` was changed: 268435456", id="inflated"
        ),
        pytest.param(
            lambda at: [(at / f"f{n}").touch() for n in range(MAX_FILES)], f"more than {MAX_FILES} files", id="too many"
        ),
        pytest.param(lambda at: (at / "a/b/c/d").mkdir(parents=True), "`a/b/c` is deeper", id="too deep"),
        pytest.param(lambda at: (at / "\x1b[2J").touch(), r"`\\x1b\[2J` is no name", id="a name for the terminal"),
        pytest.param(lambda at: (at / ".hidden").touch(), r"`\.hidden` is no name", id="hidden"),
        pytest.param(
            lambda at: os.close(os.open(os.fsencode(at) + b"/\xff", os.O_CREAT)),
            "is no name",
            id="a name in no encoding",
        ),
    ],
)
def test_what_is_not_as_it_was_signed_is_named(closed: RunFolder, edit: Callable[[Path], object], problem: str) -> None:
    edit(closed.path)
    with pytest.raises(EvidenceError, match=problem):
        closed.check_manifest(check_control)


@pytest.mark.parametrize(
    ("forge", "problem"),
    [
        pytest.param(lambda files: [files[1], files[0], *files[2:]], "not in order", id="out of order"),
        pytest.param(lambda files: [files[0], *files], "not in order", id="a file twice"),
        pytest.param(
            lambda files: [files[0].model_copy(update={"path": "../secret\n"}), *files[1:]],
            r"`\.\./secret\\n` of the manifest is missing",
            id="a path out of the folder",
        ),
    ],
)
def test_a_forged_list_is_refused_before_anything_outside_is_opened(
    closed: RunFolder, forge: Callable[[list[object]], list[object]], problem: str
) -> None:
    manifest = closed.check_manifest(check_control)
    (closed.path.parent / "secret\n").write_bytes(b"card")
    closed.manifest.write_bytes(by_control(manifest.model_copy(update={"files": tuple(forge(list(manifest.files)))})))
    with pytest.raises(EvidenceError, match=problem):
        closed.check_manifest(check_control)


def test_a_manifest_of_another_key_is_refused(closed: RunFolder) -> None:
    def of_another(signed: SignedFrame) -> None:
        verify(signed, Signer(CONTROL, KEY.id, SigningKey.generate().public))

    with pytest.raises(EvidenceError, match="signature does not hold") as refused:
        closed.check_manifest(of_another)
    assert isinstance(refused.value.__cause__, TrustError)


def test_reading_is_bounded_and_follows_no_link(closed: RunFolder) -> None:
    with pytest.raises(EvidenceError, match="8000 bytes, more than the limit of 100"):
        closed.read(closed.log, 100)
    replace(closed.log, lambda path: path.symlink_to("run.json"))
    with pytest.raises(EvidenceError, match=r"`log\.db` cannot be read"):
        closed.read(closed.log, 100)
    with pytest.raises(EvidenceError, match=r"`report\.json` cannot be read: no such file"):
        closed.read(closed.report, 100)
    with pytest.raises(EvidenceError, match="`rules` is a folder"):
        closed.read(closed.rules, 100)


def test_a_writer_closes_only_what_a_reader_would_accept(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "run")
    (folder.path / "link").symlink_to("/etc/hostname")
    with pytest.raises(EvidenceError, match="`link` is a link"):
        folder.write_manifest("checkpoint", by_control)
    assert not folder.manifest.exists()


def test_the_limits_hold_for_the_longest_manifest_that_fits_a_frame() -> None:
    # 500 files with the longest paths and digests stay under the frame's limit.
    longest = (64 * module.MAX_DEPTH + 2) + 64 + 80
    assert MAX_FILES * longest < module.MAX_FRAME_BYTES
