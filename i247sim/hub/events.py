"""What can happen to the hub."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Arrived:
    """Bytes on a party's ``out`` topic. The broker vouches for ``topic``, for nothing else."""

    topic: str
    data: bytes


@dataclass(frozen=True)
class DirectoryIssued:
    """The authority issued a directory change: its frame, and the cards and certificates it names."""

    frame: bytes
    attached: tuple[bytes, ...]


@dataclass(frozen=True)
class ControlNoted:
    """Exercise control states something for the log: its signed frame."""

    frame: bytes


@dataclass(frozen=True)
class TimePassed:
    """Simulated time has moved on: lives may have ended."""


@dataclass(frozen=True)
class CheckpointWanted:
    """Show every connected party the newest checkpoint, to be cosigned."""


@dataclass(frozen=True)
class BatchEnded:
    """Everything that will be committed together has been handled: say what was gathered."""


Event = Arrived | BatchEnded | DirectoryIssued | ControlNoted | TimePassed | CheckpointWanted
