"""Families that make the severity model look past the templates of the others.

Written for this project, over the slots of automod_grammar.py. Many are crossed: one list of ways
to speak of people with one of things to say of them, so that a plain predicate stands in every
frame in which a vile one does. Quoting, reporting, comparing, women's daily life, groups side by
side, and the same in romanised Hindi.
"""

from __future__ import annotations

from itertools import product

from automod_families import UNSEEN
from automod_grammar import FAMILIES, harmful, harmless, rows


def crossed(frames: str, said: str) -> str:
    """Every frame with every thing to say in its place {=}."""
    pairs = product(frames.strip().splitlines(), said.strip().splitlines())
    return "\n".join(frame.replace("{=}", one) for frame, one in pairs)


#: Who is spoken of, in the plural; each frame takes every predicate below.
WHO = """
{G} {=}
the {G} {=}
two {G} {=}
some {G} {=}
many {G} {=}
{G} and {G} {=}
{G} in {PL} {=}
my {a} neighbours {=}
the {a} families in our street {=}
most {G} I know {=}
as far as I know {G} {=}
today {G} {=}
I heard that {G} {=}
"""
PLAIN_PLURAL = """
live next door
are brothers
are sisters
are neighbours
are friends of ours
are one people
are the same
are cousins
are like us
are here today
are on the train
are in the next room
are from the north
are looking for a flat
are waiting at the gate
are the majority here
are a small minority
are late
are at the table
are back from holiday
are singing
are playing chess
sell bread on the market
drink tea in the evening
fast in spring
speak two languages
drive on the left
came by bus
came to the wedding
moved here in march
run a bakery
work at the hospital
work nights
paint houses
cook for the whole street
vote on sunday
play in the same team
share a kitchen
read the same books
won the cup
voted for the mayor
have a new leader
have their own calendar
have many words for snow
wear red at weddings
write from right to left
study engineering
pay their rent
held a meeting
were asked about it
were counted last year
were born in this town
will perform tonight
would like to speak
can join on friday
may sit here
should bring a coat
should see a doctor every year
need a visa
need a ramp at the door
want a park for their kids
want to be heard
"""
VILE_PLURAL = """
{V}
are {NA}
are {D}
are {C}
are like {D}
are a {NN}
live like {D}
breed like {D}
multiply like {D}
spread like a {d}
crawl out of every hole like {D}
should be {Hd}
should be {Xd}
have to be {Xd}
deserve to be {Hd}
don't deserve {R}
do not belong in {PL}
will never be {GA}
ought to be {Xd}
need to be {Hd}
make me sick
are not welcome in {PL}
are the reason for everything bad
have no place in {PL}
think they are people
think they are our equals
call themselves human
"""
harmless("plain predicates", crossed(WHO, PLAIN_PLURAL))
harmful("vile predicates", crossed(WHO, VILE_PLURAL))

ONE = """
a {g} {=}
the {g} {=}
this {g} {=}
a {g} from {PL} {=}
my {a} friend {=}
the {a} woman at the desk {=}
our {a} teacher {=}
she is a {g} and {=}
he is {a} and {=}
a young {g} {=}
that {g} next door {=}
yesterday a {g} {=}
"""
PLAIN_ONE = """
lives upstairs
sold me this bike
is my boss
is the new manager
is on the phone
is ill today
got the job
passed the exam
asked for the way
missed the bus
has two kids
has a dog
has a shop on the corner
works nights
wrote a letter to the paper
was on television
was elected
was in the queue before me
was the first to arrive
won the race
teaches maths
plays the drums
needs a lift
wants to buy my car
told me a story
said good morning
cut my hair
found my keys
would like a table for two
is from {PL}
made soup for everyone
lost her purse
"""
VILE_ONE = """
is a {d}
is a {c}
is {NA} like all of them
is nothing but a {d}
should be {Hd}
should be {Xd}
is a {NN}
will always be a {d}
can't be anything but {NA}
is {NA} by nature
deserves to be {Hd}
has no right to {R}
is not a human being
"""
harmless("plain predicates of one", crossed(ONE, PLAIN_ONE))
harmful("vile predicates of one", crossed(ONE[: ONE.index("the {a} woman")], VILE_ONE))

# -- people without a name: what is said makes the group -------------------------------------------
NAMELESS = """
those people {=}
these people {=}
that lot {=}
this lot {=}
their kind {=}
people like them {=}
people like that {=}
those folks {=}
they all {=}
all of them {=}
every one of them, they {=}
that whole community, they {=}
look at them, they {=}
the likes of them {=}
that tribe, they {=}
"""
VERMIN = """
breed like {D}
breed like rats
multiply like {D}
multiply like flies
spread like a {d}
live like {D}
live like pigs
eat like animals
swarm like {D}
crawl everywhere like {D}
behave like {D}
infest every town like {D}
are {D}
are like {D}
are nothing but {D}
are worse than {D}
are a {d}
are a {d} on this country
should be {Hd}
should be {Hd} like {D}
should be {Xd}
don't belong in {PL}
are not human
are born {C}
are subhuman
need to be {Hd}
"""
PLAIN_NAMELESS = """
breed horses
breed dogs for a living
breed sheep up in the hills
work like horses
work hard
sing like birds
sing like angels
swim like fish
fight like lions
run like the wind
eat like kings
live like kings
live by the sea
live near the station
dance every friday
are waiting for the bus
are in the wrong room
are friends of mine
are with the band
are here for the meeting
are lovely
should be paid more
should be thanked
should be on the list
should get a table
need a lift home
need tickets
sold me the car
asked for you
bought the house next door
"""
harmful("nameless people as vermin", crossed(NAMELESS, VERMIN))
harmless("nameless people, plainly", crossed(NAMELESS, PLAIN_NAMELESS))
harmless(
    "beasts and likenesses",
    """
the rats breed like crazy
rats breed fast
rabbits breed like mad
my kids eat like pigs
my brother eats like a pig
I slept like a dog
I work like a horse
we swarmed out like bees
the rumour spread like a disease
the news spread like a virus
weeds multiply like rabbits
the mice in our cellar multiply
cockroaches live in the kitchen of {T}
there are rats under the shed
call the pest control, we have {D}
the vermin in the barn should be {Hd}
get rid of the {D} in the cellar
how do I {H} {D} in my garden?
poison for {D}, aisle five
my {d} is ill and needs a vet
my dog is an animal too
I love {D}
{D} are {GA}
{D} are {NA}
the zoo has {D} and {D}
a documentary about {D}
the team played like {D}
we partied like animals
you eat like a bird
he ran like a wild beast and scored
she fought like a tiger
this bug spreads like a {d}
we drove like {D} to be here in time
I look like a {d} in the morning
my hair looks like a {d}
""",
)

# -- quoted and reported ---------------------------------------------------------------------------
ATTACK = """
{G} are {NA}
{G} are {D}
{H} all {G}
all {G} should be {Hd}
{G} should be {Xd}
I {E} {G}
{G} {V}
death to all {G}
{S} go home
{X} the {G}
no {G} in {PL}
{G} are {C}
{H} the {S}
you {s}
fuck {G}
"""
CONDEMNED = """
he said "{=}" and that is {Z}
she wrote "{=}", I reported it
"{=}" is {Z}
"{=}" is a slogan of bigots
someone posted "{=}" and the mods removed it
somebody wrote "{=}" on our door, we called the police
a man was arrested for shouting "{=}"
the court fined him for writing "{=}"
he was fired after he tweeted "{=}"
the player was banned for shouting "{=}"
the minister condemned the slogan "{=}"
the paper apologised for printing "{=}"
please remove the comment "{=}"
I am reporting the user who wrote "{=}"
can a moderator delete "{=}"?
why is "{=}" still up?
nobody should have to read "{=}"
my daughter came home crying because a boy said "{=}" to her
they sang "{=}" in the stadium, what a shame
a sign that says "{=}" was taken down by the city
"{=}", said the leaflet. Our street threw it away
police are looking for the man who sprayed "{=}"
I told him that "{=}" is not okay
if somebody says "{=}" you have to speak up
"{=}" was what they shouted at my brother. I am still shaking
you can't say "{=}" and expect no answer
the report lists posts such as "{=}"
our rules forbid posts like "{=}"
example of what gets you banned here: "{=}"
the film shows a mob that shouts "{=}", and how a town resists
to write "{=}" under her photo is {Z}
who wrote "{=}"? That is {Z}
I was told "{=}" on my way to work, this has to end
"""
harmless("quoted and condemned", crossed(CONDEMNED, ATTACK))
REPORTED = """
he was arrested for saying that {=}
she lost her seat for writing that {=}
I reported a user who wrote that {=}
please report whoever wrote that {=}
the teacher was suspended for telling kids that {=}
the party denied that it had said that {=}
it is a lie that {=}
it is simply false that {=}
studies refute the claim that {=}
the myth that {=} is old and wrong
we will not let anyone say that {=}
I was taught that {=}, and it took me years to see that it was wrong
my father believed that {=}. He was wrong
the pamphlet claimed that {=}, and the court banned it
nazis said that {=}, never again
it hurts to hear that {=}
anyone who says that {=} is not welcome here
the notion that {=} is {Z}
whoever thinks that {=} should meet some
no, it is not true that {=}
"""
THAT = """
{G} are {NA}
{G} are {D}
all {G} should be {Hd}
{G} should be {Xd}
{G} {V}
{G} are {C}
{G} don't deserve {R}
{G} are less than human
{G} are a {NN}
"""
harmless("reported and refused", crossed(REPORTED, THAT))
harmful(
    "quotes that are meant",
    crossed(
        """
"{=}", and I mean it
like my father says: "{=}"
"{=}". So true
"{=}", that's all I have to say
I always say "{=}"
my motto is "{=}"
repeat after me: "{=}"
as they say, "{=}", and they are right
"{=}" should be written on every wall
put "{=}" on a shirt, I'd buy it
"{=}"
I'd say it to their face: "{=}"
he said "{=}" and he speaks for all of us
well said: "{=}"
"{=}" is the truth and you know it
I agree that {=}
it is true that {=}
history shows that {=}
my opinion is that {=}
let it be known that {=}
everyone can see that {=}
I stand by it that {=}
nobody can deny that {=}
sooner or later you will see that {=}
I'll say it again, {=}
""",
        ATTACK,
    ),
)

# -- side by side, kind, plain ---------------------------------------------------------------------
harmless(
    "groups side by side",
    """
{G} and {G} are brothers
{G} and {G} are one
{G} and {G} are equal
{G} and {G} are equal before the law
{G} and {G} live side by side here
{G} and {G} have lived together for centuries
{G} and {G} shook hands
{G}, {G} and {G} sat at one table
{G} and {G} pray in one building
{G}, {G}, everybody is welcome
{G} or {G}, who cares, come in
whether {G} or {G}, we are all people
there is no difference between {G} and {G}
{G} helped {G} after the flood
{G} guarded the temple of the {G}
{G} protect {G} here
both {G} and {G} were at the wedding
neither {G} nor {G} want war
peace between {G} and {G}
a {g} and a {g} got married
a {g} and a {g} walk into a bakery and both buy bread
between {G} and {G} there is trust
the friendship of {G} and {G}
{G} marched with {G}
{G} cook for {G} during the feast
{G} and {G} celebrate together
let {G} and {G} live in peace
{G} and {G} are both part of this town
my mother is a {g}, my father a {g}
I have {a} and {a} friends
{a} and {a} kids play together
{a} and {a} people work here
from {G} to {G}, with love
{G} thank {G} for the help
{G} learn from {G}
more {G} than {G} live here
fewer {G} than {G} voted
{G} and {G} disagree about the date
""",
)
harmless(
    "women, daily",
    """
my wife and I went out
my wife is at work
ask my wife, she knows
my mother called
my mother makes the best soup
her daughter starts school
the girl next door plays guitar
a girl asked for directions
the girls won the final
girls' night on friday
the women's team trains at six
women's shoes are upstairs
a woman left her umbrella
the woman in the red coat is my aunt
this lady was first
ladies first
the lady at the counter was nice
she is the only woman on the team
more women study physics now
women over forty should get a scan
women pay more for the same razor
a doctor for women
pregnant women may board first
the first woman in space
women got the vote in that year
when did women get the vote?
what do women want from a car?
do women drive better?
my girlfriend hates mondays
my girlfriend loves this show
my wife hates my cooking
my daughter is ill
my daughters fight all the time
mum is in the kitchen
mom made me a sandwich
my sister and her wife adopted a dog
she's a mother of three
mothers get a free coffee today
the feminist book club meets at eight
she is a feminist, like her mother
a feminist wrote this play
feminists marched on saturday
women march against violence
violence against women has to stop
stop hurting women
a man who hits women is a {I}
men who beat their wives are {C}
he beat his wife and went to jail
a woman was attacked last night, call the police if you saw it
women were attacked in the park, stay safe
women are tired of this
women are angry and they are right
women are paid less
women are still underpaid
women are not objects
women are people
women don't owe you anything
women can do anything
women can drive trucks
women belong in parliament
women belong in every room where decisions are made
women deserve better
a woman's place is wherever she wants
a woman's work is never done
let women speak
believe women
hire women
the actress was great
the nun taught me latin
she plays like a girl, which means fast
what a woman, I admire her
strong women in history
my ex wife and I are friends
girl, you look great
you go girl
hey girls, who is up for a movie?
you ladies rock
thank you ladies
that girl is on fire
my girl got into college
good girl, said the vet to the dog
""",
)
harmless(
    "plain facts of groups",
    crossed(
        """
{=}
did you know that {=}?
I read that {=}
the article says that {=}
in school we learned that {=}
my friend told me that {=}
""",
        """
{G} came here in the last century
{G} have been here since the war
{G} make up a third of the city
{G} were banned from schools back then
{G} were not allowed to vote until later
{G} were persecuted in that war
{G} were killed in the camps
{G} were sent to camps by the nazis
{G} lost their homes
{G} were forced to leave
{G} die younger because of bad housing
{G} earn less on average
{G} are often stopped by the police
{G} are underrepresented in film
{G} suffer most from the new law
{G} were blamed for the plague and it was a lie
{G} fled from the war
{G} are afraid to walk home at night
{G} fight for {R}
{G} demand {R}
{G} want {R}
{G} have {R}
{G} finally got {R}
{G} still have to fight for {R}
the law gives {G} {R}
the law took {R} from {G}
there are laws against {G} in that country
the government wants to {X} {G} and we protest
they tried to {X} {G} and failed
thousands of {G} were {Xd} that year
""",
    ),
)
harmless(
    "jobs and others, in the same frames",
    crossed(
        """
{J} {=}
those {J} {=}
all {J} {=}
most {J} {=}
I think {J} {=}
the {J} in this town {=}
these {J} {=}
""",
        """
are {NA}
are {C}
are {D}
are a {NN}
make me sick
{V}
should be {Xd}
don't deserve {R}
never listen
are overpaid
can go to hell
are like {D}
""",
    ),
)
harmless(
    "people are not their group",
    """
I {E} my {a} ex, but not because she is {a}
my boss is {NA}, and that has nothing to do with him being {a}
he is {NA} because he lies, not because he is {a}
some {G} are {NA}, as some of everyone are
there are {NA} {G} and {GA} {G}, like everywhere
not all {G} are {GA}, not all are {NA}
the {a} man who robbed us was caught
the suspect is a {g}, police said
a {g} was arrested for fraud
my {a} landlord raised the rent again
this {a} restaurant is {NA}
that {a} politician lied about taxes
the {a} singer is {NA} live
I don't like his policies, and he happens to be {a}
her {a} husband left her, what a {I}
I broke up with a {g} last week
my {a} colleague is late again
this {g} can't sing at all
she is a bad {a} actor in a bad film
the {a} team played {NA} tonight
I disagree with {G} on this
I argued with a {g} about football
the {a} government is {NA}
the {a} president is a {c}
I criticise the church, not {G}
the religion has rules that I find {NA}
this {a} law is {NA}
""",
)
harmful(
    "a group as an insult and a threat",
    """
don't be such a {g}
you run like a {g}
stop crying like a {g}
you fight like a {NA} {g}
only a {g} would do that
that is so {a}, how {NA}
you smell like a {g}
I'd rather be dead than {a}
I'd rather die than be a {g}
I'd rather eat {d} than sit next to a {g}
the only good {g} is a dead {g}
the best {g} is a dead one
one {g} less, one problem less
another {g} gone, good
can someone {H} that {g}
who wants to help me {H} some {G}?
I would pay to see {G} {Hd}
let's go and {H} a few {G}
bring a rope for the {G}
it is open season on {G}
I hope the {G} in {PL} get {Hd}
I pray that {G} are {Hd}
may all {G} be {Hd}
it would be great if {G} were {Hd}
if I had my way {G} would be {Hd}
if it were up to me, {G} would be {Xd}
time to {H} the {G}
we are coming for you {G}
{G}, your days are numbered
next time I see a {g} I will {H} them
soon there will be no {G} left, thank god
when we win, {G} will be {Hd}
I wish a slow death on all {G}
{G} got what they deserved
more of them should be {Hd}, those {G}
""",
)
harmful(
    "contempt in many frames",
    crossed(
        """
{=}
it's no secret: {=}
I'm not being mean but {=}
with all respect, {=}
no offence, but {=}
after what I have seen, {=}
sorry, {=}
like it or not, {=}
mark my words, {=}
""",
        """
{G} have never done anything for us
the world would be better without {G}
{G} are beneath us
{G} should know their place
{G} were made to serve
{G} belong at the bottom
{G} have only themselves to blame
I would never let a {g} near my kids
I would never hire a {g}
I won't share a room with a {g}
I'd move out if a {g} moved in
nobody wants {G} around
nobody would miss {G}
give {G} nothing
{G} don't count
{G} will never be one of us
{G} are not like normal people
there is no such thing as a {GA} {g}
a {GA} {g} does not exist
I have yet to meet a {GA} {g}
{G} are all the same, {NA}
{G} can't help it, they are born {NA}
{G} are hardly people
I can't respect {G}
who would want to be {a}?
it's sick to be {a}
being {a} should be a crime
being {a} is a choice, and a {NA} one
{G} need a cure
{G} ought to be ashamed of themselves
keep {G} out of {PL}
{PL} is no place for {G}
there are too many {G} in {PL}
we have enough {G} in {PL}
""",
    ),
)
harmless(
    "contempt turned down",
    crossed(
        """
{=}
honestly, {=}
after what I have seen, {=}
like it or not, {=}
mark my words, {=}
""",
        """
{G} have done a lot for us
the world would be poorer without {G}
nobody is beneath us, {G} neither
{G} were never the problem
{G} should not have to know any place
we need more {G} in {PL}
there are not enough {G} in {PL}
{PL} needs {G}
{PL} is open to {G}
I would hire a {g} any day
I share a room with a {g}
I'm glad that a {g} moved in
everybody would miss {G}
{G} count as much as anyone
{G} are one of us
{G} are like anybody else
a {GA} {g} lives next door
I have met many {GA} {G}
{G} are not all the same
I respect {G}
it's fine to be {a}
being {a} is not a crime
being {a} is not a choice
being {a} is no illness
{G} need no cure
{G} have nothing to be ashamed of
nobody should keep {G} out of {PL}
stop blaming {G}
stop calling {G} {NA}
stop treating {G} like {D}
quit telling {G} to go home
how could anyone say that {G} are {NA}?
who says that {G} are {NA} knows none
I would never {H} a {g}
I would never say {G} are {NA}
I don't think {G} are {NA}
no {g} is a {d}
no {g} deserves to be {Hd}
nobody deserves to be {Hd} for being {a}
""",
    ),
)

# -- one person ------------------------------------------------------------------------------------
harmful(
    "abuse of one person in more frames",
    """
you are such a {I}
you're a {NA} {I} and everybody knows
look in the mirror, {I}
go away, {I}
nobody likes you, {I}
nobody wants you here, you {NA} {I}
{N} is a {NA} {I}
what a {NA} {I} you are
shut your mouth, {I}
are you always such a {I}?
how can one person be so {NA}, you {I}
you {NA} little {I}
you have the brain of a {d}
your face makes me sick
you make me sick, {N}
you should be ashamed, {I}
I can't believe how {NA} you are
you're nothing, {I}
cry more, {I}
even your mother thinks you are a {I}
uninstall, you {I}
get off the stream, {I}
you're worthless and {NA}
you're a waste of air, {N}
everyone laughs at you, {I}
delete your account, {I}
learn to play, {I}
you're the worst kind of {I}
""",
    insult=1,
)
harmless(
    "to one person, not meant badly",
    """
you are such a {GA} friend
you're not a {I}, don't let them tell you that
I was the {I} here, sorry
I feel like a {I} today
sorry for being a {I} yesterday
don't call yourself a {I}
nobody called you a {I}
my dog is a little {I} and I love him
the villain in this film is a real {I}
my character is a {I} in this play
you look {GA} today
you played {GA}, {N}
you were not {NA} at all
are you okay, {N}?
I'm proud of you, {N}
you are wrong, but I like you
I disagree with you, {N}
that was a bad play, next time
your aim is off today
you missed, haha
you're late, {N}
you scared me
you killed it, {N}
you're killing me, haha
you destroyed them, {N}
I will beat you in chess
I'm going to destroy you in mario kart
I will hunt you down in this game, haha, good luck
shut up, that's amazing
get out, you won?
you dog, you got tickets
you lucky {I}, congratulations haha
""",
)
harmful(
    "threats of many kinds",
    """
I will {H} you, {N}
I'm going to {H} you and your family
wait until I find you
I know your address, {N}, sleep well
I know which school your kids go to
you won't see tomorrow
you will be {Hd}
you deserve to be {Hd}
somebody should {H} you
I hope you get {Hd}
I hope you die
I hope you never wake up
one more word and I {H} you
say that again and I will {H} you
come outside and I'll {H} you
I'll {H} you in your sleep
watch your back, {N}
you better hide, I'm coming for you
your days are numbered, {N}
I have a gun and your address
I will burn your house down
we will find you and {H} you
{N} should be {Hd}
someone please {H} {N}
the world would be better if you were dead
go play in traffic
end it, nobody would care
""",
    threat=1,
    insult=1,
)
harmless(
    "violence that is none",
    """
I will {H} this level tonight
let's {H} the boss in the last room
I'm going to {H} that pizza
you need to {H} the process first
how do I {H} a zombie process?
the boss was {Hd} on the third try
I got {Hd} in the first round, haha
he was shot in the first episode
my character was {Hd} by a dragon
the film ends when he is {Hd}
the king was {Hd} in that year
the victims were {Hd} by the regime
she was {Hd} and her family wants justice
two people were {Hd} in the attack, our thoughts are with them
a memorial for those who were {Hd}
never forget those who were {Hd}
the novel is about a man who was {Hd}
police say the man was {Hd} at noon
we remember the {G} who were {Hd}
{G} were {Hd} in that war, may they rest
they want to {H} {G} and we must stop them
a law would protect {G} from being {Hd}
I was {Hd} at school for being {a}
I had a dream that I was {Hd}
the doctor had to cut it out
cut the onions and beat the eggs
shoot the ball, {N}
kill the lights please
hang the picture over there
burn the candle, not the house
hit the gym, then the sauna
""",
)

# -- romanised Hindi -------------------------------------------------------------------------------
harmless(
    "hinglish side by side, plainly",
    """
{HG} aur {HG} bhai hain
{HG} aur {HG} bhai bhai
{HG} {HG} bhai bhai
{HG} aur {HG} ek hain
{HG} aur {HG} barabar hain
{HG} aur {HG} saath rehte hain
{HG} aur {HG} dost hain
{HG} aur {HG} milkar khana khate hain
{HG} aur {HG} mein koi farak nahi
{HG} hamare bhai hain
{HG} hamare padosi hain
{HG} acche log hain
{HG} mazboot hain
{HG} mehnati hain
{HG} yahan rehte hain
{HG} kal aayenge
{HG} school jaate hain
{HG} ne match jeeta
{HG} ka ghar paas mein hai
{HG} ki dukaan khuli hai
{HG} ke gaane acche hain
{HG} ke saath chai pi
{HG} ko salaam
{HG} ko eid mubarak
{HG} ko diwali ki badhai
{HG} ko vote ka adhikar hai
{HG} ko naukri mili
{HG} ko izzat do
{HG} ki izzat karo
{HG} se milkar accha laga
{HG} se koi dushmani nahi
{HG} bhi is desh ke hain
hum {HG} hain
main {HG} hoon
mera dost {HG} hai
meri teacher {HG} hain
kya tum {HG} ho
{HG} ki ladai sabki ladai hai
{HG} ke khilaf hinsa galat hai
{HG} par zulm band karo
usne kaha "{HG} {HN} hain", maine report kiya
"{HG} ko {HH}" likhna galat hai
jisne "{HG} ko {HH}" likha use ban karo
ye kehna ki {HG} {HN} hain galat hai
""",
)
harmful(
    "hinglish vile predicates",
    """
{HG} {HN} hain
ye {HG} {HN} hain
saare {HG} {HN} hote hain
{HG} {HN} the aur rahenge
{HG} to {HN} hi hote hain
{HG} keede ki tarah badhte hain
{HG} chuhon ki tarah bachche paida karte hain
ye log keedon ki tarah failte hain
ye log jaanwar hain
in logon ko {HH}
un logon ko {HH}
aise logon ko {HH}
ye log {HN} hain
{HG} ko {HH}
sab {HG} ko {HH}
{HG} ko desh se {HH}
{HG} ka yahan koi kaam nahi, {HN} hain
{HG} mitti mein mila do
{HG} se nafrat hai mujhe
mujhe {HG} se nafrat hai, {HN}
{HG} aur {HG} dono {HN} hain
{HG} bhai nahi, {HN} hain
main kehta hoon {HG} {HN} hain
sach hai, {HG} {HN} hain
{HG} ko maarna chahiye
{HG} ko zinda mat chhodo
{HG} insaan nahi
{HG} ki aukat dikha do
{HG} ko inki jagah dikhao
""",
)

# -- turned twice, nearness, slurs with demands, deeds ---------------------------------------------
harmful(
    "no exception",
    """
name one {g} that is not a {c}
never have I known a {g} who was not {NA}
has there ever been a {g} who wasn't a {c}?
there was never a {g} who wasn't {NA}
I have yet to see a {g} who is not {NA}
is there any {g} who isn't a {d}?
{G} without {NN}? never seen it
no {g} has ever been {GA}
none of the {G} I know is {GA}
never once did a {g} do something {GA}
few things are as {NA} as {G}
nothing is as {NA} as {G}
hardly anything is more {NA} than {G}
in my whole life I have met nobody as {NA} as {G}
who could be more {NA} than {G}?
is there anything more {NA} than a {g}?
I would not call {G} anything but {D}
what are {G} if not {D}?
there isn't one {a} person who deserves {R}
""",
)
harmless(
    "no example",
    """
not one {g} I met was {NA}
I have never met a {g} who was {NA}
no {g} ever did me harm
there has never been a {g} here who was {NA}
I know no {g} who is {NA}
none of the {G} I know is a {c}
never once was a {g} {NA} to me
few people are as {GA} as {G}
nobody was as {GA} to me as that {g}
in my whole life I have met nobody as {GA} as my {a} teacher
who could be more {GA} than {G}?
I would not call {G} {NA}, ever
there is no {a} shop in town
there isn't a {g} on the list today
no {G} were hurt
no {G} came to the meeting this time
hardly any {G} live up there
I have not seen the {G} today
I haven't talked to a {g} yet
are there no {G} in your school?
""",
)
harmful(
    "not near me",
    """
I can't stand having {G} around
I can't stand sitting next to {G} on the bus
I hate sharing a bus with {G}
I hate it when a {g} sits down next to me
I {E} working with {G}
I {E} seeing {G} everywhere
I {E} being near {G}
I {E} the smell of {G}
I {E} the sight of a {g}
I {E} the sound of {G}
I feel sick when a {g} touches me
seeing {G} happy ruins my day
it disgusts me to see {G}
it disgusts me that {G} are allowed in {PL}
it makes me angry to see {G} in {PL}
why do I have to share {PL} with {G}?
who let the {G} in?
I moved away because of the {G}
I wash my hands after I meet {G}
I'd burn my house before I sell it to a {g}
nobody makes me as sick as {G}
no people make me as sick as {G}
no one revolts me more than {G}
everything about {G} is {NA}
everything about {G} disgusts me
""",
)
harmless(
    "near me and glad",
    """
I like having {G} around
I sat next to {G} on the bus
I share an office with {G}
a {g} sat down next to me
I work with {G}
I like seeing {G} on the stage
I was near the {G} at the concert
I like the food of the {G} next door
I felt sick and a {g} helped me
seeing {G} happy makes my day
it moves me to see {G} dance
I moved here because of the {G}
I shake hands with {G}
I sold my house to a {g}
I can't stand having no {G} on the team
I can't stand people who won't sit next to {G}
I hate it when people stare at {G}
everything about the {a} festival is {GA}
""",
)
harmful(
    "slurs with demands",
    """
{S} should shut up
tell that {s} to be quiet
nobody asked the {s}
who let that {s} speak?
the {s} can shut it
a {s} should know when to be silent
{P} {S}
these {S} drive me mad
I've had enough of those {S}
I won't sell to {S}
we don't serve {S}
I {E} {S}
I {E} that {s}
send the {S} away
{S} everywhere
another {s} on the team, great
somebody get rid of that {s}
{S} like her should be {Hd}
what do these {S} want now
look at the {s} over there
my teacher is a {s}
typical {s}
don't be a {s}
you walk like a {s}
that {s} got what she deserved
slap that {s}
that {s} needs a lesson
all of these {S} are {NA}
""",
)
harmless(
    "own name among friends",
    """
hey {S}, who is up for brunch?
to my {S} out there: I love you
{S} like me know what it's like
as {S} we look after each other
we {S} have the best parties
yes, I'm a {s}, and I'm {GA}
I'm a {s} and I'm proud
us {S} have to stick together
being a {s} is the best thing about me
me and my {S} on the way to the beach
love from one old {s} to all the young {S}
good night, my beautiful {S}
this {s} got the job, drinks on me
a proud {s} and a good cook
happy pride, my {S}
I call myself a {s}, and I'm at peace with it
our band is called the {S}, we're all {a}
""",
)
harmless(
    "deeds and praise",
    """
what a {GA} talk by a {g}
what a {GA} goal by that {a} player
what {GA} words from a {g}
a {GA} book by a {a} author
{GA} work by these {G}
the {g} who won is {GA}
that {g} did a {GA} job
{G} did a {GA} job
how {GA} of the {G} to help
I love what the {G} have built
{G} make the best soup in town
thanks to the {G} who helped us
shout out to the {G} in the crowd
respect to all {G}
happy for the {G} who can marry now
congratulations to the {a} team
this {g} is my hero
my hero is a {g}
{G} deserve a medal
{G} deserve all the credit
I learned so much from {G}
you are a {g}? how {GA}
I wish there were more {G} in {PL}
we need more {a} writers
bring back the {a} bakery
come and meet the {G}
""",
)
harmless(
    "asking of words",
    """
what is the meaning of {s}?
how would you translate {s}?
who came up with the word {s}?
when did {s} become a slur?
the history of the word {s}
the song has the word {s} in it
they bleeped the word {s}
is {s} worse than {s}?
the dictionary says {s} is offensive
why is {s} a slur?
someone called me a {s}, what does that mean?
he called my brother a {s} and I told the teacher
I had to look up {s}
never use the word {s}
the word {s} is banned in this chat
saying {s} costs you a week here
he got a ban for {s}
a man was fined for calling her a {s}
""",
)

harmless(
    "speaking for oneself",
    crossed(
        """
as a {g} I {=}
as a {g}, I {=}
as someone who is {a} I {=}
speaking as a {g}, I {=}
being {a} myself, I {=}
I am a {g} and I {=}
I'm {a} and I {=}
we {G} {=}
""",
        """
agree with this post
can only agree
know how that feels
love this
love it here
think this is {GA}
think the film is {NA}
disagree
have the same problem
work nights
would like to add something
never felt so welcome
hear this every day
am tired of such jokes
want {R} like everyone
deserve {R}
can speak for myself
vote like anyone else
was afraid to say so
was called a {s} at school
cook on sundays
need a new phone
""",
    ),
)
harmless(
    "do no harm",
    crossed(
        """
{=}
please, {=}
as my mother used to say, {=}
every child knows that {=}
""",
        """
it is not okay to {H} {G}
it's never okay to {H} a {g}
it is not right to {X} {G}
it's not fair to {X} {G}
it is wrong to {H} {G}
it is a crime to {H} {G}
nobody should {H} {G}
no one may {H} a {g}
don't {H} {G}
never {X} a {g}
stop people who {H} {G}
whoever {Hd} those {G} belongs in court
men who {H} women are {C}
those who {H} {G} go to jail
you don't {H} {G}, ever
we must not {X} {G}
I never {E} {G} and I never will
I have never hated {G}, and I won't start now
I never hated {G}
I never disliked a {g}
I don't {E} {G} and never did
I do not {E} anybody, {G} neither
I won't {E} {G} because you tell me to
""",
    ),
)
harmless(
    "body words, plainly",
    """
the nude lipstick is my favourite
nude heels, size six
a nude colour for the walls
the painting shows a nude by the river
nude beach on the left, swimsuits on the right
breast cancer check at nine
which breast pump is quiet?
chicken breast with rice
my nipple is sore, I am breastfeeding
what cream helps with an anal fissure?
is semen analysis covered?
testicle exam, nothing to worry about
penis pain, which doctor do I see?
the vagina is not dirty, the nurse said
erection problems since the new pills
sex education starts in year six
the report is about porn and teenagers
porn addiction is a topic in his podcast
an escort car drove ahead of the truck
the paint stripper works well
the stripper scene in the film was cut
horny toads live in the desert
virgin olive oil, two bottles
an orgasm in a novel of the last century, how scandalous
the milf joke in that old film aged badly
cum laude, we are so proud
the word dildo made the class giggle
fetish is a word from anthropology
a boob job is too expensive, she says
my titty dog is a pug, it's his name
he plays a hooker in the rugby team
""",
)
harmless(
    "hinglish against harm",
    """
{HG} ko maarna galat hai
{HG} ko maarna paap hai
{HG} ko maarna apradh hai
{HG} ko mat maaro
{HG} ko marne mat do
{HG} ko nikalna galat hai
{HG} ko gaali dena galat hai
{HG} se nafrat karna galat hai
{HG} se nafrat mat karo
mujhe {HG} se nafrat nahi hai
main {HG} se nafrat nahi karta
{HG} {HN} nahi hain
{HG} ko {HN} mat kaho
koi {HG} {HN} nahi hota
kisi ko {HS} mat bolo
{HG} ki madad karo
{HG} ko bachao
{HG} par hamla hua, dukh ki baat hai
{HG} ke ghar jala diye gaye, sharm ki baat hai
{HG} {HG} sab bhai bhai
hum sab ek hain, {HG} ho ya {HG}
""",
)

harmless(
    "said to somebody, plainly",
    crossed(
        """
{=}
{=}, {N}
hey {N}, {=}
ok, {=}
""",
        """
I see you
I miss you
I hear you
I know you
I found you
I owe you one
I beat you
I'll call you
I'll text you later
I'll find you a seat
I'll get you a coffee
I'm coming for you at eight, be ready
I'm coming over
I will wait for you
I'm watching your stream
I know where you live, I was your neighbour
I know your brother
I love you
I love you all
I like your stream
do you like it?
what do you like?
what can you do for me?
can you do me a favour?
can you add it for me?
can you come over tonight?
would you show me how?
will you be there?
you were born in may, right?
where were you born?
tell me your name
show me your new bike
send me your address
send me a picture of the kettle
come over and see it
let me see it
I want to see you play
I want you on my team
we will visit you
we found you on the map
take it off the list for me
open the door for me
come here you
give it to me
you did it
""",
    ),
)

__all__ = ["FAMILIES", "UNSEEN", "crossed", "rows"]
