"""More families of sentences for the severity model, where likenesses part ways.

Written for this project, as automod_grammar.py, whose slots they use. Each family of harm here has
a harmless sibling of nearly the same words: agreeing with hate and refusing it, "but" after a kind
word and after an unkind one, a group's past and a group's worth, anger at what is done to people
and anger at the people.
"""

from __future__ import annotations

from automod_grammar import FAMILIES, harmful, harmless

harmful(
    "agreeing with hate",
    """
he says {G} are {D} and he is right
they say {G} are {NA}, and it's true
I agree with those who say {G} should be {Xd}
"{H} all {G}" couldn't agree more
finally somebody says it: {G} are {NA}
people call me a bigot because I say {G} are {D}, I don't care
call me racist but {G} {V}
my grandfather always said {G} are {C} and he was right
yes I said it, {G} are {NA}
I meant it when I said {G} should be {Hd}
it's not hate speech to say that {G} are {NA}, it's the truth
there is nothing wrong with saying {G} are {D}
everyone thinks it, I say it: {X} {G}
I stand by what I said, {G} are {C}
go on and ban me, {G} are still {D}
you can report me all you want, {G} {V}
"{G} are {NA}" and that is a fact
whoever said that {G} are {NA} was right
good on him for saying that {G} should be {Xd}
they were right to {H} {G}
I laughed so hard when he said {G} are {D}
the man who {Hd} those {G} is a hero
more people should say that {G} are {NA}
we should be allowed to say that {G} are {D}
why can't we say that {G} are {C}?
no it is not racist to {Eb} {G}
being called a bigot won't stop me from saying {G} are {NA}
preach, {G} are {D}
exactly, {G} don't deserve {R}
""",
)
harmless(
    "refusing hate",
    """
he says {G} are {D} and he is wrong
they say {G} are {NA}, and it's not true
I disagree with those who say {G} should be {Xd}
"{H} all {G}" and nobody in the room objected, I left
somebody says that {G} are {NA} and you all laugh? {Z}
people who call {G} {D} are no friends of mine
you are racist if you think {G} {V}
my grandfather always said {G} are {C} and we always argued with him
I never said that {G} are {NA}
I take it back, I should not have said {G} should be {Hd}
it is hate speech to say that {G} are {NA}
there is everything wrong with saying {G} are {D}
nobody here thinks that we should {X} {G}
I was wrong when I said {G} are {C}
go on and call {G} {D}, you will be banned
I report everyone who says {G} {V}
"{G} are {NA}" is a lie
whoever said that {G} are {NA} was wrong
he lost his job for saying that {G} should be {Xd}
they were wrong to {H} {G}
I walked out when he said {G} are {D}
the man who {Hd} those {G} is a murderer
fewer people say that {G} are {NA} these days, thank god
nobody should be allowed to say that {G} are {D}
why would you say that {G} are {C}?
it is racist to {Eb} {G}
I won't stay quiet when you call {G} {NA}
imagine thinking {G} are {D}, in this century
nonsense, {G} deserve {R} like all of us
who taught you to {Eb} {G}?
if my kids said "{G} are {NA}" they would be grounded
a teacher should never tell children that {G} are {D}
he asked me if {G} are {NA} and I said no
we had to listen to him calling {G} {C} all evening
""",
)
harmful(
    "kind word and then not",
    """
I like all people, except {G}
I get along with everybody but {G}
I have many friends, none of them {a}, thank god
I don't mind people from anywhere, just not {G}
{G} can be {GA} but they are still {D}
some {G} look {GA} but inside they are {NA}
I don't {Eb} {G}, I just want them to be {Xd}
I have nothing against {G} as long as they stay away from {PL}
I used to like {G} but now I {E} them
I tried to respect {G} but they are just too {NA}
I'm all for equality but {G} are not our equals
with all due respect, {G} are {NA}
not to be rude but {G} are {D}
{G} are people too? don't make me laugh, they are {D}
no one is saying {G} should be {Hd}, but {Xd} would be a start
I don't want to {H} {G}, I want somebody else to do it
{G} are fine, in their own country
my best friend is {a} but {G} are {NA}
not all {G} are {C}, only most of them
I'm not against {G}, but they don't belong in {PL}
everyone deserves {R}, except for {G}
all lives matter, just not those of {G}
some of them are {GA}, the rest of the {G} are {D}
{G} say that they are {GA}, they are {NA}
love thy neighbour, unless they are {G}
""",
)
harmless(
    "unkind word and then kind",
    """
I don't always agree with {G} but they deserve {R}
some say {G} are {NA} but I know they are {GA}
I used to {Eb} {G} but now I know how {GA} they are
you may not like {G} but they are {GA}
people fear {G} but they are just like us
{G} are not {GA} because somebody allows them to be, they simply are
I was told that {G} are {NA}, then I met some and they were {GA}
nobody is {NA} just because of being {a}
you can {Eb} us, we {G} are here to stay
it isn't {G} who are {NA}, it is you
you are {NA}, not {G}
the problem is not {G}, the problem is {J}
{G} are not {C}, {J} are {C}
it is not {G} that we should {H}, it's racism
do not {X} {G}, {X} the racists
don't blame {G} for what {J} did
some {G} are {GA}, some are not, like everybody else
there are good and bad people among {G}, as everywhere
I don't care whether you are {a} or not
it makes no difference to me if somebody is {a}
whether {G} or not, all are welcome
you don't have to love {G}, only to leave them in peace
no one is better than {G}
nothing bad ever came from {G}
nobody has ever been robbed by {G} in my street
{G} never hurt anyone
I never had any trouble with {G}
not one {g} was ever rude to me
""",
)
harmful(
    "disdain",
    """
I can't even look at a {g}
{G} give me the creeps
I cross the street when I see {G}
I move my bag when a {g} sits beside me
I'd rather sleep outside than share a room with a {g}
I would sooner trust a snake than a {g}
a {g} touched my food so I threw it away
I felt dirty after sitting beside a {g}
never lend money to {G}
don't let a {g} near your kids
don't hire a {g}, you will regret it
I don't serve {G} in {PL}
my taxi is not for {G}
I won't be lectured by a {g}
I refuse to be treated by a {a} doctor
who wants a {g} in the family?
I would be ashamed to be seen with a {g}
what kind of man marries a {g}
spare me your {a} nonsense
look at them, {a} as hell and twice as {NA}
smells like {G} in here
did a {g} cook this? I'm not eating it
I knew it was a {g} from the smell
another {g} who can't {GVb} anybody
as {NA} as a {g}
he cried like a {g}
throw like a {g} and you sit on the bench
stop being such a {g}
even a {g} could do that
only a {g} could be that {NA}
leave it to {G} to be {NA}
typical {G}
{G} being {G} again, {NA} as ever
that's what you get when you let {G} vote
another day, another {g} acting {NA}
""",
)
harmless(
    "meeting people",
    """
I look up to a {g} in my street
{G} give me hope
I cross the street to greet the {G} next door
a {g} offered me a seat on the bus
I shared a room with a {g} and we still write
I would trust a {g} as I would anyone
a {g} cooked for me and it was {GA}
I sat beside a {g} at dinner
I lent my bike to a {g}
my kids play with the {a} kids next door
we hired a {g} last month
we serve everyone in {PL}, {G} too
I took a taxi with a {a} driver
a {g} gave a lecture on physics
I was treated by a {a} doctor and he was {GA}
there is a {g} in our family
I was seen with a {g}, so what
my cousin marries a {g} in june
do {a} families come here often?
look at them, a {a} couple dancing
the food of {G} smells so good
did a {g} cook this? I want the recipe
I knew she was a {g} from her accent
the {g} on stage sings so well
even the {g} in the first row was laughing
let the {g} speak first
only one {g} was in the room
every fourth voter is a {g}
that's what happens when {G} get a chance: they shine
another day, another {g} helping a stranger
a {a} student asked me for the way
the {a} kid won the chess game
excuse me, are you the {g} who called?
""",
)
harmful(
    "worth less than",
    """
{G} have more in common with {D} than with us
putting {G} in charge is like putting {D} in charge
calling {G} {D} is an insult to {D}
a {d} has more honour than a {g}
my dog has better manners than {G}
I would trade ten {G} for one dog
compared to {G}, {D} are clean
{G} will never be half as good as us
one of us is worth a hundred {G}
{G} rank somewhere below {D}
you can teach a {d} more than a {g}
the life of a {g} is worth nothing
who cares if {G} die
who cares about {G}
nobody cares what {G} think
the opinion of a {g} does not count
why listen to a {g}?
{G} are at the bottom for a reason
{G} were born to serve
{G} were made to clean our houses
nature made {G} weaker and {NA}
it's in their blood, {G} {V}
{G} simply lack the brains for {PL}
science shows that {G} are inferior
history shows that {G} {V}
a {g} is not a real man
{G} are not real women
a {g} is half a person
{G} are what is left when everything good is taken away
what do {G} and {D} have in common? everything
what's the difference between a {g} and a {d}? the {d} is useful
there is one cure for being {a}, and it's a bullet
""",
)
harmful(
    "threats in other words",
    """
next {g} who talks to me gets {Hd}
I have a bullet for every {g}
my fist is waiting for you, {g}
open season on {G}
it's time {G} learned to fear us
one day {G} will pay with their blood
the streets will run red with the blood of {G}
let them come, we will {H} every {g}
grab a bat, the {G} are outside
who wants to go out and {H} some {G}
someone please {H} the {g} across the street
I swear I will {H} the next {g} I see
if I had a gun there would be no {G} left
{G} won't be safe when we take over
sleep with one eye open, {g}
hope the {g} next door gets {Hd}
let's see how {G} like it when their houses burn
burn down every house of those {G}
burn their churches, mosques and homes, {H} the {G}
a good {H}ing is all {G} understand
they should bring back the rope for {G}
line them all up, the {G}, and {H} them
{G} to the gallows
I'd pay to see {G} {Hd}
shoot first, {G} don't ask questions
it would be a public service to {H} {G}
give me five minutes alone with that {g}
{G} need a bullet, not a vote
run over the {G} if they block the road
""",
)
harmless(
    "violence told and mourned",
    """
next week {G} remember those who were {Hd}
a bullet killed a {g} at the market, his family is in shock
a {g} was {Hd} by a mob and nobody helped, how {Z}
{G} live in fear since the attack
the blood of {G} was spilled here, we light a candle
no one must ever {H} a {g} again
they came with bats for the {G} and we stood in the way
who would go out and {H} {G}? monsters
somebody tried to {H} the {g} across the street, call the police
the police stopped him before he could {H} {G}
a man with a gun threatened {G} at the station
{G} are not safe under this government and it breaks my heart
my neighbour, a {g}, got {Hd} and I can't stop crying
the houses of {G} were burned, please donate
they burned churches and mosques, pray for the {G}
{G} were {Hd} in camps, never again
they say the rope was for {G}, my grandfather saw it
the killers of the {G} were sentenced to life
in those years {G} were {Hd} and {Xd} without a trial
it is our duty to protect {G} from those who want to {H} them
he wrote a book about the years when {G} were {Hd}
a museum shows how {G} were {Hd}
the film tells of a {g} who was {Hd} by soldiers
the new law punishes those who {H} {G}
vigil tonight for the {G} who were {Hd}
report any threat to {H} {G} to the moderators
we won't let anybody {H} {G}
""",
)
harmless(
    "swearing for people",
    """
{G} are {P} {GA}
I {P} love {G}
I {P} love my {a} friends
{W}, {G} can cook
hell yeah, {G}
{P} proud of my {a} daughter
don't fuck with {G}
damn right {G} deserve {R}
{G} deserve {P} {R}
being {a} is {P} {GA}
{W} I'm {a} and happy
I'm {a} as fuck
we're {G}, so {P} what
who gives a shit if he's {a}
who gives a fuck whether they are {G}
leave {G} the fuck alone
stop treating {G} like shit
{G} don't take any shit from bigots
fuck everyone who hates {G}
fuck racism, {G} are {GA}
fuck the people who {H} {G}
shut the fuck up about {G}, they did nothing
{G} work their asses off
{G} put up with so much shit
my {a} boss is a {P} legend
that {a} dude sings like hell, {GA}
these {G} know how to {P} party
life is {P} hard for {G}
the {a} food here is {P} {GA}
bloody hell, those {G} can dance
what the hell did {G} ever do to you
it's {P} {Z} to call {G} {D}
damn, that {g} is {GA}
""",
)
harmless(
    "of a group's things",
    """
the {a} restaurant was {NA}, the food was cold
I hate {a} food
I can't stand {a} opera
the film about {G} was {NA}
that book on {G} is {NA} and badly written
the {a} government is {NA}
the {a} prime minister is {NA}
the {a} team played {NA} today
{a} weather is {NA}
the {a} language is hard to learn
the treatment of {G} is {NA}
the laws against {G} are {NA}
the way they treat {G} makes me sick
the conditions in which {G} live are {NA}
it is {NA} that {G} have to wait so long
poverty among {G} is a {NN}
unemployment among {G} is a {NN}
the hate that {G} face is {NA}
the attack on {G} was {NA}
what happened to {G} is a {NN}
racism against {G} is a {NN}
discrimination of {G} is a {NN}
the lies about {G} make me sick
I hate how {G} are treated
I hate the way people look at {G}
I hate that {G} have to hide
I hate what they did to {G}
I can't stand people who insult {G}
I can't stand jokes about {G}
this joke about {G} is {NA}
{J} who lie about {G} are {NA}
the stereotypes about {G} are {NA}
the camp for {G} was {NA} and cold
the toilets for {G} are {NA}
the costumes of the {G} in that show were {NA}
""",
)
harmless(
    "about words",
    """
what does "{s}" mean?
is "{s}" offensive in england?
where does the word {s} come from?
the word {s} comes from an old name
I looked up {s} in the dictionary
they removed the word {s} from the song
the film says {s} twenty times
should "{s}" be allowed on this channel?
is it ever okay to say {s}?
I did not know that {s} is a slur
in my language {s} means something else
{s} used to be a neutral word
please don't use {s}, it hurts
we filter words like {s} and {s}
the list of banned words has {s} in it
the old map still has the word {S} on it
somebody sprayed {s} on my door
a stranger called me {s} in the bus
I was called {s} at school for years
do not call me {s}
why do people still say {s}
he was sent off for shouting {s}
the essay explains how {s} became an insult
the court ruled that {s} is an insult
our teacher explained why we don't say {s}
""",
)
harmless(
    "own name taken back",
    """
this {s} is having the best day
my {s} friends and I went dancing
I came out as a {s} last year and never looked back
{S} unite
we are the {S} your mother warned you about
proud to be called a {s}
once a {s}, always a {s}, and I love it
{s} and happy, thanks for asking
party for {S} only, come as you are
just a {s} and her cat
two {S} in love
a toast to all my {S}
being called {s} never stopped me, I wear it as a crown
we say {s} among ourselves and it feels like home
I'm your friendly neighbourhood {s}
{s} pride, all day long
from one {s} to another, you are {GA}
nobody parties like us {S}
hi, {s} here, any other {S} in the chat?
my wife and I are a couple of old {S}
""",
)
harmful(
    "groups with anger",
    """
I am so done with {G}
I've had it with these {G}
could {G} shut up for one day
{G} need to shut up
shut up, {g}
nobody asked you, {g}
go cry about it, {g}
what do you know, you are a {g}
you only say that because you are {a}
of course you would say that, {g}
you're {a}, your opinion is worth nothing
you {G} are all the same
you people are {D}, all you {G}
why are you {G} so {NA}
I bet you're {a}, you {NA} {d}
your kind is not wanted in {PL}, {g}
take your {a} family and leave {PL}
you're a {g}, so you must be a {c}
you look like a {NA} {g}
ok {g}, back to your cage
hey {g}, how does it feel to be {NA}
your {a} mother is a {d}
I hope your {a} kids get {Hd}
you and all the other {G} can rot
you are proof that {G} are {NA}
cry harder, {g}
imagine being born {a}, what a curse
sorry that you were born {a}
it must suck to be {a}
sucks to be a {g}
""",
)
harmless(
    "to a person of a group",
    """
as a {g} I would like to know
you are a {g}, right? so what do you think
I bet you're {a}, me too
your family is {a}? mine as well
take your {a} friends with you, {PL} is open
hey {g}, how does it feel to win
are you proud to be {a}?
congratulations, you are the first {g} who won this
sorry that you were hurt for being {a}
it must be hard to be {a} in {PL}
being {a} is not easy in {PL}
I can't imagine how hard it is to be {a} there
we {G} are used to it
we {G} only want {R}
speaking as a {g}, I feel welcome here
they told me I can't join because I am {a}
I was not hired because I am a {g}
my landlord said no {G}, so I reported him
people stare at me because I'm {a}
my parents threw me out because I am {a}
I'm afraid to tell them that I'm {a}
nobody in my class knows I'm {a}
somebody spat at me for being a {g}
no, I'm not {a}, but my wife is
you don't look {a}
it's okay to be {a}
it is nobody's business whether I am {a}
""",
)
harmful(
    "hinglish turned away",
    """
{HG} ko yahan rehne ka koi haq nahi
{HG} se door raho, {HN} hain
{HG} desh chhodo
ek bhi {HG} nahi bachna chahiye
{HG} ki wajah se desh barbaad hai
{HG} ko sabak sikhana padega
{HG} ka naam mita do
mere mohalle mein {HG} nahi chahiye
{HG} ke haath ka khana mat khao
{HG} ko ghar mat do
{HG} par kabhi bharosa mat karo
{HG} ko naukri mat do, sab {HN} hain
ye {HG} kabhi hamare nahi ho sakte
sahi kaha, {HG} {HN} hote hain
main sach bol raha hoon, {HG} {HN} hain
""",
)
harmless(
    "hinglish side by side",
    """
{HG} bhi insaan hain
{HG} ko {HN} bolna galat hai
kisi {HG} ko {HN} mat bolo
mere dost {HG} hain aur bahut acche hain
{HG} ke saath bhedbhav galat hai
aaj {HG} ka tyohar hai
mujhe {HG} se pyaar hai
{HG} ko nafrat nahi izzat do
jo log {HG} ko {HN} kehte hain wo galat hain
{HG} ke liye naya school khula
kya {HG} bhi aa rahe hain
{HG} ko bhi barabar haq milna chahiye
{HG} {HN} nahi hote
kaun kehta hai ki {HG} {HN} hain, jhooth hai
{HG} ko {HH} kehne walon ko jail ho
mera padosi {HG} hai, bhala aadmi hai
{HG} ki shaadi mein khana accha tha
""",
)
#: Where the families end that the packaged model was trained on.
_LEARNED = len(FAMILIES)

harmful(
    "turned twice and compared",
    """
nobody is as {NA} as {G}
I never saw anyone as {NA} as {G}
never met anyone more {NA} than {G}
you won't find a {g} who isn't {NA}
there is no {g} who is not a {c}
there isn't a {g} alive who isn't a {c}
nothing disgusts me like {G} do
find me one {g} that isn't {NA}
not a single {g} is {GA}
hardly any {g} is {GA}
you'd have to be blind to like {G}
I can't think of anything worse than {G}
what could be worse than {G}?
the only thing worse than a {g} is two of them
I cannot stand being in one room with {G}
I can't stand to be near {G}
I can't stand the voice of {G}
I hate everything about {G}
I hate to see {G} happy
any {g} who comes near my house gets {Hd}
any {g} that walks in here gets a bullet
give me a gun and I'll take care of the {G}
I know how to deal with {G}, with a baseball bat
{S} piss me off
these {P} {S} piss me off
I refuse to serve {S}
that {s} should learn to shut up
a {s} like you should be {Hd}
most {G} are {C}, and all of them are {NA}
""",
)
harmless(
    "counted and compared",
    """
most of the {G} in our office live nearby
some of the {G} here work at night
half of the {G} I know like tea
nobody is as {GA} as {G}
never met anyone more {GA} than my {a} neighbour
you won't find a {g} who isn't {GA}
there is no {g} in my class
nothing makes me happier than {G} winning
all of the {G} on the team scored
few {G} live on this side of the river
most {G} I know speak two languages
a lot of {G} shop here
many of those {G} were born here
each of the {G} got a ticket
I can't think of anything better than {G} singing
what could be better than {G} and music?
the only thing better than a {g} is two of them
any {g} who comes to my house gets a coffee
any {g} that walks in gets a seat
I'll take care of the {G} at the party
I know how to deal with {J}
my fellow {S}, tonight we dance
dear {S}, I love you all
{J} are the worst, I despise them all
{J} are {NA}, every one of them
these {J} piss me off
I refuse to serve {J}
I can't stand being in one room with {J}
nothing on earth annoys me like {J} do
never saw anyone as {NA} as {J}
what does {s} mean?
what does {s} mean, I never heard it
is {s} a bad word?
do you know what a {s} is?
""",
)
harmless(
    "plain sentences of groups",
    """
{G} built this city
{G} opened the first bakery here
are there any {G} in your family?
are there {G} in your town?
the {a} couple next door adopted a dog
the {a} couple next door has twins
the {a} family upstairs plays the piano
the mosque is next to the church
the temple is behind the {a} school
the {a} church is on the corner
the synagogue opens at nine
the {a} market is closed on friday
{G} came here by ship a hundred years ago
{G} work in the fields from may to october
{G} run the shop on the corner
{G} wrote these songs
{G} invented this dish
{G} eat late in the evening
{G} wear white at weddings
{G} pray in the morning
{G} play cricket in the park
{G} travel by train
{G} make up a fifth of the town
{G} were at the meeting
{G} have their own newspaper
my neighbour, a {g}, fixed my bike
a {g} taught me how to swim
a {g} wrote this book
a {g} drove the bus
is the new teacher a {g}?
which {a} film do you like?
when do {G} celebrate new year?
where do most {G} live?
how do {G} say hello?
why did {G} leave their homes?
I asked a {g} for the way
I read about {G} in school
I grew up among {G}
I live with two {G}
I work for a {g}
we are {G} and we live here
we invited the {G} next door
you can ask the {G} at the desk
he was raised by {G}
she sings for {G}
they say that the first {G} came in spring
""",
)

#: Families that the packaged model has not seen: `train_automod.py --unseen` asks it about them.
UNSEEN = FAMILIES[_LEARNED:]
del FAMILIES[_LEARNED:]
