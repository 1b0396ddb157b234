"""``broker``, and what ``run`` says to options that do not go together."""

from pathlib import Path

import pytest
from command_line import Call


def test_broker_makes_a_folder_and_says_what_to_do_with_it(call: Call, tmp_path: Path) -> None:
    said = call(
        "broker", "--kind", "nats", "--out", tmp_path / "keys", "--scenario", "red-notice", "--host", "b.example"
    )
    assert (said.status, said.err) == (0, "")
    assert f"nats-server --config {tmp_path / 'keys' / 'broker' / 'server.conf'}" in said.out
    assert f"i247sim run red-notice --broker mqtts://b.example:8883 --keys {tmp_path / 'keys'}" in said.out
    assert "send SIGHUP to `nats-server`" in said.out
    assert '"CN=BR-gru-border,O=I247SIM TRAINING"' in (tmp_path / "keys" / "broker" / "server.conf").read_text()


def test_broker_for_all_members_and_a_scenario_knows_everybody_once(call: Call, tmp_path: Path) -> None:
    words = ("--kind", "mosquitto", "--members", "--scenario", "red-notice", "--seen-at", "/broker", "--port", "1883")
    said = call("broker", "--out", tmp_path / "keys", *words)
    assert said.status == 0
    users = [
        line.removeprefix("user ")
        for line in (tmp_path / "keys" / "broker" / "rights.acl").read_text().splitlines()
        if line.startswith("user ")
    ]
    assert len(users) == len(set(users)) == 196 + len({"HUB", "IPSG", "NDTF", "CCF", "UNSC", "ICC", "BR-gru-border"})
    assert "mosquitto -c /broker/mosquitto.conf; as root, `chown -R mosquitto: /broker` first" in said.out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--kind", "rabbit", "--members"), "`--kind` is `rabbit`; expected nats or mosquitto"),
        (("--kind", "nats"), "who may connect? give `--scenario NAME`, once or more, or `--members`"),
        (("--kind", "nats", "--scenario", "red-notise"), "no scenario `red-notise`; did you mean `red-notice`?"),
        (("--kind", "nats", "--members", "--host", "two words"), "`two words` is not a host name or an address"),
    ],
)
def test_broker_refuses_and_makes_nothing(call: Call, tmp_path: Path, words: tuple[str, ...], why: str) -> None:
    said = call("broker", "--out", tmp_path / "keys", *words)
    assert (said.status, said.out, said.err) == (2, "", f"error: {why}\n")
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--broker", "mqtts://localhost"), "`--broker` goes with `--keys DIR`"),
        (("--keys", "keys"), "`--broker` goes with `--keys DIR`"),
        (("--broker", "mqtts://localhost", "--keys", "keys", "--in-process"), "with `--in-process` there is no broker"),
        (("--hub-apart", "hub", "--in-process"), "with `--in-process` there is no broker"),
        (("--broker", "mqtts://localhost", "--keys", "keys", "--port", "1"), "leave out `--port`"),
        (("--broker", "mqtt://localhost", "--keys", "keys"), "`mqtt://localhost` has no TLS"),
        (("--broker", "mqtts://localhost", "--keys", "keys"), "keys` is not a folder made by `i247sim broker`"),
    ],
)
def test_run_refuses_what_does_not_go_together(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], why: str
) -> None:
    monkeypatch.chdir(tmp_path)
    said = call("run", "red-notice", *words)
    assert (said.status, said.out) == (2, "")
    assert why in said.err
    assert not (tmp_path / "runs").exists()
