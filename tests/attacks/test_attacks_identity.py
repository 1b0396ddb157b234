"""Certificates and cards under attack, where ``tests/security`` has not been."""

from datetime import timedelta

import pytest
from worlds import NOON, Authority, HubWorld, Reader, World, authority_of_tests

from i247sim.exercise import enrolment
from i247sim.node.reception import NumberTaken
from i247sim.security.certificates import verify_signing
from i247sim.security.keys import KemKey
from i247sim.vocabulary.directory import PartyEntry
from i247sim.vocabulary.errors import TrustError
from i247sim.vocabulary.frames import NoteKind


def test_a_revoked_certificate_still_verifies_and_is_refused_by_the_directory() -> None:
    """Path validation knows nothing of revocation: that the directory is asked is what counts."""
    world = HubWorld()
    identity = world.ids["FR"]
    authority = authority_of_tests("hub")
    world.revoke("FR")
    verify_signing(identity.signing_cert, authority.root, authority.issuing, world.now)
    with pytest.raises(TrustError) as refused:
        world.state.trust.signer("FR", identity.signing.id, world.now)
    assert refused.value.code == "E-KEY"


def test_a_party_notices_a_card_in_its_name_that_is_not_its_own() -> None:
    """Whoever has the issuing key can enrol a second BR: everybody believes it, and BR itself knows better."""
    reader = Reader("BR")
    authority: Authority = authority_of_tests("node")
    begin, end = reader.now - timedelta(days=1), reader.now + timedelta(days=30)
    first = authority.issue("BR", reader.ids["BR"].role, begin, end)
    false = authority.renew_card(first, KemKey.generate(), begin, end)
    trust = reader.reception.trust
    changes = {"card": false.card_hash, "certificate": false.certificate_hash}
    entry = PartyEntry.model_validate({**trust.directory.entries["BR"].model_dump(), **changes})
    cards = (false.card, false.signing_cert)
    issue = enrolment.next_directory(authority, trust, (entry,), reader.now, cards)
    taken = reader.take(reader.note(NoteKind.DIRECTORY, issue.frame, *issue.attached, directory=2))
    assert isinstance(taken, NumberTaken)
    assert reader.reception.trust.directory.entries["BR"].card != reader.ids["BR"].card_hash


def test_a_card_of_another_party_under_a_good_hash_is_refused() -> None:
    world = World()
    frame, attached = world.change(2, "BR")
    swapped = [world.ids["DE"].card if one == world.ids["BR"].card else one for one in attached]
    with pytest.raises(TrustError):
        world.trust.advance(frame, swapped, NOON)
