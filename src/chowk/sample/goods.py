"""What the simulated market sells: 40 kinds of goods, their brands, colours and facets.

Plain declarations; nothing here is drawn at random. `products` turns them into a catalogue, the
chapters read from them what goes with what (`COMPLEMENTS`) and what belongs where (`AT_HOME`).
All brand names are invented.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: Colours by name, as red, green, blue in 0 … 255.
COLOURS: Mapping[str, tuple[int, int, int]] = {
    "red": (205, 32, 44),
    "maroon": (128, 20, 40),
    "pink": (236, 110, 160),
    "orange": (240, 130, 30),
    "yellow": (245, 205, 50),
    "green": (40, 140, 70),
    "teal": (20, 135, 140),
    "blue": (45, 105, 205),
    "navy": (24, 38, 90),
    "purple": (115, 55, 150),
    "white": (243, 242, 238),
    "black": (30, 30, 33),
    "grey": (140, 143, 148),
    "brown": (120, 76, 45),
    "beige": (218, 196, 160),
    "gold": (205, 165, 60),
}

_BRIGHT = ("red", "maroon", "pink", "orange", "yellow", "green", "teal", "blue", "purple", "gold")
_PLAIN = ("black", "white", "navy", "grey", "brown", "beige", "blue", "green", "maroon", "red")
_DEVICE = ("black", "white", "grey", "blue", "gold", "green", "purple")
_ALL = tuple(COLOURS)
_METAL = ("gold", "grey", "black", "brown")
_WOOD = ("brown", "beige", "black", "white")

PATTERNS = ("solid", "striped", "checked", "dotted", "floral", "paisley", "zigzag")
_CLOTH = PATTERNS
_CALM = ("solid", "solid", "striped", "checked", "dotted")

#: Brands by trade. A brand sells in every category of its trades.
BRANDS: Mapping[str, tuple[str, ...]] = {
    "ethnic": (
        "Aaranya", "Kesar & Co", "Rangrez", "Neelambari", "Suvarna", "Tana Bana", "Devika",
        "Maati", "Vastra Lok", "Phool", "Charkha", "Gulmohar",
    ),
    "western": (
        "Halden", "Marlow & Finch", "Atelier Lune", "Norrby", "Costa Verde", "Linnea",
        "Brackwater", "Verano", "Kesselring", "Petit Quai", "Tramonto", "Indigo Lane",
    ),
    "devices": (
        "Nira", "Voltio", "Kaveri", "Zentek", "Pixelle", "Orbita", "Samudra", "Lumio",
    ),
    "extras": (
        "Tarang", "Hexa", "Quark & Sons", "Brisa", "Kavach", "Nira", "Voltio", "Zentek", "Lumio",
    ),
    "home": (
        "Ghar Ghar", "Holm", "Terrakota", "Maison Sel", "Casa Lina", "Dhoop", "Nordlicht",
        "Kumbh", "Studio Aja", "Fika Home", "Basil & Brass", "Olivar",
    ),
    "food": (
        "Himgiri", "Malabar Garden", "Zaika", "Kaffeekontor", "Finca Alba", "Ratlam Bros",
        "Provence Fine", "Nilgiri Estate", "Mithai Ghar", "Alpenmilch", "Spice Boat", "La Huerta",
    ),
    "beauty": (
        "Kumkum", "Vana", "Rosenhof", "Peau d'Or", "Ayurika", "Azahar", "Saanjh", "Blanc Bleu",
        "Neem & Honey", "Isar",
    ),
    "sport": (
        "Garuda", "Sportiva Nord", "Akhada", "Velocita", "Prana", "Torwart", "Maidan", "Cumbre",
        "Sixer", "Bergauf",
    ),
    "school": (
        "Kalam", "Papierhaus", "Likhavat", "Plume Noire", "Cuaderno", "Tintenfass", "Lattoo",
        "Klotz", "Petit Ours", "Chaupar", "Bunte Kiste", "Norte",
    ),
}  # fmt: skip

#: Names of product lines, so that titles differ as they do in a shop.
LINES = (
    "Aria", "Amber", "Anant", "Basil", "Cascade", "Chaya", "Cosmo", "Dawn", "Drift", "Ekta",
    "Ember", "Fable", "Gaia", "Harbour", "Heera", "Ira", "Isla", "Jasmine", "Juno", "Kiran",
    "Lotus", "Luna", "Mira", "Moss", "Nova", "Ojas", "Onyx", "Opal", "Orbit", "Pearl", "Prism",
    "Quill", "Raag", "Ridge", "Sage", "Sitara", "Solstice", "Surya", "Tara", "Terra", "Tide",
    "Umber", "Utsav", "Veda", "Vista", "Willow", "Yatra", "Zephyr",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Goods:
    """One kind of goods: a leaf of the category tree and how its products look.

    Parameters
    ----------
    key : short name, used by the other declarations.
    path : category path.
    noun : what titles call it.
    trade : key of `BRANDS`.
    price : 10 % and 90 % quantile of the price, EUR.
    size : typical length, width, height in cm and weight in grams; None where it has no sense.
    shape : how `pictures` draws it.
    colours, patterns : what it comes in; empty when it has none.
    facets : attribute to values.
    title : facets that stand in the title, in this order, before the noun.
    tail : facets that follow the noun, after a comma.
    variant : the facet in which the variants of a group differ; '' for no variants.
    india, europe : how much it is bought there, relative to 1.
    units : largest usual quantity in an order.
    returns : share of purchases that are given back.
    hazards : any of 'fragile', 'liquid', 'hazardous'.
    """

    key: str
    path: str
    noun: str
    trade: str
    price: tuple[float, float]
    size: tuple[float, float, float, float]
    shape: str
    colours: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    title: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()
    variant: str = ""
    india: float = 1.0
    europe: float = 1.0
    units: int = 1
    returns: float = 0.03
    hazards: tuple[str, ...] = ()


_WEAR = {"size": ("XS", "S", "M", "L", "XL")}
_SHOE = {"size": ("37", "38", "39", "40", "41", "42", "43", "44")}

GOODS: tuple[Goods, ...] = (
    # -- fashion
    Goods("saree", "Fashion > Women > Sarees", "Saree", "ethnic", (22, 160), (35, 28, 5, 700),
          "drape", _BRIGHT, _CLOTH,
          {"style": ("Bandhani", "Mysore", "Kanjeevaram", "Banarasi", "Paithani", "Tant",
                     "Kasavu", "Chanderi", "Pochampally"),
           "material": ("silk", "cotton", "georgette", "chiffon"),
           "blouse": ("with blouse piece", "without blouse piece")},
          ("style", "material"), ("blouse",), "colour", 3.5, 0.15, 1, 0.11),
    Goods("kurta", "Fashion > Women > Kurtas", "Kurta", "ethnic", (9, 40), (30, 25, 3, 300),
          "tunic", _BRIGHT, _CLOTH,
          {"style": ("Anarkali", "Straight", "A-line", "Lucknowi"),
           "material": ("cotton", "rayon", "silk", "linen"), **_WEAR},
          ("style", "material"), ("size",), "size", 1.6, 0.15, 2, 0.13),
    Goods("lehenga", "Fashion > Women > Lehengas", "Lehenga Choli", "ethnic", (45, 260),
          (40, 32, 10, 1900), "skirt", _BRIGHT, ("solid", "floral", "paisley", "dotted"),
          {"style": ("Chaniya", "Bridal", "Jaipuri", "Gota Patti"),
           "material": ("silk", "net", "georgette")},
          ("style", "material"), (), "", 1.2, 0.1, 1, 0.1),
    Goods("dress", "Fashion > Women > Dresses", "Dress", "western", (19, 95), (32, 26, 4, 400),
          "dress", _ALL, _CLOTH,
          {"style": ("Wrap", "Midi", "Shirt", "Dirndl", "Flamenco", "Breton"),
           "material": ("cotton", "linen", "viscose", "wool"), **_WEAR},
          ("style", "material"), ("size",), "size", 0.5, 1.5, 1, 0.16),
    Goods("scarf", "Fashion > Women > Scarves and Dupattas", "Scarf", "ethnic", (7, 45),
          (25, 20, 2, 150), "scarf", _ALL, _CLOTH,
          {"style": ("Phulkari", "Pashmina", "Leheriya", "Carré", "Chunky"),
           "material": ("wool", "silk", "cotton", "chiffon")},
          ("style", "material"), (), "colour", 1.0, 1.0, 2, 0.05),
    Goods("shirt", "Fashion > Men > Shirts", "Shirt", "western", (14, 70), (34, 26, 4, 280),
          "shirt", _PLAIN, _CALM,
          {"style": ("Slim Fit", "Regular Fit", "Mandarin Collar", "Oxford"),
           "material": ("cotton", "linen", "flannel", "khadi"), **_WEAR},
          ("style", "material"), ("size",), "size", 1.1, 1.1, 2, 0.1),
    Goods("tshirt", "Fashion > Men > T-Shirts", "T-Shirt", "western", (6, 28), (28, 22, 3, 180),
          "tee", _ALL, ("solid", "solid", "striped", "dotted"),
          {"style": ("Crew Neck", "V-Neck", "Polo", "Oversized"),
           "material": ("cotton", "organic cotton", "polyester"), **_WEAR},
          ("style", "material"), ("size",), "size", 1.3, 1.2, 3, 0.07),
    Goods("jeans", "Fashion > Men > Jeans", "Jeans", "western", (22, 95), (36, 30, 5, 700),
          "trousers", ("blue", "navy", "black", "grey"), (),
          {"style": ("Slim", "Straight", "Tapered", "Relaxed"),
           "material": ("denim", "stretch denim"), "size": ("30", "32", "34", "36")},
          ("style", "material"), ("size",), "size", 0.9, 1.2, 1, 0.15),
    Goods("sherwani", "Fashion > Men > Sherwanis", "Sherwani", "ethnic", (60, 280),
          (42, 34, 10, 1600), "coat", ("gold", "maroon", "beige", "navy", "white", "red"),
          ("solid", "floral", "paisley"),
          {"style": ("Achkan", "Jodhpuri", "Indo-Western"),
           "material": ("silk", "brocade", "velvet"), **_WEAR},
          ("style", "material"), ("size",), "", 0.7, 0.05, 1, 0.09),
    Goods("jacket", "Fashion > Men > Jackets", "Jacket", "western", (35, 190), (42, 34, 10, 1100),
          "coat", _PLAIN, ("solid", "solid", "checked"),
          {"style": ("Bomber", "Parka", "Loden", "Nehru", "Rain"),
           "material": ("wool", "nylon", "cotton", "denim"), **_WEAR},
          ("style", "material"), ("size",), "size", 0.5, 1.4, 1, 0.12),
    Goods("sneakers", "Fashion > Shoes > Sneakers", "Sneakers", "western", (25, 130),
          (33, 22, 12, 900), "shoe", _ALL, (),
          {"style": ("Running", "Court", "Trail", "Slip-on"),
           "material": ("mesh", "leather", "canvas"), **_SHOE},
          ("style", "material"), ("size",), "size", 1.1, 1.3, 1, 0.14),
    Goods("sandals", "Fashion > Shoes > Sandals", "Sandals", "western", (9, 60),
          (30, 20, 9, 500), "sandal", ("brown", "black", "beige", "gold", "red", "navy"), (),
          {"style": ("Kolhapuri", "Espadrille", "Jutti", "Cork Footbed", "Strappy"),
           "material": ("leather", "jute", "cork"), **_SHOE},
          ("style", "material"), ("size",), "size", 1.2, 0.9, 1, 0.1),
    Goods("handbag", "Fashion > Accessories > Handbags", "Handbag", "western", (18, 150),
          (34, 26, 14, 750), "bag", _ALL, ("solid", "solid", "checked", "floral", "zigzag"),
          {"style": ("Tote", "Crossbody", "Potli", "Bucket"),
           "material": ("leather", "canvas", "vegan leather", "jute")},
          ("style", "material"), (), "colour", 1.0, 1.1, 1, 0.07),
    Goods("watch", "Fashion > Accessories > Watches", "Watch", "western", (25, 240),
          (10, 10, 8, 220), "watch", _METAL, (),
          {"style": ("Chronograph", "Minimal", "Diver", "Dress"),
           "material": ("steel", "leather", "ceramic"), "water_resistance": ("3 ATM", "5 ATM")},
          ("style", "material"), ("water_resistance",), "", 1.0, 1.0, 1, 0.04,
          ("fragile",)),
    Goods("jewellery", "Fashion > Accessories > Jewellery", "Earrings", "ethnic", (6, 90),
          (8, 8, 4, 60), "jewel", ("gold", "grey", "red", "green", "pink", "blue"), (),
          {"style": ("Jhumka", "Kundan", "Temple", "Hoop", "Stud"),
           "material": ("brass", "silver", "gold plated")},
          ("style", "material"), (), "colour", 1.5, 0.7, 2, 0.04),
    Goods("sunglasses", "Fashion > Accessories > Sunglasses", "Sunglasses", "western", (12, 120),
          (16, 7, 6, 120), "glasses", ("black", "brown", "gold", "blue", "green", "red"), (),
          {"style": ("Aviator", "Wayfarer", "Round", "Cat-Eye"),
           "material": ("acetate", "metal"), "lens": ("polarised", "gradient")},
          ("style", "material"), ("lens",), "", 0.9, 1.1, 1, 0.05, ("fragile",)),
    # -- electronics
    Goods("phone", "Electronics > Phones > Smartphones", "Smartphone", "devices", (130, 900),
          (17, 9, 5, 380), "phone", _DEVICE, (),
          {"storage": ("64 GB", "128 GB", "256 GB"), "memory": ("4 GB", "6 GB", "8 GB", "12 GB"),
           "screen": ("6.1 inch", "6.5 inch", "6.7 inch")},
          (), ("memory", "storage"), "storage", 1.5, 1.0, 1, 0.05, ("fragile", "hazardous")),
    Goods("case", "Electronics > Phones > Phone Cases", "Phone Case", "extras", (5, 30),
          (18, 10, 2, 60), "case", _ALL, ("solid", "solid", "floral", "striped", "dotted"),
          {"style": ("Flip", "Clear", "Bumper", "Wallet"),
           "material": ("silicone", "leather", "TPU")},
          ("style", "material"), ("fits",), "colour", 1.5, 1.1, 2, 0.04),
    Goods("charger", "Electronics > Phones > Chargers", "Charger", "extras", (8, 45),
          (12, 8, 4, 150), "charger", ("white", "black", "grey"), (),
          {"style": ("Wall", "Wireless", "Car", "Power Bank"),
           "power": ("18 W", "33 W", "65 W"), "connector": ("USB-C", "USB-A")},
          ("style", "connector"), ("power",), "", 1.2, 1.0, 1, 0.05),
    Goods("headphones", "Electronics > Audio > Headphones", "Headphones", "devices", (15, 220),
          (20, 18, 8, 320), "headphones", _DEVICE, (),
          {"style": ("Over-Ear", "In-Ear", "True Wireless"),
           "noise_cancelling": ("noise cancelling", "passive"),
           "battery": ("20 h", "30 h", "40 h")},
          ("style",), ("noise_cancelling", "battery"), "colour", 1.3, 1.2, 1, 0.06,
          ("hazardous",)),
    Goods("speaker", "Electronics > Audio > Speakers", "Speaker", "devices", (20, 260),
          (22, 12, 12, 1100), "speaker", _DEVICE, (),
          {"style": ("Bluetooth", "Party", "Bookshelf", "Smart"),
           "power": ("10 W", "30 W", "60 W")},
          ("style",), ("power",), "", 1.0, 0.9, 1, 0.05, ("fragile", "hazardous")),
    Goods("laptop", "Electronics > Computers > Laptops", "Laptop", "devices", (380, 1700),
          (42, 30, 8, 2300), "laptop", ("grey", "black", "white", "blue"), (),
          {"screen": ("13 inch", "14 inch", "15.6 inch"), "memory": ("8 GB", "16 GB", "32 GB"),
           "storage": ("256 GB", "512 GB", "1 TB")},
          ("screen",), ("memory", "storage"), "memory", 0.8, 1.0, 1, 0.05,
          ("fragile", "hazardous")),
    Goods("sleeve", "Electronics > Computers > Laptop Sleeves", "Laptop Sleeve", "extras", (9, 40),
          (38, 28, 3, 250), "sleeve", _ALL, ("solid", "solid", "striped", "checked", "zigzag"),
          {"screen": ("13 inch", "14 inch", "15.6 inch"),
           "material": ("felt", "neoprene", "leather", "canvas")},
          ("screen", "material"), (), "colour", 0.8, 1.0, 1, 0.04),
    Goods("mouse", "Electronics > Computers > Mice and Keyboards", "Mouse", "extras", (9, 70),
          (14, 9, 6, 160), "mouse", _DEVICE, (),
          {"style": ("Wireless", "Ergonomic", "Gaming", "Travel"), "dpi": ("1600", "4000", "8000")},
          ("style",), ("dpi",), "", 0.9, 1.0, 1, 0.04),
    Goods("camera", "Electronics > Cameras > Cameras", "Camera", "devices", (220, 1400),
          (20, 15, 14, 900), "camera", ("black", "grey", "brown"), (),
          {"style": ("Mirrorless", "Compact", "Action"), "resolution": ("20 MP", "24 MP", "45 MP")},
          ("style", "resolution"), (), "", 0.5, 0.8, 1, 0.05, ("fragile", "hazardous")),
    Goods("memory", "Electronics > Cameras > Memory Cards", "Memory Card", "extras", (8, 90),
          (10, 8, 1, 20), "chip", ("black", "red", "gold", "blue"), (),
          {"storage": ("64 GB", "128 GB", "256 GB"), "style": ("SD", "microSD"),
           "speed": ("U1", "U3")},
          ("storage", "style"), ("speed",), "storage", 0.8, 0.8, 2, 0.03),
    # -- home
    Goods("cooker", "Home > Kitchen > Cookware", "Cooking Pot", "home", (18, 120),
          (34, 26, 20, 2600), "pot", ("grey", "black", "red", "gold"), (),
          {"style": ("Pressure Cooker", "Kadhai", "Tagine", "Paella", "Casserole"),
           "material": ("steel", "aluminium", "cast iron", "copper"),
           "volume": ("2 L", "3 L", "5 L")},
          ("style", "material"), ("volume",), "volume", 1.2, 0.9, 1, 0.04),
    Goods("coffeemaker", "Home > Kitchen > Coffee Makers", "Coffee Maker", "home", (15, 260),
          (30, 22, 32, 3200), "machine", ("black", "grey", "red", "white"), (),
          {"style": ("Moka", "French Press", "Espresso", "South Indian Filter"),
           "material": ("steel", "glass", "aluminium"), "volume": ("3 cups", "6 cups", "12 cups")},
          ("style", "material"), ("volume",), "", 0.6, 1.2, 1, 0.06, ("fragile",)),
    Goods("mug", "Home > Kitchen > Mugs", "Mug", "home", (4, 24), (12, 12, 11, 380), "mug",
          _ALL, _CLOTH,
          {"material": ("ceramic", "stoneware", "glass", "enamel"),
           "volume": ("250 ml", "350 ml", "450 ml"), "set": ("single", "set of 2", "set of 4")},
          ("material",), ("volume", "set"), "colour", 0.9, 1.2, 4, 0.04, ("fragile",)),
    Goods("bedsheet", "Home > Textiles > Bed Sheets", "Bed Sheet", "home", (12, 80),
          (36, 28, 6, 1200), "sheet", _ALL, _CLOTH,
          {"style": ("Jaipuri Block Print", "Kalamkari", "Percale", "Sateen"),
           "material": ("cotton", "linen", "bamboo"), "size": ("single", "double", "king")},
          ("style", "material"), ("size",), "size", 1.3, 0.9, 2, 0.06),
    Goods("cushion", "Home > Textiles > Cushion Covers", "Cushion Cover", "home", (4, 28),
          (40, 40, 2, 200), "cushion", _ALL, _CLOTH,
          {"style": ("Kantha", "Ikat", "Embroidered", "Plain"),
           "material": ("cotton", "velvet", "jute", "linen"), "size": ("40 x 40 cm", "50 x 50 cm")},
          ("style", "material"), ("size",), "colour", 0.9, 1.0, 4, 0.05),
    Goods("lamp", "Home > Decor > Lamps and Diyas", "Lamp", "home", (5, 90), (22, 22, 30, 900),
          "lamp", ("gold", "brown", "white", "red", "green", "orange"), (),
          {"style": ("Diya", "Lantern", "Table", "Fairy Light"),
           "material": ("brass", "clay", "glass", "wood")},
          ("style", "material"), (), "", 1.2, 1.0, 3, 0.05, ("fragile",)),
    # -- food
    Goods("tea", "Grocery > Drinks > Tea", "Tea", "food", (3, 18), (14, 10, 8, 300), "pouch",
          ("green", "brown", "gold", "red"), (),
          {"style": ("Darjeeling", "Assam", "Masala Chai", "Earl Grey", "Kashmiri Kahwa"),
           "form": ("loose leaf", "tea bags"), "pack": ("100 g", "250 g", "500 g")},
          ("style",), ("form", "pack"), "pack", 1.6, 0.9, 4, 0.01),
    Goods("coffee", "Grocery > Drinks > Coffee", "Coffee", "food", (4, 22), (18, 10, 8, 500),
          "pouch", ("brown", "black", "gold", "red"), (),
          {"style": ("Coorg", "Espresso Roast", "Filter Roast", "Decaf"),
           "form": ("beans", "ground"), "pack": ("250 g", "500 g", "1 kg")},
          ("style", "form"), ("pack",), "pack", 0.8, 1.4, 4, 0.01),
    Goods("spice", "Grocery > Pantry > Spices", "Spice", "food", (2, 16), (10, 8, 6, 150),
          "jar", ("red", "yellow", "brown", "green", "orange"), (),
          {"style": ("Garam Masala", "Turmeric", "Saffron", "Smoked Paprika", "Herbes de Provence"),
           "form": ("whole", "ground"), "pack": ("50 g", "100 g", "250 g")},
          ("style", "form"), ("pack",), "pack", 1.6, 0.8, 5, 0.01),
    Goods("sweets", "Grocery > Sweets > Sweets and Chocolates", "Sweets", "food", (4, 35),
          (24, 18, 5, 500), "box", ("red", "gold", "brown", "pink", "purple"), (),
          {"style": ("Kaju Katli", "Mysore Pak", "Rasgulla", "Turron", "Lebkuchen", "Praline"),
           "pack": ("250 g", "500 g", "1 kg"), "diet": ("vegetarian", "vegan")},
          ("style",), ("diet", "pack"), "pack", 1.3, 1.2, 5, 0.01),
    # -- beauty, sport, school
    Goods("cream", "Beauty > Skin > Face Creams", "Face Cream", "beauty", (5, 48),
          (8, 8, 6, 160), "jar", ("white", "green", "pink", "gold"), (),
          {"style": ("Moisturising", "Sun Protection", "Night", "Ubtan"),
           "skin": ("dry skin", "oily skin", "all skin"), "volume": ("30 ml", "50 ml", "100 ml")},
          ("style",), ("skin", "volume"), "volume", 1.2, 1.1, 3, 0.02, ("liquid",)),
    Goods("oil", "Beauty > Hair > Hair Oils", "Hair Oil", "beauty", (3, 25), (18, 6, 5, 260),
          "bottle", ("green", "gold", "brown", "yellow"), (),
          {"style": ("Coconut", "Amla", "Argan", "Rosemary"),
           "volume": ("100 ml", "200 ml", "500 ml")},
          ("style",), ("volume",), "volume", 1.6, 0.5, 3, 0.02, ("liquid",)),
    Goods("bat", "Sports > Team Sports > Bats and Balls", "Ball", "sport", (6, 120),
          (30, 24, 22, 700), "ball", ("red", "white", "brown", "orange", "blue"), (),
          {"style": ("Cricket", "Football", "Handball", "Tennis"),
           "material": ("leather", "rubber", "synthetic"), "size": ("3", "4", "5")},
          ("style", "material"), ("size",), "size", 1.4, 0.9, 2, 0.03),
    Goods("backpack", "School > Bags > Backpacks", "Backpack", "school", (12, 80),
          (45, 32, 16, 800), "pack", _ALL, ("solid", "solid", "striped", "dotted", "zigzag"),
          {"style": ("School", "Hiking", "Laptop", "Roll-top"),
           "material": ("polyester", "canvas", "recycled nylon"),
           "volume": ("18 L", "25 L", "35 L")},
          ("style", "material"), ("volume",), "colour", 1.1, 1.1, 1, 0.06),
)  # fmt: skip

KEYS: tuple[str, ...] = tuple(goods.key for goods in GOODS)

#: Styles that come in one material only.
MADE_OF: Mapping[tuple[str, str], str] = {
    ("saree", "Mysore"): "silk",
    ("saree", "Kanjeevaram"): "silk",
    ("saree", "Banarasi"): "silk",
    ("saree", "Paithani"): "silk",
    ("saree", "Tant"): "cotton",
    ("saree", "Kasavu"): "cotton",
    ("scarf", "Pashmina"): "wool",
    ("scarf", "Carré"): "silk",
    ("scarf", "Chunky"): "wool",
    ("jacket", "Loden"): "wool",
    ("sandals", "Kolhapuri"): "leather",
    ("sandals", "Espadrille"): "jute",
    ("sandals", "Cork Footbed"): "cork",
}

#: What draws what: source, target, chance that a buyer of the source looks for the target, and
#: the attribute in which the two must agree ('' for none). Directed: a phone leads to a case, a
#: case does not lead to a phone.
COMPLEMENTS: tuple[tuple[str, str, float, str], ...] = (
    ("phone", "case", 0.55, "fits"),
    ("phone", "charger", 0.25, ""),
    ("phone", "headphones", 0.18, ""),
    ("laptop", "sleeve", 0.45, "screen"),
    ("laptop", "mouse", 0.35, ""),
    ("camera", "memory", 0.55, ""),
    ("saree", "jewellery", 0.40, "colour"),
    ("lehenga", "jewellery", 0.45, "colour"),
    ("sherwani", "sandals", 0.25, ""),
    ("dress", "handbag", 0.22, "colour"),
    ("dress", "sunglasses", 0.12, ""),
    ("kurta", "scarf", 0.25, "colour"),
    ("shirt", "jeans", 0.20, ""),
    ("jacket", "scarf", 0.18, ""),
    ("coffeemaker", "coffee", 0.50, ""),
    ("coffeemaker", "mug", 0.25, ""),
    ("tea", "sweets", 0.20, ""),
    ("tea", "mug", 0.08, ""),
    ("cooker", "spice", 0.35, ""),
    ("bedsheet", "cushion", 0.30, "colour"),
    ("lamp", "sweets", 0.22, ""),
    ("oil", "cream", 0.18, ""),
    ("bat", "sneakers", 0.18, ""),
)

#: Regional taste: (goods, style) and the regions that are at home with it.
AT_HOME: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("saree", "Bandhani"): ("IN/Gujarat", "IN/Rajasthan"),
    ("saree", "Mysore"): ("IN/Karnataka",),
    ("saree", "Kanjeevaram"): ("IN/Tamil Nadu",),
    ("saree", "Banarasi"): ("IN/Uttar Pradesh", "IN/Delhi"),
    ("saree", "Paithani"): ("IN/Maharashtra",),
    ("saree", "Tant"): ("IN/West Bengal",),
    ("saree", "Kasavu"): ("IN/Kerala",),
    ("saree", "Chanderi"): ("IN/Madhya Pradesh",),
    ("saree", "Pochampally"): ("IN/Telangana",),
    ("kurta", "Lucknowi"): ("IN/Uttar Pradesh", "IN/Delhi"),
    ("lehenga", "Chaniya"): ("IN/Gujarat",),
    ("lehenga", "Jaipuri"): ("IN/Rajasthan",),
    ("scarf", "Phulkari"): ("IN/Punjab",),
    ("scarf", "Leheriya"): ("IN/Rajasthan",),
    ("scarf", "Carré"): ("FR/Île-de-France", "FR/Provence"),
    ("dress", "Dirndl"): ("DE/Bavaria",),
    ("dress", "Flamenco"): ("ES/Andalusia",),
    ("dress", "Breton"): ("FR/Brittany",),
    ("jacket", "Loden"): ("DE/Bavaria",),
    ("jacket", "Nehru"): ("IN/Delhi", "IN/Uttar Pradesh"),
    ("jacket", "Rain"): ("FR/Brittany", "DE/North Rhine-Westphalia"),
    ("sandals", "Kolhapuri"): ("IN/Maharashtra", "IN/Karnataka"),
    ("sandals", "Jutti"): ("IN/Punjab", "IN/Rajasthan"),
    ("sandals", "Espadrille"): ("ES/Catalonia", "ES/Andalusia"),
    ("jewellery", "Temple"): ("IN/Tamil Nadu", "IN/Karnataka"),
    ("cooker", "Kadhai"): ("IN/Punjab", "IN/Delhi", "IN/Uttar Pradesh"),
    ("cooker", "Paella"): ("ES/Catalonia", "ES/Madrid", "ES/Andalusia"),
    ("coffeemaker", "South Indian Filter"): ("IN/Tamil Nadu", "IN/Karnataka", "IN/Kerala"),
    ("bedsheet", "Jaipuri Block Print"): ("IN/Rajasthan", "IN/Gujarat"),
    ("bedsheet", "Kalamkari"): ("IN/Telangana",),
    ("cushion", "Kantha"): ("IN/West Bengal",),
    ("tea", "Masala Chai"): ("IN/Gujarat", "IN/Maharashtra", "IN/Delhi"),
    ("tea", "Darjeeling"): ("IN/West Bengal", "DE/Berlin"),
    ("tea", "Kashmiri Kahwa"): ("IN/Punjab",),
    ("coffee", "Coorg"): ("IN/Karnataka",),
    ("coffee", "Filter Roast"): ("IN/Tamil Nadu", "IN/Kerala"),
    ("spice", "Smoked Paprika"): ("ES/Madrid", "ES/Andalusia", "ES/Catalonia"),
    ("spice", "Herbes de Provence"): ("FR/Provence",),
    ("sweets", "Mysore Pak"): ("IN/Karnataka",),
    ("sweets", "Rasgulla"): ("IN/West Bengal",),
    ("sweets", "Turron"): ("ES/Madrid", "ES/Catalonia"),
    ("sweets", "Lebkuchen"): ("DE/Bavaria",),
    ("oil", "Coconut"): ("IN/Kerala", "IN/Tamil Nadu"),
    ("bat", "Cricket"): ("IN/Maharashtra", "IN/Karnataka", "IN/Delhi"),
    ("bat", "Handball"): ("DE/North Rhine-Westphalia",),
}
