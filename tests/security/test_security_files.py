"""What is no plain file is not opened, and nobody waits for it."""

import os
from pathlib import Path

import pytest

from i247sim.security.files import open_plain


def test_a_plain_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"words")
    with open_plain(tmp_path / "plain") as file:
        assert file.read(3) == b"wor"


@pytest.mark.parametrize("what", ["folder", "pipe", "device", "link to a device"])
def test_what_is_no_plain_file_is_refused_at_once(tmp_path: Path, what: str) -> None:
    path = tmp_path / "thing"
    match what:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "device":
            path = Path("/dev/zero")
        case _:
            path.symlink_to("/dev/zero")
    with pytest.raises(OSError, match="not a plain file"):
        open_plain(path)
