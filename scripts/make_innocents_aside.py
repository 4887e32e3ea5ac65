# ruff: noqa: D103
"""Write the innocents kept aside: other sentences than the first suite's, over which no list grew.

A hundred harmless messages in which a word of a common list of blocked terms stands for something
else: birds, tools, towns, surnames, Latin, music, sport, code. `bench/moderating.py --final` reads
them once.
"""

from __future__ import annotations

import json
from pathlib import Path

OUT = Path(__file__).resolve().parent.parent / "tests" / "community" / "innocents_aside.jsonl"

LINES = """
The cock crows at five and wakes the whole village
A black grouse cock was displaying on the moor this morning
Turn the stop cock under the sink to shut the water off
My grandmother drives a wild ass in the nature film, so funny
The Nubian ass is the ancestor of the donkey
Balaam's ass speaks in the Book of Numbers
Dick Francis wrote thrillers about horse racing
We watched Dick Dale play surf guitar
I met Dick at the allotment, he gave me beans
Cheers to Dick Grayson, the first Robin
Philip K. Dick is my favourite author
The private dick in the noir film wears a hat
Every Tom, Dick and Harry has a podcast now
Andy Dick was in the old sitcom
Moby Dick is a long book about a whale
She graduated magna cum laude from Ghent
A house cum studio on the harbour is for rent
The living room cum kitchen gets the morning sun
Chelmsford cum Wickham is not a parish, Hinton cum Wickham is no village either
The parish of Salcey cum Whaddon has a fete on Sunday
Rape is grown for its oil in the fields behind our house
The field of oilseed rape is in bloom
Rape blossom honey sets hard
The district once called the Rape of Hastings is in Sussex
The Rape of the Lock by Pope was on the syllabus
The Rape of the Sabine Women is a statue in Florence
Maine Coon kittens shed a lot of fur
Our Coon cat weighs eight kilos
He hunts with a coon hound in Tennessee
The coonskin cap and a coon dog, very frontier
The flat was spic and span when we moved out
There is a chink in the armour of their defence
I heard the chink of glasses from the terrace
A chink in the fence lets the hedgehog through
Through a chink in the curtains I saw the snow
Homo erectus walked upright
Homo neanderthalensis lived in this valley
The Homo genus is two million years old
Ecce homo is a painting by Caravaggio
Homo economicus is a model and no person
A blue tit nests in our letter box
Coal tit, great tit and marsh tit at the feeder
It was tit for tat all season between the two teams
The willow tit is rarer than it used to be
Long-tailed tit flock in the hedge
The shit storm meteor is a band? no, I made that up
Nazi Germany surrendered in May 1945
The Nazi era is chapter nine of the history book
The museum documents the crimes of the Nazi regime
My grandfather was a prisoner of the Nazi army
The anti-Nazi resistance printed leaflets here
A fag end of the season match, nobody cared
The fag end of winter is always grey
Twatt is a village in Orkney
The road to Twatt is narrow
Twatt church is on Shetland's neighbour
We stayed near Twatt for the northern lights
Anus is a hamlet in Burgundy, population few
The examination checks the rectum and the anus
The vet checks under the tail, the anus was clean
Sea urchins have the anus on the top side
Paki is a name in some Polynesian languages
Peter Coon fixed our boiler
Mrs Coon teaches the piano
Professor Dick will be late today
Dr Cock sees patients on Tuesdays
Mr Cock from the council called
Captain Cock sailed the ferry for thirty years
Hi Dick, see you at lunch
Thanks Dick, that solved it
The Dick Whittington pantomime is sold out
Dick Turpin was a highwayman
Detective Dick Tracy has a radio watch
Write to dick.holland@example.com for tickets
The repo is at git.example.com/cock/tools
Call np.cum(x) and then plot
The cock of the walk struts about
It is a cock and bull story
They live at cock crow, up before dawn
The weather cock turned to the east
A cock pheasant crossed the lane
Cock Robin is a nursery rhyme
The Cock Inn has a quiz on Thursdays
Meet me at the Cock Tavern
Cock fighting has been banned here since 1835
A turn cock on the gas line is loose
Spotted dick and custard, please
We ate spotted dick at the school reunion
The ass and the ox stand in the crib
An ass laden with gold climbs to the top of the fortress, says the proverb
The wild ass of Kutch is protected
Feral asses and an ass foal by the road
KKK is the airport code of somewhere in Alaska
The documentary on how the KKK was infiltrated is on tonight
A cunt was the old spelling on the map of a lane in Oxford, the guide said
Ebert gave the shit-free version four stars, the editor joked
Hinton Ampner and Hinton cum Blackheath were mentioned by the guide
The tard is French for late, il est tard
Trop tard, says my French teacher
Plus tard, peut-être, as they say in Lyon
""".strip().splitlines()


def main() -> None:
    rows = [{"kind": "sense", "text": line} for line in LINES]
    body = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    OUT.write_text(body, "utf-8")
    print(len(rows), OUT)


if __name__ == "__main__":
    main()
