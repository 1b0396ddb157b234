"""The folder that `i247sim broker` makes: who gets what, what it refuses, and that it is made once."""

import errno
import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from i247sim.exercise.broker_folder import DAYS, BrokerFolder
from i247sim.security.revocation import serials_in
from i247sim.transport.configure import BrokerKind
from i247sim.vocabulary.errors import InputError

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
RUN = "0123456789ab"


def make(path: Path, kind: BrokerKind = BrokerKind.MOSQUITTO, **other) -> BrokerFolder:
    values = {"names": ["localhost"], "port": 8883, "parties": ["FR", "BR"], "now": NOW, **other}
    return BrokerFolder.create(path, kind, **values)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> BrokerFolder:
    return make(tmp_path_factory.mktemp("folder") / "keys")


def files(path: Path) -> dict[str, int]:
    return {one.name: stat.S_IMODE(one.stat().st_mode) for one in path.iterdir()}


def test_what_issues_keys_is_for_its_owner_and_does_not_go_to_the_broker(folder: BrokerFolder):
    assert stat.S_IMODE((folder.path / "authority").stat().st_mode) == 0o700
    assert files(folder.path / "authority") == {"authority.box": 0o600, "workspace.key": 0o600}
    assert (folder.path / "broker" / "key.pem").stat().st_mode & 0o077 == 0
    names = {"authorities.pem", "certificates.pem", "key.pem", "mosquitto.conf", "rights.acl", "revoked.pem"}
    assert set(files(folder.path / "broker")) == names


def test_no_private_key_of_an_authority_is_in_the_clear_anywhere(folder: BrokerFolder):
    keys = [path for path in folder.path.rglob("*") if path.is_file() and b"PRIVATE" + b" KEY" in path.read_bytes()]
    assert keys == [folder.path / "broker" / "key.pem"]


def test_the_brokers_certificate_names_it_and_chains_to_the_root_of_every_run(folder: BrokerFolder):
    leaf, issuing = x509.load_pem_x509_certificates((folder.path / "broker" / "certificates.pem").read_bytes())
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    leaf.verify_directly_issued_by(issuing)
    issuing.verify_directly_issued_by(x509.load_der_x509_certificate(folder.root))
    assert leaf.not_valid_after_utc == folder.about.until
    assert folder.authority_for(RUN, ["HUB", "FR"], NOW).root == folder.root


def test_opened_again_it_is_the_same(folder: BrokerFolder):
    again = BrokerFolder.open(folder.path)
    assert (again.about, again.root, again.rights) == (folder.about, folder.root, folder.rights)
    assert list(again.rights) == ["HUB", "BR", "FR"]


def test_made_again_for_the_same_nothing_changes(folder: BrokerFolder):
    before = {path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file()}
    assert make(folder.path, now=NOW + timedelta(days=7)).about == folder.about
    assert {path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "other",
    [{"kind": BrokerKind.NATS}, {"names": ["broker.example"]}, {"port": 1883}, {"parties": ["FR"]}, {"seen_at": "/b"}],
    ids=lambda other: next(iter(other)),
)
def test_made_again_for_something_else_it_is_refused(folder: BrokerFolder, other: dict):
    with pytest.raises(InputError, match="was made for another broker or for others"):
        make(folder.path, **other)


def test_it_is_made_around_mount_points_but_never_over_something(tmp_path: Path):
    (tmp_path / "mounted" / "broker").mkdir(parents=True)
    make(tmp_path / "mounted")
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "thesis.tex").touch()
    with pytest.raises(InputError, match="is not empty"):
        make(tmp_path / "used")
    with pytest.raises(InputError, match="is a file"):
        make(tmp_path / "used" / "thesis.tex")


@pytest.mark.parametrize("name", ["", "two words", "-x", "a/b", "x\ny", "name;"])
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str):
    with pytest.raises(InputError, match="is not a host name or an address"):
        make(tmp_path / "keys", names=[name])
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize("place", ["broker", "./broker", "/with blank", "/line\nbreak", '/quo"te'])
def test_a_place_that_no_configuration_can_name_is_refused(tmp_path: Path, place: str):
    with pytest.raises(InputError, match="is not an absolute path without blanks"):
        make(tmp_path / "keys", seen_at=place)


@pytest.mark.parametrize(
    ("names", "host"),
    [
        (["localhost", "127.0.0.1"], "127.0.0.1"),
        (["localhost", "broker.example"], "0.0.0.0"),
        (["10.1.2.3"], "0.0.0.0"),
    ],
    ids=["loopback", "a name of the network too", "an address of the network"],
)
def test_it_listens_beyond_this_machine_only_if_it_has_a_name_there(tmp_path: Path, names: list[str], host: str):
    folder = make(tmp_path / "keys", BrokerKind.NATS, names=names)
    written = json.loads((folder.path / "broker" / "server.conf").read_text(encoding="utf-8"))
    assert written["mqtt"]["host"] == host


def test_the_configuration_speaks_of_the_place_where_the_broker_sees_it(tmp_path: Path):
    folder = make(tmp_path / "keys", seen_at="/broker")
    assert "cafile /broker/authorities.pem" in (folder.path / "broker" / "mosquitto.conf").read_text(encoding="utf-8")
    assert folder.how_to_start == "mosquitto -c /broker/mosquitto.conf"
    assert folder.how_to_reload.startswith(f"bring `{tmp_path / 'keys' / 'broker'}` to its `/broker` and send SIGHUP")


def test_rights_are_written_when_they_change_and_only_then(tmp_path: Path):
    folder = make(tmp_path / "keys")
    assert not folder.write_rights(folder.rights, (), NOW)
    fewer = {party: rights for party, rights in folder.rights.items() if party != "FR"}
    assert folder.write_rights(fewer, [42], NOW)
    assert "user FR" not in (folder.path / "broker" / "rights.acl").read_text(encoding="utf-8")
    assert serials_in((folder.path / "broker" / "revoked.pem").read_bytes()) == {42}
    assert not folder.write_rights(fewer, [42], NOW)


def test_what_was_revoked_in_an_earlier_run_stays_revoked(tmp_path: Path):
    folder = make(tmp_path / "keys")
    folder.write_rights({}, [42], NOW)
    later = BrokerFolder.open(folder.path)
    assert later.write_rights(later.rights, [43], NOW)
    assert serials_in((folder.path / "broker" / "revoked.pem").read_bytes()) == {42, 43}


def test_a_party_that_the_broker_does_not_know_is_named(folder: BrokerFolder):
    with pytest.raises(InputError, match="does not know `DE`, `PT`; make its folder again"):
        folder.authority_for(RUN, ["HUB", "DE", "FR", "PT"], NOW)


def test_a_folder_that_is_too_old_is_refused(folder: BrokerFolder):
    with pytest.raises(InputError, match="held until 2027-11-02"):
        folder.authority_for(RUN, ["HUB"], NOW + timedelta(days=DAYS))


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda path: (path / "about.json").unlink(), "not a folder made by `i247sim broker`: no `"),
        (lambda path: (path / "about.json").write_text("{}"), "not a folder made by `i247sim broker`: `kind`"),
        (lambda path: (path / "authority" / "workspace.key").write_bytes(bytes(32)), "does not open"),
        (lambda path: (path / "authority" / "workspace.key").chmod(0o644), "others may use it"),
        (lambda path: (path / "broker" / "revoked.pem").write_text("x"), "not readable PEM"),
    ],
    ids=["no description", "another description", "another key", "a key for all", "a broken list"],
)
def test_a_spoilt_folder_is_refused_with_the_reason(tmp_path: Path, spoil, why: str):
    make(tmp_path / "keys")
    spoil(tmp_path / "keys")
    with pytest.raises(InputError, match=why):
        BrokerFolder.open(tmp_path / "keys")


@pytest.mark.parametrize("name", ["about.json", "authority/workspace.key", "authority/authority.box"])
def test_a_pipe_in_a_folder_holds_nobody_up(tmp_path: Path, name: str) -> None:
    made = make(tmp_path / "broker-folder")
    (made.path / name).unlink()
    os.mkfifo(made.path / name, 0o600)
    with pytest.raises(InputError, match="not a plain file"):
        BrokerFolder.open(made.path)


def test_half_a_folder_does_not_stay_in_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: BrokerFolder, _now: object) -> None:
        self.path.mkdir()
        (self.path / "about.json").write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(BrokerFolder, "_write_new", full)
    with pytest.raises(InputError, match="cannot be written: no space left on device"):
        make(tmp_path / "keys")
    assert not (tmp_path / "keys").exists()
