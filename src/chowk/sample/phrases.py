"""Sentences from which product descriptions are made, by trade.

`products` picks an opening, a use and a care sentence for each product. Written for this project.
"""

from __future__ import annotations

from collections.abc import Mapping

#: {one} is the noun with its article, {made} the material, colour and style where there are any.
OPENINGS = (
    "{One} by {brand}{made}.",
    "{brand} brings you {one}{made}.",
    "From the {line} series: {one}{made}.",
    "The {line} {noun} from {brand}{made}.",
)

USES: Mapping[str, tuple[str, ...]] = {
    "ethnic": (
        "Made for weddings and festival evenings.",
        "Light enough for a whole day of Navratri.",
        "Woven by hand in small batches, so no two are quite alike.",
        "Falls softly and keeps its colour wash after wash.",
        "A gift that is remembered at Diwali or Eid.",
    ),
    "western": (
        "Cut for everyday wear, from the office to the weekend.",
        "Sits well on its own or under a second layer.",
        "A quiet classic that goes with most of a wardrobe.",
        "Breathes on warm days and travels without creases.",
        "Stitched twice where it is used most.",
    ),
    "worn": (
        "Light to wear from the first coffee to the last bus.",
        "Goes with plain clothes as well as with festive ones.",
        "Comes in a box that is pretty enough to give away.",
        "Made in a workshop of eleven people.",
        "Ages well, and is easily repaired.",
    ),
    "devices": (
        "Quick to set up and built to last through a long day.",
        "Updates are promised for four years.",
        "Works with what you already own, no adapter needed.",
        "Tuned for clear pictures and clear sound.",
        "Comes with a cable, a guide and two years of warranty.",
    ),
    "extras": (
        "A small helper that stays in the bag.",
        "Fits snugly and leaves every button free.",
        "Tested for ten thousand bends and plugs.",
        "Protects against drops from table height.",
        "Thin, light, and hard to lose.",
    ),
    "home": (
        "Brings warmth to the table and is easy to clean.",
        "Made to be used every day and to look well doing it.",
        "A welcome present for a new home.",
        "Goes with plain and with colourful rooms.",
        "Shaped by hand, finished with care.",
    ),
    "food": (
        "From one harvest, packed within the month.",
        "No colouring and nothing that you cannot pronounce.",
        "Goes well with an afternoon and good company.",
        "Grown by a cooperative of small farms.",
        "Sealed fresh, so the scent is there when you open it.",
    ),
    "beauty": (
        "Gentle enough for every day.",
        "Without parabens, and never tested on animals.",
        "Absorbs quickly and leaves no film.",
        "Pressed from fruit and seeds, with a light scent.",
        "Follows a recipe that is older than the brand.",
    ),
    "sport": (
        "Holds its shape season after season.",
        "For the street, the park and the first league match.",
        "Good grip, also in the rain.",
        "Made for practice four evenings a week.",
        "Approved by coaches for training.",
    ),
    "school": (
        "Ready for the first day of school and for the hundredth.",
        "With room for books, a bottle and secrets.",
        "Padded where it rests on the back.",
        "Water runs off, and so do most stains.",
        "Reflects light on dark mornings.",
    ),
}

CARES: Mapping[str, tuple[str, ...]] = {
    "ethnic": ("Dry clean only.", "Wash by hand in cold water.", "Store folded in muslin."),
    "western": ("Machine wash at 30 degrees.", "Do not tumble dry.", "Iron inside out."),
    "worn": ("Wipe with a soft cloth.", "Keep away from salt water.", "One year of repairs."),
    "devices": ("Two years of warranty.", "Keep dry.", "Recycle at the end of its life."),
    "extras": ("One year of warranty.", "Wipe with a dry cloth.", "Packed without plastic."),
    "home": ("Wipe clean with a damp cloth.", "Keep away from bleach.", "Safe in the dishwasher."),
    "food": ("Store cool and dry.", "Best within twelve months.", "May contain traces of nuts."),
    "beauty": ("For outer use only.", "Avoid the eyes.", "Use within a year of opening."),
    "sport": ("Let it dry after use.", "Pump included with selected sizes.", "Store indoors."),
    "school": ("Wipe with a wet cloth.", "Two years of warranty.", "Made from recycled bottles."),
}
