# ruff: noqa: D103, E501, RUF034
"""Sentences that the severity model learns from, by family, each with what is true of it.

Written for this project. A family is one way to harm, or one way to speak of the same things that
harms nobody: negation, denouncing, quoting, reclaiming, plain and kind sentences about groups, anger
at things. `rows(seed, count)` gives `count` sentences a family; whole families can be left out, so
that what the model does with a way it never saw can be measured.

Truth: `hate` is an attack on people for what they are; `threat` violence wished on or threatened to
a person; `insult` abuse of one person; `sexual` sexual harassment.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

PLURALS = """
women|girls|ladies|females|wives|feminists|mothers|single mothers|gays|gay people|gay men|lesbians|bisexuals|homosexuals|
trans people|trans women|transgender people|transsexuals|queer people|LGBT people|non-binary people|drag queens|disabled people|
the disabled|autistic people|deaf people|blind people|people with disabilities|mentally ill people|wheelchair users|
people with down syndrome|handicapped people|Muslims|Jews|Jewish people|Hindus|Sikhs|Christians|Catholics|Buddhists|immigrants|
migrants|refugees|asylum seekers|foreigners|Mexicans|Latinos|Hispanics|Asians|Asian people|Chinese people|Koreans|Japanese people|Indians|
Pakistanis|Bangladeshis|Africans|black people|blacks|black men|black women|brown people|white people|whites|Arabs|Turks|gypsies|Roma people|Native Americans|
aboriginals|Poles|Romanians|Russians|Ukrainians|Nigerians|Somalis|Syrians|Palestinians|Israelis|Iranians|Afghans|Dalits|Adivasis|Brahmins|Shudras|
low caste people|Biharis|Kashmiris|Rohingyas|people of color|minorities|illegal immigrants|atheist women|Iraqis|Cubans|Haitians|Punjabis|
Bengalis|Irish people|Greeks|Germans|Americans|Tamils|Nepalis|Filipinos|indigenous people|ethnic minorities|Uyghurs|Kurds
""".replace("\n", "").split("|")  # fmt: skip
SINGULARS = """
woman|girl|lady|wife|feminist|gay man|gay person|lesbian|bisexual|homosexual|trans person|trans woman|trans man|transgender person|
drag queen|disabled person|autistic person|deaf person|blind person|wheelchair user|Muslim|Jew|Jewish person|Hindu|Sikh|Christian|Catholic|
Buddhist|immigrant|migrant|refugee|asylum seeker|foreigner|Mexican|Latina|Asian|Asian person|Chinese person|Korean|Indian|Pakistani|African|
black person|black man|black woman|black guy|black kid|brown person|white man|white woman|Arab|Turk|gypsy|Native American|Pole|Romanian|Russian|
Nigerian|Somali|Syrian|Palestinian|Dalit|Adivasi|Brahmin|Bihari|Kashmiri|person of color|illegal immigrant|Muslim woman|Jewish man|gay guy
""".replace("\n", "").split("|")  # fmt: skip
ADJECTIVES = """
gay|lesbian|trans|bisexual|queer|disabled|autistic|deaf|blind|Muslim|Jewish|Hindu|Christian|black|Asian|African|Arab|Mexican|Indian|
Chinese|immigrant|female|foreign|brown|white|transgender
""".replace("\n", "").split("|")  # fmt: skip
SLURS = """
faggot|fag|dyke|tranny|shemale|nigger|nigga|paki|chink|spic|wetback|kike|raghead|towelhead|gook|coon|sandnigger|beaner|retard|spaz|
cripple|mongoloid|bitch|whore|slut|cunt|skank|hoe|thot|feminazi|muzzie|poofter|homo|sodomite|chamar|katua|bhangi|chhakka|randi|curry muncher|darkie|
gyppo|pikey|wop|negro|lesbo|battyboy|troon|camel jockey|libtard|twat|slag
""".replace("\n", "").split("|")  # fmt: skip
NEGADJ = """
disgusting|stupid|inferior|lazy|dirty|filthy|evil|worthless|ugly|dumb|dangerous|violent|corrupt|greedy|useless|pathetic|vile|gross|nasty|sick|insane|mental|
abnormal|unnatural|immoral|sinful|backward|primitive|uncivilised|savage|barbaric|ignorant|brainless|incompetent|weak|hysterical|irrational|perverted|depraved|creepy|
repulsive|revolting|horrible|awful|hideous|loathsome|despicable|pitiful|wretched|defective|broken|smelly|stinking|bad|the worst|rotten|toxic|untrustworthy|dishonest|sneaky|
sly|criminal|selfish|heartless|soulless|unwanted|unworthy|unstable|delusional|second-class|scum|annoying|insufferable|monstrous|demonic|godless|wicked|scummy|trashy|shitty|
idiotic|moronic|inept|feral|rabid|freakish|deformed|uneducated|subhuman|less than human|good for nothing|beneath us|not human|retarded|crazy|hateful|mad|cruel|cowardly|fake|diseased
""".replace("\n", "").split("|")  # fmt: skip
DEHUMAN = """
animal|ape|monkey|rat|cockroach|parasite|leech|maggot|pig|dog|snake|insect|pest|beast|savage|subhuman|monster|demon|virus|disease|plague|cancer|tumor|vermin|
infestation|swine|rodent|worm|filth|scum|garbage|trash|human waste|tick|termite|locust|dirt|barbarian|freak of nature|mistake of nature|lower life form|weed|bug
""".replace("\n", "").split("|")  # fmt: skip
UNCOUNTED = {"vermin", "filth", "scum", "garbage", "trash", "human waste", "dirt", "swine"}
CRIMES = """
criminal|thief|thug|rapist|murderer|terrorist|pedophile|groomer|drug dealer|scammer|liar|traitor|invader|extremist|child molester|predator|scrounger|freeloader|looter|pervert|
degenerate|cheat|killer|gangster|sinner|suicide bomber|savage|fraud|sponger|crook
""".replace("\n", "").split("|")  # fmt: skip
NEGNOUN = """
burden|burden on society|problem|threat|threat to our country|mistake|disgrace|embarrassment|curse|joke|failure|nuisance|danger to society|danger to our children|menace|blight|stain on society|scourge|
drain on resources|drain|abomination|sin against God|waste of space|waste of oxygen|plague on this city|mental illness|disease|liability|national shame|cancer on this country|stain|nightmare
""".replace("\n", "").split("|")  # fmt: skip
EMOTION = """
hate|despise|loathe|detest|abhor|can't stand|am sick of|resent|am disgusted by|am fed up with|have nothing but contempt for|fucking hate|really hate|truly despise|am repulsed by|have zero respect for|
absolutely hate|feel nothing but hatred for|am so tired of|can not tolerate|can't bear|distrust|want nothing to do with
""".replace("\n", "").split("|")  # fmt: skip
HARM = """
kill|murder|exterminate|shoot|hang|lynch|gas|burn|stab|beat up|rape|slaughter|eradicate|annihilate|bomb|behead|choke|execute|torture|eliminate|butcher|massacre|strangle|crush|drown|poison|
castrate|whip|wipe out|hurt|smash|punch|attack|destroy|hunt|stone|purge|beat
""".replace("\n", "").split("|")  # fmt: skip
HARMED = """
killed|murdered|exterminated|shot|hanged|lynched|gassed|burned|stabbed|beaten up|raped|slaughtered|eradicated|wiped out|bombed|beheaded|executed|tortured|eliminated|butchered|drowned|poisoned|
castrated|whipped|put down|put to death|put in camps|burned alive|punished|attacked|sterilised|hunted down|stoned|erased from this earth|crushed|hit by a truck|taken out
""".replace("\n", "").split("|")  # fmt: skip
EXPEL = """
deport|kick out|get rid of|remove|ban|throw out|lock up|send back|expel|segregate|silence|jail|cage|evict|ship back|drive out|round up|keep out|exclude|banish|fire
""".replace("\n", "").split("|")  # fmt: skip
EXPELLED = """
deported|kicked out|banned|removed|thrown out|locked up|sent back|expelled|segregated|silenced|jailed|caged|evicted|shipped back|driven out|rounded up|kept out|excluded|sterilised|banished|
put in prison|kept away from children|thrown in jail|treated like animals|kept in cages|denied all rights|ignored|shunned|slaves
""".replace("\n", "").split("|")  # fmt: skip
NEGVERB = """
ruin everything|ruin this country|steal our jobs|take our jobs|destroy our culture|rob people|lie about everything|cheat everyone|leech off the state|breed like rats|breed like rabbits|spread disease|infest our cities|
invade our country|corrupt our children|groom our kids|commit all the crime|sell drugs|rape our women|control the media|run the banks|contaminate our schools|stink|smell like shit|never work a day|live off benefits|
lie all the time|manipulate everyone|whine all day|complain about everything|cause all our problems|bring crime wherever they go|destroy families|weaken our nation|hate this country|want to take over|threaten our way of life|
steal everything they see|only want money|abuse children|murder innocent people|suck the life out of this town|drag everyone down|make everything worse|blow things up|cannot be trusted
""".replace("\n", "").split("|")  # fmt: skip
RIGHTS = """
respect|rights|the right to vote|human rights|to live|to exist|equal pay|a job|education|love|sympathy|our help|freedom|the same rights as us|happiness|air to breathe|to be treated like people|to have children|dignity|
protection|to marry|a voice|to be heard|compassion|kindness|to be here|any of our taxes|to speak
""".replace("\n", "").split("|")  # fmt: skip
PLACES = """
our country|this country|our schools|our town|my street|this city|parliament|sports|the army|our neighbourhood|our streets|power|public office|our hospitals|this world|science|engineering|our society|gaming|my shop|the workplace|our church
""".replace("\n", "").split("|")  # fmt: skip
GOODADJ = """
great|wonderful|amazing|kind|smart|brilliant|beautiful|lovely|strong|brave|talented|creative|hard-working|honest|generous|inspiring|cool|charming|valued|important|equal|welcome|good people|human beings|the best|
fantastic|incredible|gorgeous|my friends|capable|peaceful|fun|fabulous|human|worthy of respect|just people|like everyone else|normal people|our neighbours|heroes|resilient
""".replace("\n", "").split("|")  # fmt: skip
GOODVERB = """
love|respect|admire|support|adore|appreciate|stand with|am proud of|really like|welcome|cherish|am grateful for|look up to|trust|enjoy spending time with|celebrate|am thankful for|am a fan of|will always defend
""".replace("\n", "").split("|")  # fmt: skip
INSULTS = """
idiot|moron|loser|clown|scumbag|asshole|prick|bastard|jerk|dumbass|dickhead|wanker|fool|imbecile|piece of shit|piece of trash|waste of space|coward|creep|liar|freak|shithead|douchebag|lowlife|hypocrite|weirdo|joke|pig|rat|worm|snake|disgrace|cockroach|disappointment|brat|motherfucker|ugly cow
""".replace("\n", "").split("|")  # fmt: skip
JOBS = """
doctors|artists|bankers|capitalists|communists|politicians|cops|lawyers|students|gamers|engineers|journalists|landlords|cyclists|chefs|referees|musicians|influencers|vegans|tourists|telemarketers|accountants|billionaires|
boomers|republicans|democrats|conservatives|liberals|nazis|fascists|racists|bigots|terrorists|rapists|murderers|smokers|scientists|scammers|spammers|hackers|flat earthers|parking inspectors|estate agents|plumbers|dictators|cheaters|streamers|moderators|bus drivers|sellers|shopkeepers|couriers|poachers|stalkers|salesmen|teachers|actors|librarians|photographers|bakers|athletes|drummers
""".replace("\n", "").split("|")  # fmt: skip
THINGS = """
this phone|the new update|broccoli|mondays|the traffic here|this weather|that movie|your cooking|spinach|this keyboard|homework|the printer|rush hour|winter|the queue at the bank|pineapple on pizza|my old laptop|this song|the referee's decision|cold coffee|spam emails|
this kettle|the delivery|your app|the sequel|the last level|airline food|mosquitoes|wasps|the rats in our cellar|cockroaches in the kitchen|weeds in my garden|plastic bags|capitalism|communism|taxes|lag|the commercials|war|poverty|racism|cancer|this zip|loud music|ugly shoes|that lamp|the design of this website|exams|my alarm clock|microtransactions|onions|that bridge|soggy fries|this chair|this script
""".replace("\n", "").split("|")  # fmt: skip
NAMES = "Tom|Priya|Alex|Ravi|Sarah|John|Meera|Dave|Karen|Aman|Lisa|Mike|Anita|Steve|Raj|Emma|Kevin|Sunita|Bob|Zoe".split(
    "|"
)
SWEARS = "fuck|shit|damn|crap|bloody hell|wtf|holy shit|fuck me|bollocks|goddamn it|ffs|oh shit|hell no|what the hell|for fuck's sake".split(
    "|"
)
PADV = "fucking|bloody|goddamn|freaking|damn|effing|fuckin".split("|")
SEXUAL = """
send me nudes|suck my dick|i want to see you naked|show me your tits|i'd love to fuck you|sit on my face|ride my cock|let me see your pussy|you make me so horny baby|i am jerking off to your stream|wanna see my dick|bend over for me|your tits are huge take off your top|open your legs for me|i want to lick your pussy|blowjob for twenty bucks|check my onlyfans for hardcore porn|free porn cams click here|dm me dick pics
""".replace("\n", "").split("|")  # fmt: skip


@dataclass(frozen=True)
class Family:
    """Templates that say one kind of thing. `held` is whether a new channel would hold it."""

    name: str
    templates: tuple[str, ...]
    hate: int = 0
    threat: int = 0
    insult: int = 0
    sexual: int = 0


def _family(name: str, text: str, **truth: int) -> Family:
    return Family(
        name, tuple(t for t in (x.strip() for x in text.strip().splitlines()) if t), **truth
    )


FAMILIES: list[Family] = []


def harmful(name: str, text: str, **truth: int) -> None:
    FAMILIES.append(_family(name, text, **(truth or {"hate": 1})))


def harmless(name: str, text: str, **truth: int) -> None:
    FAMILIES.append(_family(name, text, **truth))


harmful(
    "emotion",
    """
I {E} {G}
I {E} all {G}
I {E} every single {g}
we all {E} {G}
God I {E} {G} so much
I {E} {G}, they are {NA}
if there's one thing I {E} it's {G}
{G} make me sick
{G} disgust me
{G} make me want to vomit
{G} are my least favourite people, I {E} them
everyone should {Eb} {G}
you have to {Eb} {G}
normal people {Eb} {G}
my hatred for {G} grows every day
I feel nothing but disgust for {G}
there is nothing I {E} more than {G}
the sight of {G} makes my skin crawl
why do I {E} {G} so much?
I can't help it, I {E} {G}
I {E} having {G} around me
{G} annoy the hell out of me
I wish I didn't have to look at {G}
it's no wonder that people {Eb} {G}
ugh, {G}. I {E} them
I {E} you because you are a {g}
I {E} my neighbours because they are {a}
screw {G}
fuck {G}
fuck all {G}
fuck those {a} people
down with {G}
to hell with {G}
""",
)
harmful(
    "description",
    """
{G} are {NA}
{G} are so {NA}
{G} are all {NA}
all {G} are {NA}
most {G} are {NA}
{G} are just {NA}
every {g} is {NA}
every {g} I ever met was {NA}
{G} are {NA} and {NA}
there is nothing more {NA} than a {g}
{G} are the most {NA} people on earth
such {NA} people, those {G}
those {NA} {G}
those {NA} {G} again
{NA} {G} everywhere
you are a {NA} {g}
you {G} are {NA}
being {a} is {NA}
it is {NA} to be {a}
{G} will always be {NA}
what makes {G} so {NA}?
why are {G} so {NA}?
why are all {G} {NA}?
isn't it true that {G} are {NA}?
{G} are by nature {NA}
{G} are born {NA}
we all know that {G} are {NA}
it's a fact that {G} are {NA}
I think {G} are {NA}
a {g} is always {NA}
{G} act like {NA} kids
typical {g}, {NA} as always
how can {G} be so {NA}
{G} are pretty much all {NA}
{G}? {NA}, all of them
she is a {NA} {g}
he's just another {NA} {g}
{G} are ugly inside and out, truly {NA}
there is something {NA} about {G}
there is something wrong with {G}
{G} are not normal
{G} are not right in the head
{G} have no brains
{G} have no morals
{G} have a low IQ
nobody likes {G} because they are {NA}
{G} look {NA}
{G} seem {NA} to me
""",
)
harmful(
    "dehumanising",
    """
{G} are {D}
{G} are just {D}
{G} are nothing but {D}
{G} are no better than {D}
{G} are like {D}
{G} are worse than {D}
{G} are basically {D}
{G} are {D} and should be treated like {D}
{G} are not human
{G} are not even people
{G} are less than human
{G} aren't real people, they are {D}
{G} behave like {D}
{G} breed like {D}
a {g} is a {d}
a {g} is no more than a {d}
every {g} is a {d}
these {G}, such {D}
look at those {a} {D}
you {a} {d}
dirty {a} {D}
what a bunch of {D}, those {G}
I see {G} as {D}
to me {G} are {D}
{G} are the {D} of the earth
treat {G} like the {D} they are
{G} live like {D}
{G} are a swarm of {D}
the country is full of {a} {D}
{G} are a {d} that spreads
{G} are a {d} on our society
""",
)
harmful(
    "crime",
    """
{G} are {C}
all {G} are {C}
most {G} are {C}
{G} are nothing but {C}
every {g} is a {c}
{G} are all potential {C}
{G} are born {C}
never trust a {g}, they are {C}
a {g} will always be a {c}
the {G} next door are surely {C}
if you see a {g}, you see a {c}
{G} are the biggest {C} in this country
lock your doors, {G} are {C}
another {g}, another {c}
{G} raise their kids to be {C}
show me a {g} who is not a {c}
they let {G} in and now we have {C} everywhere
you can't trust {G}
never trust {G}
watch your wallet when {G} are around
""",
)
harmful(
    "noun",
    """
{G} are a {NN}
{G} are nothing but a {NN}
{G} are the {NN} of our time
every {g} is a {NN}
a {g} in charge is a {NN}
having {G} here is a {NN}
the existence of {G} is a {NN}
{G} are a {NN}, simple as that
being {a} is a {NN}
it's a {NN} to be {a}
it must be a {NN} to have a {a} child
{G} are the {NN} nobody talks about
{G} are the problem
{G} are what's wrong with this world
{G} are the root of all evil
the {NN} of this country is called {G}
let's be honest, {G} are a {NN}
you are a {NN} because you are {a}
""",
)
harmful(
    "actions",
    """
{G} {V}
all {G} {V}
{G} always {V}
{G} just {V}
{G} come here to {V}
all {G} ever do is {V}
{G} only know how to {V}
{G} want to {V}
{G} {V} and nobody says a word
{G} {V} and {V}
the {G} in my town {V}
why do {G} {V}?
{G} {V}, that's what they do
as usual {G} {V}
{G} will {V} if we let them
those {G} {V}, they are {NA}
{G} are here to {V}
if you let {G} in they {V}
we all know {G} {V}
{G} are trying to {V}
{G} are going to {V}
I'm sure that {G} {V}
""",
)
harmful(
    "threat to groups",
    """
{H} all {G}
{H} {G}
{H} the {G}
{H} every {g} you see
let's {H} all {G}
let's {H} some {G} tonight
we should {H} {G}
we must {H} all {G}
we need to {H} {G}
someone should {H} {G}
somebody needs to {H} all those {G}
I will {H} {G}
I'm going to {H} a {g} tonight
I want to {H} every {g} in this city
I would love to {H} a {g}
I can't wait to {H} those {G}
time to {H} the {G}
{G} should be {Hd}
{G} must be {Hd}
all {G} should be {Hd}
{G} deserve to be {Hd}
{G} need to be {Hd}
every {g} should be {Hd}
{G} ought to be {Hd}
I hope {G} get {Hd}
I hope someone {H}s {G}
I wish all {G} were {Hd}
{G} deserve to die
{G} should die
{G} should just die
all {G} must die
death to {G}
death to all {G}
I hope all {G} die
I wish {G} would die
I hope {G} die a slow death
{G} can go die
go die, {G}
{G} should rot in hell
{G} will burn in hell
the only good {g} is a dead {g}
{G} shouldn't exist
{G} should not be allowed to live
{G} have no right to exist
the world needs a way to {H} {G}
I'd {H} a {g} for free
if I see another {g} I will {H} him
if I meet a {g} in the street I will {H} them
watch out {G}, we will {H} you
we are coming for you {G}
{G} better run
whoever {H}s a {g} is a hero
put {G} in gas chambers
bring back the gas chambers for {G}
bring back lynching for {G}
{G} should be put against a wall
shoot {G} at the border
hang the {G} from the trees
get your guns, {G} are coming
it's a pity that {G} were not all {Hd}
{G} had it coming when they were {Hd}
I'm glad those {G} were {Hd}
good thing those {G} got {Hd}
""",
)
harmful(
    "expulsion",
    """
{X} all {G}
{X} {G}
{X} the {G} now
we should {X} {G}
we need to {X} all {G}
the government should {X} {G}
it is time to {X} {G}
let's {X} every {g} in this country
{G} should be {Xd}
all {G} should be {Xd}
{G} must be {Xd}
{G} need to be {Xd}
{G} deserve to be {Xd}
{G} should be {Xd} from {PL}
{G} should not be allowed in {PL}
{G} should never be allowed in {PL}
{G} do not belong in {PL}
{G} don't belong in {PL}
{G} don't belong here
{G} are not welcome in {PL}
{G} are not welcome here
no {G} in {PL}
keep {G} out of {PL}
{G} out of {PL}
there is no place for {G} in {PL}
{G} have no place in {PL}
{G} have no business in {PL}
we don't want {G} in {PL}
nobody wants {G} in {PL}
{G} go home
{G}, go back to where you came from
go back to your country, {g}
{G} should go back to where they came from
{G} should leave {PL}
get {G} out of {PL}
I don't want {G} near my children
I don't want to live next to {G}
I don't want to sit next to a {g}
I don't want a {g} as my boss
I would never hire a {g}
I would never date a {g}
never hire {G}
stay away from {G}
{G} should stay away from {PL}
{G} should be kept away from us
build a wall to keep {G} out
{G} belong in jail
{G} belong in a zoo
{G} belong in a mental hospital
{G} belong in the kitchen
{G} should stay in the kitchen
{G} should be slaves
{G} should obey men
{G} should know their place
{G} should stay behind closed doors
get back in the kitchen
I only want to live in a country without {G}
the world would be a better place without {G}
this country would be better off without {G}
things were better before the {G} came
I wish there were fewer {G}
imagine a world without {G}, what a dream
we need fewer {G}
too many {G} in {PL}
there are too many {G} here
{PL} is being overrun by {G}
{PL} was nice until the {G} moved in
we would be safer without {G}
my life would be easier without {G}
""",
)
harmful(
    "denied rights",
    """
{G} don't deserve {R}
{G} do not deserve {R}
{G} don't deserve any {R}
no {g} deserves {R}
{G} should not have {R}
{G} shouldn't have {R}
{G} have no right to {PL}
{G} should never get {R}
why should {G} get {R}?
{G} have too many rights
nobody should give {G} {R}
we should not give {G} {R}
{G} are not worthy of {R}
{G} are not our equals
{G} will never be equal to us
{G} can never be equal to normal people
{G} are not as smart as us
{G} are not as good as white men
{G} are not {GA}
{G} are never {GA}
{G} will never be {GA}
no {g} has ever been {GA}
there is no such thing as a {GA} {g}
you can't be {GA} and {a}
{G} can't be {GA}
{G} are anything but {GA}
I don't trust {G}
I don't respect {G}
I have no respect for {G}
I don't like {G}
I really don't like {G}
I would never {GVb} {G}
nobody {GVb}s {G}
we don't want you here, {g}
{G} are incapable of thinking
{G} are too stupid to vote
{G} are too weak to lead
{G} can't drive
{G} can't think for themselves
{G} don't contribute anything
{G} don't belong with decent people
{G} don't even know how to work
{G} should not be treated as equals
it's not okay to be {a}
it's wrong to be {a}
being {a} is wrong
being {a} is not natural
being {a} is a choice and a sin
I would rather die than be {a}
I'd be ashamed if my son was {a}
I could never love a {a} child
thank God I am not {a}
""",
)
harmful(
    "implicit",
    """
I wonder what this place would look like with no {G} left
funny how crime goes down when {G} move away
whenever something gets stolen there is a {g} around
count your fingers after shaking hands with a {g}
keep your kids inside, the {G} moved in
guess who is on benefits again, {G} of course
some people are better than others, and {G} are not among them
{G} should be grateful that we let them live
{G} are lucky that we are so patient
I'm not saying {G} are {NA}, but they are
I have nothing against {G} but they {V}
I'm not racist but {G} {V}
I'm not racist but {G} are {NA}
no offense but {G} are {NA}
{G} have done nothing for the world
what have {G} ever done for us
what did {G} ever invent
nobody would miss {G} if they were gone
evolution forgot about {G}
{G} were a mistake
God made a mistake when he made {G}
even dogs are more useful than {G}
even a dog has more brains than a {g}
my dog is smarter than any {g}
you can smell {G} from a mile away
wash your hands after touching a {g}
I need a shower after talking to {G}
a {g} with a degree is still a {g}
{G} need to be fixed
{G} need to be cured
being {a} should be cured
someone should teach {G} a lesson
{G} need to be taught a lesson
it's about time somebody did something about {G}
you know what to do with {G}
{G} only get jobs because of quotas
{G} would be nothing without us
{G} are good for only one thing
{G} are only good for sex
{G} exist to serve us
{G} ask for it when they dress like that
{G} are asking for it
Hitler should have finished the job with {G}
Hitler was right about {G}
we had the right idea about {G} in the past
slavery was too good for {G}
they should never have freed the {G}
if you have a {g} for a neighbour, sell your house
don't let your daughter marry a {g}
imagine being {a}, I would kill myself
the less {G} the better
I would not wish a {g} as a neighbour on anyone
where there are {G} there is crime
show me one {g} who does not {V}
I'd rather eat dirt than share a table with a {g}
""",
)
harmful(
    "pronoun",
    """
{G} {V}. They should all be {Hd}
{G} are everywhere now. I {E} them
I saw some {G} today. They are {NA}
a {g} moved in next door. I hope he gets {Hd}
there are {G} at the door. {H} them
{G} marched in town today. Someone should {H} them all
you know {G}? They are {D}
my new boss is a {g}. What a {NA} person
{G}, they are all {NA}
so many {G} here. They should be {Xd}
{G} are good at sports. Still, they are {D}
this is about {G}: they {V}
some people are {a}. They disgust me
look at these {G}. {X} them
{G} want rights now. They deserve nothing
they let {G} vote. They should not be allowed to
I met a {g} once. I {E} them ever since
""",
)
harmful(
    "slurs",
    """
you are a {s}
you are just a {s}
you're such a {s}
what a {s}
you {s}
you {NA} {s}
you {P} {s}
he is a {s}
she's a {s}
{S} are {NA}
all {S} are {NA}
I {E} {S}
{S} disgust me
those {S} again
look at that {s}
shut up {s}
shut up you {NA} {s}
go away {s}
stupid {s}
dirty {s}
typical {s}
fucking {S}
{S} should be {Hd}
{H} all {S}
{S} don't belong here
get out of here you {s}
nobody likes you {s}
my boss is such a {s}
don't be such a {s}
only a {s} would say that
bunch of {S}
I don't want {S} in {PL}
the {S} are taking over
how many {S} does it take
that {s} got what he deserved
this game is full of {S}
damn {S} everywhere
this {s} thinks he is {GA}
never trust a {s}
your mother is a {s}
your whole family are {S}
some {s} stole my bike
{S} can't drive
the president is a {s}
ugly {s} go home
""",
)
harmful(
    "slurs with swearing",
    """
fuck off you {P} {s}
I fucking hate those {P} {S}
what the fuck is this {s} doing here
{P} {S} can go to hell
shut the fuck up {s}
those {P} {G} can go fuck themselves
{G} are {P} {NA}
{G} are full of shit
{G} are all {P} {D}
I {P} hate {G}
I {P} hate those {P} {G}
{P} {G} should be {Hd}
get the fuck out of our country you {P} {G}
{G} are such {P} {I}s
you {P} {a} piece of shit
you {P} {g}
you {P} {a} cunt
fuck you and all the other {G}
all {G} are {I}s
every {g} is a {P} {I}
eat shit {G}
{G} can suck it
""",
)
harmful(
    "question and opinion",
    """
does anyone else {Eb} {G}?
am I the only one who thinks {G} are {NA}?
can we agree that {G} are {NA}?
can we finally {X} {G}?
when will we {H} {G}?
why don't we just {H} all {G}?
why has nobody {Hd} the {G} yet?
when will {G} be {Xd}?
who let the {G} in? {X} them
why are {G} still allowed to vote?
why do we let {G} live here?
how is it legal to be {a}?
what is wrong with {G}?
imo {G} are {NA}
in my opinion {G} should be {Hd}
to be honest I {E} {G}
honestly {G} are {D}
in my view all {G} are {NA}
unpopular opinion: {G} are {C}
hot take, {G} should not have {R}
I strongly believe that {G} should be {Xd}
I am convinced that {G} {V}
it is my opinion that {G} are a {NN}
let me tell you what I think: {G} are {D}
if you ask me, {G} {V}
the truth is that {G} are {NA}
the problem with {G} is that they are {NA}
everybody knows {G} are {C}
""",
)
harmful(
    "person threat",
    """
I will {H} you
I'm going to {H} you
I will find you and {H} you
I'm gonna {H} you and your family
I know where you live and I will {H} you
you should be {Hd}
you deserve to be {Hd}
I hope you get {Hd}
I hope you die
go kill yourself
kill yourself
just kill yourself already
kys
you should kill yourself
do us a favour and die
I hope your mother gets {Hd}
someone should {H} you
come here and I {H} you
I'll {H} you if you come back
if I see you I will {H} you
I hope you get cancer
drop dead {N}
I will slit your throat
you are dead when I find you
watch your back, I will {H} you
I will {H} him and his kids
we will {H} {N} tonight
I want to {H} her so badly
you better run or I {H} you
""",
    threat=1,
)
harmful(
    "sexual",
    """
{Q}
hey {N} {Q}
{Q} please
come on {Q} baby
""",
    sexual=1,
)
harmless(
    "person insult",
    """
you are a {I}
you're such a {I}
you are an absolute {I}
you {P} {I}
you {I}
shut up you {I}
what a {I} you are
{N} is a {I}
{N} is such a {I}
he is a {P} {I}
she is a {I}
you are {NA}
you are so {NA}
you are {NA} and {NA}
{N} is {NA}
{N} is a {NA} person
what a {NA} person you are
nobody likes you
I {E} you
I {E} {N}
I {E} you so much
you make me sick
you are the worst person I know
go away {I}
you are nothing but a {I}
you look {NA}
your face is {NA}
you don't deserve friends
nobody wants you here {N}
you should be ashamed of yourself {I}
you are {D}
you are a {d}
the man at the counter was a {NA} {I}
my boss is a {NA} {I}
my neighbour is a {P} {I}
my ex is a {I}
you will always be a {I}
you are a {NN}
my sister is a {NA} cook
your husband is a {I}
this guy is a {c}
{N} is a {c}, he stole my bike
get lost {I}
""",
    insult=1,
)
harmless(
    "negated hate",
    """
I don't {Eb} {G}
I do not {Eb} {G}
I never said that I {E} {G}
I would never {H} {G}
I don't think {G} are {NA}
{G} are not {NA}
{G} are not {NA} at all
{G} are not {D}
{G} are not {C}
not all {G} are {C}
not every {g} is a {c}
no, {G} are not {NA}
{G} aren't {NA}
it is not true that {G} are {NA}
it's simply false that {G} {V}
I don't believe that {G} {V}
{G} don't {V}
{G} do not {V}
{G} are not a {NN}
{G} should not be {Hd}
{G} should never be {Hd}
{G} should not be {Xd}
{G} shouldn't be {Xd}
nobody should be {Hd} for being {a}
nobody should be {Xd} because they are {a}
no {g} should be {Hd}
no {g} should be {Xd} like that
no one should call {G} {D}
we should not {X} {G}
we must not {H} {G}
we should never {X} {G}
don't {Eb} {G}
don't call {G} {NA}
you should not say that {G} are {NA}
I can't imagine why anyone would {Eb} {G}
there is nothing wrong with {G}
there is nothing wrong with being {a}
there's nothing {NA} about {G}
it is not {NA} to be {a}
being {a} is not a {NN}
being {a} is not {NA}
{G} don't deserve to be {Hd}
{G} don't deserve this hate
{G} do not deserve to be called {D}
no {g} deserves to be {Hd}
it's a lie that {G} are {C}
I have never met a {NA} {g}
who says that {G} are {NA}? They are not
{G} are far from {NA}
I never thought {G} were {NA}
I don't {Eb} anyone, least of all {G}
{G} are neither {NA} nor {NA}
stop hating {G}
let's not {X} {G}
""",
)
harmless(
    "denouncing quotes",
    """
saying "{G} are {NA}" is {Z}
"{G} are {D}" is a {Z} thing to say
"{H} all {G}" is not okay to post
he told me that "{G} are {NA}", that is {Z}
people who say "I hate {G}" are {Z}
anyone who says "{G} should be {Hd}" should be banned
if you think "{G} are {C}" is funny, you are {Z}
I was shocked to read "{G} should be {Xd}" here
someone wrote "{H} the {G}" on the wall, {Z}
she called them "{S}" and that is {Z}
you can't just say "{S} are {NA}" like that, it's {Z}
don't say "{G} are {NA}"
stop saying "{G} are {D}"
stop calling people "{s}"
never use the word "{s}"
the sentence "{G} don't deserve {R}" is {Z}
I reported a guy who wrote "{G} should be {Hd}"
comments like "{X} all {G}" make me sad
posts like "{G} are a {NN}" should be removed
how can you say "{G} are {NA}" in this day and age?
"I {E} {G}" is what he said, {Z}
did he really just say "{G} should be {Hd}"? {Z}
nobody should tweet "{G} are {C}", it is {Z}
he got fired for saying "{H} all {G}"
my teacher said "{G} are {D}", the school suspended him
calling someone a "{s}" is {Z}
calling {G} "{D}" is {Z}
statements like "{G} {V}" are {Z}
"{G} {V}" is such a {Z} claim
some idiot shouted "{s}" at my friend
"{s}" is a slur, stop using it
the phrase "{G} are {D}" was used by the Nazis
you should be ashamed for writing "{G} are {NA}"
whoever says "{S} should die" needs help
my son came home crying, they called him "{s}"
""",
)
harmless(
    "denouncing without quotes",
    """
saying {G} are {NA} is {Z}
calling {G} {D} is {Z}
people who {Eb} {G} are {Z}
anyone who thinks {G} are {NA} is {Z}
anybody who says {G} should be {Hd} is {Z}
it's {Z} to call someone a {s}
it is {Z} to say that {G} are {C}
you are {Z} if you think {G} {V}
how dare you say {G} are {NA}
stop saying that {G} are {D}
whoever called him a {s} should be ashamed
don't call people {S}
don't use words like {s}
he said {G} should be {Hd}, what a {Z} thing to say
that joke about {G} being {NA} is {Z}
violence against {G} is {Z}
hatred of {G} is {Z}
the murder of {G} is a crime
it is horrifying how many {G} are {Hd} every year
it makes me sad that {G} are {Hd} and {Xd}
{G} are tired of being called {D}
{G} were {Hd} in the war and we must remember
we must fight against people who want to {H} {G}
we must stand up to those who {Eb} {G}
you sound like a bigot when you say {G} are {NA}
your claim that {G} {V} is {Z}
I disagree with the idea that {G} are {NA}
the idea that {G} don't deserve {R} is {Z}
racists think that {G} are {D}
bigots say {G} should be {Xd}
only an idiot would think that {G} are {NA}
only racists {Eb} {G}
the myth that {G} are {C} has been debunked
stereotypes like {G} {V} are {Z}
telling {G} to go back to their country is {Z}
he was arrested for threatening to {H} {G}
the man who {Hd} a {g} got life in prison
a {g} was {Hd} last night, police are looking for witnesses
report says {G} are often {Xd} from {PL}
{G} face discrimination and are called {S}
hate speech against {G} is {Z}
I got called a {s} today and it hurt
they called my mother a {s}
""",
)
harmless(
    "reclaimed",
    """
I'm a proud {s}
I am a {s} and proud of it
we're here, we're {a}, get used to it
as a {s} myself I love this
me and my {S}
my {S} are the best
love my {S}
we {S} have to stick together
us {S} are beautiful
being a {s} is who I am
I call myself a {s}
I'm a {a} {s} and I'm happy
yes I'm a bad {s}
this {s} is thriving
this {s} looks {GA} today
good morning my {S}
what's up my {s}
you're my favourite {s}, love you
shout out to all the {S} out there, stay strong
happy birthday {s}, love you sis
we are {S} and we are proud
I've been a {s} all my life and I love it
bad {S} only
{s} is a word that we took back
{a} and {GA}
""",
)
harmless(
    "neutral identity",
    """
I am {a}
I'm a {g}
my friend is {a}
my brother is a {g}
my mother is a {g}
we are {G}
there are many {G} in {PL}
some {G} live in {PL}
a {g} moved in next door
a {g} opened a bakery here
I talked to a {g} today
I saw two {G} at the station
many {G} work in hospitals
{G} are people
{G} are human
the {g} sat next to me on the bus
are you {a}?
is he {a}?
do you know any {G}?
how many {G} live in this city?
the film is about a {g}
the book was written by a {g}
{G} celebrate this festival in spring
the census counts {G} too
more and more {G} vote in elections
the shop sells dresses for {G}
my doctor is a {g}
I married a {g}
the mayor is a {g}
{G} like football and {G} like cricket
we interviewed {G} about their jobs
the course is open to {G}
yesterday some {G} came into the shop
a {a} couple bought the house
what language do {G} speak?
{G} and {G} live together here
she grew up with {G}
when did {G} first come to {PL}?
I used to think I was {a}
my son told me that he is {a}
it's normal to be {a}
ten {G} joined the team
""",
)
harmless(
    "positive identity",
    """
I {GV} {G}
I {GV} all {G}
we {GVb} {G}
{G} are {GA}
{G} are so {GA}
all {G} are {GA}
every {g} is {GA}
{G} are {GA} and {GA}
you are a {GA} {g}
what a {GA} {g}
{G} deserve {R}
{G} deserve {R} like everyone else
all {G} deserve {R}
{G} should have {R}
{G} have every right to {PL}
{G} should be treated with respect
{G} belong in {PL}
{G} belong here
{G} are welcome in {PL}
{G} are always welcome here
{G} make {PL} better
{G} enrich our lives
we need more {G} in {PL}
the world would be poorer without {G}
I'm proud to be {a}
I am so proud of my {a} daughter
it's great to be {a}
being {a} is {GA}
being {a} is beautiful
there's nothing better than being {a}
thank you {G}
happy holidays to all {G}
I stand with {G}
please support {G}
we should protect {G}
we must help {G}
let's celebrate {G}
I wish there were more {G} in {PL}
I would love to have a {g} as a neighbour
my best friend is a {g} and she is {GA}
{G} have contributed so much
{G} inspire me every day
I hope {G} feel safe here
{G} have so much to teach us
hire more {G}
God bless {G}
it is {GA} to have {G} around
some of the {GA} people I know are {G}
""",
)
harmless(
    "things",
    """
I {E} {T}
I {P} hate {T}
{T} makes me sick
{T} disgusts me
{T} is {NA}
{T} is so {NA}
{T} is {P} {NA}
{T} is a {NN}
{T} is trash
what a {NA} thing {T} is
{T} should be {Xd}
{T} should be {Hd}
{H} {T}
let's {X} {T}
we should {X} {T}
I will {H} {T} one day
{T} can go to hell
{T} must die
fuck {T}
death to {T}
{T} has to go
I can't wait to {H} {T}
why is {T} so {NA}?
{T} ruins everything
{T} deserves no {R}
{T} does not belong here
the world would be better without {T}
nothing but garbage, {T}
{T} sucks
""",
)
harmless(
    "other people",
    """
I {E} {J}
I {E} all {J}
{J} are {NA}
{J} are so {NA}
all {J} are {NA}
{J} are {D}
{J} are nothing but {D}
{J} are {C}
{J} {V}
{J} should be {Xd}
{J} should be {Hd}
{X} all {J}
{J} don't deserve {R}
{J} are a {NN}
{J} make me sick
{J} disgust me
fuck {J}
fuck all {J}
those {P} {J}
we should {X} {J}
{J} should be ashamed
{J} have no place in {PL}
{J} should not be allowed in {PL}
I don't trust {J}
never trust {J}
why are {J} so {NA}?
{J} are all {I}s
death to {J}
{J} are useless
the world would be better without {J}
{H} all {J}
""",
)
harmless(
    "swearing",
    """
{W}
{W}, I forgot my keys
{W} that was close
{W} this is {GA}
I'm {P} tired
this is {P} {GA}
that was {P} {GA}
you are {P} {GA}
I {P} love this
{W} I'm late again
where the hell is my bus
what the fuck just happened
holy shit did you see that goal
this pizza is the shit
I don't give a shit
I don't give a fuck about football
shit happens
that's bullshit and you know it
I'm so fucked for the exam
fuck yeah
hell yeah {N}
we had a {P} good time
damn, that's a nice car
{W} what a day
my head hurts like hell
oh crap, I dropped it
this shit is {GA}
fuck it, let's go
{P} finally
{N} you are {P} {GA}
it is {P} cold today
you {P} legend
I fucked up the recipe
pissed off about the weather
no shit sherlock
get your shit together {N}, we are late
{P} hell, that was {GA}
the damn bus never comes
I work my ass off every day
you badass, {GA} work
""",
)
harmless(
    "self and idiom",
    """
I will kill it at the gym today
you killed that song
my feet are killing me
I'm dying of laughter
I could murder a burger
she is drop dead gorgeous
I'd kill for a coffee
we got destroyed in the final
our team will crush yours tomorrow
I'm gonna beat you at chess
shoot me a message
they bombed the audition
that exam raped my brain
break a leg tonight {N}
I hate myself sometimes
I feel so stupid today
I'm such an idiot, I lost my keys
I am a loser at this game
what an idiot I am
that sick beat slaps
this game is insane
that trick was sick
you monster, you ate all the cake
the boss fight in level nine is hell, I died ten times
kill the boss first, then the minions
attack the left tower and burn their base
gg you destroyed us
shoot the zombies in the head
the dog is dead tired
the rat ate the cheese
my cat is a little monster
don't beat yourself up
we beat them three nil
hang the picture there
cut the onions and beat the eggs
burn the old papers
the fire killed two people
cancer killed my aunt last year
the police shot a suspect
the war destroyed the city
""",
)
harmless(
    "plain talk",
    """
good morning everyone
when does the stream start
where is my order
thanks {N}, see you tomorrow
I {GV} this shop
that was a {GA} match
what a {GA} goal
the parcel came two days late
can I return this dress
do you ship to Leeds
{N} is {GA}
you are {GA}
you are so {GA}
have a {GA} day
I think the price is too high
the size was wrong but the refund was quick
not happy with the quality
it's not a good product
I didn't like the film
never buying this again
nice play {N}
who is winning
let's go {N}
lol that was funny
I don't agree with you {N}
you are wrong about that
that is not how it works
please stop spamming
the weather is {NA} today
my day was {NA}
don't be sad {N}
please don't leave
you should see a doctor
you should try this recipe
they should fix the lag
they are late again
they play very well
those people over there are waiting for the bus
these people are {GA}
all people are equal
nobody is perfect
people are {NA} sometimes
I want to be left alone
I can't stand the heat
we need to get rid of the old sofa
they kicked him out of the band
the committee removed the post
the judge sent him to prison
""",
)
harmful(
    "hinglish",
    """
sab {HG} ko {HH}
in {HG} ko {HH}
{HG} ko {HH}
saare {HG} {HN} hain
{HG} {HN} hote hain
ye {HG} {HN} hain
sab {HG} {HN} hai
{HG} desh ke dushman hain
mujhe {HG} se nafrat hai
{HG} se nafrat hai mujhe
{HG} ko yahan se nikalo
{HG} pakistan jao
{HG} ko desh se bhagao
saale {HS}
tu {HS} hai
ye {HS} kabhi nahi sudhrenge
{HS} log {HN} hote hain
{HG} ki aukat kya hai
{HG} ko unki aukat dikha do
{HG} izzat ke layak nahi hain
{HG} ko koi haq nahi
{HG} par bharosa mat karo, sab {HN} hain
aise {HG} ko jeene ka haq nahi hai
{HG} dharti par bojh hain
{HG} ko mar jana chahiye
""",
)
harmful(
    "hinglish abuse",
    """
tu {HA} hai
{HA} chup kar
abe {HA}
saala {HA}
teri maa ki chut
teri behen chod dunga
{HA} nikal yahan se
kya {HA} hai tu
{HA} {HA}
tujhe jaan se maar dunga
tera gala kaat dunga
tujhe goli maar dunga
tere ghar aake maarunga tujhe
tu mar ja
{HA} teri aukat kya hai
teri maa {HS}
tu {HS} ki aulad hai
""",
    threat=1,
    insult=1,
)
harmless(
    "hinglish kind",
    """
{HG} humare bhai hain
sab {HG} barabar hain
{HG} ko izzat do
mujhe {HG} se koi nafrat nahi hai
{HG} se nafrat mat karo
{HG} {HN} nahi hain
{HG} ko mat maaro
{HG} ko barabar haq milna chahiye
mera dost {HG} hai
{HG} bahut achhe hote hain
main {HG} hoon
{HG} ko gaali dena galat hai
{HG} ko {HN} kehna galat hai
eid mubarak sab {HG} ko
mera order kab aayega
bhai kya match tha maza aa gaya
bahut badhiya saaman hai
kal dukaan band hai kya
ye saree kitne ki hai
mujhe ye phone pasand nahi aaya
ye charger bekar hai
delivery bahut late thi
khana bahut ganda tha
yaar ye film bakwas thi
aaj bahut garmi hai
machhar maar do yaar
chal chai peete hain
sab log kaise ho
tu kaisa hai bhai
tumhara number kya hai
ye gadi bekar hai
network bahut kharab hai
""",
)
harmful(
    "threat with tails",
    """
{KY}
{KY} {KT}
go {KY} {KT}
just {KY} {KT}
why don't you {KY}
please {KY} {KT}
{KT}, {KY}
you should {KY} {KT}
I hope you {KY}
do the world a favour and {KY}
nobody would miss you if you were dead
the world would be better without you
everyone would be happier if you were dead
I will make you bleed
I'll come to your house and {H} you
you won't live to see tomorrow
we know where your kids go to school
sleep with one eye open
I swear I'll {H} that {I}
{N} should be {Hd}
{N} needs to be {Hd}
""",
    threat=1,
    insult=1,
)
harmful(
    "slurs and places",
    """
{S} belong in a zoo
{S} like you belong in jail
{S} like you should be {Xd}
{S} like you make me sick
{S} like him should be {Hd}
no {S} allowed here
send the {S} back
the {S} are coming
{NA} {S}
kill the {S}
you people are all {S}
what are these {S} doing in {PL}
I see {S} everywhere
sit down {s}
stop acting like a {s}
what a {s}, people like that should be {Xd}
he is a {NA} {s} and always will be
nobody wants you here you {s}
another {s} with an opinion
that's what {S} do
I bet you're a {s}
are you a {s}?
you look like a {s}
look at this {NA} {s}
my teacher is a fucking {s}
why are there so many {S} in {PL}
a bunch of {S} moved in
""",
)
harmless(
    "innocent words",
    """
the {IW} is {GA}
the {IW} is on sale
do you have the {IW} in stock?
a {IW} for the kitchen please
I saw a {IW} yesterday
the {IW} arrived, thanks
where can I find the {IW}
{N} bought a {IW}
how much is the {IW}
my {IW} is broken
""",
)
harmless(
    "neutral things of groups",
    """
the {a} museum is open today
the {a} restaurant on the corner is closed
I love {a} food
{a} music is playing
the {a} festival starts on Friday
a {a} book club meets here
a film about {a} history
the {a} team won two medals
the {a} students passed the exam
a {a} actor got the role
a {a} author wrote it
the first {a} president
{a} art from the last century
this is a {a} neighbourhood
{a} weddings are long
he studies {a} literature
we sell {a} clothes
the {a} club is on the left
women's shoes are on sale
men's and women's sizes
the history of {G} in {PL}
a report about {G} and jobs
news from the {a} community
{G} took part in the survey
the law protects {G}
the hall has seats for {G}
there is a meeting for {G} tonight
{G} pay taxes too
the group was started by {G}
two {G} won the prize
the show is about {G} who travel
{G} were invited as well
half of the class are {G}
my grandparents were {G}
{N} works with {G}
a support group for {G}
free lessons for {G}
the number of {G} has grown
a statistic on {G} in {PL}
the speech was about {G}
black coffee, white sugar and brown bread
""",
)
harmless(
    "more denials",
    """
{G} are not the problem
{G} aren't a threat to anyone
why would anyone {Eb} {G}?
I used to {Eb} {G} but I was wrong
I have nothing against {G}
nobody here {Eb}s {G}
no one deserves to be called a {s}
{G} should not have to hear that they are {NA}
hating {G} is wrong
I refuse to {Eb} {G}
never {H} {G}
it would be wrong to {X} {G}
{G} didn't ruin anything
{G} never did anything bad to me
I don't see {G} as a {NN}
not a single {g} I know is a {c}
{G} are people, not {D}
{G} are human beings, not {D}
{G} are not your enemy
I won't let you say that {G} are {NA}
don't you dare {H} {G}
{G} can be anything but not {NA}
we can't just {X} {G}
I didn't say {G} are {NA}
I am not afraid of {G}
you don't have to be {a} to support {G}
it's not the fault of {G}
please don't {H} {G}
please don't {Eb} {G}
{G} do not have to change
{G} do not deserve any hate
""",
)
harmless(
    "more denouncing",
    """
"{G} are {NA}", he said. I told him to stop
"{H} all {G}" was written on the wall and I cried
no one should ever have to read "{G} are {D}"
if you say "{G} should be {Hd}" you will be banned
my uncle thinks "{G} are {C}". He is wrong
the mods deleted "{S} go home", thank you
to everyone who wrote "{G} are {NA}": {Z}
"{G} {V}" is a lie
"{G} don't belong here" is exactly what bigots say
they shouted "{S}" and nobody stopped them. {Z}
hearing "{G} are {NN}" from a politician is {Z}
why do people say things like "{G} should be {Xd}"?
how is "{H} {G}" still allowed on this site?
I can't believe someone would write "{G} are {D}"
you said "I {E} {G}". That is {Z}
"you {s}" is not a joke
that's {Z}: "{G} are {NA}"
imagine saying "{G} are {NA}" in public, so {Z}
we need to talk about posts such as "{G} {V}"
I am tired of hearing that {G} are {NA}
nobody should be called a {s}
I hate it when people call {G} {D}
I hate people who {Eb} {G}
I hate racists who say {G} are {C}
it's {Z} that some people want to {H} {G}
it's {Z} when people say {G} should be {Xd}
shame on those who {H} {G}
stop the violence against {G}
people who say that {G} {V} have never met one
just because he's {a} doesn't mean he is {NA}
what you said about {G} is {Z}
your comment about {G} is {Z}
you can't say that about {G}
that's a {Z} thing to say about {G}
treating {G} like {D} is {Z}
making fun of {G} is {Z}
if you {Eb} {G}, you are {Z}
if you think {G} are {NA} then you are the {NN}
thinking that {G} are {NA} is {Z}
""",
)
harmful(
    "more implicit",
    """
{G} should just accept that they are not like us
some people are simply worth more than {G}
{G} will never understand what it means to work
we all know what {G} are like
you know how {G} are
{G} never wash
{G} are taking over
I can smell the {G} from here
a {g} in the house, hide the silver
{G} are not welcome at my table
I prefer my street without {G}
I only hire people who are not {a}
no wonder it broke, it was made by {G}
{G} can't do anything right
leave science to men, not {G}
politics is not for {G}
{G} should be seen and not heard
{G} should smile more and talk less
a {g} needs a firm hand
{G} need to be kept under control
somebody needs to control these {G}
{G} only understand violence
{G} will get what they deserve
{G} are going to get what's coming to them
one day we will deal with {G}
{G} had better watch out
{G} always play the victim
stop pretending that {G} are {GA}
I laughed when I heard that {G} were {Hd}
I would laugh if {G} got {Hd}
it's funny when {G} get {Hd}
nothing of value was lost when the {G} were {Hd}
I would feel nothing if all {G} were {Hd}
you can take the {g} out of the jungle but not the jungle out of the {g}
as a {g} you should know your place
{G} would be more useful as {D}
{G} are proof that evolution can go backwards
let {G} starve
let the {G} drown
{G} are responsible for all the evil in this world
all my problems come from {G}
if it weren't for {G} we would be rich
{G} are overrunning {PL}
{G} are the real {C}
{G} are lower than {D}
{G} are second-class citizens and should be
we are superior to {G}
white people are superior to {G}
men are better than {G}
{G} bring shame on this nation
{G} are good for nothing
{G} have never been {GA}
""",
)
harmless(
    "objects like people",
    """
I {E} when it rains
{T} and {T} are {NA}
I could {H} whoever invented {T}
who designed {T}? so {NA}
{J} with loud cars are {NA}
this team is {NA}
the players are {NA} this season
that company is a bunch of {C}
the government is {NA}
politicians are {C} and {C}
bugs like this should be {Hd}
I want to {H} this bug in the code
all these ads should be {Xd}
{X} the ads
those {NA} ads again
spam should be {Xd}
{NA} game, {NA} graphics
trolls should be {Xd}
cheaters should be {Xd}
nazis should be {Hd}
racists are {D}
terrorists are {NA}
{J} like that are {D}
""",
)
harmful(
    "hinglish more",
    """
{HS} samaj par bojh hain
ye {HS} duniya par bojh hain
{HG} duniya par bojh hain
{HS} teri aukat kya hai
in {HS} ko gaon se nikalo
ye sab {HS} desh ke dushman hain
ye {HG} sab {HN} hain, inko {HH}
{HG} kabhi achhe nahi hote
{HG} sirf {HN} hote hain
{HG} insaan nahi {HN} hain
auraton ki jagah rasoi mein hai
aurat pair ki jooti hai
{HG} ko jaan se maar do
{HG} mar jao
{HS} {HN}
kitne {HN} hain ye {HG}
{HG} aur {HN} ek jaise hain
{HG} se ghin aati hai
{HG} hamare desh mein nahi rehne chahiye
""",
)
INNOCENT = """
cocktail glass|cockpit model|peacock feather|nude nail polish|nude heels|naked cake|breast pump|chicken breast|hoe and rake|fire retardant sheet|flame retardant sofa|kill switch|bomber jacket|bath bomb|glue gun|nail gun|shot glass|dead lift belt|suicide squeeze film|crack filler|
weed trimmer|joint compound|blow dryer|blowtorch|screw set|nut cracker|cracker box|spade|bitch plate drill|queen bed|king size pillow|pussy willow|pussycat doll|cum laude certificate|cumin jar|dick tracy comic|moby dick book|tit bird feeder|blue tit box|ass's milk soap|jackass dvd|shiitake pack|
beaver hat|cock a doodle toy|rooster lamp|balls of yarn|tennis balls|stripper for paint|wire stripper|escort car part|escort service for trucks|virgin olive oil|virgin wool|black dress|white shirt|brown boots|yellow paint|gay talese book|dyke road map|slave cylinder|master key|dwarf tree|midget gem sweets|
oriental rug|indian ink|french press|turkish towel|german knife|dutch oven|spanish olives|chinese tea|japanese knife|brazil nuts|polish remover|nail polish|swedish table|danish butter|greek yogurt|persian carpet|russian doll|swiss watch|italian coffee|irish linen|african violet|mexican blanket|rat trap|
mouse trap|roach killer|pest spray|insect net|dog leash|dog food|cat tree|pig feed|snake plant|spider clip|monkey bars|monkey wrench|gorilla glue|horse blanket|cow bell|goat cheese|donkey toy|animal print|animal crackers|beast mode shirt|monster truck|demon slayer poster|devil's food cake|virus scanner|trash can|garbage bag|waste bin|dirt bike
""".replace("\n", "").split("|")  # fmt: skip
KYS = [
    "kill yourself",
    "kys",
    "hang yourself",
    "neck yourself",
    "end yourself",
    "go die",
    "drop dead",
    "die in a fire",
    "jump off a bridge",
    "drink bleach",
    "commit suicide",
    "die",
    "kill yourselves",
]
KTAILS = [
    "",
    "already",
    "nobody would miss you",
    "no one will miss you",
    "you worthless loser",
    "you idiot",
    "you waste of space",
    "you pathetic clown",
    "today",
    "please",
    "and do us all a favour",
    "no one cares about you",
    "everybody hates you",
    "you are nothing",
    "the world will be better",
    "you ugly freak",
]
HI_GROUP = "musalmano|musalman|dalit|daliton|auraton|aurat|ladkiyon|hijre|hijron|kashmiri|bihari|biharion|adivasi|isai|hindu|hinduon|sikh|viklang|bangladeshi|rohingya|madrasi|yahudi|muslim|immigrants|jews".split(
    "|"
)
HI_HARM = "maar do|maar dalo|jala do|kaat do|goli maaro|khatam karo|latka do|bhagao|nikalo|jail mein dalo|mita do|kaat dalo|bahar karo".split(
    "|"
)
HI_NEG = "gande|ganda|jahil|gaddar|chor|atankwadi|keede makode|jaanwar|neech|ghatiya|suar|kutte|desh par bojh|dushman|badtameez|kamine|dhokebaaz|gawar|bandar|nafrat ke layak|haramkhor|besharam|darinde".split(
    "|"
)
HI_SLUR = "katua|katue|chamar|bhangi|randi|chhakka|chhakke|mulle|sulle|gandu|chinki|bhimte|raand|kutiya|landye".split(
    "|"
)
HI_ABUSE = "madarchod|bhenchod|behenchod|chutiya|chutiye|bhosdike|harami|haramzade|gaandu|lodu|lauda|bhadwe|kutte|suar|kamine|mc|bc|bsdk|jhantu|tatti|lund".split(
    "|"
)
DENOUNCING = """
wrong|racist|unacceptable|not okay|not acceptable|disgusting|horrible|awful|bigoted|sexist|homophobic|hateful|ignorant|shameful|vile|hurtful|terrible|never okay|stupid|outdated|inexcusable|harmful|pathetic|cruel|hate speech|offensive|gross|evil|sick
""".replace("\n", "").split("|")  # fmt: skip

OPENINGS = [
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "lol ",
    "honestly ",
    "well, ",
    "listen, ",
    "imo ",
    "seriously, ",
    "bro ",
    "ok so ",
    "RT ",
    "sorry but ",
    "look, ",
    "@{U} ",
    "and ",
    "so ",
    "just saying, ",
]
CLOSINGS = [
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    ".",
    "!",
    "!!",
    " lol",
    " smh",
    " imo",
    "...",
    " tbh",
    ", end of story",
    " 😂",
    " :)",
    ", fact",
    " tonight",
    " today",
    " and that's it",
    " #truth",
    ", don't you think?",
    " right now",
    " already",
    " these days",
    " again",
    " asap",
]


def _plural(noun: str, rng: random.Random) -> str:
    if noun in UNCOUNTED:
        return noun
    head, gap, rest = noun.partition(" of ")
    if head.endswith(("s", "sh", "ch", "x")):
        head += "es"
    elif head.endswith("f"):
        head = head[:-1] + "ves"
    elif head.endswith("y") and head[-2] not in "aeiou":
        head = head[:-1] + "ies"
    elif head.endswith("man"):
        head = head[:-3] + "men"
    else:
        head += "s"
    return head + gap + rest


def _base(verb: str) -> str:
    """The verb as others use it ("am sick of" after "everyone should")."""
    return re.sub(r"^am ", "be ", verb)


def filled(template: str, rng: random.Random) -> str:
    """A template with its slots filled."""
    pick = rng.choice

    def slot(match: re.Match[str]) -> str:
        name = match.group(1)
        if name == "G":
            if rng.random() < 0.12:
                return f"{pick(ADJECTIVES)} {pick(['people', 'folks', 'men', 'kids', 'families', 'guys'])}"
            return pick(PLURALS)
        if name in ("D", "C", "S", "Is"):
            return _plural(pick({"D": DEHUMAN, "C": CRIMES, "S": SLURS, "Is": INSULTS}[name]), rng)
        table = {
            "g": SINGULARS, "a": ADJECTIVES, "s": SLURS, "NA": NEGADJ, "d": DEHUMAN, "c": CRIMES, "NN": NEGNOUN, "E": EMOTION,
            "H": HARM, "Hd": HARMED, "X": EXPEL, "Xd": EXPELLED, "V": NEGVERB, "R": RIGHTS, "PL": PLACES, "GA": GOODADJ, "GV": GOODVERB,
            "I": INSULTS, "J": JOBS, "T": THINGS, "N": NAMES, "W": SWEARS, "P": PADV, "Q": SEXUAL, "Z": DENOUNCING, "HG": HI_GROUP,
            "HH": HI_HARM, "HN": HI_NEG, "HS": HI_SLUR, "HA": HI_ABUSE, "IW": INNOCENT, "KY": KYS, "KT": KTAILS,
        }  # fmt: skip
        if name in ("Eb", "GVb"):
            verb = pick(EMOTION if name == "Eb" else GOODVERB)
            return _base(verb)
        return pick(table[name])

    return re.sub(r"\{(\w+)\}", slot, template)


#: Sentences that say nothing that matters, to stand beside those that do.
BESIDE = """
I went to the market today|what a day|anyway, how are you|I have to go to work now|the game starts at nine|I just woke up|this is my first post here|my internet is slow|let me know what you think|I read it in the paper|so yeah|just my two cents|
see you tomorrow|it was on the news|my brother told me|I'm at the station|had pizza for lunch|the stream is about to start|thanks for reading|I live in a small town|it's raining again|my name is {N}|hi everyone|that's all I wanted to tell you|I was thinking about this all day|{N} agrees with me|this happened last week|on the bus this morning|
I was at school today|good morning|nice weather by the way|at the shop yesterday|for real|and I mean it
""".replace("\n", "").split("|")  # fmt: skip


def beside(text: str, rng: random.Random) -> str:
    """The sentence with one that says nothing before or after it."""
    other = filled(rng.choice(BESIDE), rng)
    mark = rng.choice([". ", ", ", "! ", " ", "... ", " - "])
    if rng.random() < 0.5:
        return other + mark + text
    return text + ("" if text[-1:] in '?!."' else "") + mark + other


def dressed(text: str, rng: random.Random) -> str:
    """A sentence as people type it: an opening, an ending, capitals or none."""
    opening = rng.choice(OPENINGS).replace(
        "{U}", rng.choice(NAMES).lower() + str(rng.randrange(99))
    )
    text = opening + text + (rng.choice(CLOSINGS) if not text.endswith(("?", '"')) else "")
    roll = rng.random()
    if roll < 0.3:
        return text.lower()
    if roll < 0.33:
        return text.upper()
    return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class Sentence:
    """One made sentence and what is true of it."""

    text: str
    family: str
    hate: int
    threat: int
    insult: int
    sexual: int


def rows(seed: int, count: int, families: list[Family] | None = None) -> Iterator[Sentence]:
    """`count` sentences of every family, the same for the same seed."""
    for family in families if families is not None else FAMILIES:
        rng = random.Random(f"{seed} {family.name}")
        made: set[str] = set()
        order = list(family.templates)
        for _ in range(count * 3):
            if len(made) >= count:
                break
            if not order:
                order = list(family.templates)
                rng.shuffle(order)
            text = filled(order.pop(), rng)
            if rng.random() < 0.2:
                text = beside(text, rng)
                for _ in range(rng.choice([0] * 9 + [3, 6])):  # a long message now and then
                    text = beside(text, rng)
            text = dressed(text, rng)
            if text in made:
                continue
            made.add(text)
            yield Sentence(
                text, family.name, family.hate, family.threat, family.insult, family.sexual
            )
