"""Every kind of message: the channels it may travel on, its name for people, and one sentence of what it is."""

from enum import StrEnum
from typing import Final


class Channel(StrEnum):
    """The channels with their different controls (review before, after, or never)."""

    DIRECT = "direct"
    DIFFUSION = "diffusion"
    NOTICE = "notice"
    QUERY = "query"
    RECORD = "record"
    ADMIN = "admin"


class Kind(StrEnum):
    """What a message is."""

    INFO_REQUEST = "INFO_REQUEST"
    INFO_REPLY = "INFO_REPLY"
    CD_REQUEST = "CD_REQUEST"
    STOP_PAYMENT = "STOP_PAYMENT"
    IOC_REPORT = "IOC_REPORT"
    THREAT_ALERT = "THREAT_ALERT"
    SECURITY_INCIDENT = "SECURITY_INCIDENT"
    ACK = "ACK"
    REMINDER = "REMINDER"
    ESCALATION = "ESCALATION"
    HIT_NOTICE = "HIT_NOTICE"
    RESTRICTED_HIT = "RESTRICTED_HIT"
    DELAYED_HIT = "DELAYED_HIT"
    HIT_CONFIRM_REQUEST = "HIT_CONFIRM_REQUEST"
    HIT_CONFIRM = "HIT_CONFIRM"
    HIT_DENY = "HIT_DENY"
    ARREST_NOTIFY = "ARREST_NOTIFY"
    LOCATED_NOTIFY = "LOCATED_NOTIFY"
    DOC_TRANSFER = "DOC_TRANSFER"
    NOTICE_REQUEST = "NOTICE_REQUEST"
    NOTICE_QUERY = "NOTICE_QUERY"
    NOTICE_DECISION = "NOTICE_DECISION"
    NOTICE_PUBLISHED = "NOTICE_PUBLISHED"
    NOTICE_UPDATE = "NOTICE_UPDATE"
    NOTICE_ADDENDUM = "NOTICE_ADDENDUM"
    NOTICE_SUSPEND = "NOTICE_SUSPEND"
    NOTICE_RESUME = "NOTICE_RESUME"
    NOTICE_RENEW = "NOTICE_RENEW"
    NOTICE_REMINDER = "NOTICE_REMINDER"
    NOTICE_WITHDRAW = "NOTICE_WITHDRAW"
    NOTICE_CANCEL = "NOTICE_CANCEL"
    DIFFUSION = "DIFFUSION"
    DIFFUSION_CLEARED = "DIFFUSION_CLEARED"
    DIFFUSION_CANCEL = "DIFFUSION_CANCEL"
    DB_RECORD = "DB_RECORD"
    DB_UPDATE = "DB_UPDATE"
    DB_DELETE = "DB_DELETE"
    DB_QUERY = "DB_QUERY"
    DB_RESULT = "DB_RESULT"
    CONSENT_REQUEST = "CONSENT_REQUEST"
    CONSENT_REPLY = "CONSENT_REPLY"
    THREAT_RELEASE = "THREAT_RELEASE"
    COMPLAINT = "COMPLAINT"
    COMPLIANCE_QUERY = "COMPLIANCE_QUERY"
    COMPLIANCE_REPLY = "COMPLIANCE_REPLY"
    REFUGEE_STATUS = "REFUGEE_STATUS"
    CCF_REQUEST = "CCF_REQUEST"
    CCF_DECISION = "CCF_DECISION"
    CCF_REPORT = "CCF_REPORT"
    BROADCAST = "BROADCAST"


CHANNEL_OF: dict[Kind, tuple[Channel, ...]] = {
    Kind.INFO_REQUEST: (Channel.DIRECT,),
    Kind.INFO_REPLY: (Channel.DIRECT,),
    Kind.CD_REQUEST: (Channel.DIRECT,),
    Kind.STOP_PAYMENT: (Channel.DIRECT,),
    Kind.IOC_REPORT: (Channel.DIRECT,),
    Kind.THREAT_ALERT: (Channel.DIRECT,),
    Kind.SECURITY_INCIDENT: (Channel.DIRECT,),
    Kind.ACK: (Channel.DIRECT,),
    Kind.REMINDER: (Channel.DIRECT,),
    Kind.ESCALATION: (Channel.DIRECT,),
    Kind.HIT_NOTICE: (Channel.ADMIN,),
    Kind.RESTRICTED_HIT: (Channel.ADMIN,),
    Kind.DELAYED_HIT: (Channel.ADMIN,),
    Kind.HIT_CONFIRM_REQUEST: (Channel.DIRECT,),
    Kind.HIT_CONFIRM: (Channel.DIRECT,),
    Kind.HIT_DENY: (Channel.DIRECT,),
    Kind.ARREST_NOTIFY: (Channel.DIRECT,),
    Kind.LOCATED_NOTIFY: (Channel.DIRECT,),
    Kind.DOC_TRANSFER: (Channel.DIRECT,),
    Kind.NOTICE_REQUEST: (Channel.ADMIN,),
    Kind.NOTICE_QUERY: (Channel.ADMIN,),
    Kind.NOTICE_DECISION: (Channel.ADMIN,),
    Kind.NOTICE_PUBLISHED: (Channel.NOTICE,),
    Kind.NOTICE_UPDATE: (Channel.NOTICE,),
    Kind.NOTICE_ADDENDUM: (Channel.NOTICE,),
    Kind.NOTICE_SUSPEND: (Channel.ADMIN, Channel.NOTICE),
    Kind.NOTICE_RESUME: (Channel.ADMIN, Channel.NOTICE),
    Kind.NOTICE_RENEW: (Channel.ADMIN,),
    Kind.NOTICE_REMINDER: (Channel.ADMIN,),
    Kind.NOTICE_WITHDRAW: (Channel.ADMIN, Channel.NOTICE),
    Kind.NOTICE_CANCEL: (Channel.NOTICE,),
    Kind.DIFFUSION: (Channel.DIFFUSION,),
    Kind.DIFFUSION_CLEARED: (Channel.DIFFUSION,),
    Kind.DIFFUSION_CANCEL: (Channel.DIFFUSION,),
    Kind.DB_RECORD: (Channel.RECORD,),
    Kind.DB_UPDATE: (Channel.RECORD,),
    Kind.DB_DELETE: (Channel.RECORD,),
    Kind.DB_QUERY: (Channel.QUERY,),
    Kind.DB_RESULT: (Channel.QUERY,),
    Kind.CONSENT_REQUEST: (Channel.DIRECT,),
    Kind.CONSENT_REPLY: (Channel.DIRECT,),
    Kind.THREAT_RELEASE: (Channel.ADMIN,),
    Kind.COMPLAINT: (Channel.ADMIN,),
    Kind.COMPLIANCE_QUERY: (Channel.ADMIN,),
    Kind.COMPLIANCE_REPLY: (Channel.ADMIN,),
    Kind.REFUGEE_STATUS: (Channel.ADMIN,),
    Kind.CCF_REQUEST: (Channel.ADMIN,),
    Kind.CCF_DECISION: (Channel.ADMIN,),
    Kind.CCF_REPORT: (Channel.ADMIN,),
    Kind.BROADCAST: (Channel.ADMIN,),
}
"""On which channels a kind may travel; the first one is used where nothing else is said."""

SAYS: Final[dict[Kind, str]] = {
    Kind.INFO_REQUEST: "Somebody asks somebody else: a bureau another bureau, an entity its own bureau.",
    Kind.INFO_REPLY: "The answer to a request, or a word in a matter that is under way.",
    Kind.CD_REQUEST: "May a load go on under watch? Every country on its way agrees before it leaves; silence is no.",
    Kind.STOP_PAYMENT: "Money is on its way to somebody who must not have it: please have it held, within the hour.",
    Kind.IOC_REPORT: "Addresses and times (UTC) of an attack, to the country concerned: please secure what is there.",
    Kind.THREAT_ALERT: "A warning to those at risk, before or without an Orange Notice; to be acknowledged at once.",
    Kind.SECURITY_INCIDENT: "Keys, data or access may be in wrong hands: told to the secretariat.",
    Kind.ACK: "A person has taken an urgent request in hand; the answer follows.",
    Kind.REMINDER: "An answer, or papers, are waited for. From the command centre it wakes the officer on call.",
    Kind.ESCALATION: "To the command centre: somebody has not answered within twice the time.",
    Kind.HIT_NOTICE: "The secretariat tells the owner of a record, and the bureau of whoever asked, that it was hit.",
    Kind.RESTRICTED_HIT: "The same, to the owner alone: whoever asked is barred and was told that there is nothing.",
    Kind.DELAYED_HIT: "A record was entered after somebody had asked for it: told to both.",
    Kind.HIT_CONFIRM_REQUEST: "Who has a hit asks the owner: is it the same, and does it still stand?",
    Kind.HIT_CONFIRM: "The owner confirms.",
    Kind.HIT_DENY: "The owner does not confirm: another person or thing, or its record stands no more.",
    Kind.ARREST_NOTIFY: "Somebody was arrested provisionally: under which treaty, until when papers must come.",
    Kind.LOCATED_NOTIFY: "Somebody or something was found, secured, or let go.",
    Kind.DOC_TRANSFER: "Papers, such as the advance copy of a request for extradition.",
    Kind.NOTICE_REQUEST: "A bureau, or an international body, asks for a notice, or for an update of its own.",
    Kind.NOTICE_QUERY: "The reviewer, or the secretariat, asks the requester something.",
    Kind.NOTICE_DECISION: "The reviewer's decision, with everything that is missing.",
    Kind.NOTICE_PUBLISHED: "A notice, to its audience. A request for cooperation, never an arrest warrant.",
    Kind.NOTICE_UPDATE: "The notice anew, after a change by its owner.",
    Kind.NOTICE_ADDENDUM: "The secretariat adds something to a notice, such as a refused extradition.",
    Kind.NOTICE_SUSPEND: "For a while the notice is not to be used: asked for by its owner, told to its audience.",
    Kind.NOTICE_RESUME: "It holds again.",
    Kind.NOTICE_RENEW: "The owner asks for another term.",
    Kind.NOTICE_REMINDER: "To the owner: the term is nearly over; silence means deletion.",
    Kind.NOTICE_WITHDRAW: "The owner gives the notice up, its purpose being met or abandoned; then all are told.",
    Kind.NOTICE_CANCEL: "The secretariat ends a notice that does not comply; whoever has it deletes it.",
    Kind.DIFFUSION: "A bureau circulates by itself; the secretariat reviews afterwards.",
    Kind.DIFFUSION_CLEARED: "The review of a diffusion has found nothing against it.",
    Kind.DIFFUSION_CANCEL: "A diffusion is recalled, by its sender or by the secretariat.",
    Kind.DB_RECORD: "An owner enters a record.",
    Kind.DB_UPDATE: "An owner changes, or renews, a record of its own.",
    Kind.DB_DELETE: "An owner deletes a record of its own.",
    Kind.DB_QUERY: "A question to the databases.",
    Kind.DB_RESULT: "The answer to a query or an entry. A restriction and an absence read the same.",
    Kind.CONSENT_REQUEST: "May something of yours be passed on?",
    Kind.CONSENT_REPLY: "The owner's answer, with the marks that travel along.",
    Kind.THREAT_RELEASE: "In an urgent threat the secretariat releases restricted data, the owner being told.",
    Kind.COMPLAINT: "A reader of a message doubts that it was right to send it; an examination begins.",
    Kind.COMPLIANCE_QUERY: "A question about keeping the rules.",
    Kind.COMPLIANCE_REPLY: "The answer to it.",
    Kind.REFUGEE_STATUS: "A bureau tells the secretariat that somebody is protected. Nobody else learns who told.",
    Kind.CCF_REQUEST: "The Commission for the Control of Files asks the secretariat what the files hold.",
    Kind.CCF_DECISION: "The Commission decides; the decision binds.",
    Kind.CCF_REPORT: "The secretariat reports to the Commission what it has found, or done.",
    Kind.BROADCAST: "The secretariat writes to all.",
}
"""One sentence for each kind of message."""
ASKING: Final = (Kind.INFO_REQUEST, Kind.CD_REQUEST, Kind.STOP_PAYMENT, Kind.IOC_REPORT)
"""What asks a bureau for something, and is answered with an ``INFO_REPLY``."""
_SPELLED = {
    "db": "database",
    "ccf": "CCF",
    "cd": "controlled delivery",
    "ioc": "indicators",
    "doc": "document",
    "ack": "acknowledgement",
}


def in_words(kind: str) -> str:
    """The name of a kind as words, without a capital at its beginning: ``DB_QUERY`` is ``database query``."""
    return " ".join(_SPELLED.get(part, part) for part in kind.lower().split("_"))


def headed(kind: str) -> str:
    """The same as a heading: ``Database query``."""
    words = in_words(kind)
    return words[:1].upper() + words[1:]
