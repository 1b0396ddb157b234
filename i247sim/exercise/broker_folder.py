"""The folder that ``i247sim broker`` makes: everything for a broker that somebody else runs, made before any run.

::

    about.json            which kind of broker, its names and port, who may connect, until when
    authority/            stays with exercise control: the issuing key, sealed, and the key to it (both 0600)
    broker/               goes to the broker: its configuration, key (0600), certificate and authorities

The broker believes one root for all runs that are played over it. Every run still has its own keys, issued when it
begins, and its own directory. The root's private key is gone as soon as the folder is made.
"""

import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Literal, Self

from pydantic import Field

from i247sim.security.authority import Authority
from i247sim.security.certificates import subject
from i247sim.security.files import open_plain
from i247sim.security.keyfiles import load_workspace_key, new_workspace_key
from i247sim.security.revocation import serials_in
from i247sim.security.tls import root_pem
from i247sim.transport.configure import (
    AUTHORITIES,
    CERTIFICATES,
    KEY,
    MOSQUITTO_FILE,
    MOSQUITTO_REVOKED,
    NATS_FILE,
    BrokerKind,
    Listening,
    broker_files,
)
from i247sim.transport.port import Rights
from i247sim.transport.topics import standing_rights
from i247sim.vocabulary.codec import Word, canonical, decode
from i247sim.vocabulary.errors import FormatError, InputError, TrustError
from i247sim.vocabulary.parties import HUB, PartyId
from i247sim.vocabulary.times import SimTime

DAYS = 365
"""How long the broker's certificate and its list of revoked certificates hold."""
_NAME = re.compile(r"[A-Za-z0-9:]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?|::")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_MAX_ABOUT_BYTES = 1024 * 1024
_MAX_LIST_BYTES = 16 * 1024 * 1024
_SKEW = timedelta(minutes=5)
"""Certificates hold from a little before they are made, for clocks that are not quite right."""


class About(Word):
    """What the folder was made for."""

    format: Literal[1] = 1
    kind: BrokerKind = Field(strict=False)
    names: tuple[str, ...] = Field(min_length=1)
    """What the broker is reached under, as its certificate says."""
    port: int = Field(ge=1, le=65535)
    seen_at: str
    """The folder ``broker`` as the broker sees it."""
    parties: tuple[PartyId, ...] = Field(min_length=1)
    """Who may connect, the hub first."""
    until: SimTime
    """Real time, UTC: when the broker's certificate ends."""


@dataclass(frozen=True)
class BrokerFolder:
    """The folder of one external broker. ``create`` or ``open`` it."""

    path: Path
    about: About
    _authority: Authority
    _earlier: frozenset[int]
    """Serial numbers of certificates that were revoked before."""

    @classmethod
    def create(
        cls,
        path: Path,
        kind: BrokerKind,
        names: Sequence[str],
        port: int,
        parties: Iterable[str],
        now: datetime,
        seen_at: str | None = None,
    ) -> Self:
        """Make the folder, or find it made for the same before (then nothing changes). ``now``: real time, UTC.

        ``parties`` besides the hub. ``seen_at``: absolute path of ``broker/`` on the broker's machine, if it is not
        the same there. Raises ``InputError``: something else is there, or a name is none.
        """
        if wrong := [name for name in names if not _NAME.fullmatch(name)]:
            raise InputError(f"`{wrong[0]:.100}` is not a host name or an address")
        inside = PurePosixPath(seen_at) if seen_at is not None else PurePosixPath(path.absolute() / "broker")
        if not inside.is_absolute() or set(str(inside)) & set(" \t\n\"'"):
            raise InputError(f"`{inside}` is not an absolute path without blanks, as broker configurations need it")
        about = About(
            kind=kind,
            names=tuple(dict.fromkeys(names)),
            port=port,
            seen_at=str(inside),
            parties=(HUB, *sorted(set(parties) - {HUB})),
            until=(now + timedelta(days=DAYS) - _SKEW).replace(microsecond=0),
        )
        if (path / "about.json").is_file():
            found = cls.open(path)
            if found.about.model_copy(update={"until": about.until}) != about:
                raise InputError(f"`{path}` was made for another broker or for others; name another folder")
            return found
        _require_empty(path)
        fresh = not path.exists()
        authority = Authority.create(os.urandom(6).hex(), now - _SKEW, DAYS)
        try:
            folder = cls(path, about, authority, frozenset())
            folder._write_new(now)
        except OSError as error:
            if fresh:
                shutil.rmtree(path, ignore_errors=True)  # half of it would only be in the way of the next try
            raise InputError(f"`{path}` cannot be written: {(error.strerror or str(error)).lower()}") from error
        return folder

    @classmethod
    def open(cls, path: Path) -> Self:
        """A folder that was made. Raises ``InputError``."""
        try:
            about = decode(About, _read(path / "about.json", _MAX_ABOUT_BYTES), _MAX_ABOUT_BYTES)
            key = load_workspace_key(path / "authority" / "workspace.key")
            authority = Authority.load(path / "authority" / "authority.box", key)
            listed = path / "broker" / MOSQUITTO_REVOKED
            earlier = serials_in(_read(listed, _MAX_LIST_BYTES)) if about.kind is BrokerKind.MOSQUITTO else frozenset()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise InputError(f"`{path}` is not a folder made by `i247sim broker`: no `{error.filename}`") from error
        except OSError as error:
            raise InputError(
                f"`{error.filename or path}` cannot be read: {(error.strerror or str(error)).lower()}"
            ) from error
        except (FormatError, TrustError) as error:
            raise InputError(f"`{path}` is not a folder made by `i247sim broker`: {error}") from error
        return cls(path, about, authority, earlier)

    @property
    def root(self) -> bytes:
        """The root certificate (DER): for all runs over this broker."""
        return self._authority.root

    @property
    def rights(self) -> dict[str, Rights]:
        """What everybody may do at the broker while nobody is revoked."""
        return {party: standing_rights(party) for party in self.about.parties}

    @property
    def configuration(self) -> str:
        """The configuration file as the broker sees it."""
        name = NATS_FILE if self.about.kind is BrokerKind.NATS else MOSQUITTO_FILE
        return f"{self.about.seen_at}/{name}"

    @property
    def how_to_start(self) -> str:
        """The command that starts such a broker."""
        if self.about.kind is BrokerKind.NATS:
            return f"nats-server --config {self.configuration}"
        return f"mosquitto -c {self.configuration}"

    @property
    def how_to_reload(self) -> str:
        """What a person does so that the broker reads its files again."""
        own = self.path.absolute() / "broker"
        copy = "" if str(own) == self.about.seen_at else f"bring `{own}` to its `{self.about.seen_at}` and "
        if self.about.kind is BrokerKind.NATS:
            return f"{copy}send SIGHUP to `nats-server`, which cuts the session"
        return f"{copy}send SIGHUP to `mosquitto`; a session that lives stays, without any right"

    def authority_for(self, run: str, parties: Iterable[str], now: datetime) -> Authority:
        """The authority that issues the keys of one run. ``now``: real time, UTC.

        Raises ``InputError`` if the broker does not know one of ``parties``, or the folder is too old.
        """
        if strangers := [party for party in parties if party not in self.about.parties]:
            raise InputError(
                f"the broker of `{self.path}` does not know {', '.join(f'`{one}`' for one in strangers[:5])}; "
                "make its folder again with `i247sim broker` for this scenario"
            )
        if now >= self.about.until:
            raise InputError(f"what is in `{self.path}` held until {self.about.until:%Y-%m-%d}; make a new folder")
        return self._authority.for_run(run, now - _SKEW)

    def write_rights(self, rights: Mapping[str, Rights], revoked: Iterable[int], now: datetime) -> bool:
        """Write what the broker is configured from; whether anything had to change. Raises ``InputError``.

        ``revoked``: serial numbers of TLS certificates that are to be refused, besides those of earlier runs (only
        Mosquitto reads a list of them; ``nats-server`` knows parties by name alone).
        """
        try:
            changed = [self._write(name, text) for name, text in self._texts(rights).items()]
            if self.about.kind is BrokerKind.MOSQUITTO:
                serials = self._earlier | frozenset(revoked)
                listed = self.path / "broker" / MOSQUITTO_REVOKED
                if not listed.exists() or serials_in(listed.read_bytes()) != serials:
                    listed.write_bytes(self._authority.revocation_list(serials, now))
                    changed.append(True)
        except OSError as error:
            raise InputError(f"`{self.path}` cannot be written: {(error.strerror or str(error)).lower()}") from error
        return any(changed)

    def _texts(self, rights: Mapping[str, Rights]) -> dict[str, str]:
        everywhere = not set(self.about.names) <= _LOOPBACK
        listening = Listening("0.0.0.0" if everywhere else "127.0.0.1", self.about.port, self.about.seen_at)  # noqa: S104 - asked for by a name of the network
        return broker_files(self.about.kind, listening, rights, lambda party: subject(party).rfc4514_string())

    def _write(self, name: str, text: str) -> bool:
        # In place, so that the file stays the broker's own, if it was given to the broker's user.
        file = self.path / "broker" / name
        if file.exists() and file.read_text(encoding="utf-8") == text:
            return False
        file.write_text(text, encoding="utf-8")
        return True

    def _write_new(self, now: datetime) -> None:
        key, chain = self._authority.server_tls(self.about.names)
        kept, given = self.path / "authority", self.path / "broker"
        kept.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept.chmod(0o700)
        given.mkdir(exist_ok=True)
        self._authority.save(kept / "authority.box", new_workspace_key(kept / "workspace.key"))
        (given / AUTHORITIES).write_bytes(root_pem(self._authority.root) + root_pem(self._authority.issuing))
        (given / CERTIFICATES).write_bytes(chain)
        with open(given / KEY, "wb", opener=lambda file, flags: os.open(file, flags, 0o600)) as file:
            file.write(key)
        self.write_rights(self.rights, (), now)
        (self.path / "about.json").write_bytes(canonical(self.about))


def _require_empty(path: Path) -> None:
    """Nothing but empty folders may be there: mount points, for example."""
    if path.is_dir():
        if any(not one.is_dir() for one in path.rglob("*")):
            raise InputError(f"`{path}` is not empty; name a new folder")
    elif path.exists():
        raise InputError(f"`{path}` is a file; name a new folder")


def _read(file: Path, most: int) -> bytes:
    """At most ``most`` bytes and one. Raises ``OSError``."""
    with open_plain(file) as source:
        return source.read(most + 1)
