"""Kinds of messages in words."""

import pytest

from i247sim.vocabulary.kinds import SAYS, Kind, headed, in_words


def test_every_kind_has_one_sentence_of_its_own() -> None:
    assert list(SAYS) == list(Kind)
    assert len(set(SAYS.values())) == len(Kind)
    assert all(text.endswith((".", "?")) for text in SAYS.values())


@pytest.mark.parametrize(
    ("kind", "words", "heading"),
    [
        pytest.param(Kind.INFO_REQUEST, "info request", "Info request", id="plain"),
        pytest.param(Kind.DB_QUERY, "database query", "Database query", id="an abbreviation nobody says"),
        pytest.param(Kind.CCF_REQUEST, "CCF request", "CCF request", id="an abbreviation that is a name"),
        pytest.param(Kind.ACK, "acknowledgement", "Acknowledgement", id="cut short"),
    ],
)
def test_a_kind_is_named_for_people(kind: Kind, words: str, heading: str) -> None:
    assert (in_words(kind), headed(kind)) == (words, heading)
