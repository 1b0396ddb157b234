import pytest
from hypothesis import given
from hypothesis import strategies as st

from i247sim.transport.port import Rights
from i247sim.transport.topics import covers, every_out, in_topic, is_filter, out_topic, parse, rights_for
from i247sim.vocabulary.errors import FormatError

RUN = "0123456789ab"


def test_topics_are_parsed_as_they_were_built():
    assert parse(out_topic(RUN, "FR-cdg-border")) == (RUN, "out", "FR-cdg-border")
    assert parse(in_topic(RUN, "IPSG")) == (RUN, "in", "IPSG")


@pytest.mark.parametrize(
    "topic",
    ["", "i247", f"i247/{RUN}/up/FR", f"i247/{RUN}/in/FR/x", f"i247/{RUN}/in/", f"x/{RUN}/in/FR", "i247/0/in/FR"]
    + [f"i247/{RUN}/in/{party}" for party in ("fr", "+", "#", "F.R", "FR\n", "FR*", "FR>", "ＦＲ")],
)
def test_refuse_what_is_no_topic_of_ours(topic):
    with pytest.raises(FormatError):
        parse(topic)


@pytest.mark.parametrize("party", ["+", "#", "FR/x", "", "F R", "$SYS"])
def test_no_topic_is_built_for_what_is_no_party(party):
    with pytest.raises(FormatError):
        in_topic(RUN, party)


def test_a_party_and_the_hub_are_mirror_images():
    assert rights_for("FR", RUN) == Rights((f"i247/{RUN}/out/FR",), (f"i247/{RUN}/in/FR",))
    assert rights_for("HUB", RUN) == Rights((f"i247/{RUN}/in/+",), (every_out(RUN),))


@pytest.mark.parametrize(
    ("pattern", "wanted", "expected"),
    [
        pytest.param("a/b", "a/b", True, id="the same"),
        pytest.param("a/b", "a/b/c", False, id="deeper"),
        pytest.param("a/b/c", "a/b", False, id="shallower"),
        pytest.param("a/+", "a/b", True, id="one level"),
        pytest.param("a/+", "a/+", True, id="one level as filter"),
        pytest.param("a/+", "a/#", False, id="rest is more than one level"),
        pytest.param("a/+", "#", False, id="everything is more"),
        pytest.param("a/b", "a/+", False, id="a level is more than one name"),
        pytest.param("a/b", "+/b", False, id="first level is open"),
        pytest.param("a/#", "a/b/c", True, id="the rest"),
        pytest.param("a/#", "a", True, id="the rest covers its parent"),
        pytest.param("a/#", "a/+/c", True, id="the rest covers a filter"),
        pytest.param("#", "$SYS/x", False, id="everything but the server's own"),
        pytest.param("+/x", "$SYS/x", False, id="nor by one level"),
        pytest.param("$SYS/#", "$SYS/x", True, id="the server's own by name"),
        pytest.param("a/+", "a/", True, id="an empty level is a level"),
    ],
)
def test_a_pattern_covers_what_it_should(pattern, wanted, expected):
    assert covers(pattern, wanted) is expected


_levels = st.lists(st.sampled_from(["a", "b", "", "+", "$x"]), min_size=1, max_size=4)
_filters = st.tuples(_levels, st.booleans()).map(lambda pair: "/".join(pair[0] + (["#"] if pair[1] else [])))
_topics = st.lists(st.sampled_from(["a", "b", "", "$x"]), min_size=1, max_size=5).map("/".join)


@given(_filters, _filters, _topics)
def test_whoever_covers_a_filter_matches_its_topics(pattern, wanted, topic):
    if covers(pattern, wanted) and covers(wanted, topic):
        assert covers(pattern, topic)


@given(_filters)
def test_every_filter_is_well_formed_and_covers_itself(one):
    if one:
        assert is_filter(one)
        assert covers(one, one)


@pytest.mark.parametrize("topic", ["", "a/#/b", "a+", "a/b#", "##", "+a/b"])
def test_misplaced_wildcards_are_no_filter(topic):
    assert not is_filter(topic)
