"""A notice's words in the four languages, and what the public may see of it. Pure.

Fixed phrases are translated, once, here. Free text is never translated by machine: it stands in the language that
its author wrote, and says so in the reader's.
"""

from i247sim.vocabulary.contents import Notice, PublicExtract, Wording
from i247sim.vocabulary.messages import Language, NoticeType

LANGUAGES: tuple[Language, ...] = ("en", "fr", "es", "ar")

_NAMES: dict[Language, dict[NoticeType, str]] = {
    "en": {
        NoticeType.RED: "Red Notice",
        NoticeType.BLUE: "Blue Notice",
        NoticeType.GREEN: "Green Notice",
        NoticeType.YELLOW: "Yellow Notice",
        NoticeType.BLACK: "Black Notice",
        NoticeType.PURPLE: "Purple Notice",
        NoticeType.ORANGE: "Orange Notice",
        NoticeType.UN_SPECIAL: "UN Security Council Special Notice",
        NoticeType.SILVER: "Silver Notice",
        NoticeType.ART: "Stolen work of art",
    },
    "fr": {
        NoticeType.RED: "Notice rouge",
        NoticeType.BLUE: "Notice bleue",
        NoticeType.GREEN: "Notice verte",
        NoticeType.YELLOW: "Notice jaune",
        NoticeType.BLACK: "Notice noire",
        NoticeType.PURPLE: "Notice mauve",
        NoticeType.ORANGE: "Notice orange",
        NoticeType.UN_SPECIAL: "Notice spéciale du Conseil de sécurité de l'ONU",
        NoticeType.SILVER: "Notice argentée",
        NoticeType.ART: "Œuvre d'art volée",
    },
    "es": {
        NoticeType.RED: "Notificación roja",
        NoticeType.BLUE: "Notificación azul",
        NoticeType.GREEN: "Notificación verde",
        NoticeType.YELLOW: "Notificación amarilla",
        NoticeType.BLACK: "Notificación negra",
        NoticeType.PURPLE: "Notificación morada",
        NoticeType.ORANGE: "Notificación naranja",
        NoticeType.UN_SPECIAL: "Notificación especial del Consejo de Seguridad de la ONU",
        NoticeType.SILVER: "Notificación plateada",
        NoticeType.ART: "Obra de arte robada",
    },
    "ar": {
        NoticeType.RED: "النشرة الحمراء",
        NoticeType.BLUE: "النشرة الزرقاء",
        NoticeType.GREEN: "النشرة الخضراء",
        NoticeType.YELLOW: "النشرة الصفراء",
        NoticeType.BLACK: "النشرة السوداء",
        NoticeType.PURPLE: "النشرة البنفسجية",
        NoticeType.ORANGE: "النشرة البرتقالية",
        NoticeType.UN_SPECIAL: "النشرة الخاصة لمجلس الأمن التابع للأمم المتحدة",
        NoticeType.SILVER: "النشرة الفضية",
        NoticeType.ART: "عمل فني مسروق",
    },
}

_PURPOSES: dict[Language, dict[NoticeType, str]] = {
    "en": {
        NoticeType.RED: "To locate a wanted person, with a view to extradition or a similar lawful action.",
        NoticeType.BLUE: "To learn the identity, whereabouts or activities of a person of interest in a case.",
        NoticeType.GREEN: "To warn of a person's criminal activities and threat to public safety.",
        NoticeType.YELLOW: "To find a missing person, or to identify somebody who cannot do so.",
        NoticeType.BLACK: "To identify a dead body.",
        NoticeType.PURPLE: "To inform about methods, objects, devices and hiding places.",
        NoticeType.ORANGE: "To warn of a serious and imminent threat.",
        NoticeType.UN_SPECIAL: "To inform that a person or entity is under sanctions of the United Nations.",
        NoticeType.SILVER: "To locate and identify assets that are tied to a crime.",
        NoticeType.ART: "To trace a stolen work of art.",
    },
    "fr": {
        NoticeType.RED: "Localiser une personne recherchée en vue de son extradition ou d'une mesure légale analogue.",
        NoticeType.BLUE: "Recueillir des informations sur l'identité, la localisation ou les activités d'une personne.",
        NoticeType.GREEN: "Alerter sur les activités criminelles d'une personne menaçant la sécurité publique.",
        NoticeType.YELLOW: "Retrouver une personne disparue ou identifier une personne qui ne peut le faire elle-même.",
        NoticeType.BLACK: "Identifier un cadavre.",
        NoticeType.PURPLE: "Informer sur des modes opératoires, objets, dispositifs et caches.",
        NoticeType.ORANGE: "Alerter sur une menace grave et imminente.",
        NoticeType.UN_SPECIAL: "Informer qu'une personne ou entité est visée par des sanctions des Nations Unies.",
        NoticeType.SILVER: "Localiser et identifier des avoirs liés à une infraction.",
        NoticeType.ART: "Retrouver une œuvre d'art volée.",
    },
    "es": {
        NoticeType.RED: "Localizar a una persona buscada con miras a su extradición o a una medida legal similar.",
        NoticeType.BLUE: "Obtener información sobre la identidad, el paradero o las actividades de una persona.",
        NoticeType.GREEN: "Alertar sobre las actividades delictivas de una persona que amenaza la seguridad pública.",
        NoticeType.YELLOW: "Encontrar a una persona desaparecida o identificar a quien no puede hacerlo por sí misma.",
        NoticeType.BLACK: "Identificar un cadáver.",
        NoticeType.PURPLE: "Informar sobre modos de operar, objetos, dispositivos y escondites.",
        NoticeType.ORANGE: "Alertar de una amenaza grave e inminente.",
        NoticeType.UN_SPECIAL: "Informar de que una persona o entidad está sujeta a sanciones de las Naciones Unidas.",
        NoticeType.SILVER: "Localizar e identificar bienes vinculados a un delito.",
        NoticeType.ART: "Localizar una obra de arte robada.",
    },
    "ar": {
        NoticeType.RED: "تحديد مكان شخص مطلوب تمهيدا لتسليمه أو لإجراء قانوني مماثل.",
        NoticeType.BLUE: "جمع معلومات عن هوية شخص أو مكانه أو أنشطته.",
        NoticeType.GREEN: "التحذير من الأنشطة الإجرامية لشخص يهدد السلامة العامة.",
        NoticeType.YELLOW: "البحث عن شخص مفقود أو تحديد هوية من لا يستطيع ذلك.",
        NoticeType.BLACK: "تحديد هوية جثة.",
        NoticeType.PURPLE: "الإبلاغ عن أساليب وأدوات وأجهزة ومخابئ.",
        NoticeType.ORANGE: "التحذير من تهديد خطير ووشيك.",
        NoticeType.UN_SPECIAL: "الإبلاغ عن خضوع شخص أو كيان لعقوبات الأمم المتحدة.",
        NoticeType.SILVER: "تحديد مكان أصول مرتبطة بجريمة والتعرف عليها.",
        NoticeType.ART: "البحث عن عمل فني مسروق.",
    },
}

_CAUTION: dict[Language, str] = {
    "en": "A request for cooperation, no arrest warrant: each country decides under its law. Innocent until proven.",
    "fr": "Demande de coopération et non mandat d'arrêt : chaque pays décide selon son droit. Présomption d'innocence.",
    "es": "Solicitud de cooperación, no orden de detención: cada país decide según su ley. Presunción de inocencia.",
    "ar": "طلب تعاون وليس أمر توقيف: كل بلد يقرر وفق قانونه. الأصل في الإنسان البراءة.",
}
_CAUTION_OTHERS: dict[Language, str] = {
    "en": "A request for cooperation: it obliges nobody, and data are used under the rules and national law alone.",
    "fr": "Demande de coopération : elle n'oblige personne ; les règles et le droit national régissent les données.",
    "es": "Solicitud de cooperación: no obliga a nadie; los datos se usan según las normas y la ley nacional.",
    "ar": "طلب تعاون غير ملزم؛ تستخدم البيانات وفق القواعد والقانون الوطني فقط.",
}
_IN: dict[Language, dict[Language, str]] = {
    "en": {"en": "English", "fr": "French", "es": "Spanish", "ar": "Arabic"},
    "fr": {"en": "anglais", "fr": "français", "es": "espagnol", "ar": "arabe"},
    "es": {"en": "inglés", "fr": "francés", "es": "español", "ar": "árabe"},
    "ar": {"en": "الإنكليزية", "fr": "الفرنسية", "es": "الإسبانية", "ar": "العربية"},
}
_LABEL: dict[Language, str] = {
    "en": "free text in {}, as the requesting bureau wrote it",
    "fr": "texte libre en {}, tel que rédigé par le bureau requérant",
    "es": "texto libre en {}, tal como lo redactó la oficina solicitante",
    "ar": "نص حر باللغة {} كما كتبه المكتب الطالب",
}


def named(type_: NoticeType, lang: Language = "en") -> tuple[str, str]:
    """What a notice of this colour is called, and what it is for."""
    return _NAMES[lang][type_], _PURPOSES[lang][type_]


def wordings(notice: Notice) -> dict[Language, Wording]:
    """The notice in all four languages, in their order."""
    return {lang: _wording(notice, lang) for lang in LANGUAGES}


def _wording(notice: Notice, lang: Language) -> Wording:
    own: Language = notice.lang or "en"
    translated = (notice.translations or {}).get(lang)
    subject, text, free = notice.subject, notice.text, own
    if translated is not None:
        subject, text, free = translated.subject, translated.text, lang
    caution = _CAUTION if notice.type is NoticeType.RED else _CAUTION_OTHERS
    title, purpose = named(notice.type, lang)
    return Wording(
        title=title,
        purpose=purpose,
        caution=caution[lang],
        subject=subject,
        text=text,
        free_text=free,
        label=None if free == lang else _LABEL[lang].format(_IN[lang][free]),
    )


def extract(notice: Notice, number: str, requester: str) -> PublicExtract | None:
    """What the public may see, or ``None`` if no extract was asked for. No facts of the case, no documents."""
    if not notice.public:
        return None
    person = notice.person
    return PublicExtract(
        entity_id=number.replace("/", "-"),
        name=person.family_name if person else None,
        forename=person.forename if person else None,
        date_of_birth=person.born.replace("-", "/") if person else None,
        sex_id=person.sex if person else None,
        nationalities=person.nationalities if person else (),
        place_of_birth=person.birth_place if person else None,
        country_of_birth_id=person.birth_country if person else None,
        languages_spoken_ids=person.languages if person else None,
        distinguishing_marks=person.description if person else None,
        charge=notice.judicial.charge if notice.judicial else None,
        issuing_country_id=requester,
        text=None if person else notice.text or notice.subject,
    )
