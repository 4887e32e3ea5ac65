# ruff: noqa: D103
"""Write the functional suite: what a moderator would hold or not, one small thing a case.

Written by hand with other words than the grammar that the severity model learns from, and never
trained on. Each sentence stands for seven groups, so that figures can be told by group as well.
"""

from __future__ import annotations

import json
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent / "tests" / "community"

#: group: (plural, singular, adjective, slur)
GROUPS = {
    "women": ("women", "woman", "female", "bitch"),
    "gay people": ("gay people", "gay person", "gay", "faggot"),
    "trans people": ("trans people", "trans person", "trans", "tranny"),
    "disabled people": ("disabled people", "disabled person", "disabled", "retard"),
    "black people": ("black people", "black person", "black", "nigger"),
    "Muslims": ("Muslims", "Muslim", "Muslim", "raghead"),
    "immigrants": ("immigrants", "immigrant", "foreign", "wetback"),
}

CASES = """
hold|emotion|Nothing on earth revolts me like {G} do.
hold|emotion|My loathing for {G} has no limits.
hold|emotion|I cannot stand being in one room with {G}.
hold|description|{G} are the most repellent creatures I have come across.
hold|description|In all my years I never saw anyone as dim as {G}.
hold|description|You won't find a {g} who isn't sneaky and foul.
hold|dehumanising|{G} crawl out of the sewers like roaches.
hold|dehumanising|To call {G} people would be an insult to people.
hold|dehumanising|A {g} is closer to a chimp than to you and me.
hold|implicit|A healthy town has no use for {G}.
hold|implicit|Our grandparents would weep to see {G} sitting in parliament.
hold|implicit|{G} ought to thank us every day for putting up with them.
hold|threat|Tonight we will go out and break the bones of every {g} we find.
hold|threat|Give me a rifle and I'll take care of the {G} on my street.
hold|threat|Any {g} that comes near my house gets a knife in the belly.
hold|wish|{G} ought to be thrown into a furnace.
hold|wish|It would be best if {G} were simply wiped from the map.
hold|wish|Let's hope a plague takes all {G}.
hold|slur|Get lost, {s}.
hold|slur|That {s} should learn to shut up.
hold|slur|I refuse to serve {s}s in my bar.
hold|slur with oath|These fucking {s}s piss me off.
hold|slur with oath|Damn those {G}, fucking useless lot.
hold|later mention|{G} have moved into my building. It makes me want to puke just seeing them.
hold|later mention|I know a lot about {G}. They deserve nothing but pain.
hold|denied good|{G} have never been of any worth to anybody.
hold|denied good|No {g} merits a seat at this table.
hold|question|Why has no one locked up all these filthy {G}?
hold|opinion|As far as I'm concerned {G} are the dregs of humanity.
hold|expulsion|Ship every last {g} off to an island and burn the boats.
hold|spelling|{Gx} are v3rmin and should be k!lled
hold|spelling|i h a t e {G} so much
allow|denial|I have never hated {G} and never will.
allow|denial|No {g} should ever be beaten or killed.
allow|denial|It simply isn't true that {G} are dirty.
allow|denial|{G} are not animals.
allow|kind|It is a joy to work with {G}.
allow|kind|{G} bring so much warmth to this town.
allow|kind|What a splendid speech by that {g}!
allow|kind|I adore my {a} friends.
allow|neutral|Yesterday I had lunch with a {g}.
allow|neutral|The new librarian is a {g}.
allow|neutral|Most of the {G} in our office live nearby.
allow|neutral|She told the class that she is {a}.
allow|quote|"{G} are vermin" is the kind of sentence that gets people hurt.
allow|quote|My coach yelled "you {s}" at a player and lost his job for it.
allow|quote|Please never say "all {G} should die" again.
allow|quote|He keeps repeating "I hate {G}" and it is disgusting of him.
allow|reference|Whoever claims that {G} are stupid has not met any.
allow|reference|It is appalling that some want to throw {G} out of the country.
allow|reference|Calling {G} parasites is what fascists do.
allow|reclaimed|Proud {s} here, and I wouldn't change a thing.
allow|reclaimed|My fellow {s}s, let us dance tonight!
allow|plain oath|Fuck, this soup is amazing.
allow|plain oath|I had a shitty week at the office.
allow|plain oath|Bloody hell, that was a brilliant save!
allow|thing|I loathe the smell of wet carpet.
allow|thing|These old floorboards must be ripped out and burned.
allow|thing|Your new curtains are hideous.
allow|one person|You are such a nuisance, Gerald.
allow|one person|My landlord is a greedy crook.
allow|other people|Estate agents are the worst, I despise them all.
allow|other people|Chess players are so arrogant and dull.
allow|plain|The parcel came on Tuesday, thank you.
"""


def main() -> None:
    rows = []
    for line in CASES.strip().splitlines():
        decision, function, text = line.split("|")
        for name, (plural, singular, adjective, slur) in GROUPS.items():
            made = text.format(
                G=plural, g=singular, a=adjective, s=slur, Gx=plural.replace("o", "0")
            ).replace("bitchs", "bitches").replace("trannys", "trannies")  # fmt: skip
            made = made[:1].upper() + made[1:] if text.startswith("{") else made
            row = {"function": function, "decision": decision, "group": name, "text": made}
            if not any(r["text"] == made for r in rows):
                rows.append(row if made != text else {**row, "group": ""})
    out = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n"
    (HERE / "functions.jsonl").write_text(out, "utf-8")
    print(f"{len(rows)} cases")


if __name__ == "__main__":
    main()
