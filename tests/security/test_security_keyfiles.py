import errno
import os
import shutil
from pathlib import Path

import pytest
from sealed_world import BODY, World

from i247sim.security.keyfiles import (
    export_identity,
    import_identity,
    load_identity,
    load_workspace_key,
    new_workspace_key,
    read_box,
    save_identity,
    write_box,
)
from i247sim.security.sealing import open_body
from i247sim.vocabulary.errors import InputError, TrustError


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_workspace_key_is_random_and_for_its_owner_only(tmp_path: Path) -> None:
    first = new_workspace_key(tmp_path / "one")
    second = new_workspace_key(tmp_path / "two")
    assert first != second
    assert len(first) == 32
    assert mode(tmp_path / "one") == 0o600
    assert load_workspace_key(tmp_path / "one") == first
    with pytest.raises(InputError, match="exists"):
        new_workspace_key(tmp_path / "one")


@pytest.mark.parametrize("bad", [0o640, 0o604, 0o660, 0o644, 0o601])
def test_a_workspace_key_that_others_may_use_is_refused(tmp_path: Path, bad: int) -> None:
    path = tmp_path / "key"
    new_workspace_key(path)
    path.chmod(bad)
    with pytest.raises(InputError, match=f"{bad:04o}"):
        load_workspace_key(path)


def test_a_workspace_key_that_is_missing_or_has_another_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        load_workspace_key(tmp_path / "none")
    for size in (0, 31, 33):
        path = tmp_path / f"key{size}"
        path.touch(0o600)
        path.write_bytes(bytes(size))
        with pytest.raises(InputError, match="32 bytes"):
            load_workspace_key(path)


def test_an_identity_comes_back_from_its_file(world: World, tmp_path: Path) -> None:
    key, path = bytes(range(32)), tmp_path / "BR.identity"
    path.touch(0o644)
    identity = world.rotated("BR")
    save_identity(identity, path, key)
    assert mode(path) == 0o600
    loaded = load_identity(path, key)
    assert (loaded.run, loaded.party, loaded.role) == (identity.run, "BR", identity.role)
    assert (loaded.card, loaded.signing_cert) == (identity.card, identity.signing_cert)
    assert (loaded.tls_key, loaded.tls_cert, loaded.signer) == (identity.tls_key, identity.tls_cert, identity.signer)
    assert [one.id for one in loaded.kem] == [one.id for one in identity.kem]
    assert open_body(world.accept(world.send()), "BR", loaded.kem) == BODY
    data = path.read_bytes()
    for secret in (identity.signing.secret(), identity.kem[0].secret(), b"PRIVATE"):
        assert secret not in data


def test_an_identity_in_a_file_of_another_party_s_name_is_not_loaded(world: World, tmp_path: Path) -> None:
    """Whoever has the workspace key can seal anything under any name."""
    key = new_workspace_key(tmp_path / "workspace.key")
    save_identity(world.ids["BR"], tmp_path / "BR.identity", key)
    write_box(tmp_path / "FR.identity", read_box(tmp_path / "BR.identity", key, "identity"), key, "identity")
    with pytest.raises(TrustError, match="not named after its party"):
        load_identity(tmp_path / "FR.identity", key)


def test_a_file_that_could_not_be_written_anew_is_still_the_old_one(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    key = new_workspace_key(tmp_path / "workspace.key")
    save_identity(world.ids["FR"], tmp_path / "FR.key", key)
    monkeypatch.setattr(os, "fdopen", full)
    with pytest.raises(OSError, match="no space"):
        save_identity(world.ids["FR"], tmp_path / "FR.key", key)
    monkeypatch.undo()
    assert load_identity(tmp_path / "FR.key", key).card == world.ids["FR"].card


def test_files_of_two_parties_cannot_change_places(world: World, tmp_path: Path) -> None:
    key = bytes(range(32))
    for party in ("FR", "DE"):
        save_identity(world.ids[party], tmp_path / f"{party}.identity", key)
    shutil.copy(tmp_path / "FR.identity", tmp_path / "DE.identity")
    with pytest.raises(TrustError, match="does not open"):
        load_identity(tmp_path / "DE.identity", key)
    with pytest.raises(TrustError, match="not named after"):
        save_identity(world.ids["FR"], tmp_path / "DE.identity", key)


def test_a_box_of_another_purpose_or_key_or_with_a_changed_byte_does_not_open(world: World, tmp_path: Path) -> None:
    key, path = bytes(range(32)), tmp_path / "FR.identity"
    write_box(path, b"{}", key, "authority")
    with pytest.raises(TrustError):
        load_identity(path, key)
    save_identity(world.ids["FR"], path, key)
    with pytest.raises(TrustError):
        load_identity(path, bytes(32))
    data = path.read_bytes()
    for place in (0, 5, 6, 20, len(data) - 1):
        changed = bytearray(data)
        changed[place] ^= 1
        path.write_bytes(changed)
        with pytest.raises(TrustError):
            load_identity(path, key)
    for size in (0, 5, 18, 30):
        path.write_bytes(data[:size])
        with pytest.raises(TrustError):
            load_identity(path, key)


def test_a_missing_or_huge_key_file_is_the_user_s_error(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        load_identity(tmp_path / "FR.identity", bytes(32))
    path = tmp_path / "DE.identity"
    with path.open("wb") as file:
        file.truncate(10**9)
    with pytest.raises(InputError, match="larger"):
        load_identity(path, bytes(32))


def test_an_exported_identity_opens_with_its_passphrase_and_name(world: World, tmp_path: Path) -> None:
    path = tmp_path / "FR.export"
    export_identity(world.ids["FR"], path, "a fictional passphrase")
    assert mode(path) == 0o600
    assert import_identity(path, "a fictional passphrase").signer == world.ids["FR"].signer
    with pytest.raises(TrustError, match="passphrase"):
        import_identity(path, "another passphrase")
    moved = path.rename(tmp_path / "DE.export")
    with pytest.raises(TrustError, match="name"):
        import_identity(moved, "a fictional passphrase")
    moved.write_bytes(b"noise")
    with pytest.raises(TrustError, match="not an exported identity"):
        import_identity(moved, "a fictional passphrase")


def test_a_key_file_is_its_owner_s_alone_whatever_lay_in_its_place(tmp_path: Path) -> None:
    for name in ("FR.key", "FR.key.part"):
        (tmp_path / name).write_bytes(b"from before")
        (tmp_path / name).chmod(0o644)
    write_box(tmp_path / "FR.key", b"a secret", bytes(32), "identity")
    assert mode(tmp_path / "FR.key") == 0o600
