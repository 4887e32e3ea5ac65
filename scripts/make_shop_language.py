"""Makes the shipped understanding of a shop's customers: phrases here, and CLINC150 for the rest.

    python scripts/make_shop_language.py --data ../shared/data

In: the phrases below, in English and Hinglish, and for what no shop is asked the training rows of
CLINC150 (Larson et al. 2019, CC BY 3.0). Out: src/chowk/language/shop/model, with its held-out
figures in docs/models/shop_language.md by hand. The same data gives the same model.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import shutil
from pathlib import Path
from typing import Any

from chowk.language import Understander

MODEL = Path(__file__).parents[1] / "src" / "chowk" / "language" / "shop" / "model"

VALUES: dict[str, list[str]] = {
    "colour": """red|blue|green|black|white|pink|yellow|grey|brown|orange|purple|maroon|navy blue|
dark green|light blue|beige|golden|silver|multicolour|lal|laal|neela|neeli|hara|hari|kala|kali|kale|
safed|gulabi|peela|peeli|bhura|sunehra|off white|rose gold""".replace("\n", "").split("|"),
    "item": """shoes|running shoes|sports shoes|sandals|slippers|heels|sneakers|boots|shirt|shirts|
t-shirt|tshirts|jeans|trousers|kurta|kurti|saree|sarees|silk saree|lehenga|dress|dresses|skirt|
jacket|sweater|hoodie|coat|cap|hat|belt|wallet|handbag|backpack|bag|bags|laptop bag|watch|
smart watch|earrings|necklace|bangles|ring|sunglasses|phone|mobile|mobile cover|charger|earphones|
headphones|bluetooth speaker|laptop|keyboard|mouse|power bank|lamp|table lamp|night light|chair|
office chair|table|study table|sofa|mattress|pillow|bedsheet|curtains|towel|carpet|mirror|clock|
wall clock|bottle|water bottle|lunch box|pressure cooker|frying pan|mixer|kettle|mug|coffee mug|
plates|candle|candles|gift box|greeting cards|cake stand|toys|teddy bear|board game|cricket bat|
football|yoga mat|dumbbells|cycle|umbrella|raincoat|shampoo|soap|face wash|perfume|lipstick|oil|tea|
rice|notebook|pen|school bag|novel|joote|chappal|ghadi|kapde|thaila|chashma|chadar|khilone|
kitab|parde|jhumke|chudiyan""".replace("\n", "").split("|"),
    "brand": """nike|adidas|puma|bata|reebok|woodland|levis|zara|h&m|fabindia|biba|titan|fastrack|
samsung|apple|oneplus|redmi|boat|sony|lg|philips|prestige|milton|himalaya|lakme|dabur|campus|
red tape|allen solly|van heusen|us polo|w|manyavar|mufti|caprese|wildcraft""".replace(
        "\n", ""
    ).split("|"),
    "size": """9|8|10|uk 9|uk 8|7|m|l|xl|xxl|s|small|medium|large|32|34|36|42|free size""".replace(
        "\n", ""
    ).split("|"),
    "price": """500|1000|2000|1500|999|300|5000|750|2,500|10000|1k|2k|rs 500|rs 2000|₹1,500|
1200 rupees|3000 rs|do hazaar|paanch sau|20 dollars|$50""".replace("\n", "").split("|"),
    "audience": """men|women|kids|boys|girls|my wife|my husband|my mother|my son|my daughter|baby|
ladies|gents|mummy|papa|bachchon|mere bhai|meri behen""".replace("\n", "").split("|"),
    "occasion": """wedding|party|office|diwali|eid|birthday|gym|summer|winter|school|travel|puja|
christmas|rakhi|monsoon|daily use|shaadi""".replace("\n", "").split("|"),
    "material": """cotton|silk|leather|denim|wooden|steel|glass|plastic|wool|linen|jute|ceramic|
brass|metal""".replace("\n", "").split("|"),
    "position": """first|second|third|last|first one|second one|third one|last one|1st|2nd|pehla|
pehle wala|doosra|doosre wala|teesra|number 2|number 3""".replace("\n", "").split("|"),
    "order": """1234|od12345|#4521|a-7781|my last order|kal wala order""".split("|"),
}  # fmt: skip

PHRASES: dict[str, list[str]] = {
    "search": """{item}|{colour} {item}|{brand} {item}|{brand} {colour} {item}|{material} {item}|
show me {item}|show me {colour} {item}|show {colour} {item} under {price}|{item} under {price}|
{item} below {price} rupees|find {brand} {item} in size {size}|i want a {colour} {item}|
i need {item} for {audience}|looking for {material} {item}|do you have {brand} {item}|
{item} for {occasion}|{colour} {item} for {audience} for {occasion}|search {item}|
can you show me some {item}|i am looking for {colour} {material} {item} under {price}|
buy {item} size {size}|any good {item} for {occasion}|get me {brand} {item} between {price} and
 {price}|where can i find {item}|what {item} do you have|gift for {audience}|{audience} {item}|
mere liye {colour} wali {item} dikhao|mere liye {colour} {item} dikhao under {price}|
mujhe {item} chahiye|mujhe {colour} {item} chahiye|{item} dikhao|{colour} {item} dikhao|
{brand} ke {item} dikhao|{brand} ka {colour} {item} chahiye|{item} {price} ke andar|
{item} dikhao {price} se kam|{audience} ke liye {item}|{audience} ke liye {colour} {item} dikhaiye|
koi accha {item} hai kya|{occasion} ke liye {item}|{occasion} ke liye {colour} {item} chahiye|
{size} size ka {item}|kya aapke paas {item} hai|{item} kharidna hai|{material} ka {item} dikhao|
sasta {item} dikhao|{item} lena hai {price} tak|mere liye {colour} wali {item} {size} number dikhao|
bhai {item} dikha do|best {item}|cheapest {item}|latest {brand} {item}|{item} on sale|
show me something in {colour} {material}|want to buy {item}|recommend {item} for {audience}""",
    "refine": """only {colour}|in {colour}|only {brand}|under {price}|below {price}|
in size {size}|size {size}|show only {colour} ones|make it {colour}|cheaper ones|something cheaper|
less than {price}|what about {colour}|how about {brand}|do you have it in {colour}|
do you have these in size {size}|any in {material}|{colour} instead|but in {colour}|
with price under {price}|not more than {price}|show me the cheapest|sort by price|newest first|
sirf {colour}|{colour} mein dikhao|{brand} mein dikhao|{price} ke andar|{price} se kam mein|
thoda sasta|isme {colour} hai kya|{colour} wala|{colour} wali|{size} size mein|aur saste dikhao|
for {audience}|for {occasion}|{audience} ke liye|more expensive|filter by {brand}|
in {material} only|between {price} and {price}|same in {colour}|another colour|other brands""",
    "compare": """compare {position} and {position}|compare the {position} with the {position}|
which is better {position} or {position}|difference between {position} and {position}|compare them|
compare these two|{position} aur {position} mein kya farak hai|{position} better hai ya {position}|
compare karo|dono compare karo|which one is cheaper|which of these is best|
{position} aur {position} compare karo|what is the difference""",
    "undo": """undo|go back|undo that|previous results|remove that filter|forget the last one|
no go back|back|wapas jao|pehle wale results|peeche jao|cancel the filter|remove the last filter|
take that back|show the earlier ones|wapas|hatao ye filter|undo karo""",
    "restart": """start over|start again|new search|clear everything|reset|forget everything|
phir se shuru karo|naya search|sab hata do|begin again|clear all filters""",
    "add_to_cart": """add {position} to cart|add the {position} to my cart|add to cart|
put the {position} in my basket|i will take the {position}|buy the {position}|add this to cart|
order the {position}|{position} cart mein daalo|ye le lo|isko cart mein add karo|
{position} order kar do|add it|i'll take it|{position} de do|ye wala le lo|book the {position}""",
    "track_order": """where is my order|track my order|order status|when will my order arrive|
where is order {order}|track {order}|has {order} shipped|mera order kahan hai|
mera parcel kab aayega|delivery kab hogi|order abhi tak nahi aaya|status of {order}|
is my package late|my delivery has not come|kab tak milega mera order|where is my parcel""",
    "return_item": """i want to return this|return my {item}|how do i return {item}|
exchange my {item}|the {item} is broken|the {item} came damaged|wrong size {item} came|
i want a refund|refund my order|ye {item} wapas karna hai|{item} return karna hai|
{item} exchange karna hai|mujhe refund chahiye|{item} kharab nikla|return order {order}|
galat {item} aa gaya|the {item} does not fit""",
    "question": """do you deliver to my city|what is your return policy|how can i pay|
do you have cash on delivery|what are your timings|how long does delivery take|is shipping free|
do you ship abroad|how do i create an account|how to use a coupon|is there any warranty|
cash on delivery hai kya|delivery charge kitna hai|return policy kya hai|payment kaise karu|
upi se payment ho jayega|how do i contact you|do you offer gift wrapping|kitne din mein delivery""",
    "greet": """hi|hello|hey there|good morning|good evening|namaste|namaskar|hello ji|hey|
hi there|kaise ho|salaam|hello how are you""",
    "help": """help|what can you do|how does this work|help me|i am new here|kaise use karu|
madad chahiye|what can i ask|i need some help|how do i use this|pehli baar aaya hoon|
guide me|kya kar sakte ho""",
    "yes": """yes|yeah|yes please|ok|sure|haan|haan ji|theek hai|correct|right|yep|ha|bilkul""",
    "no": """no|nope|no thanks|nahi|nahin|not that|wrong|na|nah|not really|galat""",
    "thanks": """thanks|thank you|thank you so much|dhanyavaad|shukriya|bye|goodbye|ok bye|
great thanks|that is all|bas itna hi|alvida""",
}  # fmt: skip
#: How many rows of an intent; phrases without slots come as they are.
ROWS = {"search": 900, "refine": 350, "return_item": 150, "add_to_cart": 150, "compare": 150}
#: Intents of CLINC150 that a shop may well be asked.
SHOP = re.compile(
    r"order|shop|greet|goodbye|thank|^yes$|^no$|maybe|cancel|repeat|what_can_i|damaged|deliver|"
    r"change_|replacement|user_name|who_made|fun_fact"
)


def rows(data: Path, seed: int = 0) -> list[dict[str, Any]]:
    """All examples, in a fixed order."""
    rng = random.Random(seed)
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    plain: list[dict[str, Any]] = []  # sentences without slots, twice: each is worth many others
    for intent, said in PHRASES.items():
        phrases = [" ".join(phrase.split()) for phrase in said.replace("\n", " ").split("|")]
        wanted = ROWS.get(intent, 60)
        for number in range(max(wanted, 2 * len(phrases))):
            phrase = phrases[number] if number < len(phrases) else rng.choice(phrases)
            row = filled(phrase, rng)
            found[(intent, *row["tokens"])] = {**row, "intent": intent}
        plain += [
            {**filled(phrase, rng), "intent": intent} for phrase in phrases if "{" not in phrase
        ]
    with gzip.open(data / "clinc150" / "data_full.json.gz", "rt") as file:
        sets = json.load(file)
    other = [text for text, intent in sets["train"] if not SHOP.search(intent)]
    for text in [*rng.sample(other, 1500), *(text for text, _ in sets["oos_train"])]:
        words = text.split()
        found[("oos", *words)] = {"tokens": words, "labels": ["O"] * len(words), "intent": "oos"}
    return [*found.values(), *plain]


def filled(phrase: str, rng: random.Random) -> dict[str, Any]:
    """A phrase with values in its slots."""
    words: list[str] = []
    labels: list[str] = []
    for word in phrase.split():
        name = word.strip("{}")
        if name == word:
            words.append(word)
            labels.append("O")
            continue
        value = rng.choice(VALUES[name]).split()
        words += value
        labels += [f"B-{name}", *[f"I-{name}"] * (len(value) - 1)]
    return {"tokens": words, "labels": labels}


def main() -> None:
    """Learn from all rows and write the model; print what a tenth that was held out shows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    given = parser.parse_args()
    made = rows(given.data)
    random.Random(1).shuffle(made)
    distinct = {id_of(row): row for row in made}
    test = list(distinct.values())[: len(distinct) // 10]
    seen = {id_of(row) for row in test}
    kept = [row for row in made if id_of(row) not in seen]
    options: dict[str, Any] = {
        "buckets": 1 << 15,
        "own_tagger_from": 10_000,
        "rounds": 60,
        "balance": "auto",
    }
    model = Understander(**options).fit(kept)
    right = wrong_way = inside = outside = caught = exact = 0
    for row in test:
        parse = model.parse(" ".join(row["tokens"]))
        if row["intent"] == "oos":
            outside += 1
            caught += not parse.in_scope
            continue
        inside += 1
        right += parse.intent == row["intent"]
        wrong_way += not parse.in_scope
        said = [(slot.name, slot.value) for slot in parse.slots]
        exact += said == _values(row)
    print(f"{len(made)} rows; held out: {inside} in scope, {outside} not")
    print(f"intent {right / inside:.3f}, slots exact {exact / inside:.3f}, ", end="")
    print(f"rejected {wrong_way / inside:.3f}, out of scope caught {caught / outside:.3f}")
    shutil.rmtree(MODEL, ignore_errors=True)
    Understander(**options).fit(made).save(MODEL)
    print(f"{sum(path.stat().st_size for path in MODEL.iterdir()) / 1e3:.0f} kB in {MODEL.name}")


def id_of(row: dict[str, Any]) -> tuple[str, ...]:
    """What makes a row the same as another."""
    return (row["intent"], *row["tokens"])


def _values(row: dict[str, Any]) -> list[tuple[str, str]]:
    from chowk.language.labels import spans

    return [(s.name, " ".join(row["tokens"][s.start : s.end])) for s in spans(row["labels"])]


if __name__ == "__main__":
    main()
