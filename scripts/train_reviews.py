# ruff: noqa: D103, E501
"""Train the default model of reviews from sentences written for it, and write it into the package.

No set of reviews with these classes is to be had under a licence that lets a model be shipped, so
the sentences are this project's own. A review is one to four sentences, each of its own class;
tests/community/reviews.jsonl holds reviews with other words, which the bench alone reads.
"""

from __future__ import annotations

import random
import re
from pathlib import Path

from chowk.community.reviews import ReviewClassifier

OUT = Path(__file__).resolve().parent.parent / "src/chowk/community/data/reviews_en.json.gz"
THING = "kettle|dress|lamp|phone case|saree|mug|jacket|toy car|blender|pillow|watch|pan|charger|headphones|chair|shampoo|bag|shoes|knife|candle".split(
    "|"
)
GOOD = "great|lovely|excellent|perfect|solid|beautiful|really good|fantastic|nice|well made".split(
    "|"
)
BAD = "poor|terrible|flimsy|awful|cheap|disappointing|useless|faulty|bad|rubbish".split("|")
PART = "fabric|handle|zip|colour|battery|stitching|lid|screen|sound|strap|motor|finish|smell|fit|cable|material".split(
    "|"
)
BODY = "hand|skin|finger|face|leg|arm|son|daughter|baby|dog".split("|")
SENTENCES = {
    "product": """
the {P} is {G}|the {P} is {B}|{G} {T}|{B} {T}|the {T} broke after a week|the {T} works well|I love this {T}|not happy with the {P}|the {P} came off on day one|it fits perfectly|it is smaller than in the picture|the {T} stopped working|the {P} feels {B}|the {P} looks {G}|does what it should|the {T} is too heavy|the {P} faded in the first wash|this {T} is worth the money|the {T} looks nothing like the photo|is the {P} made of cotton?|I paid full price for this {T}|I paid for the {T} with a gift card|bought the {T} with a voucher from my aunt|the free {P} that came with it is {G}|the sample of {P} in the shop felt {G}""",
    "delivery": """
it arrived two weeks late|fast delivery|the parcel was crushed|came the next day|the courier left it in the rain|shipping took forever|the box was dented|packaging was {G}|packaging was {B}|it never arrived|the tracking did not work|it was delivered to the wrong address|it came on time|the driver did not ring|when will it ship?|well packed and quick|free delivery and it came soon|delivery was free|still waiting for my parcel|dispatch was slow""",
    "seller": """
the seller never answered|the shop refused my refund|customer service was {G}|customer service was {B}|they ignored my emails|the seller replied within an hour|I was charged twice|they sent a replacement at once|the staff were rude|the seller was kind and honest|this shop cheats people|my return was refused|they cancelled my order without a word|support was friendly|I got my money back quickly|they exchanged it for free|I asked for a refund and got it|they gave me a discount for the scratch|how do I return this to the shop?""",
    "helpful": """
I have used it daily for six months and the {P} still holds|compared with my old {T} it is quieter but heavier|pros: the {P}, cons: the price|size up, I am 170 cm and the M was tight|after ten washes the {P} is as new|it boils one litre in four minutes, I measured it|if you have a small kitchen take the smaller one|the {P} needs oil every few weeks, keep that in mind|it works with a 12 volt plug but not with USB|I weighed it: 640 grams, less than the page says|note that the {P} is not the same as in the picture, it is darker|for example it cut bread well but tomatoes badly""",
    "spam": """
visit www.bestdeals.com for more|earn 500 dollars a day from home|click this link for a free phone|follow my channel for cheap watches|use my code SAVE20 at shop-now.com|whatsapp me for cheaper prices|call 98765 43210 for loans|buy followers at likes4u.net|best casino bonus here http://win.xyz|I make money with crypto, ask me how|check out my page for discounts|cheap viagra online|join my telegram group for deals|subscribe to my profile""",
    "incentivised": """
I received this {T} for free in exchange for my honest review|the seller gave me a gift card for five stars|they refunded me after I posted this|I got a discount for this review|this was a free sample|sponsored by the brand|they promised a voucher if I write something nice|gifted by the company|cashback was offered for a good rating|I was sent this {T} to test|a coupon in the box asked for five stars in return|got this free for writing about it|got the {T} at no cost for a few lines|they offered me a voucher for good words|they sent me a voucher for five stars|a gift card was promised for this rating|the seller offered a refund if I change my rating|the {T} came free of charge for a test|I did not pay for this {T}, the brand sent it|I am in their tester programme|the company gave me the {T} to try out and review|paid back after I posted my stars|I get a rebate once this is online|they asked for a screenshot of my stars and paid me|an ambassador of the brand, I got mine as a gift|got it free in return for a review""",
    "safety": """
it caught fire while charging|the {P} gave me an electric shock|the {T} exploded|smoke came out of the {P}|I got a rash on my {D} from it|the glass shattered and cut my {D}|a small part came off and my {D} nearly choked on it|it overheats and melted the socket|the {P} burned my {D}|it smells of chemicals and we all felt sick|the ladder collapsed and I ended up in hospital|sparks flew from the {P}|there was mould in the packet and my {D} vomited|sharp edge, my {D} needed stitches""",
}
NOTHING = "ok|good|I bought it in May|bought two of them|a present for my mother|thanks|nice|five stars|would buy again|not sure|hello|see title|first time here".split(
    "|"
)


def review(rng: random.Random) -> dict[str, object]:
    """One made review with its classes."""
    count = rng.choice([1, 1, 2, 2, 3])
    classes = rng.sample(sorted(SENTENCES), count)
    sentences = []
    slots = {"T": THING, "G": GOOD, "B": BAD, "P": PART, "D": BODY}
    for name in classes:
        text = rng.choice(SENTENCES[name].strip().split("|"))
        sentences.append(re.sub(r"\{(\w)\}", lambda m: rng.choice(slots[m.group(1)]), text))
    for _ in range(rng.choice([0, 0, 1])):
        sentences.append(rng.choice(NOTHING))
    if rng.random() < 0.08:
        classes, sentences = [], [rng.choice(NOTHING)]
    rng.shuffle(sentences)
    text = rng.choice([". ", "! ", ", "]).join(sentences)
    return {"text": text[:1].upper() + text[1:], "labels": classes}


def main() -> None:
    rng = random.Random(3)
    rows = [review(rng) for _ in range(2500)]
    model = ReviewClassifier(regularisation=1.0).fit(rows)
    model.save(OUT)
    print(f"{OUT.name}: {OUT.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
