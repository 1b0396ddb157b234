"""Run folders of somebody who means harm: a good one, spoilt, its list of files made anew and signed.

He has made the exercise himself, so he has the keys of its exercise control: everything that is read must stand up to
a list that fits and is signed. (What he cannot have is the evidence code of another's run.)
"""

import base64
import os
import shutil
import sqlite3
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from i247sim.exercise.folder import MANIFEST
from i247sim.security import frames
from i247sim.security.framing import sized
from i247sim.security.keyfiles import load_identity, load_workspace_key
from i247sim.security.keys import Identity
from i247sim.vocabulary.frames import Manifest, ManifestFile


def key_of(party: str, keys: Path) -> Identity:
    """A party's, from the keys that were kept beside a run."""
    return load_identity(keys / "keys" / f"{party}.key", load_workspace_key(keys / "workspace.key"))


def relist(folder: Path, keys: Path, author: str = "CONTROL", checkpoint: str | None = None) -> None:
    """The manifest once more over what is there now, signed with the keys kept beside the run that was copied."""
    signed = frames.parse((folder / MANIFEST).read_bytes())
    assert isinstance(signed.payload, Manifest)
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    files = tuple(
        ManifestFile(path=path.relative_to(folder).as_posix(), size=path.stat().st_size, sha256=_digest(path))
        for path in paths
    )
    files = tuple(sorted(files, key=lambda one: one.path))
    payload = Manifest(files=files, checkpoint=checkpoint or signed.payload.checkpoint).model_dump(mode="json")
    key = key_of(author, keys).signing
    frame = signed.frame.model_copy(update={"payload": payload, "sender": author, "key": key.id})
    (folder / MANIFEST).write_bytes(frames.sign(frame, key))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        digest = sha256()
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _log(folder: Path, script: str) -> None:
    database = sqlite3.connect(folder / "log.db")
    database.executescript(script)
    database.execute("VACUUM")
    database.close()


def without_triggers(folder: Path) -> sqlite3.Connection:
    """The folder's log, now open to every change."""
    database = sqlite3.connect(folder / "log.db")
    for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        database.execute(f"DROP TRIGGER {name}")
    return database


_ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n)"
_ENTRIES = """
ALTER TABLE log_entry RENAME TO kept;
CREATE VIEW log_entry AS {};
"""


def endless_view(folder: Path) -> None:
    """What is called the log's table is a question that never ends."""
    _log(folder, _ENTRIES.format(f"{_ENDLESS} SELECT i AS idx, zeroblob(32) AS leaf, zeroblob(9) AS data FROM n"))


def endless_same_view(folder: Path) -> None:
    """The same, with the true first entry over and over."""
    first = "(SELECT data FROM kept WHERE idx = 0)"
    _log(folder, _ENTRIES.format(f"{_ENDLESS} SELECT 0 AS idx, zeroblob(32) AS leaf, {first} AS data FROM n"))


def computed_column(folder: Path) -> None:
    """A column that computes a large value whenever it is read."""
    _log(
        folder,
        "ALTER TABLE log_entry RENAME TO kept;"
        "CREATE TABLE log_entry (idx INTEGER PRIMARY KEY, leaf BLOB, data BLOB AS (zeroblob(15000000)));"
        "INSERT INTO log_entry (idx, leaf) SELECT idx, leaf FROM kept;",
    )


def endless_checkpoints(folder: Path) -> None:
    """The same with the checkpoints."""
    _log(
        folder,
        "ALTER TABLE log_checkpoint RENAME TO kept;"
        f"CREATE VIEW log_checkpoint AS {_ENDLESS} SELECT i AS size, 'x' AS text FROM n;",
    )


def huge_entry(folder: Path) -> None:
    """An entry of a hundred megabytes, nearly all of it nothing."""
    database = without_triggers(folder)
    database.execute("UPDATE log_entry SET data = zeroblob(100000000) WHERE idx = 3")
    database.commit()
    database.close()


def loop_in_the_tree(folder: Path) -> None:
    """Every page of the database that points to others points to one of them only."""
    path = folder / "log.db"
    data = bytearray(path.read_bytes())
    size = int.from_bytes(data[16:18], "big")
    for start in range(size, len(data), size):
        if data[start] == 5:  # an interior page of a table
            cells = int.from_bytes(data[start + 3 : start + 5], "big")
            first = int.from_bytes(data[start + 12 : start + 14], "big")
            child = data[start + first : start + first + 4]
            for number in range(cells):
                at = int.from_bytes(data[start + 12 + 2 * number : start + 14 + 2 * number], "big")
                data[start + at : start + at + 4] = child
            data[start + 8 : start + 12] = child
    path.write_bytes(data)


def _nested_json(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"[" * 1_000_000)


def _many_json(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"[" + b"{}," * 900_000 + b"{}]")


def many_lines(folder: Path) -> None:
    """A journal of nine hundred thousand lines that say nothing."""
    (folder / "journal.jsonl").write_bytes(b"{}\n" * 900_000)


def many_sent(folder: Path) -> None:
    """A journal of sixty thousand messages."""
    line = b'{"event":"sent","party":"FR","id":null,"time":"2026-03-02T08:00:00Z","ref":"FR-2026-000001","to":[]}\n'
    (folder / "journal.jsonl").write_bytes(line * 60_000)


def many_attestations(folder: Path) -> None:
    """The first attestation twenty thousand times."""
    line = (folder / "attestations.jsonl").read_bytes().splitlines()[0]
    (folder / "attestations.jsonl").write_bytes((line + b"\n") * 20_000)


def filled_report(folder: Path) -> None:
    """As many empty things as just fit the bound."""
    (folder / "report.json").write_bytes(b'{"a":[' + b"{}," * 370_000 + b"{}]}")


def filled_journal(folder: Path) -> None:
    """As many events that say nothing as just fit the bound."""
    (folder / "journal.jsonl").write_bytes(b'{"event":"x"}\n' * 79_000)


def deep_rule(folder: Path) -> None:
    """A rule nested so deeply that a parser that recurses dies of it."""
    text = "permit(principal, action, resource) when { " + "(" * 30_000 + "true" + ")" * 30_000 + " };"
    (folder / "rules" / "zz.cedar").write_text(text)


def deep_rule_of_ifs(folder: Path) -> None:
    """The same with conditions within conditions."""
    deep = "if true then " * 2_500 + "true" + " else false" * 2_500
    (folder / "rules" / "zz.cedar").write_text(f"permit(principal, action, resource) when {{ {deep} }};")


def many_rules(folder: Path) -> None:
    """Twelve hundred rules."""
    (folder / "rules" / "zz.cedar").write_text("forbid(principal, action, resource) when { false };\n" * 1_200)


def hollow_file(folder: Path) -> None:
    """Four gigabytes of nothing, which take no room."""
    with (folder / "log.db").open("r+b") as file:
        file.truncate(4 * 1024**3 - 1)


def hollow_stranger(folder: Path) -> None:
    """150 megabytes of nothing in a file that no run has, and that the list names: it is hashed."""
    with (folder / "extra.bin").open("wb") as file:
        file.truncate(150 * 1024**2)


def link_out(folder: Path) -> None:
    """The report is a link to a file of this machine."""
    (folder / "report.json").unlink()
    (folder / "report.json").symlink_to("/etc/hostname")


def rules_elsewhere(folder: Path) -> None:
    """A folder of the run is a link."""
    shutil.move(folder / "rules", folder.parent / f"{folder.name}-elsewhere")
    (folder / "rules").symlink_to(folder.parent / f"{folder.name}-elsewhere")


def pipe(folder: Path) -> None:
    """The journal is a pipe that nobody writes to."""
    (folder / "journal.jsonl").unlink()
    os.mkfifo(folder / "journal.jsonl")


def pipe_for_a_rule(folder: Path) -> None:
    """A rule is one."""
    os.mkfifo(folder / "rules" / "zz.cedar")


def climbing_path(folder: Path) -> None:
    """The list names a file outside of the folder."""
    path = folder / MANIFEST
    signed = frames.parse(path.read_bytes())
    data = signed.frame_bytes.replace(b'"log.db"', b'"../../x"')
    path.write_bytes(frames.MAGIC + sized(data) + signed.signature)


def huge_list(folder: Path) -> None:
    """A list of ten megabytes."""
    (folder / MANIFEST).write_bytes(frames.MAGIC + sized(b"[" * 10_000_000) + bytes(64))


def many_files(folder: Path) -> None:
    """Six hundred files."""
    (folder / "more").mkdir()
    for number in range(600):
        (folder / "more" / f"f{number}").touch()


def wrong_types(folder: Path) -> None:
    """Everything in the report is of another kind."""
    (folder / "report.json").write_text('{"transcript": 5, "access": {"a": 1}, "parties": 3, "probes": []}')


def wrong_run(folder: Path) -> None:
    """Run and limits are of another kind."""
    (folder / "run.json").write_text('{"run": [], "scenario": {}, "messages_per_minute": "many", "seed": null}')


def words_for_a_terminal(folder: Path) -> None:
    """Names that a terminal would obey."""
    for name, word in (("run.json", "small"), ("journal.jsonl", '"label":"ask"')):
        text = (folder / name).read_text()
        assert word in text
        evil = "\\u001b[2J\\u001b]0;owned\\u0007"
        (folder / name).write_text(text.replace(word, evil if word == "small" else f'"label":"ask{evil}"'))


def no_certificate(folder: Path) -> None:
    """The root certificate is a megabyte of nothing."""
    (folder / "authority" / "root.der").write_bytes(bytes(1_000_000))


def deep_injects(folder: Path) -> None:
    """An inject within an inject, and so on."""
    (folder / "injects.json").write_text('{"injects": [[1, ' + '{"send": ' * 10 + "1" + "}" * 10 + "]]}")


def broken_attestation(folder: Path) -> None:
    """An attestation that is no frame."""
    (folder / "attestations.jsonl").write_bytes(base64.b64encode(b"\xff" * 4000) + b"\n")


SPOILT: dict[str, Callable[[Path], None]] = {
    one.__name__: one
    for one in (
        endless_view,
        endless_same_view,
        computed_column,
        endless_checkpoints,
        huge_entry,
        loop_in_the_tree,
        many_lines,
        many_sent,
        many_attestations,
        filled_report,
        filled_journal,
        deep_rule,
        deep_rule_of_ifs,
        many_rules,
        hollow_file,
        hollow_stranger,
        link_out,
        rules_elsewhere,
        pipe,
        pipe_for_a_rule,
        climbing_path,
        huge_list,
        many_files,
        wrong_types,
        wrong_run,
        words_for_a_terminal,
        no_certificate,
        deep_injects,
        broken_attestation,
    )
} | {
    f"{kind}_{name.split('.')[0]}": lambda folder, spoil=spoil, name=name: spoil(folder, name)
    for kind, spoil in (("nested", _nested_json), ("many", _many_json))
    for name in ("report.json", "run.json", "injects.json")
}
"""Name to what spoils a good folder."""
LEFT_AS_LISTED = frozenset(
    {"climbing_path", "huge_list", "link_out", "pipe", "pipe_for_a_rule", "hollow_file", "many_files"}
)
"""Those whose list is not made anew: it is what is spoilt, or the file cannot be on it."""


def spoil(good: Path, target: Path, name: str) -> Path:
    """A copy of the run folder ``good``, spoilt."""
    shutil.copytree(good, target)
    SPOILT[name](target)
    if name not in LEFT_AS_LISTED:
        relist(target, good.with_name(good.name + "-keys"))
    return target
