"""The folder that a run leaves behind, and the signed manifest over everything in it.

::

    run.json             seed, versions, effective configuration
    scenario.yaml        the scenario as it ran
    rules/               the rulebook
    authority/           the root certificate (root.der) and what hangs from it
    injects.json         what was injected live, and when
    journal.jsonl        what happened, one JSON object per line (``docs/journal.md``)
    log.db               the evidence log, a closed database
    attestations.jsonl   what each party could open, signed by it
    report.json          the result
    MANIFEST             a signed clear frame: path, size and SHA-256 of every other file

Private keys are never in it. A folder from elsewhere is read with suspicion: only plain files with
plain names, no links, bounded in number, depth and size, all checked before anything is opened.
"""

import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from shlex import quote
from typing import Final, Self

from i247sim.security.frames import SignedFrame, parse
from i247sim.vocabulary.errors import EvidenceError, FormatError, InputError, TrustError
from i247sim.vocabulary.frames import Manifest, ManifestFile
from i247sim.vocabulary.limits import MAX_FRAME_BYTES

MANIFEST: Final = "MANIFEST"
MAX_FILES: Final = 500
"""Files and folders in a run folder; a real one has some twenty."""
MAX_DEPTH: Final = 3
"""Names in a path: ``authority/cards/FR.card`` has three."""
MAX_FILE_BYTES: Final = 512 * 1024**2
"""The largest file: a log of half a million entries. To hash more would take a stranger's folder over a second."""
MAX_TOTAL_BYTES: Final = 640 * 1024**2
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_CHUNK = 1024 * 1024


def default_path(scenario: str, run: str) -> Path:
    """Where a run goes if nobody says otherwise: ``runs/<scenario>-<run>``, the name made harmless."""
    name = re.sub(r"[^a-z0-9]+", "-", scenario.lower()).strip("-")[:48] or "run"
    return Path("runs") / f"{name}-{run}"


@dataclass(frozen=True)
class RunFolder:
    """One run's folder. Files are added once and not changed; the manifest closes it."""

    path: Path

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make the folder, with the folders above it; never one that exists. Raises ``InputError``."""
        try:
            path.mkdir(parents=True)
        except FileExistsError as error:
            raise InputError(f"`{path}` exists already: a run never overwrites; name another folder") from error
        except OSError as error:
            raise InputError(f"`{path}` cannot be made: {_reason(error)}") from error
        return cls(path)

    @classmethod
    def open(cls, path: Path) -> Self:
        """A folder that exists, from here or elsewhere. Raises ``InputError``; looks at nothing inside."""
        if not path.is_dir():
            raise InputError(f"`{path}` is not a run folder" if path.exists() else f"`{path}` does not exist")
        return cls(path)

    @classmethod
    def finished(cls, path: Path) -> Self:
        """The folder of a run that has ended. Raises ``InputError`` that says what it is instead; checks no content.

        One that lacks only its manifest is let pass: what is wrong with it is ``check_manifest``'s to say.
        """
        folder = cls.open(path)
        if folder.manifest.exists():
            return folder
        if folder.work.exists() and folder.scenario.exists():
            cure = f"if nobody is running it: i247sim run --resume {quote(str(path))}"
            raise InputError(f"the run in `{path}` is not finished; {cure}")
        if not folder.run.exists() and not folder.log.exists():
            raise InputError(f"`{path}` is not a run folder: it has no `{folder.run.name}`")
        return folder

    @property
    def work(self) -> Path:
        """What a run that is not finished needs to go on, private keys included (mode 0700); gone when it is."""
        return self.path / "work"

    @property
    def unfinished(self) -> Path:
        """The settings of a run that is not finished (JSON)."""
        return self.work / "state.json"

    @property
    def run(self) -> Path:
        """Seed, versions, effective configuration (JSON)."""
        return self.path / "run.json"

    @property
    def scenario(self) -> Path:
        """The scenario as it ran (YAML)."""
        return self.path / "scenario.yaml"

    @property
    def rules(self) -> Path:
        """The folder of the rulebook."""
        return self.path / "rules"

    @property
    def authority(self) -> Path:
        """The folder of certificates."""
        return self.path / "authority"

    @property
    def root(self) -> Path:
        """The authority's root certificate (DER)."""
        return self.authority / "root.der"

    @property
    def journal(self) -> Path:
        """What happened (JSON Lines)."""
        return self.path / "journal.jsonl"

    @property
    def injects(self) -> Path:
        """What was injected live (JSON), so that the run can happen again."""
        return self.path / "injects.json"

    @property
    def log(self) -> Path:
        """The evidence log (SQLite)."""
        return self.path / "log.db"

    @property
    def attestations(self) -> Path:
        """What each party could open (JSON Lines of signed frames)."""
        return self.path / "attestations.jsonl"

    @property
    def report(self) -> Path:
        """The result (JSON)."""
        return self.path / "report.json"

    @property
    def manifest(self) -> Path:
        """The signed list of all files."""
        return self.path / MANIFEST

    def add(self, file: Path, data: bytes) -> None:
        """Write a new file of this folder (one of the properties above, or below one).

        Raises ``InputError`` if the file exists or cannot be written (a full disk).
        """
        inside = file.relative_to(self.path).parts
        assert len(inside) <= MAX_DEPTH, "too deep for a run folder"
        assert all(_NAME.fullmatch(part) for part in inside), "not a name for a run folder"
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("xb") as target:
                target.write(data)
        except OSError as error:
            raise InputError(f"`{file}` cannot be written: {_reason(error)}") from error

    def read(self, file: Path, max_bytes: int) -> bytes:
        """A file of this folder, at most ``max_bytes`` long; itself no link.

        Raises ``EvidenceError`` if it is missing, larger, or no plain file. (That the folders above it
        are no links either is ``check_manifest``'s business: call that first.)
        """
        name = file.relative_to(self.path).as_posix()
        with _Plain(file, name) as source:
            if source.size > max_bytes:
                raise EvidenceError(f"`{name}` has {source.size} bytes, more than the limit of {max_bytes}")
            return b"".join(source.chunks())

    def write_manifest(self, checkpoint: str, sign: Callable[[Manifest], bytes]) -> Manifest:
        """Close the folder: list every file and write what ``sign`` makes of the list.

        ``checkpoint`` is the text of the log's last one. ``sign`` returns the wire of a frame of type
        ``MANIFEST``. Raises ``EvidenceError`` if something is in the folder that a reader would
        refuse, ``InputError`` if the manifest exists or cannot be written.
        """
        sizes = self._scan()
        if MANIFEST in sizes:
            raise InputError(f"`{self.manifest}` exists already: the folder is closed")
        assert not any(name.endswith(("-wal", "-shm", "-journal")) for name in sizes), "a database is still open"
        files = tuple(ManifestFile(path=name, size=sizes[name], sha256=self._digest(name)) for name in sorted(sizes))
        manifest = Manifest(files=files, checkpoint=checkpoint)
        self.add(self.manifest, sign(manifest))
        return manifest

    def check_manifest(self, verify: Callable[[SignedFrame], None]) -> Manifest:
        """Check that the folder holds exactly the files of its manifest, unchanged, and who signed that.

        1. The folder has only plain files, within the limits. 2. The manifest is one. 3. No file is
        unlisted or missing. 4. Sizes, then digests, agree. 5. ``verify`` gets the signed frame and raises an
        ``I247Error`` if the signature does not hold; it may read the folder to find the key. Raises
        ``EvidenceError`` with the first thing that is wrong.
        """
        sizes = self._scan()
        if sizes.pop(MANIFEST, None) is None:
            raise EvidenceError(f"`{MANIFEST}` is missing: the run did not end properly, or this is no run folder")
        signed, manifest = self._parse_manifest()
        listed = {file.path: file for file in manifest.files}
        if [file.path for file in manifest.files] != sorted(listed):
            raise EvidenceError("the manifest's files are not in order")
        for name in listed:
            if name not in sizes:
                raise EvidenceError(f"the file `{_shown(name)}` of the manifest is missing")
        for name, size in sizes.items():
            if name not in listed:
                raise EvidenceError(f"the file `{name}` is not in the manifest")
            if size != listed[name].size:
                raise EvidenceError(f"the file `{name}` was changed: {size} bytes, listed are {listed[name].size}")
        for name, file in listed.items():
            if self._digest(name) != file.sha256:
                raise EvidenceError(f"the file `{name}` was changed: its digest is not the listed one")
        try:
            verify(signed)
        except TrustError as error:
            raise EvidenceError(f"the manifest's signature does not hold: {error}") from error
        return manifest

    def _parse_manifest(self) -> tuple[SignedFrame, Manifest]:
        # A frame is its JSON and some hundred bytes around it.
        data = self.read(self.manifest, MAX_FRAME_BYTES + 1024)
        try:
            signed = parse(data)
        except FormatError as error:
            raise EvidenceError(f"`{MANIFEST}` is damaged: {error}") from error
        if not isinstance(signed.payload, Manifest):
            raise EvidenceError(f"`{MANIFEST}` is a frame of type `{signed.frame.type}`")
        return signed, signed.payload

    def _scan(self) -> dict[str, int]:
        """Every file's path in the folder and its size, sorted by path; refuses whatever is not plain."""
        found: dict[str, int] = {}
        total = 0
        for count, (name, status) in enumerate(_walk(self.path, "", 1)):
            if count >= MAX_FILES:
                raise EvidenceError(f"more than {MAX_FILES} files and folders in the run folder")
            if stat.S_ISDIR(status.st_mode):
                continue
            total += status.st_size
            if status.st_size > MAX_FILE_BYTES or total > MAX_TOTAL_BYTES:
                raise EvidenceError(f"the file `{name}` goes beyond the largest size of a run folder")
            found[name] = status.st_size
        return dict(sorted(found.items()))

    def _digest(self, name: str) -> str:
        digest = sha256()
        with _Plain(self.path / name, name) as source:
            for chunk in source.chunks():
                digest.update(chunk)
        return digest.hexdigest()


def _walk(folder: Path, above: str, depth: int) -> Iterator[tuple[str, os.stat_result]]:
    """All entries below ``folder`` with their own status (of a link, not of its target), lazily."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not _NAME.fullmatch(entry.name):
                    raise EvidenceError(f"`{above}{_shown(entry.name)}` is no name for a file of a run")
                name = above + entry.name
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    if depth == MAX_DEPTH:
                        raise EvidenceError(f"the folder `{name}` is deeper than a run folder goes")
                    yield name, status
                    yield from _walk(folder / entry.name, name + "/", depth + 1)
                elif stat.S_ISREG(status.st_mode):
                    yield name, status
                else:
                    raise EvidenceError(f"`{name}` is {_kind(status)}, not a plain file")
    except OSError as error:
        raise EvidenceError(f"the folder `{above or folder}` cannot be read: {_reason(error)}") from error


class _Plain:
    """A plain file opened for reading: no link at its end, no device, and no waiting for a pipe's writer."""

    def __init__(self, path: Path, name: str) -> None:
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise EvidenceError(f"`{name}` cannot be read: {_reason(error)}") from error
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(self._descriptor)
            raise EvidenceError(f"`{name}` is {_kind(status)}, not a plain file")
        self._name = name
        self.size = status.st_size

    def chunks(self) -> Iterator[bytes]:
        """The content up to the size that the file had when it was opened. Raises ``EvidenceError``."""
        left = self.size
        try:
            while left and (chunk := os.read(self._descriptor, min(left, _CHUNK))):
                left -= len(chunk)
                yield chunk
        except OSError as error:
            raise EvidenceError(f"`{self._name}` cannot be read: {_reason(error)}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)


def _kind(status: os.stat_result) -> str:
    kinds = (
        (stat.S_ISLNK, "a link"),
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
    )
    return next((name for is_kind, name in kinds if is_kind(status.st_mode)), "a device")


def _shown(name: str) -> str:
    """A foreign name as it may be printed: short, and without characters that mean something to a terminal."""
    return ascii(name)[1:-1][:100]


def _reason(error: OSError) -> str:
    return (error.strerror or "unknown error").lower()
