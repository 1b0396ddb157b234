"""Configuration texts for brokers: what they must and must not say, and the templates that show them."""

import json
from pathlib import Path

import pytest

from i247sim.transport.configure import (
    MOSQUITTO_FILE,
    MOSQUITTO_RIGHTS,
    NATS_FILE,
    BrokerKind,
    Cluster,
    Listening,
    broker_files,
    mosquitto_configuration,
    mosquitto_rights,
    nats_configuration,
)
from i247sim.transport.port import Rights
from i247sim.transport.topics import standing_rights

TEMPLATES = Path(__file__).parents[2] / "brokers"
HERE = Listening("0.0.0.0", 8883, "/etc/i247sim")
RIGHTS = {party: standing_rights(party) for party in ("HUB", "FR", "BR")}


def dn_of(party: str) -> str:
    return f"CN={party},O=I247SIM TRAINING"


def nats(rights: dict[str, Rights] = RIGHTS, **more: int) -> dict:
    found: dict = json.loads(nats_configuration(HERE, rights, dn_of, **more))
    return found


def settings() -> dict[str, str]:
    lines = [line for line in mosquitto_configuration(HERE).splitlines() if line and not line.startswith("#")]
    return dict(line.split(" ", 1) for line in lines if not line.startswith("log_type"))


@pytest.mark.parametrize("kind", BrokerKind)
def test_the_templates_are_what_the_code_writes(kind: BrokerKind):
    for name, text in broker_files(kind, HERE, RIGHTS, dn_of).items():
        kept = TEMPLATES / f"{kind}-example" / name
        assert kept.read_text(encoding="utf-8") == text, f"write this to {kept.relative_to(TEMPLATES.parent)}:\n{text}"


def test_each_broker_has_its_page_and_the_table_names_them():
    readme = (TEMPLATES / "README.md").read_text(encoding="utf-8")
    for page in ("embedded.md", "nats.md", "mosquitto.md"):
        assert (TEMPLATES / page).is_file()
        assert f"]({page})" in readme


def test_nats_knows_everybody_by_certificate_and_nobody_else():
    written = nats()
    assert [user["user"] for user in written["authorization"]["users"]] == [dn_of(party) for party in RIGHTS]
    assert not {"password", "token", "no_auth_user", "accounts", "system_account", "http", "cluster"} & set(written)
    for tls in (written["tls"], written["mqtt"]["tls"]):
        assert tls["verify_and_map"] is True
        assert tls["min_version"] == "1.3"
    assert written["host"] == "127.0.0.1"
    assert (written["mqtt"]["host"], written["mqtt"]["port"]) == ("0.0.0.0", 8883)


def test_nats_gives_a_party_its_two_topics_and_no_more():
    hub, fr, _ = nats(qos=0)["authorization"]["users"]
    assert fr["permissions"] == {
        "publish": {"allow": ["i247.*.out.FR"]},
        "subscribe": {"allow": ["i247.*.in.FR"]},
    }
    assert hub["permissions"] == {"publish": {"allow": ["i247.*.in.*"]}, "subscribe": {"allow": ["i247.*.out.*"]}}
    assert all(user["allowed_connection_types"] == ["MQTT"] for user in (hub, fr))


def test_nats_delivers_quality_1_where_it_is_allowed():
    assert nats(qos=1)["authorization"]["users"][1]["permissions"]["subscribe"]["allow"] == [
        "i247.*.in.FR",
        "$MQTT.sub.>",
    ]


def test_who_has_no_right_at_nats_is_denied_everything():
    """An empty list of allowed subjects would mean no limit at all."""
    (user,) = nats({"FR": Rights((), ())}, qos=0)["authorization"]["users"]
    assert user["permissions"] == {"publish": {"deny": [">"]}, "subscribe": {"deny": [">"]}}


def test_a_server_of_a_cluster_names_the_others_and_keeps_its_own_store():
    place = Cluster("i247-2", "10.0.0.2", 6222, ("10.0.0.1:6222", "10.0.0.3:6222"))
    alone = json.loads(nats_configuration(HERE, RIGHTS, dn_of))
    one = json.loads(nats_configuration(HERE, RIGHTS, dn_of, cluster=place))
    assert one["server_name"] == "i247-2"
    assert one["cluster"]["routes"] == ["nats-route://10.0.0.1:6222", "nats-route://10.0.0.3:6222"]
    assert (one["cluster"]["host"], one["cluster"]["port"]) == ("10.0.0.2", 6222)
    assert one["mqtt"]["stream_replicas"] == 3
    assert one["jetstream"]["store_dir"] != alone["jetstream"]["store_dir"]
    assert one["authorization"] == alone["authorization"]
    assert "cluster" not in alone


def test_mosquitto_takes_certificates_only_asks_its_list_and_keeps_nothing():
    said = settings()
    expected = {
        "listener": "8883 0.0.0.0",
        "tls_version": "tlsv1.3",
        "require_certificate": "true",
        "use_identity_as_username": "true",
        "allow_anonymous": "false",
        "crlfile": "/etc/i247sim/revoked.pem",
        "acl_file": "/etc/i247sim/rights.acl",
        "persistence": "false",
        "connection_messages": "false",
    }
    assert {name: said[name] for name in expected} == expected
    assert not {"password_file", "use_username_as_clientid", "psk_file", "plugin"} & set(said)


def test_both_take_the_largest_message_that_a_link_sends_with_its_topic():
    largest = 6 * 1024 * 1024 + 64 * 1024
    assert nats()["max_payload"] == largest
    assert settings()["max_packet_size"] == str(largest)


def test_mosquittos_list_has_a_section_per_party_and_nothing_for_all():
    assert mosquitto_rights({"HUB": standing_rights("HUB"), "FR": Rights((), ("i247/+/in/FR",))}).splitlines()[1:] == [
        "",
        "user HUB",
        "topic write i247/+/in/+",
        "topic read i247/+/out/+",
        "",
        "user FR",
        "topic read i247/+/in/FR",
    ]


def test_each_kind_has_its_files():
    assert set(broker_files(BrokerKind.NATS, HERE, RIGHTS, dn_of)) == {NATS_FILE}
    assert set(broker_files(BrokerKind.MOSQUITTO, HERE, RIGHTS, dn_of)) == {MOSQUITTO_FILE, MOSQUITTO_RIGHTS}
