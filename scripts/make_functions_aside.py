# ruff: noqa: E501
"""Write the functional sentences that are kept aside: no model learns from them, no list grew by them.

    python scripts/make_functions_aside.py > tests/community/functions_aside.jsonl

Written for this project after the grammar, in other words than the grammar's, for groups of which
some stand in no template of it. Each line is a function, whether a new channel should hold it, and
the group it speaks of.
"""

from __future__ import annotations

import json
import random

GROUPS = {
    # plural, singular, adjective
    "women": ("women", "woman", "female"),
    "Muslims": ("Muslims", "Muslim", "Muslim"),
    "gay people": ("gay people", "gay person", "gay"),
    "trans people": ("trans people", "trans person", "trans"),
    "black people": ("black people", "black person", "black"),
    "disabled people": ("disabled people", "disabled person", "disabled"),
    "immigrants": ("immigrants", "immigrant", "immigrant"),
    "Jews": ("Jews", "Jew", "Jewish"),
    "Dalits": ("Dalits", "Dalit", "Dalit"),
    "Hungarians": ("Hungarians", "Hungarian", "Hungarian"),
    "Vietnamese people": ("Vietnamese people", "Vietnamese person", "Vietnamese"),
    "Sikhs": ("Sikhs", "Sikh", "Sikh"),
}
SLURS = {
    "women": "slut", "Muslims": "raghead", "gay people": "faggot", "trans people": "tranny",
    "black people": "nigger", "disabled people": "retard", "immigrants": "wetback", "Jews": "kike",
    "Dalits": "chamar",
}  # fmt: skip

HATE = {
    "emotion": """my stomach turns whenever {G} walk by|you cannot imagine how much I loathe {G}|seeing {G} on television makes me furious, I despise them|hating {G} is the only thing my town agrees on and I'm with them|there's a special place in my heart for hating {G}|I could puke when I think of {G}""",
    "derogation": """{G} are simply stupid people|most {G} I know are lazy and corrupt|ever noticed how ugly {G} are?|all of those {G} are liars|what idiots {G} are|a {g} is a waste of time and money|honestly {G} have to be the dumbest people alive|{G} ruin every place they live in""",
    "dehumanised": """{G} are a cancer that has to be cut out|they are no people, {G} are roaches|that {g} crawled out of a sewer like the rat he is|{G} multiply like vermin|we're drowning in a flood of {a} scum|every {g} is a pig""",
    "inferior": """{G} should never be allowed to decide anything|the brain of a {g} is smaller, everybody knows that|a {g} can not do a man's work|civilisation was built without {G} and can do without them|{G} belong at the bottom of society|I would never let a {g} be my boss""",
    "driven out": """pack your bags, {G}, nobody wants you here|put all {G} on a ship and sink it|we need a country free of {G}|close the borders to {G} forever|{G} have no place among us|get those {G} out of our town""",
    "threat": """I'm on my way to shoot some {G}|I will make every {g} in this building bleed|{G}, we know where you pray and we have guns|tomorrow I'm going to beat up the first {g} I see|give me a knife and a {g}|someone ought to hang these {G}""",
    "wished": """the best thing would be if {G} all died|may every {g} burn|I hope {G} get wiped out by the virus|{G} ought to be gassed|it would be better had no {g} ever been born|if only {G} would stop breathing""",
    "pronoun": """my new neighbours are {G}. I can't stand them, they should be thrown out|{G} again on the news. They are disgusting animals|a {g} won the prize. What a joke, they are all too stupid|there were {G} in the park. I wanted to hurt them""",
    "with oaths": """what a bunch of fucking morons {G} are|fuck every last {g}|{G} can kiss my ass and go back home|goddamn {G} ruin this shit for everybody|shut your fucking mouth you {a} piece of shit""",
    "good denied": """{G} will never be as good as we are|I have yet to meet a decent {g}|{G} aren't worth the air they breathe|no {g} was ever honest|{G} don't deserve to be treated like humans|nobody could ever love a {g}""",
    "asked": """why do we even let {G} vote?|how come {G} are so filthy?|who would ever trust {G}?|is there anything more worthless than a {g}?|when are we finally going to throw the {G} out?""",
    "claimed as fact": """it's well known that {G} are thieves|statistics prove it, {G} are criminals|say what you like, {G} are evil|let's face it, {G} are the worst|I'm only telling the truth about {G}: they are parasites""",
}
SLURRED = {
    "slur": """look at this {s}|get lost you {s}|the chat is full of {s}s today|no {s}s in my house|some {s} sat in my seat|you dirty {s}""",
}
FINE = {
    "hate denied": """I could never hate {G}|{G} are not stupid, you are just rude|it's untrue that {G} are lazy|we shouldn't throw {G} out|nobody has the right to hurt {G}|I don't see why {G} would be a problem|{G} aren't dangerous at all|no {g} is a parasite|not once did a {g} steal from me|{G} don't ruin anything""",
    "plain": """there are {G} in my class|the team has a {a} captain|a {g} sat next to me in the train|we met some {G} on holiday|he writes about {G} in the middle ages|my dentist is a {g}|many {G} moved to this city in the nineties|was your grandmother a {g}?|{G} voted in large numbers|my {a} colleague brought cake""",
    "kind": """{G} are such warm people|I'm so glad that {G} moved in next door|nothing but respect for {G}|{G} make this town a better place|the bravest person I know is a {g}|let's be good to {G}|more {G} in parliament please|{G} have my full support|so happy for my {a} friends today|every {g} deserves to be safe""",
    "quoted and denounced": """somebody wrote "{G} are vermin" under my picture and I'm shaking|"{G} should be shot" is not an opinion, it's a crime|to the guy who shouted "get out, {G}": shame on you|we don't accept posts such as "I hate {G}"|when you say "{G} are stupid" you hurt people|"{G} are thieves" - what a disgusting thing to read|a politician who says "throw out the {G}" will not get my vote|"all {G} are liars" is itself a lie""",
    "spoken of and denounced": """it is cruel to say that {G} are worthless|whoever spreads hate against {G} should be ashamed|jokes about killing {G} are never funny|he was sentenced for attacking {G}|I reported the man who threatened {G}|people who think {G} are inferior know nothing|the way you talk about {G} is disgusting|it breaks my heart how they treat {G}|I'm sick of people insulting {G}|why would anybody want to hurt {G}?""",
    "oaths without hate": """holy fuck what a match|this damn printer again|I'm fucking starving|shit, I missed my train|you magnificent bastard, you did it|what a shitty monday|fuck me that was a good film|I fucking adore {G}|{G} are awesome as fuck|damn, {G} rule""",
    "of one person": """you are a complete idiot, Frank|my landlord is a greedy pig|shut up Kevin, nobody asked|that referee is blind and stupid|you're the worst flatmate ever|our mayor is a liar and a thief|he's a cheating piece of shit|go away, you creep""",
    "of things": """mosquitoes are vermin and should be wiped out|I hate this song with a passion|kill the lights please|delete all these stupid files|this couch is ugly as sin|the update ruined everything|burn that sweater|these weeds must die""",
    "of other people": """bankers are parasites|all landlords are thieves|hooligans should be thrown out of the stadium|I despise telemarketers|football fans are idiots|vegans are so annoying|politicians are liars, every one of them|kill all nazis""",
    "words that only look so": """we gathered wood and made a faggot of it|the hoe is in the shed behind the rake|the fire retardant costs ten dollars|a chink of light fell through the curtain|the coon climbed up the tree again, our dog barked|the dyke kept the sea out for centuries|spick and span, the kitchen is done|a nip in the air tonight""",
}
RECLAIMED = {
    "taken back": """I'm a {s} and this is my story|as a {s} I feel at home here|my {s} sisters are the best|love you all, my beautiful {s}s|we {s}s look after each other|call me a {s}, I'm proud of it""",
}
VOWELS = {"a": "@4", "e": "3", "i": "1!", "o": "0"}


def disguised(text: str, rng: random.Random) -> str:
    """A text written as somebody does who does not want to be found."""
    how = rng.randrange(5)
    words = text.split()
    long = [i for i, w in enumerate(words) if len(w) > 3]
    if how == 0:
        return "".join(
            rng.choice(VOWELS[c]) if c in VOWELS and rng.random() < 0.5 else c for c in text
        )
    if how == 1:
        for i in rng.sample(long, min(2, len(long))):
            words[i] = " ".join(words[i])
    elif how == 2:
        for i in rng.sample(long, min(2, len(long))):
            at = rng.randrange(1, len(words[i]) - 1)
            words[i] = words[i][:at] + words[i][at] * 3 + words[i][at:]
    elif how == 3:
        at = rng.randrange(max(len(words) - 2, 1))
        words[at : at + 3] = ["".join(words[at : at + 3])]
    else:
        for i in rng.sample(long, min(2, len(long))):
            at = rng.randrange(1, len(words[i]) - 1)
            words[i] = words[i][:at] + words[i][at + 1] + words[i][at] + words[i][at + 2 :]
    return " ".join(words)


def main() -> None:
    """The sentences, each function with every template, groups drawn by a fixed seed."""
    rng = random.Random("aside")

    def put(function: str, decision: str, text: str, group: str) -> None:
        row = {"function": function, "decision": decision, "group": group, "text": text}
        print(json.dumps(row, ensure_ascii=False))

    for table, decision in ((HATE, "hold"), (FINE, "allow")):
        for function, body in table.items():
            for template in body.split("|"):
                grouped = "{" in template
                for group in rng.sample(list(GROUPS), 3) if grouped else [""]:
                    many, one, kind = GROUPS.get(group, ("", "", ""))
                    text = template.format(G=many, g=one, a=kind)
                    put(function, decision, text[:1].upper() + text[1:], group)
                    if decision == "hold" and rng.random() < 0.3:
                        put("disguised", decision, disguised(text, rng), group)
    for table, decision in ((SLURRED, "hold"), (RECLAIMED, "allow")):
        for function, body in table.items():
            for template in body.split("|"):
                known = ["gay people", "black people", "women", "disabled people"]
                for group in rng.sample(list(SLURS) if decision == "hold" else known, 3):
                    put(function, decision, template.format(s=SLURS[group]), group)


if __name__ == "__main__":
    main()
