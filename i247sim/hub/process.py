"""The hub as a process of its own: reads its configuration file, connects, serves until told to stop."""

import asyncio
import base64
import os
import sys
from pathlib import Path

from pydantic import ValidationError

from i247sim.hub.database import HubDatabase
from i247sim.hub.decide import Limits
from i247sim.hub.log_keys import log_keys
from i247sim.hub.service import HubService
from i247sim.policy.remembering import RememberingEngine
from i247sim.policy.rulebook import Rulebook
from i247sim.security.files import open_plain
from i247sim.security.keyfiles import load_identity, load_workspace_key
from i247sim.security.tls import client_context
from i247sim.transport import control
from i247sim.transport.mqtt import MqttLink
from i247sim.transport.port import Credentials, Endpoint
from i247sim.transport.topics import every_out
from i247sim.vocabulary.codec import Word, decode_json
from i247sim.vocabulary.errors import FormatError, InputError
from i247sim.vocabulary.parties import HUB

_MAX_BYTES = 4 * 1024 * 1024
"""The largest configuration."""


class HubConfiguration(Word):
    """What a hub needs to know, as its configuration file (JSON) says it. Paths are as the process sees them."""

    identity: str
    """The hub's key file: signing and TLS keys, no decryption key."""
    workspace_key: str
    """What the key file is sealed with (0600)."""
    root: str
    """The authority's root certificate, DER in base64."""
    database: str
    host: str
    port: int
    others: tuple[tuple[str, int], ...] = ()
    """Host and port of further servers of the broker, if it is a cluster."""
    qos: int = 0
    control: str
    """The Unix socket of exercise control."""
    rules: tuple[str, ...] = ()
    """The scenario's own rules, Cedar text."""
    messages_per_minute: int = Limits().messages_per_minute


def read_configuration(path: Path) -> HubConfiguration:
    """Raises ``InputError`` that names the file and what is wrong."""
    try:
        with open_plain(path) as file:
            value = decode_json(file.read(_MAX_BYTES + 1), _MAX_BYTES)
        return HubConfiguration.model_validate(value)
    except OSError as error:
        raise InputError(f"`{path}` cannot be read: {str(error.strerror).lower()}") from error
    except FormatError as error:
        raise InputError(f"`{path}`: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        said = "is missing" if first["type"] == "missing" else f"does not hold: {first['msg']}"
        raise InputError(f"`{path}` is no hub's configuration: `{'.'.join(map(str, first['loc']))}` {said}") from error


async def serve(configuration: HubConfiguration) -> None:
    """Run the hub until exercise control hangs up. Raises ``I247Error``."""
    key = load_workspace_key(Path(configuration.workspace_key))
    identity = load_identity(Path(configuration.identity), key)
    root = base64.b64decode(configuration.root)
    epoch = os.urandom(16).hex()
    link = MqttLink(
        Endpoint(
            configuration.host,
            configuration.port,
            tuple(Endpoint(host, port) for host, port in configuration.others),
        ),
        Credentials(HUB, os.urandom(16).hex(), client_context(root, identity)),
        (every_out(identity.run),),
        None,
        qos=configuration.qos,
    )
    database = HubDatabase(Path(configuration.database), *log_keys(identity))
    engine = RememberingEngine(Rulebook.load(configuration.rules))
    limits = Limits(configuration.messages_per_minute)
    service = HubService(identity, root, database, engine, link, epoch, limits, _trouble)
    work = asyncio.create_task(service.run())
    talk = asyncio.create_task(control.serve(Path(configuration.control), service.command))
    try:
        done, _ = await asyncio.wait([work, talk], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in (work, talk):
            task.cancel()
        await asyncio.gather(work, talk, return_exceptions=True)
        database.close()


def _trouble(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
