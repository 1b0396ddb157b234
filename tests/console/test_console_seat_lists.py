"""What a person at a desk writes into one field where there may be several."""

import pytest

from i247sim.console.pages.seat_lists import listed
from i247sim.vocabulary.casefacts import Asset
from i247sim.vocabulary.records import Document


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        pytest.param({"documents": "EXR0000017 FR"}, [{"number": "EXR0000017", "country": "FR"}], id="one document"),
        pytest.param(
            {"documents": " EXR0000017 fr identity-card,EXR0000018 de, "},
            [
                {"number": "EXR0000017", "country": "FR", "type": "identity-card"},
                {"number": "EXR0000018", "country": "DE"},
            ],
            id="two documents",
        ),
        pytest.param({"documents": "EXR0000017"}, [{"number": "EXR0000017"}], id="a document without its country"),
        pytest.param({"measures": "travel-ban, assets-freeze"}, ["travel-ban", "assets-freeze"], id="measures"),
        pytest.param(
            {"assets": "account; a fictional account; the money went there\n\nvehicle; a car; bought with it"},
            [
                {"kind": "account", "description": "a fictional account", "link": "the money went there"},
                {"kind": "vehicle", "description": "a car", "link": "bought with it"},
            ],
            id="assets",
        ),
        pytest.param({"loci": "D1S1 12 13, D2S1 9.3"}, {"D1S1": ["12", "13"], "D2S1": ["9.3"]}, id="a profile"),
        pytest.param({"features": "8, 16,x, 9999"}, [8, 16, "x", "9999"], id="a template"),
        pytest.param({"assets": "account"}, [{"kind": "account"}], id="an asset without the rest"),
    ],
)
def test_what_is_written_plainly_is_read_as_a_list(typed: dict[str, str], read: object) -> None:
    [name] = typed
    assert listed({"notice": {"person": typed, "text": "a, b; c"}}) == {
        "notice": {"person": {name: read}, "text": "a, b; c"}
    }


def test_what_the_help_shows_is_what_the_models_take() -> None:
    [document] = listed({"documents": "EXR0000017 FR"})["documents"]
    assert Document.model_validate(document).country == "FR"
    [asset] = listed({"assets": "account; a fictional account; the money went there"})["assets"]
    assert Asset.model_validate(asset).kind == "account"
