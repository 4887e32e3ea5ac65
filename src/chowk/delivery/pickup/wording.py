"""The words of a pick-up notice, by language and stage.

In go a language tag, a stage and the point's name; out come a subject and a text. A text never
holds an address: a lock screen is read by others.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Literal

Stage = Literal["ready", "reminder", "last_day", "returned"]
STAGES: tuple[Stage, ...] = ("ready", "reminder", "last_day", "returned")

#: (subject, text) by language and stage; `{point}` is the point's name, `{until}` the last day.
TEMPLATES: MappingProxyType[str, MappingProxyType[str, tuple[str, str]]] = MappingProxyType(
    {
        "en": MappingProxyType(
            {
                "ready": (
                    "Your parcel is ready",
                    "Your parcel waits at {point}. Please fetch it by {until}.",
                ),
                "reminder": (
                    "Your parcel still waits",
                    "Your parcel still waits at {point}, until {until}.",
                ),
                "last_day": (
                    "Last day for your parcel",
                    "Today is the last day to fetch your parcel at {point}.",
                ),
                "returned": (
                    "Your parcel went back",
                    "Your parcel was not fetched at {point} and has gone back to the store.",
                ),
            }
        ),
        "hi": MappingProxyType(
            {
                "ready": (
                    "आपका पार्सल तैयार है",
                    "आपका पार्सल {point} पर रखा है। कृपया {until} तक ले जाएँ।",
                ),
                "reminder": (
                    "आपका पार्सल अभी रखा है",
                    "आपका पार्सल {point} पर {until} तक रखा रहेगा।",
                ),
                "last_day": (
                    "आज आख़िरी दिन है",
                    "{point} से पार्सल लेने का आज आख़िरी दिन है।",
                ),
                "returned": (
                    "आपका पार्सल लौट गया",
                    "पार्सल {point} से नहीं लिया गया और दुकान को लौट गया है।",
                ),
            }
        ),
        "mr": MappingProxyType(
            {
                "ready": (
                    "तुमचे पार्सल तयार आहे",
                    "तुमचे पार्सल {point} येथे आहे. कृपया {until} पर्यंत घेऊन जा.",
                ),
                "reminder": (
                    "तुमचे पार्सल अजून आहे",
                    "तुमचे पार्सल {point} येथे {until} पर्यंत ठेवले जाईल.",
                ),
                "last_day": (
                    "आज शेवटचा दिवस आहे",
                    "{point} येथून पार्सल घेण्याचा आज शेवटचा दिवस आहे.",
                ),
                "returned": (
                    "तुमचे पार्सल परत गेले",
                    "{point} येथून पार्सल घेतले गेले नाही; ते दुकानात परत गेले आहे.",
                ),
            }
        ),
        "es": MappingProxyType(
            {
                "ready": (
                    "Su paquete está listo",
                    "Su paquete le espera en {point}. Recójalo antes del {until}.",
                ),
                "reminder": (
                    "Su paquete sigue esperando",
                    "Su paquete sigue en {point} hasta el {until}.",
                ),
                "last_day": (
                    "Último día para su paquete",
                    "Hoy es el último día para recoger su paquete en {point}.",
                ),
                "returned": (
                    "Su paquete fue devuelto",
                    "Nadie recogió su paquete en {point} y ha vuelto a la tienda.",
                ),
            }
        ),
    }
)


def spoken(language: str) -> str:
    """The language that a notice is written in: the one that is asked for, or English.

    >>> spoken("hi_IN"), spoken("EN"), spoken("ta-IN")
    ('hi', 'en', 'en')
    """
    base = language.replace("_", "-").split("-")[0].lower()
    return base if base in TEMPLATES else "en"


def worded(stage: Stage, language: str, point: str, until: str) -> tuple[str, str]:
    """Subject and text, in the language or, where there is none of it, in English.

    >>> worded("ready", "en-IN", "Corner Shop", "3 May")[1]
    'Your parcel waits at Corner Shop. Please fetch it by 3 May.'
    """
    subject, text = TEMPLATES[spoken(language)][stage]
    return subject, text.format(point=point, until=until)
