"""Configuration texts for brokers, built from the parties' rights. Pure: nothing is written or started here.

Two brokers are known. For both the certificate is the only proof of who connects (mutual TLS 1.3), rights stand per
party, what nobody was given is forbidden, and nothing is kept on disk for those who are away. What each option of the
two means: https://docs.nats.io/running-a-nats-service/configuration and the manual page mosquitto.conf(5).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from i247sim.transport.port import MAX_PAYLOAD_BYTES, Rights

AUTHORITIES = "authorities.pem"
"""Whom the broker believes: root and issuing authority."""
CERTIFICATES = "certificates.pem"
"""The broker's certificate and the one above it."""
KEY = "key.pem"
"""The broker's private key."""
NATS_FILE = "server.conf"
MOSQUITTO_FILE = "mosquitto.conf"
MOSQUITTO_RIGHTS = "rights.acl"
MOSQUITTO_REVOKED = "revoked.pem"
"""The list of revoked certificates."""

_OVERHEAD_BYTES = 64 * 1024
"""Topic and protocol headers, which a broker may count as payload."""
_LARGEST_BYTES = MAX_PAYLOAD_BYTES + _OVERHEAD_BYTES
"""What a broker takes for one message: all that a link sends."""
_QOS_1_TOPIC = "$MQTT/sub/#"
"""Where ``nats-server`` itself delivers quality of service 1; not open to anybody's subscription."""


class BrokerKind(StrEnum):
    """Which program somebody else runs."""

    NATS = "nats"
    MOSQUITTO = "mosquitto"


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a broker listens, and where its files are."""

    host: str
    """An address of the machine; ``0.0.0.0`` for all of them."""
    port: int
    """-1 for any free one, which only ``nats-server`` understands."""
    folder: str
    """Absolute, as the broker sees it: the folder of the files named above."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """One server's place in a cluster of ``nats-server``. The servers trust their routes: keep these on a network of
    the servers' own. What travels there is what a broker sees anyway."""

    server: str
    """Its name; each server has one of its own."""
    host: str
    """An address of the machine, for the other servers."""
    port: int
    routes: tuple[str, ...]
    """``host:port`` of the others."""


def nats_configuration(
    listening: Listening,
    rights: Mapping[str, Rights],
    subject_of: Callable[[str], str],
    *,
    qos: int = 1,
    cluster: Cluster | None = None,
) -> str:
    """The whole configuration of a ``nats-server``: JSON, which its own format includes.

    ``subject_of`` gives a party's certificate's subject as RFC 4514 text: that text *is* the user. ``qos``: the
    highest quality of service that parties may ask for. The server cannot be without a listener for its own protocol;
    it stands on loopback and lets nobody in.
    """
    tls = {
        "cert_file": f"{listening.folder}/{CERTIFICATES}",
        "key_file": f"{listening.folder}/{KEY}",
        "ca_file": f"{listening.folder}/{AUTHORITIES}",
        "verify_and_map": True,
        "min_version": "1.3",
        "timeout": 10,
    }
    own = (_QOS_1_TOPIC,) if qos else ()
    users = [_user(subject_of(party), one.publish, (*one.subscribe, *own)) for party, one in rights.items()]
    together: dict[str, object] = {}
    replicas: dict[str, object] = {}
    if cluster is not None:
        routes = [f"nats-route://{one}" for one in cluster.routes]
        together["cluster"] = {"name": "i247sim", "host": cluster.host, "port": cluster.port, "routes": routes}
        # What little the server keeps of sessions survives one server of three.
        replicas["stream_replicas"] = 1 + len(routes)
    return json.dumps(
        {
            "server_name": "i247sim" if cluster is None else cluster.server,
            **together,
            "host": "127.0.0.1",
            "port": -1,
            "tls": tls,
            "mqtt": {"host": listening.host, "port": listening.port, "tls": tls, **replicas},
            "authorization": {"timeout": 10, "users": users},
            "max_payload": _LARGEST_BYTES,
            "max_pending": 256 * 1024 * 1024,
            # The MQTT listener asks for JetStream, even if nothing is ever stored.
            "jetstream": {
                "store_dir": f"{listening.folder}/store" + ("" if cluster is None else f"-{cluster.server}"),
                "max_memory_store": 16 * 1024 * 1024,
                "max_file_store": 512 * 1024 * 1024,
            },
        },
        indent=1,
    )


def mosquitto_configuration(listening: Listening) -> str:
    """``mosquitto.conf`` for Mosquitto 2. Rights and revoked certificates stand in files of their own.

    The client id is left to the client, not set from the certificate (``use_username_as_clientid``): a party may hold
    several links, in several runs too, and each id is a secret of 128 bits anyway.
    """
    folder = listening.folder
    return f"""\
# i247sim, an exercise network. All data are fictional. Mosquitto 2.0 or later.
per_listener_settings false
listener {listening.port} {listening.host}

# Who connects: only holders of a certificate of this authority, which is not revoked; its name is the user.
tls_version tlsv1.3
cafile {folder}/{AUTHORITIES}
certfile {folder}/{CERTIFICATES}
keyfile {folder}/{KEY}
crlfile {folder}/{MOSQUITTO_REVOKED}
require_certificate true
use_identity_as_username true
allow_anonymous false

# What they may do: what the file says, and nothing else.
acl_file {folder}/{MOSQUITTO_RIGHTS}

# Nothing is kept: whoever sends, sends again until a signed receipt is there.
persistence false
queue_qos0_messages false
max_packet_size {_LARGEST_BYTES}
max_inflight_messages 200
max_queued_messages 10000

# A receipt is small, and somebody waits for it.
set_tcp_nodelay true

# No line per connection: it would hold the client ids, which are secret.
connection_messages false
log_dest stderr
log_type error
log_type warning
log_type notice
"""


def mosquitto_rights(rights: Mapping[str, Rights]) -> str:
    """The access control list of Mosquitto: a section per party, and nothing for those who have none.

    Mosquitto asks it when a message comes in and when one goes out, not when somebody subscribes: a subscription
    without right is granted, and brings nothing.
    """
    lines = ["# i247sim, an exercise network. All data are fictional."]
    for party, one in rights.items():
        lines += ["", f"user {party}"]
        lines += [f"topic write {topic}" for topic in one.publish]
        lines += [f"topic read {topic}" for topic in one.subscribe]
    return "\n".join(lines) + "\n"


def broker_files(
    kind: BrokerKind, listening: Listening, rights: Mapping[str, Rights], subject_of: Callable[[str], str]
) -> dict[str, str]:
    """File name to text, for a broker of ``kind``: everything but keys, certificates and the list of revoked ones."""
    match kind:
        case BrokerKind.NATS:
            return {NATS_FILE: nats_configuration(listening, rights, subject_of)}
        case BrokerKind.MOSQUITTO:
            return {
                MOSQUITTO_FILE: mosquitto_configuration(listening),
                MOSQUITTO_RIGHTS: mosquitto_rights(rights),
            }


def _user(name: str, publish: tuple[str, ...], subscribe: tuple[str, ...]) -> dict[str, object]:
    """One party's entry at ``nats-server``: over MQTT, on these topics, and nothing else."""
    return {
        "user": name,
        "allowed_connection_types": ["MQTT"],
        "permissions": {"publish": _allowing(publish), "subscribe": _allowing(subscribe)},
    }


def _allowing(topics: tuple[str, ...]) -> dict[str, list[str]]:
    """Permissions for these topics only. The server takes an empty list of allowed ones for no limit at all."""
    return {"allow": [_subject(topic) for topic in topics]} if topics else {"deny": [">"]}


def _subject(topic: str) -> str:
    """A topic in the words of ``nats-server``."""
    assert not set(topic) & set(".*> "), "these mean something to the server"
    return ".".join({"+": "*", "#": ">"}.get(level, level) for level in topic.split("/"))
