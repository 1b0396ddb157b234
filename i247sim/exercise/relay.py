"""A bare relay in the hub's place: what comes on any ``out`` topic goes to one party's ``in`` topic, unread.

For measuring only (``bench``): the same broker, client library, TLS and processes as the hub, and nothing else.
Run as ``python -m i247sim.exercise.relay CONFIG READER`` with a hub's configuration file.
"""

import asyncio
import base64
import os
import sys
from pathlib import Path

from i247sim.hub.process import HubConfiguration, read_configuration
from i247sim.security.keyfiles import load_identity, load_workspace_key
from i247sim.security.tls import client_context
from i247sim.transport.mqtt import MqttLink
from i247sim.transport.port import Arrived, Credentials, Endpoint, LinkUp
from i247sim.transport.topics import every_out, in_topic
from i247sim.vocabulary.parties import HUB


async def relay(configuration: HubConfiguration, readers: list[str]) -> None:
    """Relay until the process is ended; says ``ready`` on standard output once it is connected."""
    identity = load_identity(Path(configuration.identity), load_workspace_key(Path(configuration.workspace_key)))
    context = client_context(base64.b64decode(configuration.root), identity)
    endpoint = Endpoint(configuration.host, configuration.port)
    link = MqttLink(
        endpoint,
        Credentials(HUB, os.urandom(16).hex(), context),
        (every_out(identity.run),),
        None,
        qos=configuration.qos,
    )
    await link.start()
    topics = [in_topic(identity.run, reader) for reader in readers]
    while True:
        match await link.next():
            case LinkUp():
                sys.stdout.write("ready\n")
                sys.stdout.flush()
            case Arrived(payload=payload):
                for topic in topics:
                    await link.publish(topic, payload)


if __name__ == "__main__":
    asyncio.run(relay(read_configuration(Path(sys.argv[1])), sys.argv[2:]))
