"""How fast simulated time goes, as people write it."""

import pytest

from i247sim.clock.pace import parse_pace


@pytest.mark.parametrize(
    ("text", "factor"),
    [("max", None), ("60", 60.0), ("x60", 60.0), ("×60", 60.0), ("0.5", 0.5), ("0.001", 0.001), ("1e6", 1_000_000.0)],
)
def test_read_a_pace(text: str, factor: float | None) -> None:
    assert parse_pace(text) == factor


@pytest.mark.parametrize("text", ["", "fast", "0", "-1", "0.0009", "1000001", "nan", "inf", "60 s", "maximum", "None"])
def test_refuse_what_is_no_pace(text: str) -> None:
    with pytest.raises(ValueError, match="expected `max`, or simulated seconds per real second"):
        parse_pace(text)
