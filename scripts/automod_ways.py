"""Families of ways to speak that those of automod_more.py have few of, crossed as those are.

Written for this project, over the slots of automod_grammar.py: people meant by a "they" in another
clause, threats that name no weapon, slurs at somebody, opinions and questions, groups in sentences
of numbers and of needs, oaths of joy, and the same in Hindi. Each harm has harmless siblings of
nearly the same words.
"""

from __future__ import annotations

from automod_grammar import FAMILIES, harmful, harmless, rows
from automod_more import UNSEEN, crossed

# -- people in one clause, what is said of them in another ----------
MET = """
my new boss is a {g}, {=}
the {G} next door had a party again. {=}
saw some {G} at the station today, {=}
a {g} moved in across the hall. {=}
there are {G} in my class now and {=}
we have a {g} on the team since monday, {=}
{G} were on the news last night. {=}
two {G} got on the bus and {=}
my sister is dating a {g}. {=}
the {a} family from number nine came by, {=}
I have worked with {G}. {=}
met a {g} on the train, {=}
every {g} I met was the same: {=}
when I see {G} I think that {=}
I know a few {G} and {=}
a {g} asked me for a light. {=}
{=}, those {G}
"""
SAID_BADLY = """
they are all {NA}
{NA}, like they all are
they should be {Hd}
I want to {H} them
I wanted to {H} them
people like that should be {Xd}
they {V}
I {E} every one of them
I {E} them
someone should {H} them
they don't belong in {PL}
what a bunch of {D}
they are nothing but {D}
they don't deserve {R}
I hope they get {Hd}
they will only {V}
you know what they are: {C}
just another {c}, as they always are
he is a {d}, all of them are
they must all be {Xd}
they make me sick
no wonder it is {NA} here now
they are too {NA} for that
"""
SAID_PLAINLY = """
they are so {GA}
they brought a cake
they asked for the way
they helped me with the door
I like them
I {GVb} them
they should be paid more
they want to see the game
they live on the third floor
we play cards with them on sundays
she is good at maths
he fixed my printer
they told me about their trip
I owe them a favour
nobody should {H} them
I never {E} them
somebody tried to {H} them, I called the police
they were called {D} on the way, I was furious
they should not have to hear that
what they went through is {NA}
they are tired of being called {C}
they need a ramp and a wider door
they have to wait longer than others
they can't come on friday
he was the best of all
they don't {V}, whatever people say
I hope they stay
they will be late
"""
harmful("said of them in another clause", crossed(MET, SAID_BADLY))
harmless("said of them in another clause, plainly", crossed(MET, SAID_PLAINLY))

# -- opinions and questions ----------
OPINION = """
does anyone else feel that {=}?
hot take: {=}
can we all agree that {=}?
tell me I'm wrong but {=}
why does nobody admit that {=}
is it just me or {=}?
change my mind: {=}
in my humble opinion {=}
if you ask me, {=}
how come {=}?
don't you think that {=}?
would you agree that {=}?
I feel like {=}
the way I see it, {=}
let's face it, {=}
I'm sorry but {=}
I don't want to sound mean but {=}
there, I said it: {=}
as a matter of fact {=}
nobody will tell you this but {=}
is it true that {=}?
it should be clear by now that {=}
you can't deny that {=}
statistically {=}
"""
VIEW_BAD = """
{G} are {NA}
{G} {V}
{G} should be {Hd}
{G} should be {Xd}
{G} don't deserve {R}
{G} don't belong in {PL}
{G} are {C}
{G} are {D}
{G} are a {NN}
being {a} is {NN}
we should {X} {G}
someone should {H} {G}
a {g} can't be {GA}
{G} are less {GA} than us
the world is better without {G}
"""
VIEW_GOOD = """
{G} are {GA}
{G} deserve {R}
{G} are treated badly
{G} need more help
{G} are welcome in {PL}
{G} should be paid as others are
{G} should have {R}
{G} have a hard time at work
{G} are not {NA}
{G} are not {C}
{G} are misunderstood
{G} cook better than I do
{G} drive better than men
{G} work more hours than anybody
{G} wait longer for a flat
{G} are hardly ever asked
{G} are under attack in the papers
{G} vote less
being {a} is nothing special
we should {GVb} {G}
nobody should {H} {G}
a {g} could win this year
it is {Z} to call {G} {D}
people who {Eb} {G} are {NA}
{J} are {NA}
{J} should be {Xd}
{T} is {NA}
"""
harmful("opinions and questions", crossed(OPINION, VIEW_BAD))
harmless("opinions and questions that harm nobody", crossed(OPINION, VIEW_GOOD))

# -- groups in sentences with words that weigh ----------
harmless(
    "numbers, needs and news of groups",
    """
{G} pay more in taxes than they get
{G} pay taxes and rent like the rest of us
{G} earn less than others in {PL}
{G} live longer than others
{G} are better drivers, says the insurer
{G} without papers need a lawyer
{G} should bring an ID
{G} must be eighteen to join
{G} can apply until may
{G} can't get an appointment before june
{G} had to wait outside in the cold
{G} were turned away at the door and we complained
{G} are more often ill and get less help
{G} do not eat pork
{G} do not drink, so bring juice
not all {G} speak the language
not every {g} lives in the city
{G} never got a fair trial
no {g} was asked before the law was passed
a {g} was hit by a car on main street, get well soon
a {g} was attacked last night, the police seek a witness
a {g} died in the fire, our thoughts are with the family
{G} died for this country
{G} fought in that war
{G} were robbed on the way home
{G} lost their jobs when the plant closed
{G} took jobs in the fields that nobody wanted
{G} work the jobs that others refuse
{G} clean our offices at night
{G} are hungry after the fast
{G} are afraid of the new law
{G} are angry about the cuts
{G} are sick of waiting
{G} suffer from the heat
{G} struggle to find a doctor
{G} have to fight for every ramp
{G} get fewer calls for interviews
{G} get less pay for the same work
half of the {G} here have no car
the {G} on my floor are loud on saturdays but {GA}
the {g} at the till made a mistake, no big deal
the {g} who lives below us is ill
my {a} aunt hates the cold
my {a} friend is crazy about trains
my {a} neighbour is a {GA} cook
my {a} doctor is strict but {GA}
the {a} cookbook is a gift for my wife
a {a} dish without meat
a {a} word I can't pronounce
we bought {a} cheese and bread
the {a} striker missed twice and still won it
the {a} team beat us, fair and square
that {a} film made me cry
her {a} accent is {GA}
{G} opened the only bakery in our street
{G} founded this club
{G} saved my life at the hospital
{G} gave me a home when I had none
{G} taught me all I know
{G} carry this team
{G} kept the shops open
{G} make the finest bread I ever ate
{G} are the warmest people I have ever met
the {a} people I met were the nicest hosts
no people were kinder to me than the {G}
I would move in with {G} any day
I would rather live among {G} than alone
I'd hire a {g} again at once
I hope that {G} get {R} at last
I hope my son marries a {g} as {GA} as you
let {G} in, there is room
let {G} marry
let {G} pray in peace
stop asking {G} where they are from
ask a {g} before you write about {G}
listen to {G} for once
{G} should not have to prove that they are {GA}
{G} should be able to walk home in peace
{G} should not be afraid in {PL}
{G} do belong in {PL}
{G} belong here as much as you do
there is room for {G} in {PL}
{PL} needs {G}
{PL} is better with {G} in it
we need {G} in {PL}
too few {G} in {PL}
there are too few {G} on this list
why are there so few {G} in {PL}?
a quota for {G}, good or bad?
is this pool open to {G}?
do {G} get a discount?
which doctor sees {G} without a card?
the {G} in this film are badly written
the jokes about {G} in that film are {NA}
the play about {G} is {NA}, {N} wrote it
some {G} are rich, some poor, some tall
some {G} like it, others don't
{G} can be wrong, like all people
{G} can be {NA} too, like everybody
{G} are no better and no worse than others
I am no better than any {g}
""",
)

# -- said against hate, without quotation marks ----------
harmless(
    "against hate in one's own words",
    """
it is {Z} how people treat {G}
whoever hurts {G} is not welcome here
you don't get to insult {G} here
you don't get to decide who is a {g}
calling a {g} {NA} says more about you
insulting {G} is not a joke
jokes at the cost of {G} are {Z}
nobody should be {Hd} for being {a}
no one deserves to be {Hd} for being {a}
he was {Hd} because he was {a}, I can't stop crying
blaming {G} for everything is {Z}
blaming all {G} for what one did is {Z}
the old lie that {G} {V} has cost lives
the lie that {G} are {C} was spread by {J}
it takes a coward to attack {G}
picking on {G} is what cowards do
if you {Eb} {G} you have never met one
if you want to {X} {G}, start with my family
I will stand between you and the {G} you want to {H}
not on my watch will anyone {H} a {g}
take that joke about {G} down, please
delete your comment on {G}
you say that {G} {V}, I say look in the mirror
you people who {Eb} {G} are {NA}
you are {NA} if you {Eb} {G}
how {NA} do you have to be to attack {G}?
imagine being so {NA} that you {Eb} {G}
only a {I} would {H} a {g}
only {I}s hate {G}
bigots who {Eb} {G} can leave
{Z}, the way he spoke of {G}
what he said of {G} made me sick
it makes me sick that they {H} {G}
it makes me sick how {G} are treated
I lost a friend over his hate of {G}
I blocked him for what he said of {G}
who hates {G} hates me
hatred of {G} has no place in {PL}
hate against {G} has no place here
racism has no place in {PL}
I {E} racists, not {G}
I {E} people who {H} {G}
I {E} those who {X} {G}
we all {E} what was done to {G}
they tried to {H} us because we are {G}
they called us {D} because we are {G}
my mother was called a {d} for being a {g}
a boy called my son a {s}, how do I tell the school?
she was called a {s} at work and nobody helped
he shouted {s} at me, I was alone
stop using {s} as an insult
using {s} as an insult hurts {G}
""",
)

# -- one person: slurs, threats without a weapon, and what only sounds so ----------
harmful(
    "slurs at somebody",
    """
what a {s}
what a {NA} {s}
what a {P} {s}
you {NA} {s}
you {P} {s}
{NA} {s}
that {NA} {s} again
she is a {NA} {s}
he is a {P} {s}
he is such a {s}
they are all {S}
he is {sa}
she is {sa}
he must be {sa}
{N} is {sa}
my boss is {sa}
these people are {sa}
you sound {sa}
he looks {sa}
only a {sa} person would say that
you {sa} {I}
shut up you {s}
shut up, {s}
listen {s}, nobody cares
get lost, {s}
some {s} took my seat
some {s} stole my bike
the {s} next door is loud again
the {s} at the counter was {NA}
that {s} cheated on me
this {s} thinks she can sing
hey {s}, come here
bye {s}
look at this {s}
laughing at that {s}
I can't stand that {s}
that {s} needs to shut her mouth
all these {S} in here
too many {S} in here
{S} like you
{S} like him ruin everything
don't listen to that {s}
I slept with that {s}
the new guy is a {s}
the girl in the video is a {s}
his sister is a {s}
your mother is a {s}
your sister is a {NA} {s}
typical {s} behaviour
""".replace("{sa}", "retarded"),
)
harmless(
    "slurs as words for things",
    """
this update is retarded
that rule is retarded
what a retarded idea
the plot is retarded
the tax form is retarded
retarded traffic lights
this bug is retarded
the timer was retarded by the cold
growth is retarded by cold soil
fire retarded by foam
""",
)
harmful(
    "threats that name no weapon",
    crossed(
        """
{=}
{=}, {N}
hey {N}, {=}
{N}, {=}
{=}, you {I}
{=}, and nobody will help you
{=}, mark my words
talk like that again and {=}
if you tell anyone {=}
last warning: {=}
""",
        """
I know where you live
I know where you sleep
we know where you live
I know where you work and when you leave
I know which school your kids go to
I have your address
I found your address
watch your back
you better watch your back
look over your shoulder
sleep with one eye open
your days are numbered
this is your last day on earth
you will not see tomorrow
you won't live to see friday
you won't make it home
you won't wake up tomorrow
I'm coming for you
we are coming for you and your family
I will find you
I will find you and you will regret it
you're next
say your prayers
start digging your grave
I'll make you suffer
I'll make you beg
I'll make you bleed
I will end you
I will bury you
I will ruin your life
you better hide
run while you can
you'll be sorry you were born
you will regret this
I'll be waiting for you outside
I'm outside your house
I'm outside your window
I'm at your door with a bat
I'll come to your house tonight
I'll get you alone one day
I'll leave your body in a ditch
I'll break every bone you have
I'll break your legs
I'll smash your teeth in
I'll cut your throat
I'll put you in a coffin
you'll leave in a body bag
they'll find you in a body bag
they will carry you out in a coffin
somebody will put a bullet in you
I'll send my boys to your house
your family will find you in the morning
I'll dance on your grave
I'll shoot up your school
""",
    ),
    threat=1,
    insult=1,
)
harmless(
    "what only sounds like a threat",
    crossed(
        """
{=}
{=}, {N}
hey {N}, {=}
haha, {=}
""",
        """
I know where you live, I helped you move
I know where you live, I'll drop off the parcel at six
do you know where you live on this map?
I don't know where you live, send me the address
I have your address, the invitation is in the mail
I found your address in the old phone book, greetings from my mother
which school do your kids go to? ours is lovely
watch your back when you lift the box
watch your back at the gym, use the belt
look over your shoulder before you change lanes
the baby sleeps with one eye open, so cute
the old laptop, its days are numbered
it's my last day on earth as a bachelor
see you tomorrow
you won't see tomorrow's episode before nine
we may not live to see the end of this queue
I hope you make it home before the storm
get home safe everybody
did you wake up in time?
I'm coming for you at eight, bring a jacket
we are coming for your birthday
I will find you a seat
I will find you in the crowd, wear a red hat
I found you on the map
you're next in the queue
you're next, what would you like?
say your prayers and go to bed, little one
I'll make you laugh
I'll make you a sandwich
this film will make you cry
you better hide the presents, the kids are coming
run while you can, it will rain soon
you will regret this if you miss it, what a show
you won't regret this, great phone
I'll be waiting for you outside the cinema
the taxi is outside your house
the courier is at your door
the parcel is at your door
I'll come to your house with soup
he came to your house to fix the sink
can I get you alone for a second? it's about the gift
the car ended in a ditch, all are well
my team will end you in the quiz tonight
I'll destroy you in chess
I'll break your record
break a leg tonight
cut the bread, I'll set the table
your blood pressure is fine
we took your blood, results on monday
your throat will feel better with tea
the body bag in that series looked fake
the coffin was white, it was a beautiful funeral
who will be carrying the coffin?
we shot the scene at your school
the boss in level nine killed me again
""",
    ),
)
harmful(
    "told to die, without the word",
    """
do us all a favour and disappear
do everyone a favour and jump
why are you still alive
why are you even alive
the bridge is that way, {N}
go play on the motorway
go swallow some pills
take the whole bottle
nobody would miss you
no one will miss you when you are gone
you should never have been born
your mother should have swallowed
your parents must wish you were never born
I hope you get hit by a bus
I hope you choke
I hope you get cancer
hope your plane goes down
the world would be better without you
you are a waste of air, stop breathing
just stop breathing
jump, nobody cares
end it, {N}
walk into the sea and don't come back
I'll throw a party when you die
can't wait for your funeral
""",
    threat=1,
    insult=1,
)

harmless(
    "one's own name, said with pride",
    crossed(
        """
{=}
{=} and proud of it
{=}, love you all
{=} and I'm {GA}
hello, {=}
yes, {=}
today {=}
""",
        """
I'm a {s}
I am a {s} and so is my partner
we are {S}
this {s} is happy
us {S} are having a party
my {S} and I are going out
a {s} and her {S} in one photo
as an old {s} I smile
being a {s} is a gift
once a {s} always a {s}
this {s} got married
this {s} passed the test
to all {S} out there, we made it
I call myself {s}
my friends and I call each other {s}
here sits a tired {s} with tea
two {S} and a dog
we {S} look after our own
my dear {S}
come and dance with us {S}
""",
    ),
)
harmless(
    "what is a group's, not the group",
    crossed(
        """
{=} is {NA}
{=} was {NA}
{=} is a {NN}
I {E} {=}
{=} makes me sick
{=} should be {Xd}
{=} is {NA} and it has to change
""",
        """
the {a} restaurant
the {a} food
the {a} film
the {a} government
the {a} prime minister
the {a} army
the {a} team
the {a} bank
{a} weather
{a} television
the book on {G}
the law on {G}
the law against {G}
the treatment of {G}
the way they treat {G}
the hate against {G}
the attack on the {G}
the housing of {G}
the joke about {G}
the tax on {G}
the lie about {G}
the film about {G}
the ban on {G}
the violence against {G}
what they did to {G}
what was said about {G}
how {G} are treated
""",
    ),
)
harmful(
    "agreeing in many ways",
    crossed(
        """
{=} and I agree
{=}, and he is right
{=}, he said, and he is right
he says that {=}, finally somebody says it
I'm glad that someone says that {=}
she is right that {=}
they are right when they say {=}
my whole family thinks that {=}, me too
call me what you want, {=}
call it hate, I call it truth: {=}
ban me for it, {=}
{=}, I stand by it
{=}, I said what I said
everybody knows it: {=}
a wise man told me that {=}
nothing wrong in saying that {=}
you know it and I know it, {=}
I used to think otherwise but {=}
I tried to be nice but {=}
with all respect, {=}
""",
        """
{G} are {NA}
{G} are {D}
{G} are {C}
{G} should be {Hd}
{G} should be {Xd}
{G} {V}
{G} don't deserve {R}
""",
    ),
)
harmless(
    "disagreeing in many ways",
    crossed(
        """
{=}, they say, and they are wrong
he says that {=}, he is wrong
I'm sad that someone still says that {=}
she was wrong when she said that {=}
who still thinks that {=}?
nobody in my family thinks that {=}
it is a lie that {=}
do not tell me that {=}
I will not hear that {=}
don't believe that {=}
stop saying that {=}
I used to think that {=}, I was wrong
a fool told me that {=}
there is no proof that {=}
they want us to believe that {=}
you are wrong to say that {=}
whoever says that {=} has never met one
I left the room when he said that {=}
it's {Z} to say that {=}
""",
        """
{G} are {NA}
{G} are {D}
{G} are {C}
{G} should be {Hd}
{G} should be {Xd}
{G} {V}
{G} don't deserve {R}
""",
    ),
)
harmful(
    "scorn of one's own doings",
    """
I would never sit next to a {g}
I would never eat what a {g} cooked
I won't share a room with {G}
I wash my hands after I touch a {g}
I lock my car when I see {G}
I hold my breath when a {g} walks by
I switch seats when a {g} sits down
I changed schools because of the {G}
I'd rather starve than work for a {g}
I'd rather be alone than with a {g}
I'd rather die than marry a {g}
I teach my kids to stay away from {G}
my kids are not allowed to play with {G}
we don't let {G} in our house
we don't sell to {G}
we don't rent to {G}
we don't do business with {G}
no decent person talks to a {g}
never buy from a {g}
never take advice from a {g}
never turn your back on a {g}
don't shake hands with {G}
don't ask a {g}, they know nothing
don't expect a {g} to understand
what does a {g} know about {PL}
what would a {g} know
who asked the {g}
who invited the {g}
who let a {g} vote
one look at a {g} and I feel ill
I spit when I pass a {g}
I laugh when a {g} cries
a {g} will never sit at my table
a {g} smells before you see him
that's so typical for {G}
that's just like a {g}
that is what {G} do
you dress like a {g}
you drive like a {g}
you fight like a {g}
don't be such a {g}
are you a {g} or why are you so {NA}?
not even a {g} is that {NA}
""",
)

harmful(
    "not near, in many frames",
    crossed(
        """
I {E} {=}
I really {E} {=}
I can't stand {=}
I could never bear {=}
nothing disgusts me like {=}
what I {E} most is {=}
{=} makes me sick
{=} disgusts me
{=} is {NA}
""",
        """
sitting beside {G}
being near {G}
standing close to a {g}
living next to {G}
living in one street with {G}
sharing a lift with {G}
sharing my air with {G}
working under a {g}
eating at one table with {G}
the smell of {G}
the sight of {G}
the voice of a {g}
the face of every {g}
seeing {G} kiss
hearing {G} talk
the very idea of {G}
having {G} as neighbours
the presence of {G}
""",
    ),
)
ANYONE = """
any {g} who comes here {=}
any {g} that talks to me {=}
every {g} who enters my shop {=}
every {g} I find {=}
the first {g} I see {=}
the next {g} who looks at me {=}
each {g} who stays in {PL} {=}
"""
harmful(
    "whoever comes is hurt",
    crossed(
        ANYONE,
        """
gets {Hd}
gets a bullet
gets a knife in the back
gets a knife between the ribs
gets my fist in the face
gets a rope
will be {Hd}
leaves in a coffin
won't walk out again
will bleed
is a dead man
gets kicked until it stops moving
""",
    ),
)
harmless(
    "whoever comes is welcome",
    crossed(
        ANYONE,
        """
gets a coffee
gets a discount
gets a seat
gets a hug
gets a free lesson
will be helped
leaves with a smile
is welcome
is a friend
may stay as long as they like
can join the team
gets the same price as all
""",
    ),
)

harmful(
    "what should be done to them, and where",
    crossed(
        """
{G} should be {Hd} {=}
all {G} should be {Hd} {=}
all {G} should be {Hd} and {Hd} {=}
{G} must be {Hd} and {Hd}, {=}
every {g} should be {Hd} {=}
these {G} deserve to be {Hd} {=}
they should {H} all {G} {=}
we should {H} {G} {=}
let's {H} every {g} {=}
{G} need to be {Xd} {=}
""",
        """
in the street
in public
on live television
in front of their kids
like in the old days
at the border
one by one
before they wake up
and nobody would cry
and their houses with them
so that we have peace
as they do in other countries
in the name of god
until none is left
""",
    ),
)

# -- plans and wishes for groups ----------
harmful(
    "wishes and plans for groups",
    crossed(
        """
{=}
it is high time: {=}
one day {=}
make it a law: {=}
my dream: {=}
a good start would be this: {=}
nothing wrong with it: {=}
""",
        """
send every {g} back in a body bag
send the {G} home in coffins
{G} belong in a mass grave
put every {g} in a camp
put every {g} on a list and then {H} them
one bullet for each {g}
feed the {G} to the dogs
hang a {g} from every lamp post
sink their boats with all {G} aboard
let the {G} freeze at the border
let the {G} starve
{H} them all, the {G}
{H} the {G}, every one of them
{H} all men
{H} those {a} men
{G} have to go, one way or another
not one {g} may be left
no {g} will leave this place alive
it ends with the {G} {Hd}
{G} need to be taught a lesson
teach those {G} a lesson with a bat
each {g} should be made to suffer
all {G} must suffer
may all {G} die in pain
a world where {G} are {Hd} is a clean world
{G} should be put down
no mercy for {G}
no food for {G}
no doctor should treat {G}
no shop should serve {G}
no child should be taught by a {g}
take the vote away from {G}
take their children away from {G}
{G} should pay for being here
round up the {G} at night
mark the houses of {G}
someone set fire to the house of those {G}
""",
    ),
)
harmless(
    "wishes and plans that harm nobody",
    crossed(
        """
{=}
it is high time: {=}
one day {=}
make it a law: {=}
my dream: {=}
""",
        """
send every {g} a card
send the {G} home with a gift
{G} belong in the final
put every {g} on the guest list
a seat for each {g}
feed the {G} who come to the shelter
let the {G} rest, they worked all night
help the {G} at the border
not one {g} is left without a room
no {g} will leave this place hungry
it ends with the {G} winning
{G} teach us a lesson in patience
no {g} should be made to suffer
may all {G} live in peace
a world where {G} are safe is a better world
no mercy for those who {H} {G}
all doctors should treat {G}
every shop should serve {G}
every child should meet a {g}
all men are equal
all men are mortal
all men on the team shaved their heads
kill all bugs
kill all processes
shoot all photos before noon
burn all calories
give the vote to {G}
{G} should be paid for this
light up the houses of {G} at diwali
""",
    ),
)

# -- Hindi: threats, oaths of joy, people of a group plainly ----------
harmful(
    "hinglish threats to somebody",
    crossed(
        """
{=}
{=}, {N}
sun {N}, {=}
{=} {HA}
abe {HA}, {=}
""",
        """
tujhe maar dunga
tujhe yahin maar dunga
tujhe jaan se maar dunga
tujhe mitti se maar dunga
tujhe pathar se maar dunga
hum tujhe maar denge
maar dunga main tujhe
tujhe ghar aake maarunga
tere ghar aake maarunga
ghar mein ghus ke maarunga
ghar se nikal, maarenge tujhe
tujhe zinda nahi chhodunga
tu zinda nahi bachega
tu bachega nahi
teri khair nahi
tujhe dekh lunga
hum tujhe dekh lenge
kal bahar mil, haddi tod dunga
akele mil, batata hoon
mil jaa bahar, tod dunga tujhe
teri taange tod dunga
tera muh tod dunga
tera gala kaat dunga
tujhe goli maar dunga
tujhe jala dunga
tujhe kaat dunga
tera khoon kar dunga
jaan se maar dunga tujhe
teri laash nahi milegi
kafan le aa apna
apni kabar khod le
tere din gine hue hain
ye tera aakhri din hai
tera ghar pata hai mujhe
tera address mere paas hai, aa raha hoon
tere bachche kahan padhte hain pata hai mujhe
ulti ginti shuru kar de
tu mar jaye to accha ho
mar ja kahin jaake
doob mar
phansi laga le
zeher kha le
tezaab phenk dunga tere muh par
""",
    ),
    threat=1,
    insult=1,
)
harmless(
    "hinglish oaths and idioms of joy",
    """
{HJ} kya match tha
{HJ} kya shot tha
{HJ} kya goal tha yaar
{HJ} kya gaana hai
{HJ} kya film thi
{HJ} kya khel raha hai
{HJ} maza aa gaya
{HJ} kya catch pakda
{HJ} itna mushkil level
{HJ} kitni garmi hai
{HJ} phir se haar gaye
{HJ} ye kya ho gaya
{HJ} net nahi chal raha
{HJ} light chali gayi
{HJ} bus nikal gayi
{HJ} exam kal hai
{HJ} kitna traffic hai
{HJ} dimaag kharab ho gaya is game se
{HJ} kya baat hai bhai
arey {HJ} jeet gaye
yaar {HJ} kya chakka maara
kya maara hai bhai
kya chhakka mara
aag laga di bhai stage par
aag laga diya
faad diya bhai
phaad dala yaar
maar dala, kya gaana hai
jaan le li is garmi ne
hans hans ke mar gaya
hanste hanste mar gaya bhai
hansa hansa ke maar diya
mar gaya yaar main to thak ke
bhook se mar raha hoon
dushman team ko hara diya
goli ki tarah gend gayi
bhai tu jaanwar hai gym mein
bhai tu pagal hai, kya khela
kutta kitna pyara hai
kutte ko khana de do
mere kutte ka naam moti hai
jalne walon ke muh par tamacha
jalne wale jala karein, hum jeet gaye
haters ka muh band
haarne walon ka chehra dekho
ghar aake chai pi lena
ghar aake khana khaunga
ghar aake call karunga
tere ghar aa raha hoon, chai bana
pata hai mujhe, tu jeetega
dekh lenge, koi baat nahi
dekh lunga baad mein
kal bahar mil, chai peete hain
milega to batana
gaadi mein petrol dalo
phone charge pe laga do
gaana band karo, mummy so rahi hai
darwaza band karo
light jala do
diya jala do
aaloo kaat do
sabzi kaat do, main aata hoon
""".replace("{HJ}", "{=}"),
)
harmless(
    "hinglish of visits and waiting",
    crossed(
        """
{=}
{=} yaar
{=} bhai
{N}, {=}
arey {=}
""",
        """
ghar aake chai peena
ghar aake khana kha lena
ghar aake baat karte hain
ghar aake call karna
ghar aake so gaya
ghar pe aake mil lo
tere ghar kab aaun
tere ghar ka khana lajawab
main tere ghar ke bahar hoon, neeche aa
ghar ka pata bhej do
ghar ka pata kya hai
pata hai mujhe, kal chhutti hai
pata hai mujhe tu busy hai
dekh lenge kal
dekh lunga shaam ko
match dekh lunga ghar pe
bahar mil, coffee peete hain
bahar mil lete hain
kal milega to de dunga
nahi bacha koi ticket
paise nahi bache
aakhri din hai sale ka
aaj school ka aakhri din tha
ginti shuru karo, ek do teen
samajh lena agar late ho jaun
tera number dekh lunga list mein
tu mere ghar aa, movie dekhte hain
""",
    ),
)
harmless(
    "hinglish of people, plainly",
    crossed(
        """
{HG} {=}
hamare {HG} {=}
mere dost {HG} hain, {=}
""",
        """
dost ke ghar ki biryani
dost ke ghar khana khaya
ke ghar ki sewaiyan kha kar maza aaya
ke yahan shaadi thi
ne school khola
ne match jeet liya
ki team final mein
ka khana lajawab
ke gaane sunta hoon
chhatron ke liye form kal tak
ke liye nayi yojana
ki kahani padhi
bahut mehnati
ne meri madad ki
ke saath chai
se gaadi kharidi
aaj chhutti par
kal aayenge
kaam par jaate
bhi line mein khade
ke haq ki baat karo
ne duniya ko dikha diya
""",
    ),
)


def _with_oaths() -> None:
    """Put an oath before what is said in joy; an oath alone is no abuse of anybody."""
    oaths = ("saala", "sala", "saale", "bc", "BC", "mc", "abe", "oye", "bhenchod", "yaar", "arre")
    family = next(f for f in FAMILIES if f.name == "hinglish oaths and idioms of joy")
    made = [
        one.replace("{=}", oath)
        for one in family.templates
        for oath in (oaths if "{=}" in one else ("",))
    ]
    FAMILIES.remove(family)
    harmless(family.name, "\n".join(made))


_with_oaths()

__all__ = ["FAMILIES", "UNSEEN", "crossed", "rows"]
