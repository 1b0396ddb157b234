import os
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from sealed_world import END, START, World

from i247sim.security.authority import Authority
from i247sim.security.tls import browser_context, client_context, root_pem
from i247sim.vocabulary.errors import InputError
from i247sim.vocabulary.parties import Role


def shake(client: ssl.SSLContext, server: ssl.SSLContext, name: str = "localhost") -> ssl.SSLObject:
    """A whole handshake in memory; gives the server's end, or raises what either end raised."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname=name),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    done = [False, False]
    for _ in range(10):
        for number, end in enumerate(ends):
            if not done[number]:
                try:
                    end.do_handshake()
                    done[number] = True
                except ssl.SSLWantReadError:
                    pass
        if all(done):
            break
    assert all(done)
    return ends[1]


@pytest.fixture(scope="module")
def server(world: World) -> ssl.SSLContext:
    """As a broker's: who connects needs a certificate of the run."""
    context = browser_context(*world.authority.server_tls(["localhost", "127.0.0.1", "::1"]))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=world.authority.root)
    return context


def test_nobody_goes_below_tls_1_3(world: World, server: ssl.SSLContext) -> None:
    """Whichever end is the older one."""
    client = client_context(world.authority.root, world.ids["FR"])
    old_server = browser_context(*world.authority.server_tls(["localhost"]))
    old_server.minimum_version = ssl.TLSVersion.TLSv1_2
    old_server.maximum_version = ssl.TLSVersion.TLSv1_2
    old_client = client_context(world.authority.root, world.ids["FR"])
    old_client.minimum_version = ssl.TLSVersion.TLSv1_2
    old_client.maximum_version = ssl.TLSVersion.TLSv1_2
    for ours, theirs in ((client, old_server), (old_client, server)):
        with pytest.raises(ssl.SSLError):
            shake(ours, theirs)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_both_ends_know_each_other_over_tls_1_3(world: World, server: ssl.SSLContext, name: str) -> None:
    end = shake(client_context(world.authority.root, world.ids["FR"]), server, name)
    assert end.version() == "TLSv1.3"
    assert end.getpeercert()["subject"] == (
        (("organizationName", "I247SIM TRAINING"),),
        (("commonName", "FR"),),
    )


def test_another_server_name_is_refused(world: World, server: ssl.SSLContext) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(client_context(world.authority.root, world.ids["FR"]), server, "elsewhere.example")


def test_another_run_s_certificate_is_refused_by_both(world: World, server: ssl.SSLContext) -> None:
    other = Authority.create(world.authority.run, datetime.now(UTC))
    stranger = other.issue("FR", Role.BUREAU, START, END)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(client_context(other.root, stranger), server)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(client_context(world.authority.root, stranger), server)


def test_no_certificate_and_no_older_version_get_in(world: World, server: ssl.SSLContext) -> None:
    bare = ssl.create_default_context(cadata=world.authority.root)
    with pytest.raises(ssl.SSLError):
        shake(bare, server)
    old = client_context(world.authority.root, world.ids["FR"])
    old.minimum_version = ssl.TLSVersion.TLSv1_2
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError):
        shake(old, server)


def test_a_signing_certificate_and_a_server_s_do_not_get_in_as_a_party(world: World, server: ssl.SSLContext) -> None:
    key, chain = world.authority.server_tls(["localhost"])
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(client_context(world.authority.root, replace(world.ids["FR"], tls_key=key, tls_cert=chain)), server)


def test_an_expired_certificate_does_not_get_in(world: World, server: ssl.SSLContext) -> None:
    stale = replace(world.authority, valid_from=datetime.now(UTC) - timedelta(days=60))
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(client_context(world.authority.root, stale.issue("FR", Role.BUREAU, START, END)), server)


def test_a_key_that_is_not_the_certificate_s_is_refused(world: World) -> None:
    other = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(ssl.SSLError):
        client_context(world.authority.root, replace(world.ids["FR"], tls_key=other))


def test_the_root_as_pem_is_the_root(world: World) -> None:
    assert ssl.PEM_cert_to_DER_cert(root_pem(world.authority.root).decode()) == world.authority.root


def test_a_key_is_loaded_without_a_file_and_leaves_nothing_open(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "is not there"))
    before = set(os.listdir("/dev/fd"))
    client_context(world.authority.root, world.ids["FR"])
    assert set(os.listdir("/dev/fd")) == before


def test_an_encrypted_key_is_refused_and_no_terminal_is_asked(world: World) -> None:
    key = load_pem_private_key(world.ids["FR"].tls_key, None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"a password"))
    with pytest.raises(ssl.SSLError):
        client_context(world.authority.root, replace(world.ids["FR"], tls_key=locked))


def test_a_chain_longer_than_a_pipe_is_refused(world: World) -> None:
    with pytest.raises(InputError, match="fits into a pipe"):
        browser_context(world.ids["FR"].tls_key, world.ids["FR"].tls_cert * 1000)
