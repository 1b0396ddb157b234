"""The exercise's own authority: makes certificates and key cards, signs the directory.

There are two notions of time. TLS certificates are judged by TLS libraries at *real* time; signing certificates and
key cards at *simulated* time. Nobody outside a run should trust any of it, and every subject says TRAINING.
"""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from pydantic import Field

from i247sim.security.cards import KemEntry, KeyCard, card_hash, parse_card, sign_card
from i247sim.security.certificates import subject
from i247sim.security.certifying import (
    ALWAYS,
    Issuer,
    Life,
    authority_certificate,
    checked_request,
    client_certificate,
    pem,
    server_certificate,
    signing_certificate,
)
from i247sim.security.frames import sign as sign_frame
from i247sim.security.keyfiles import read_box, write_box
from i247sim.security.keys import Identity, KemKey, MldsaKey, SigningKey, is_weak_ed25519
from i247sim.security.revocation import sign_list
from i247sim.vocabulary.codec import Word, base64_text, canonical, decode
from i247sim.vocabulary.directory import DirectoryDelta
from i247sim.vocabulary.entries import Base64
from i247sim.vocabulary.errors import InputError, TrustError
from i247sim.vocabulary.frames import DirectoryChange, Frame, FrameType
from i247sim.vocabulary.limits import MAX_FRAME_BYTES
from i247sim.vocabulary.messages import RunId
from i247sim.vocabulary.parties import AUTHORITY, HUB, Role
from i247sim.vocabulary.times import SimTime

_BOX_PURPOSE: Final = "authority"


class _Stored(Word):
    """An authority at rest."""

    run: RunId
    root: Base64
    issuing: Base64
    issuing_key: Base64
    directory_key: Base64
    certificate: Base64
    valid_from: SimTime
    days: int = Field(ge=1)


@dataclass(frozen=True)
class Authority:
    """The online half of the authority. The root's private key is gone as soon as ``create`` returns."""

    run: str
    root: bytes = field(repr=False)
    """DER. What everybody in the run starts from."""
    issuing: bytes = field(repr=False)
    """DER."""
    certificate: bytes = field(repr=False)
    """DER: the signing certificate of ``AUTHORITY``, for the directory."""
    valid_from: datetime
    """Real time, UTC: TLS certificates hold from here for ``days``."""
    days: int
    _issuing_key: ec.EllipticCurvePrivateKey = field(repr=False)
    _directory_key: SigningKey = field(repr=False)

    @classmethod
    def create(cls, run: str, valid_from: datetime, days: int = 30) -> Self:
        """A new authority for one run. ``valid_from`` is real time, UTC (fractions of a second are cut off)."""
        root_key = ec.generate_private_key(ec.SECP256R1())
        issuing_key = ec.generate_private_key(ec.SECP256R1())
        root = Issuer(subject(f"root {run}"), root_key)
        issuer = Issuer(subject(f"issuing {run}"), issuing_key)
        directory_key = SigningKey.generate()
        return cls(
            run=run,
            root=authority_certificate(root.name, root_key.public_key(), root, path_length=1),
            issuing=authority_certificate(issuer.name, issuing_key.public_key(), root, path_length=0),
            certificate=signing_certificate(AUTHORITY, directory_key.public, issuer, ALWAYS),
            valid_from=valid_from.astimezone(UTC).replace(microsecond=0),
            days=days,
            _issuing_key=issuing_key,
            _directory_key=directory_key,
        )

    def for_run(self, run: str, valid_from: datetime, days: int = 30) -> Self:
        """This authority at work for another run: same root and issuing key, a key of its own for the directory.

        For a broker that knows one root for many runs. What was signed for one run does not pass in another, since
        frames, headers and cards name their run.
        """
        directory_key = SigningKey.generate()
        return replace(
            self,
            run=run,
            certificate=signing_certificate(AUTHORITY, directory_key.public, self._issuer, ALWAYS),
            valid_from=valid_from.astimezone(UTC).replace(microsecond=0),
            days=days,
            _directory_key=directory_key,
        )

    @property
    def chain(self) -> tuple[bytes, bytes]:
        """Issuing and directory certificate (DER): to be attached to directory change number 1."""
        return (self.issuing, self.certificate)

    def certify(self, csr_der: bytes, party: str, sim_from: datetime, sim_until: datetime) -> bytes:
        """A signing certificate (DER) for ``party``, valid in simulated time from ``sim_from`` to ``sim_until``.

        Raises ``TrustError`` unless the request is signed with the Ed25519 key it carries (proof of possession),
        that key is sound, the id is a party's and the request's subject is ``certificates.subject(party)``.
        """
        key = checked_request(csr_der, party).public_key()
        if not isinstance(key, Ed25519PublicKey) or is_weak_ed25519(key.public_bytes_raw()):
            raise TrustError(f"the request for `{party}` does not carry a sound Ed25519 key")
        return signing_certificate(party, key.public_bytes_raw(), self._issuer, (sim_from, sim_until))

    def certify_tls(self, csr_der: bytes, party: str) -> bytes:
        """A TLS client certificate (DER) for ``party``; the same checks, for a P-256 key."""
        key = checked_request(csr_der, party).public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            raise TrustError(f"the request for `{party}` does not carry a P-256 key")
        return client_certificate(party, key, self._issuer, self._tls_life)

    def issue(
        self,
        party: str,
        role: Role,
        sim_from: datetime,
        sim_until: datetime,
        *,
        mldsa: bool = True,
        tls: bool = True,
        after: bytes | None = None,
    ) -> Identity:
        """A whole new identity: TLS, signing, one KEM key, key card.

        ``after`` is the party's last key card when it had one already (a new enrolment). Without ``mldsa`` the
        party cannot sign in suite ``i247-2``. Without ``tls`` (where there is no broker) it has no TLS certificate.
        """
        signing = SigningKey.generate()
        builder = x509.CertificateSigningRequestBuilder().subject_name(subject(party))
        signing_csr = builder.sign(signing.private, None)
        tls_key = tls_cert = b""
        if tls:
            private = ec.generate_private_key(ec.SECP256R1())
            tls_csr = builder.sign(private, hashes.SHA256())
            tls_key = _private_pem(private)
            tls_cert = pem(self.certify_tls(tls_csr.public_bytes(Encoding.DER), party)) + pem(self.issuing)
        signing_cert = self.certify(signing_csr.public_bytes(Encoding.DER), party, sim_from, sim_until)
        kem = KemKey.generate()
        mldsa_key = MldsaKey.generate() if mldsa else None
        card = KeyCard(
            run=self.run,
            party=party,
            number=1 if after is None else parse_card(after).card.number + 1,
            previous=None if after is None else card_hash(after),
            certificate=hashlib.sha256(signing_cert).hexdigest(),
            kem=(_kem_entry(kem, sim_from, sim_until),),
            mldsa=None if mldsa_key is None else base64_text(mldsa_key.public),
        )
        return Identity(
            run=self.run,
            party=party,
            role=role,
            signing=signing,
            signing_cert=signing_cert,
            mldsa=mldsa_key,
            tls_key=tls_key,
            tls_cert=tls_cert,
            kem=(kem,),
            card=sign_card(card, signing, self._issuing_key),
        )

    def renew_card(
        self,
        identity: Identity,
        kem: KemKey,
        sim_from: datetime,
        sim_until: datetime,
        *,
        keep: int = 0,
        grace_until: datetime | None = None,
    ) -> Identity:
        """The identity with ``kem`` as its newest key, and the next card naming it.

        The ``keep`` newest older keys stay on the card (others may still seal to them, at most three fit), at the
        longest until ``grace_until``; all private keys stay with the identity until ``Identity.kem`` is cut (what was
        sealed to a key that is gone stays shut).
        """
        old = parse_card(identity.card).card
        kept = old.kem[max(0, len(old.kem) - keep) :]
        if grace_until is not None:
            kept = tuple(one.model_copy(update={"not_after": min(one.not_after, grace_until)}) for one in kept)
        card = KeyCard(
            run=old.run,
            party=old.party,
            number=old.number + 1,
            previous=card_hash(identity.card),
            certificate=old.certificate,
            kem=(*kept, _kem_entry(kem, sim_from, sim_until)),
            mldsa=old.mldsa,
        )
        return replace(identity, kem=(*identity.kem, kem), card=sign_card(card, identity.signing, self._issuing_key))

    def sign_directory(self, delta: DirectoryDelta, time: datetime) -> bytes:
        """The signed frame (wire) of a directory change, to the hub.

        Beside it go, attached, all cards and certificates it names that readers do not hold yet, and ``chain`` with
        number 1.
        """
        frame = Frame.model_validate(
            {
                "type": FrameType.DIRECTORY,
                "run": self.run,
                "from": AUTHORITY,
                "to": HUB,
                "key": self._directory_key.id,
                "counter": 0,
                "time": time,
                "payload": DirectoryChange(delta=delta).plain(),
            }
        )
        return sign_frame(frame, self._directory_key)

    def server_tls(self, names: Sequence[str]) -> tuple[bytes, bytes]:
        """Key and chain (leaf, issuing), both PEM, for a broker reached under ``names`` (host names or addresses).

        Raises ``InputError`` without a name.
        """
        if not names:
            raise InputError("a server needs at least one name")
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = server_certificate(names, key.public_key(), self._issuer, self._tls_life)
        return _private_pem(key), pem(leaf) + pem(self.issuing)

    def revocation_list(self, serials: Iterable[int], at: datetime) -> bytes:
        """The list (PEM) of revoked TLS certificates by serial number, valid from ``at`` (real time, UTC) as long as
        the authority's own server certificates."""
        return sign_list(self.issuing, self._issuing_key, serials, at, self._tls_life[1])

    def save(self, path: Path, workspace_key: bytes) -> None:
        """Write the authority to a 0600 file, sealed with the workspace key and bound to the file's name."""
        stored = _Stored(
            run=self.run,
            root=base64_text(self.root),
            issuing=base64_text(self.issuing),
            issuing_key=base64_text(self._issuing_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())),
            directory_key=base64_text(self._directory_key.secret()),
            certificate=base64_text(self.certificate),
            valid_from=self.valid_from,
            days=self.days,
        )
        write_box(path, canonical(stored), workspace_key, _BOX_PURPOSE)

    @classmethod
    def load(cls, path: Path, workspace_key: bytes) -> Self:
        """The inverse of ``save``; raises ``TrustError`` if file, name or key do not belong together."""
        stored = decode(_Stored, read_box(path, workspace_key, _BOX_PURPOSE), MAX_FRAME_BYTES)
        issuing_key = load_der_private_key(base64.b64decode(stored.issuing_key), None)
        assert isinstance(issuing_key, ec.EllipticCurvePrivateKey), "the box is authentic, so it holds what was saved"
        return cls(
            run=stored.run,
            root=base64.b64decode(stored.root),
            issuing=base64.b64decode(stored.issuing),
            certificate=base64.b64decode(stored.certificate),
            valid_from=stored.valid_from,
            days=stored.days,
            _issuing_key=issuing_key,
            _directory_key=SigningKey(base64.b64decode(stored.directory_key)),
        )

    @property
    def _issuer(self) -> Issuer:
        return Issuer(x509.load_der_x509_certificate(self.issuing).subject, self._issuing_key)

    @property
    def _tls_life(self) -> Life:
        return self.valid_from, self.valid_from + timedelta(days=self.days)


def _kem_entry(kem: KemKey, sim_from: datetime, sim_until: datetime) -> KemEntry:
    return KemEntry(id=kem.id, public=base64_text(kem.public), not_before=sim_from, not_after=sim_until)


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
