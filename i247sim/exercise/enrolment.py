"""Before the exercise: an authority, keys for everybody, and directory number 1. Kept in the run's work folder.

The work folder (mode 0700) holds all that a killed run needs to go on, private keys included; it goes away
when the run is closed.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from i247sim.exercise.scenario import Party, Scenario
from i247sim.security import frames as clear
from i247sim.security.authority import Authority
from i247sim.security.keyfiles import load_identity, load_workspace_key, new_workspace_key, save_identity
from i247sim.security.keys import Identity, KemKey
from i247sim.security.trust import Trust
from i247sim.vocabulary.codec import base64_text
from i247sim.vocabulary.directory import DirectoryDelta, Enrolment, PartyEntry
from i247sim.vocabulary.errors import NetworkFailed
from i247sim.vocabulary.frames import DirectoryChange
from i247sim.vocabulary.messages import Classification
from i247sim.vocabulary.parties import CONTROL, HUB, Role

DIRECTORY_AGE = timedelta(days=7)
"""How long a directory may be trusted; the authority issues a fresh one at half of it."""
SETUP = timedelta(minutes=1)
"""How long before ``T+0`` what holds at the start is declared."""
_MARGIN = timedelta(days=400)
"""How long signing keys hold beyond the last time that the scenario names: the Commission may take a year from then."""
_KEYLESS = (HUB, CONTROL)
"""Who never holds a key that could open a message."""


@dataclass(frozen=True)
class DirectoryIssue:
    """A signed directory change and what it names by hash."""

    frame: bytes
    attached: tuple[bytes, ...]

    def to_json(self) -> str:
        """For a file or a control line."""
        return json.dumps({"frame": base64_text(self.frame), "attached": [base64_text(one) for one in self.attached]})

    @classmethod
    def from_json(cls, text: str) -> "DirectoryIssue":
        """The inverse of ``to_json``."""
        value = json.loads(text)
        return cls(base64.b64decode(value["frame"]), tuple(base64.b64decode(one) for one in value["attached"]))


@dataclass(frozen=True)
class Enrolled:
    """Everybody's keys, and the directory that names them."""

    run: str
    authority: Authority
    identities: dict[str, Identity]
    first: DirectoryIssue

    def trust(self, at: datetime) -> Trust:
        """What every party believes at the start."""
        return Trust.anchor(self.authority.root, self.run).advance(self.first.frame, self.first.attached, at)


def enrol(
    scenario: Scenario,
    run: str,
    made: datetime,
    days: int = 30,
    authority: Authority | None = None,
    *,
    tls: bool = True,
) -> Enrolled:
    """Make keys and directory for ``scenario``. ``made`` is real time (UTC); TLS holds from then for ``days``.

    ``authority``: who issues them, if it is there already (``Authority.for_run``); its own time then counts. Without
    ``tls`` nobody gets a TLS certificate: in one process there is no broker to show it to.
    """
    if authority is None:
        authority = Authority.create(run, made - timedelta(minutes=5), days)
    begin = scenario.start - SETUP
    parties = [*scenario.parties().values(), Party(CONTROL, Role.CONTROL, "Exercise control", direct=False)]
    identities: dict[str, Identity] = {}
    for party in parties:
        until = begin + scenario.lasts() + _MARGIN
        identity = authority.issue(party.id, party.role, begin - timedelta(days=1), until, tls=tls)
        identities[party.id] = replace(identity, kem=()) if party.id in _KEYLESS else identity
    delta = DirectoryDelta(
        number=1,
        issued=begin,
        valid_until=begin + DIRECTORY_AGE,
        entries=tuple(_entry(party, identities[party.id]) for party in parties),
    )
    attached = [*authority.chain]
    for identity in identities.values():
        attached += [identity.card, identity.signing_cert]
    return Enrolled(run, authority, identities, DirectoryIssue(authority.sign_directory(delta, begin), tuple(attached)))


def directory_entry(party: Party, card: str, certificate: str) -> PartyEntry:
    """The line of the directory about a party of the exercise, with the SHA-256 of its key card and certificate."""
    return PartyEntry(
        party=party.id,
        role=party.role,
        name=party.name,
        parent=party.parent,
        clearance=Classification(party.clearance),
        profile=party.profile,
        direct=party.direct,
        quota=party.quota,
        card=card,
        certificate=certificate,
    )


def _entry(party: Party, identity: Identity) -> PartyEntry:
    card, certificate = identity.card, identity.signing_cert
    return directory_entry(party, hashlib.sha256(card).hexdigest(), hashlib.sha256(certificate).hexdigest())


def next_directory(
    authority: Authority, trust: Trust, changed: Sequence[PartyEntry], now: datetime, attached: tuple[bytes, ...] = ()
) -> DirectoryIssue:
    """The next directory change: ``changed`` entries (none: only a longer life), and what they newly name by hash."""
    delta = DirectoryDelta(
        number=trust.directory.number + 1,
        issued=now,
        valid_until=now + DIRECTORY_AGE,
        entries=tuple(changed),
    )
    return DirectoryIssue(authority.sign_directory(delta, now), attached)


def revoked(trust: Trust, party: str) -> PartyEntry:
    """The party's entry, revoked."""
    return trust.directory.entries[party].model_copy(update={"enrolment": Enrolment.REVOKED})


def rotated(authority: Authority, identity: Identity, now: datetime, grace_until: datetime) -> Identity:
    """The identity with a new decryption key; the newest old one stays on the card until ``grace_until``."""
    return authority.renew_card(identity, KemKey.generate(), now, now + _MARGIN, keep=1, grace_until=grace_until)


def renewed(trust: Trust, identity: Identity) -> PartyEntry:
    """The party's entry, naming the identity's present card."""
    card = hashlib.sha256(identity.card).hexdigest()
    return trust.directory.entries[identity.party].model_copy(update={"card": card})


def save_keys(identity: Identity, work: Path) -> None:
    """Write one party's keys anew: what the file held before is gone. Raises ``NetworkFailed`` if the disk refuses."""
    key = load_workspace_key(work / "workspace.key")
    try:
        save_identity(identity, work / "keys" / f"{identity.party}.key", key)
    except OSError as error:
        why = (error.strerror or "unknown error").lower()
        raise NetworkFailed(f"the keys of `{identity.party}` cannot be written: {why}") from error


def hub_keys(work: Path) -> tuple[Path, Path]:
    """The hub's key file, and the key that it is sealed with: its own, which opens nobody else's file."""
    folder = work / "keys" / "hub"
    return folder / f"{HUB}.key", folder / "workspace.key"


def save(enrolment: Enrolled, work: Path) -> None:
    """Keep everything in the work folder, which must exist with mode 0700."""
    key = new_workspace_key(work / "workspace.key")
    enrolment.authority.save(work / "authority.box", key)
    keys = work / "keys"
    keys.mkdir(mode=0o700)
    file, sealed_with = hub_keys(work)
    file.parent.mkdir(mode=0o700)
    save_identity(enrolment.identities[HUB], file, new_workspace_key(sealed_with))
    for party, identity in enrolment.identities.items():
        if party != HUB:
            save_identity(identity, keys / f"{party}.key", key)
    (work / "directory-1.json").write_text(enrolment.first.to_json(), encoding="utf-8")


def load(work: Path, run: str) -> Enrolled:
    """The inverse of ``save``. Raises ``InputError`` or ``TrustError``."""
    key = load_workspace_key(work / "workspace.key")
    found = {path.stem: load_identity(path, key) for path in (work / "keys").glob("*.key")}
    file, sealed_with = hub_keys(work)
    found[HUB] = load_identity(file, load_workspace_key(sealed_with))
    first = DirectoryIssue.from_json((work / "directory-1.json").read_text(encoding="utf-8"))
    change = clear.parse(first.frame).payload
    assert isinstance(change, DirectoryChange)
    identities = {entry.party: found[entry.party] for entry in change.delta.entries}
    return Enrolled(run, Authority.load(work / "authority.box", key), identities, first)
