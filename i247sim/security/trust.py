"""What a party believes: the root it started from, and everything that signed directory changes added.

``Trust`` is a value. ``advance`` takes the next directory change with what is attached to it, checks all of it, and
gives the next value or raises; nothing in between exists. Keys are looked up here by (party, key id, simulated time),
never taken from a message. Certificates of parties are judged at the time their directory change was issued, and
their period again at every look-up.

The checks of ``advance``, in order:

1. the frame: form, run, type, and the authority's certificate and signature;
2. the change: the next number, not issued before the one before;
3. what is attached: each thing is named by the change (with number 1, issuing authority's and directory signer's
   certificate come first), once; nothing named is missing;
4. per entry: the certificate holds and names the party; the card is signed by that certificate's key,
   countersigned, names the party and the certificate, and follows the party's last card;
5. no KEM key stands on the cards of two parties.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Self

from i247sim.security.cards import KeyCard, verify_card
from i247sim.security.certificates import SigningCertificate, is_authority, p256_point, verify_signing
from i247sim.security.frames import SignedFrame, attached_digest
from i247sim.security.frames import parse as parse_frame
from i247sim.security.frames import verify as verify_frame
from i247sim.security.keys import KemPublic, Signer, key_id
from i247sim.vocabulary.directory import Directory, PartyEntry
from i247sim.vocabulary.errors import FormatError, TrustError
from i247sim.vocabulary.frames import DirectoryChange, FrameType
from i247sim.vocabulary.parties import AUTHORITY


@dataclass(frozen=True)
class Holder:
    """One party's verified keys."""

    signer: Signer
    certificate: SigningCertificate
    certificate_hash: str
    card: KeyCard
    card_hash: str


@dataclass(frozen=True)
class _Issuer:
    """The verified issuing authority and the key it gave to the directory's signer."""

    issuing: bytes = field(repr=False)
    point: bytes = field(repr=False)
    signer: Signer
    certificate: SigningCertificate


@dataclass(frozen=True)
class Trust:
    """What a party believes after a number of directory changes. Equal when the fingerprints are."""

    run: str
    root: bytes = field(repr=False)
    """DER."""
    fingerprint: str
    """Names root, run and every change since."""
    directory: Directory = field(default_factory=Directory, repr=False, compare=False)
    _issuer: _Issuer | None = field(default=None, repr=False, compare=False)
    _holders: Mapping[str, Holder] = field(default_factory=dict, repr=False, compare=False)
    _issued: datetime | None = field(default=None, repr=False, compare=False)
    _retired: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False, compare=False)

    @classmethod
    def anchor(cls, root_der: bytes, run: str) -> Self:
        """Trust in a root alone, with the empty directory. Raises ``TrustError`` if it is not a P-256 authority."""
        p256_point(root_der)
        if not is_authority(root_der):
            raise TrustError("the root certificate is not an authority's")
        return cls(run, root_der, hashlib.sha256(b"i247/v1/trust\0" + run.encode() + b"\0" + root_der).hexdigest())

    def advance(self, frame_wire: bytes, attached: Sequence[bytes], at: datetime) -> "Trust":
        """The trust after the next directory change.

        ``at`` is the simulated time at which the change is read: the authority's own certificate must hold then.
        Raises ``FormatError`` or ``TrustError``; a number that does not follow (rollback, gap) is a ``FormatError``.
        Does not judge whether the directory is too old: ask ``directory.fresh``.

        All nodes of one process take the same changes, so results are remembered by their exact inputs.
        """
        made_of = (self.fingerprint, hashlib.sha256(frame_wire).hexdigest(), attached_digest(*attached))
        advanced = _REMEMBERED.get(made_of)
        if advanced is None:
            fingerprint = hashlib.sha256("".join(made_of).encode()).hexdigest()
            advanced = replace(_advance(self, frame_wire, attached, at), fingerprint=fingerprint)
            while len(_REMEMBERED) >= _REMEMBER:
                _REMEMBERED.pop(next(iter(_REMEMBERED)), None)
            _REMEMBERED[made_of] = advanced
        assert advanced._issuer is not None
        _check_period(AUTHORITY, advanced._issuer.certificate, at)
        return advanced

    def signer(self, party: str, key: str, at: datetime) -> Signer:
        """The public keys of ``party`` named ``key``, good at simulated time ``at``.

        Raises ``TrustError``: ``E-SIGN`` for an unknown party or key and outside of the certificate's period,
        ``E-KEY`` for a revoked party (or one under a revoked parent) and for a key that was replaced.
        """
        if party == AUTHORITY and self._issuer is not None:
            signer, certificate = self._issuer.signer, self._issuer.certificate
        else:
            holder = self._holder(party)
            if not self.directory.enrolled(party):
                raise TrustError(f"`{party}` is revoked", "E-KEY")
            signer, certificate = holder.signer, holder.certificate
        if key != signer.id:
            if (party, key) in self._retired:
                raise TrustError(f"the signing key `{key}` of `{party}` was replaced", "E-KEY")
            raise TrustError(f"`{key}` is not a signing key of `{party}`")
        _check_period(party, certificate, at)
        return signer

    def witness(self, party: str) -> Signer:
        """The party's newest signing keys, whatever its standing now: to check what it signed in the past.

        Raises ``TrustError`` for an unknown party.
        """
        return self._holder(party).signer

    def kem(self, party: str, at: datetime) -> KemPublic:
        """The newest key that messages for ``party`` may be sealed to at ``at``. Raises ``TrustError`` (``E-KEY``)."""
        if party not in self._holders or not self.directory.enrolled(party):
            raise TrustError(f"`{party}` is not enrolled", "E-KEY")
        for entry in reversed(self._holders[party].card.kem):
            if entry.valid(at):
                return entry.key()
        raise TrustError(f"`{party}` has no KEM key that is valid now", "E-KEY")

    def kem_known(self, party: str, key: str, at: datetime) -> bool:
        """Whether ``key`` stands on the party's current card and is valid at ``at``. Old ones are retired."""
        holder = self._holders.get(party)
        if holder is None or not self.directory.enrolled(party):
            return False
        return any(entry.id == key and entry.valid(at) for entry in holder.card.kem)

    def card(self, party: str) -> KeyCard:
        """The current card. Raises ``TrustError`` for an unknown party."""
        return self._holder(party).card

    def _holder(self, party: str) -> Holder:
        holder = self._holders.get(party)
        if holder is None:
            raise TrustError(f"`{party:.40}` is not in the directory")
        return holder


_REMEMBER: Final = 64
_REMEMBERED: dict[tuple[str, str, str], Trust] = {}


def _check_period(party: str, certificate: SigningCertificate, at: datetime) -> None:
    if not certificate.not_before <= at <= certificate.not_after:
        raise TrustError(f"the certificate of `{party}` does not hold at that time")


def _advance(trust: Trust, frame_wire: bytes, attached: Sequence[bytes], at: datetime) -> Trust:
    """The steps of the module's list."""
    # 1. The frame.
    signed = parse_frame(frame_wire)
    payload = signed.payload
    if signed.frame.type is not FrameType.DIRECTORY or not isinstance(payload, DirectoryChange):
        raise FormatError(f"a frame of type `{signed.frame.type}` is not a directory change")
    if signed.frame.run != trust.run:
        raise TrustError("the directory change belongs to another run")
    loose = {hashlib.sha256(one).hexdigest(): one for one in attached}
    if len(loose) != len(attached):
        raise FormatError("the same thing is attached twice")
    issuer = trust._issuer or _first_issuer(trust.root, attached, at)
    _verify_author(signed, issuer)
    # 2. The change.
    delta = payload.delta
    directory = trust.directory.apply(delta)
    if trust._issued is not None and delta.issued < trust._issued:
        raise FormatError("the directory change was issued before the one it follows")
    if len({entry.party for entry in delta.entries}) != len(delta.entries):
        raise FormatError("a party stands twice in one directory change")
    # 3. and 4. What is attached, entry by entry.
    holders = dict(trust._holders)
    retired = set(trust._retired)
    used = set() if trust._issuer else {hashlib.sha256(one).hexdigest() for one in attached[:2]}
    for entry in delta.entries:
        known = holders.get(entry.party)
        used |= {entry.certificate, entry.card}
        holder = _holder(trust, issuer, entry, known, loose, delta.issued)
        if known is not None and known.signer.id != holder.signer.id:
            retired.add((entry.party, known.signer.id))
        if (entry.party, holder.signer.id) in retired:
            raise TrustError(f"`{entry.party}` takes up a signing key that was replaced", "E-KEY")
        holders[entry.party] = holder
    if set(loose) - used:
        raise FormatError("something is attached that the directory change does not name")
    # 5. One owner per KEM key.
    owners: dict[str, str] = {}
    for party, holder in holders.items():
        for kem in holder.card.kem:
            if owners.setdefault(kem.id, party) != party:
                raise TrustError(f"the KEM key `{kem.id}` stands on the cards of `{owners[kem.id]}` and `{party}`")
    return replace(
        trust,
        directory=directory,
        _issuer=issuer,
        _holders=holders,
        _issued=delta.issued,
        _retired=frozenset(retired),
    )


def _first_issuer(root: bytes, attached: Sequence[bytes], at: datetime) -> _Issuer:
    """The issuing authority and the directory's signer: the first two things that come with change number 1."""
    if len(attached) < 2:
        raise FormatError("the first directory change comes without the authority's certificates")
    issuing, der = attached[:2]
    certificate = verify_signing(der, root, issuing, at)
    if certificate.party != AUTHORITY:
        raise TrustError(f"the directory's signer is named `{certificate.party}`")
    signer = Signer(AUTHORITY, key_id(certificate.public), certificate.public)
    return _Issuer(issuing, p256_point(issuing), signer, certificate)


def _verify_author(signed: SignedFrame, issuer: _Issuer) -> None:
    if signed.frame.sender != AUTHORITY:
        raise TrustError(f"`{signed.frame.sender}` does not sign the directory")
    verify_frame(signed, issuer.signer)


def _holder(
    trust: Trust,
    issuer: _Issuer,
    entry: PartyEntry,
    known: Holder | None,
    loose: dict[str, bytes],
    issued: datetime,
) -> Holder:
    """The verified keys of one entry; what did not change since ``known`` is not verified again."""
    party = entry.party
    if party == AUTHORITY:
        raise FormatError("the authority is not a party of its own directory")
    if known is not None and entry.certificate == known.certificate_hash:
        certificate = known.certificate
    else:
        certificate = verify_signing(_attached(loose, entry.certificate, party), trust.root, issuer.issuing, issued)
        if certificate.party != party:
            raise TrustError(f"the certificate of `{party}` names `{certificate.party}`")
    if known is not None and entry.card == known.card_hash:
        card = known.card
    else:
        wire = _attached(loose, entry.card, party)
        card = verify_card(wire, certificate.public, issuer.point)
        _check_succession(card, known, party, trust.run)
    if card.certificate != entry.certificate:
        raise TrustError(f"the key card of `{party}` belongs to another certificate")
    signer = Signer(party, key_id(certificate.public), certificate.public, card.mldsa_public())
    return Holder(signer, certificate, entry.certificate, card, entry.card)


def _attached(loose: dict[str, bytes], name: str, party: str) -> bytes:
    found = loose.get(name)
    if found is None:
        raise TrustError(f"`{name:.16}` of `{party}` is named by the directory change and not attached")
    return found


def _check_succession(card: KeyCard, known: Holder | None, party: str, run: str) -> None:
    if (card.run, card.party) != (run, party):
        raise TrustError(f"a key card of `{card.party}` stands in the place of `{party}`")
    number, previous = (0, None) if known is None else (known.card.number, known.card_hash)
    if (card.number, card.previous) != (number + 1, previous):
        raise TrustError(f"card {card.number} of `{party}` does not follow card {number}", "E-KEY")
