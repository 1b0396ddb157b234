"""Certificates and cards under attack, where ``tests/security`` has not been."""

from datetime import timedelta
from pathlib import Path

import pytest
from worlds import HubWorld, Line, authority_of_tests

from i247sim.exercise import enrolment
from i247sim.security.certificates import verify_signing
from i247sim.security.keys import KemKey
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


async def test_a_party_notices_a_card_in_its_name_that_is_not_its_own(tmp_path: Path) -> None:
    """A thief with BR's signing key has a decryption key of his own certified: all seal to it. BR watches its name."""
    line = Line(tmp_path / "node.db")
    await line.begin()
    words = line.words
    begin, end = words.now - timedelta(days=1), words.now + timedelta(days=30)
    authority = authority_of_tests("node")
    false = authority.renew_card(words.ids["BR"], KemKey.generate(), begin, end)
    trust = line.node.reception.trust
    entry = trust.directory.entries["BR"].model_copy(update={"card": false.card_hash})
    issue = enrolment.next_directory(authority, trust, (entry,), words.now, (false.card,))
    await line.say(words.note(NoteKind.DIRECTORY, issue.frame, *issue.attached, directory=2))
    await line.until(lambda: any("a key card of this party that is not its own" in row for row in journal(line)))
    await line.end()


def journal(line: Line) -> list[str]:
    return [row for row in line.store.journal_lines() if '"alarm"' in row]
