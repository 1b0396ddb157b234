"""More of the decision table: notices and their lives, diffusions, consent, emergencies, complaints, the Commission."""

from policy_cases import bars, message, published, row, world

from i247sim.policy.facts import Consent, Emergency, Review
from i247sim.vocabulary.messages import Database, Handling, Kind, NoticeType, Purpose
from i247sim.vocabulary.parties import State

DIFFUSION = message(Kind.DIFFUSION, to=("IPSG", "DE", "BR"), released=True)
SILVER = {"notice_type": NoticeType.SILVER, "purpose": Purpose.LOCATE}
ONWARD = {"sender": "DE", "quoted": (("FR", "NOM-000017"),)}
OTHERS = world(restrictions={"FR": bars("BR")})
EMERGENCY = {"sender": "IPSG", "to": ("BR", "FR"), "quoted": (("FR", "NOM-000017"),), "emergency": Emergency.VALID}
REQUEST = {"sender": "CCF", "to": ("IPSG",), "purpose": Purpose.COMPLIANCE}


def changes(kind: Kind, sender: str = "FR", **more: object) -> object:
    """A bureau's word about a notice of FR."""
    fields = {"notice_type": NoticeType.RED, "notice_owner": "FR", "purpose": Purpose.WANTED, **more}
    return message(kind, sender, ("IPSG",), **fields)


SERVICE = [
    # Notices
    *(
        row(f"a bureau may {word} its own notice", changes(kind), None, "allowed", "SEND-NOTICE-REQUEST")
        for word, kind in (
            ("suspend", Kind.NOTICE_SUSPEND), ("resume", Kind.NOTICE_RESUME), ("renew", Kind.NOTICE_RENEW),
            ("withdraw", Kind.NOTICE_WITHDRAW),
        )
    ),
    row("a bureau has no say in another's notice", changes(Kind.NOTICE_WITHDRAW, "DE"), None, "E-RIGHTS",
        "RIGHTS-NOTICE-OWN"),
    row("a notice that nobody knows is nobody's", changes(Kind.NOTICE_SUSPEND, notice_owner=None), None, "E-RIGHTS",
        "RIGHTS-NOTICE-OWN"),
    row("an update is asked for by whose notice it is",
        message(Kind.NOTICE_REQUEST, to=("IPSG", "NDTF"), notice_owner="FR"), None, "allowed", "SEND-NOTICE-REQUEST"),
    row("an update of another's notice is not",
        message(Kind.NOTICE_REQUEST, "DE", ("IPSG", "NDTF"), notice_owner="FR"), None, "E-RIGHTS", "RIGHTS-NOTICE-OWN"),
    row("the reviewer hears of a withdrawal", message(Kind.NOTICE_WITHDRAW, to=("IPSG", "NDTF"), notice_owner="FR"),
        "NDTF", "allowed", "RECV-NOTICE-REQUEST"),
    row("an update is published after its own review", published(review=Review.VALID), None, "allowed", "SEND-NOTICE"),
    row("an update without a review is not published",
        message(Kind.NOTICE_UPDATE, "IPSG", ("FR", "DE"), quoted=(("FR", "NOM-000017"),), review=Review.MISSING,
                notice_type=NoticeType.RED, purpose=Purpose.WANTED), None, "E-REVIEW", "REVIEW-MISSING"),
    row("a suspension is told to those who have the notice",
        message(Kind.NOTICE_SUSPEND, "IPSG", ("FR", "DE"), channel=published().channel,
                quoted=(("FR", "NOM-000017"),)), "DE", "allowed", "RECV-NOTICE"),
    row("an addendum quotes whose notice it is", message(Kind.NOTICE_ADDENDUM, "IPSG", ("FR", "DE")), None, "E-REVIEW",
        "REVIEW-SOURCE"),
    row("who is barred from a notice does not hear of its end",
        message(Kind.NOTICE_CANCEL, "IPSG", ("FR", "BR"), quoted=(("FR", "NOM-000017"),)), "BR", "E-RESTRICT",
        "RESTRICT-OWNER", OTHERS),
    row("the secretariat asks for a warning of its own",
        message(Kind.NOTICE_REQUEST, "IPSG", ("NDTF",), notice_type=NoticeType.ORANGE, purpose=Purpose.WARN), None,
        "allowed", "SEND-NOTICE-OWN"),
    row("the task force reviews it like all others",
        message(Kind.NOTICE_REQUEST, "IPSG", ("NDTF",), notice_type=NoticeType.ORANGE, purpose=Purpose.WARN), "NDTF",
        "allowed", "RECV-FROM-SECRETARIAT RECV-NOTICE-REQUEST"),
    row("the secretariat wants nobody arrested", message(Kind.NOTICE_REQUEST, "IPSG", ("NDTF",)), None, "E-RIGHTS", ""),
    row("nobody gets a notice around the task force",
        message(Kind.NOTICE_REQUEST, "IPSG", ("FR",), notice_type=NoticeType.ORANGE, purpose=Purpose.WARN), None,
        "E-ADDR", "ADDR-REVIEWER"),
    row("the requester is reminded before its notice expires",
        message(Kind.NOTICE_REMINDER, "IPSG", ("FR",), purpose=Purpose.COMPLIANCE), "FR", "allowed",
        "RECV-FROM-SECRETARIAT"),
    row("the secretariat reminds", message(Kind.NOTICE_REMINDER, "IPSG", ("FR",), purpose=Purpose.COMPLIANCE), None,
        "allowed", "SEND-REMINDER"),
    row("a bureau reminds nobody in the secretariat's name", message(Kind.NOTICE_REMINDER), None, "E-RIGHTS", ""),
    row("a member of the pilot asks for a Silver Notice",
        message(Kind.NOTICE_REQUEST, "JP", ("IPSG", "NDTF"), **SILVER), None, "allowed", "SEND-NOTICE-REQUEST"),
    row("who is not in the pilot does not", message(Kind.NOTICE_REQUEST, to=("IPSG", "NDTF"), **SILVER), None,
        "E-RIGHTS", "RIGHTS-SILVER"),
    row("a Silver Notice goes to the pilot", published(("JP",), **SILVER), "JP", "allowed", "RECV-NOTICE"),
    row("a Silver Notice goes to nobody else", published(**SILVER), "DE", "E-ADDR", "ADDR-SILVER"),
    # Diffusions
    row("a diffusion about a wanted person says that it is not reviewed yet",
        message(Kind.DIFFUSION, to=("IPSG", "DE"), handling=()), None, "E-REVIEW", "REVIEW-PENDING"),
    row("another diffusion need not", message(Kind.DIFFUSION, to=("IPSG", "DE"), purpose=Purpose.WARN, handling=()),
        None, "allowed", "SEND-DIFFUSION"),
    row("the secretariat clears a diffusion", message(Kind.DIFFUSION_CLEARED, "IPSG", ("DE", "BR")), None, "allowed",
        "SEND-DIFFUSION-CANCEL"),
    row("no bureau clears its own", message(Kind.DIFFUSION_CLEARED, to=("IPSG", "DE")), None, "E-RIGHTS",
        "RIGHTS-CLEARED"),
    row("what was released goes on", DIFFUSION, "DE", "allowed", "RECV-DIFFUSION",
        world(states={"FR": State.SUPERVISED})),
    # Complaints
    row("who has received a message complains of it",
        message(Kind.COMPLAINT, "DE", ("IPSG",), received=True, purpose=Purpose.COMPLIANCE), None, "allowed",
        "SEND-COMPLAINT"),
    row("the secretariat hears the complaint",
        message(Kind.COMPLAINT, "DE", ("IPSG",), received=True, purpose=Purpose.COMPLIANCE), "IPSG", "allowed",
        "RECV-COMPLIANCE"),
    row("nobody complains of what it has not received",
        message(Kind.COMPLAINT, "DE", ("IPSG",), purpose=Purpose.COMPLIANCE), None, "E-RIGHTS", "RIGHTS-COMPLAINT"),
    row("a bar is no way around an examination",
        message(Kind.COMPLAINT, "DE", ("IPSG",), received=True, purpose=Purpose.COMPLIANCE), "IPSG", "allowed",
        "RECV-COMPLIANCE", world(restrictions={"DE": bars("IPSG")})),
    row("a disconnected bureau answers the secretariat",
        message(Kind.COMPLIANCE_REPLY, to=("IPSG",), purpose=Purpose.COMPLIANCE), "IPSG", "allowed", "RECV-COMPLIANCE",
        world(states={"FR": State.DISCONNECTED})),
    row("a member tells whom it protects",
        message(Kind.REFUGEE_STATUS, "DE", ("IPSG",), purpose=Purpose.COMPLIANCE), None, "allowed", "SEND-REFUGEE"),
    row("the reviewer hears of it",
        message(Kind.REFUGEE_STATUS, "DE", ("IPSG", "NDTF"), purpose=Purpose.COMPLIANCE), "NDTF", "allowed",
        "RECV-REFUGEE"),
    row("it tells nobody else",
        message(Kind.REFUGEE_STATUS, "DE", ("IPSG", "FR"), purpose=Purpose.COMPLIANCE), "FR", "E-ADDR", ""),
    # Consent
    row("another's data are passed on with its consent", message(to=("JP",), **ONWARD), "JP", "allowed", "RECV-DIRECT"),
    row("another's data are not passed on without", message(to=("JP",), consent=Consent.MISSING, **ONWARD), "JP",
        "E-CONSENT", "CONSENT"),
    row("a consent to somebody else does not do", message(to=("JP",), consent=Consent.FOREIGN, **ONWARD), "JP",
        "E-CONSENT", "CONSENT"),
    row("a diffusion passes nothing on without consent",
        message(Kind.DIFFUSION, to=("IPSG", "JP"), consent=Consent.MISSING, **ONWARD), "JP", "E-CONSENT", "CONSENT"),
    row("whoever checks it gets it all the same",
        message(Kind.DIFFUSION, to=("IPSG", "JP"), consent=Consent.MISSING, **ONWARD), "IPSG", "allowed",
        "RECV-DIFFUSION"),
    row("the owner may be written to about its own data", message(to=("FR",), consent=Consent.MISSING, **ONWARD), "FR",
        "allowed", "RECV-DIRECT"),
    row("so may its entities by one that is let",
        message(sender="DE-special", to=("FR-harbour",), quoted=(("FR", "NOM-000017"),), consent=Consent.MISSING),
        "FR-harbour", "E-ADDR", ""),
    row("the owner's conditions travel", message(to=("JP",), consent=Consent.CONDITIONS, **ONWARD), "JP", "E-CONSENT",
        "CONSENT-CONDITIONS"),
    row("another purpose needs another consent", message(to=("JP",), consent=Consent.PURPOSE, **ONWARD), None,
        "E-PURPOSE", "PURPOSE-ONWARD"),
    row("consent does not lift a bar", message(to=("BR",), **ONWARD), "BR", "E-RESTRICT", "RESTRICT-OWNER", OTHERS),
    # Emergencies
    row("in an emergency restricted data are released", message(Kind.THREAT_RELEASE, **EMERGENCY), "BR", "allowed",
        "RECV-FROM-SECRETARIAT", OTHERS),
    row("the secretariat releases them", message(Kind.THREAT_RELEASE, **EMERGENCY), None, "allowed", "SEND-EMERGENCY"),
    row("a bureau does not release", message(Kind.THREAT_RELEASE, **{**EMERGENCY, "sender": "DE"}), None, "E-RIGHTS",
        ""),
    row("one officer alone does not",
        message(Kind.THREAT_RELEASE, **{**EMERGENCY, "emergency": Emergency.ALONE}), None, "E-RIGHTS",
        "EMERGENCY-APPROVED"),
    row("the owner is asked first", message(Kind.THREAT_RELEASE, **{**EMERGENCY, "emergency": Emergency.UNASKED}), None,
        "E-CONSENT", "EMERGENCY-ASKED"),
    row("the owner has its time", message(Kind.THREAT_RELEASE, **{**EMERGENCY, "emergency": Emergency.EARLY}), None,
        "E-CONSENT", "EMERGENCY-ASKED"),
    row("the owner's refusal is respected",
        message(Kind.THREAT_RELEASE, **{**EMERGENCY, "emergency": Emergency.REFUSED}), None, "E-CONSENT",
        "EMERGENCY-REFUSED"),
    row("the owner is told", message(Kind.THREAT_RELEASE, **{**EMERGENCY, "to": ("BR",)}), None, "E-CONSENT",
        "EMERGENCY-OWNER"),
    row("urgency alone lifts no bar",
        message(Kind.THREAT_RELEASE, **{**EMERGENCY, "emergency": Emergency.NONE}), "BR", "E-RESTRICT",
        "RESTRICT-OWNER", OTHERS),
    # The Commission
    row("the Commission passes on a request", message(Kind.CCF_REQUEST, **REQUEST), None, "allowed", "SEND-COMMISSION"),
    row("the secretariat receives it", message(Kind.CCF_REQUEST, **REQUEST), "IPSG", "allowed", "RECV-COMMISSION"),
    row("a bureau hears nothing of the Commission",
        message(Kind.CCF_DECISION, **{**REQUEST, "to": ("IPSG", "FR")}), "FR", "E-ADDR", ""),
    row("nobody speaks for the Commission", message(Kind.CCF_DECISION, "IPSG", ("FR",), purpose=Purpose.COMPLIANCE),
        None, "E-RIGHTS", "RIGHTS-COMMISSION"),
    row("the secretariat reports to it",
        message(Kind.CCF_REPORT, "IPSG", ("CCF",), purpose=Purpose.COMPLIANCE), None, "allowed",
        "SEND-COMMISSION-REPORT"),
    row("the Commission reads the report", message(Kind.CCF_REPORT, "IPSG", ("CCF",), purpose=Purpose.COMPLIANCE),
        "CCF", "allowed", "RECV-COMMISSION-REPORT"),
    row("the Commission asks the databases nothing", message(Kind.DB_QUERY, "CCF", ("IPSG",)), None, "E-RIGHTS", ""),
    # Measures
    row("whose right to consult alone is suspended does not query", message(Kind.DB_QUERY, to=("IPSG",)), None,
        "E-STATE", "STATE-QUERY", world(states={"FR": State.CONSULT_SUSPENDED})),
    row("it records all the same", message(Kind.DB_RECORD, to=("IPSG",), database=Database.NOMINAL), None, "allowed",
        "SEND-RECORD", world(states={"FR": State.CONSULT_SUSPENDED})),
    row("a mark of the sender's own changes nothing", message(handling=(Handling.NOT_ONWARD,)), "DE", "allowed",
        "RECV-DIRECT"),
]  # fmt: skip
