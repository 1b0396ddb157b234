"""What is said about a published notice, and to whom: to all whom its colour is for, but to nobody whom its requester
bars. Pure.
"""

from i247sim.secretariat.lives import NoticeFile
from i247sim.secretariat.office import Office
from i247sim.secretariat.review import COLOURS
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.marked import Content
from i247sim.vocabulary.messages import NoticeReason, NoticeRef, NoticeType, QuotedRecord

REQUESTS = {
    Kind.NOTICE_SUSPEND: "suspended",
    Kind.NOTICE_RESUME: "published again",
    Kind.NOTICE_RENEW: "renewed",
    Kind.NOTICE_WITHDRAW: "withdrawn",
}
"""What a requester says of its own notice, and what becomes of it."""


def said(kind: Kind) -> str:
    """What becomes of a notice by a message of this kind, in a word."""
    others = {Kind.NOTICE_CANCEL: "cancelled", Kind.NOTICE_ADDENDUM: "addendum"}
    return REQUESTS.get(kind) or others[kind]


def advice(kind: Kind) -> str:
    """What its readers are to do then."""
    match kind:
        case Kind.NOTICE_SUSPEND:
            return "Do not act on it until you hear more."
        case Kind.NOTICE_RESUME:
            return "It may be acted on again, under your own law."
        case Kind.NOTICE_ADDENDUM:
            return "The notice stays published."
        case _:
            return "Delete it from your files, and do not use what you had from it."


def announcement(
    office: Office,
    kind: Kind,
    file: NoticeFile,
    content: Content,
    reason: NoticeReason | None,
    *,
    your_ref: str | None,
    decision: str | None = None,
    salt: str | None = None,
) -> Draft:
    """The message about a notice to its audience.

    ``your_ref``: the reference of the request that it answers, if it answers one. ``decision`` and ``salt``: the
    reviewer's, where the content is published on the strength of it.
    """
    audience = _audience(office, file)
    barred = frozenset(
        party
        for party in audience
        if office.bars(file.requester, party, Channel.NOTICE, kind, file.purpose, file.quoted)
        # A bar against the notice is one against every word about it.
        or office.bars(file.requester, party, Channel.NOTICE, Kind.NOTICE_PUBLISHED, file.purpose, file.quoted)
    )
    return Draft(
        kind=kind,
        channel=Channel.NOTICE,
        purpose=file.purpose,
        content=content,
        audience=audience,
        barred=barred,
        classification=file.classification,
        notice=NoticeRef(type=file.type, id=file.id, decision=decision, reason=reason),
        your_ref=your_ref,
        quoted=(QuotedRecord(owner=file.requester, record=file.quoted),),
        salt=salt,
    )


def _audience(office: Office, file: NoticeFile) -> tuple[str, ...]:
    """Whom the colour is for; of them, those it is circulated to, and always its requester."""
    readers = office.with_role(*COLOURS[file.type].readers)
    if file.type is NoticeType.SILVER:
        entries = office.directory.entries
        readers = (party for party in readers if "silver:query" in entries[party].profile)
    circulation = file.notice.circulation
    if circulation is None:
        return tuple(readers)
    return tuple(party for party in readers if party == file.requester or _circulated(office, party, circulation))


def _circulated(office: Office, party: str, circulation: tuple[str, ...]) -> bool:
    line = {entry.party for entry in office.directory.lineage(party)}
    return bool((line | set(office.directory.groups(party))) & set(circulation))
