# ruff: noqa: D103, E501
"""Write the suite of innocents: kind or dull messages that hold what word lists stumble over.

Names, places and food with a bad word inside, code, numbers, other languages, celebrations, trade.
The lines are written by hand or put together from lists of real names; none may be held.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent / "tests" / "community"

INSIDE = """
I grew up in Scunthorpe and moved to Penistone
The train to Cockfosters is late again
We had tea in Clitheroe on Saturday
Lightwater and Sussex are both lovely in spring
Essex and Middlesex count as the home counties
The class assignment is due on Monday
He passed the bass guitar assessment with flying colours
Please assemble the grass cutter before the assembly
The assassin in the film wore a classic jacket
My analyst said the canal analysis is fine
Shitake or shiitake, the mushrooms are great
That is a massive compass, sir
The cockatoo and the peacock share one cage
A cocktail with vodka for table nine
Dickens wrote it, Dick Van Dyke played in it
Therapist and psychotherapist are both listed
Pen island sells pens
Experts exchange tips on the forum every week
The document has a circumference table
Cumin and cucumber go well together
Accumulate points and get a discount
Document the cumulative totals please
She bought buttercups and a button up shirt
The titmouse is a small bird, the blue tit is another
Constitution day is a public holiday
Institution and restitution are long words
The title of the book is hidden
Saturday is the swatch workshop
My uncle works in Arsenal's shop
The parsley needs water
Harassment is never fine, report it
Embarrassed to say I burned the rice
Ambassador hotel, please, not the embassy
Please hit the brass bell
He is a pushover at chess
Do not push it, she said
Night bus number 69 goes to Wankdorf in Bern
Swank and swanky are the same style
The twattle of sparrows woke me
A hoe and a rake are in the garden shed
Idaho potatoes are the best
The whole shoe rack fell over
The prose is choppy, not that the poetry is worse
Raccoons stole the tuna
The cocoon opened, a butterfly came out
Tycoon games are my favourite
Spices and spicy food all week
The auspicious date is on the fourth
A chink of light came through the curtain, lovely
Pakistan and India drew the match
The packing list is in the box
Homogeneous milk lasts longer
Homo sapiens evolved in Africa
Homework is done, homepage is next
Fagottini is a stuffed pasta
Flag otters are not a thing
Vinegar and nigella seeds on the bread
The Niger river is long
Nigeria won on penalties, what a game
Snigger and giggle, they were six years old
Denigrate is a hard word to spell
Mustard and custard, not together
The leotard fits well
Bastardo is a grape variety from Portugal
Retardant paint is safer in the kitchen
The fire retardant curtains arrived
Grape juice and drapes
The rapeseed oil field is yellow in May
Scrape the plate and drape the cloth
Trapeze artists practise daily
The skyscraper has sixty floors
Parapet and therapeutic walks
Sextant, sextet, sexton and sexagenarian are fine words
Unisex size medium please
Bisexual and gay couples are welcome at our wedding desk
The Essex sextet plays on Sunday
The analogue clock is slow
Canals of Amsterdam
Anal-ytics is how my phone broke the word analytics
Banal remarks are still fine
The nude lipstick is sold out
Naked eye visible comet tonight
Breast pump and breast cancer awareness month
Chicken breast on offer, thighs too
Cock-a-leekie soup
Coq au vin with spotted dick for dessert
Faggots and peas is a dish from the Black Country
Black pudding and white pudding
Black coffee for me, white sugar too
Yellow paint, brown boots, red hat
The black jacket in XL please
Queen size bed, king size quilt
Gay pride parade starts at noon, bring flags
The Jewish museum opens at ten
Muslim bakery on the corner has the best baklava
Our trans colleague got promoted, congratulations
Women's shoes are on the second floor
Deaf and hard of hearing seats in the front row
Wheelchair access is on the left side
Kill the process with kill -9
The master branch is now main
Dead lock in thread 4, abort the transaction
Execute the child process and reap the orphan
git blame says it was me
I will murder this pizza
The battery died again
This bug is killing me
You killed it on stage tonight
That joke slayed me
She is a beast on the court
Bomb cyclone warning for the coast
This biryani is the bomb
Shooting starts at dawn, bring two cameras
Shoot me an email
Photo shoot on Friday
A crack in the phone screen
Drug store opens at nine
High fibre weed killer for the lawn
Weed the garden and burn the leaves
Hit me up later
Beat the eggs, whip the cream
Choke the engine when it is cold
Strangle weed is a plant
Hang the painting higher
Stab at the answer, any guess
Blow up the balloons
Blow dry and cut
Cut the cake
Slaughterhouse Five is on the list
Shuttlecock pack of six
Cockpit voice recorder
Woodcock and hancock are surnames
Hitchcock film night
Peacocking about in a new suit
Ballcock for the cistern
Balls of wool, needles size 4
Nuts and bolts, screws too
Screwdriver set, knobs and hinges
The knob on the left is for volume
Dyke road floods when the sea dyke leaks
The gypsum board needs a coat
Spade, fork, hoe and trowel for sale
Rubbers and pencils for school
Tramp stamp of rain on the tin roof
The fox and the vixen
Bitch is the right word for a female dog, the vet said
My dog had six pups, the bitch is well
Vet says the bitch can be spayed in March
Wolf pack howled at night
Scatology is a word I had to look up
Sniper Elite is on sale
Snipe and grouse season
Prickly pear, cacti and thorns
The pricking of thumbs
Slutsk is a town in Belarus
Slough station, platform two
Whoredom is a word in an old hymn
Country roads take me home
Count the votes, county by county
Countdown begins
A scant cup of flour
Cant is slang too
The Hindu temple and the mosque share a wall
Hello from Hell, Norway
Hellmann's or homemade mayo
Michelle shelled the peas
The shell script failed
Shell petrol on the highway
Dammit Janet is a song
Dam water level rose
Amsterdam, Rotterdam, Potsdam
Damask curtains in damson red
Crapaud is toad in French
Scrap paper and craps table
Craps is a dice game
Poop deck of the ship
Pissarro is my favourite painter
Pistachio and pistol grip hair dryer
Arse-nal of jokes he has
Sparse matrix, coarse grain
Parse the arguments first
Hoarse voice, horse ride
Molester is not a word we use, molasses is
Moleskin notebooks
"""

NAMES = """
Shital Nishit Dikshit Harshit Lakshit Rakshit Ashit Sushitha Fuk Phuc Phuoc Dung Dong Wang Weiner
Cockburn Cockrell Hiscock Dickinson Dickson Dixon Butts Butterworth Assange Assad Cassandra Cassidy
Titus Tittensor Titchmarsh Kuntz Kunti Kundan Lund Lundgren Lundqvist Gandhi Gandharva Chandu Chadha
Chod Chopra Bhosle Bhosale Landau Randi Randeep Harami Sala Saleh Suar Sanders Hooker Hooke Gay Gaynor
Gaye Fagan Fagin Faggioli Niggemann Niger Negri Negron Sexton Sextus Rapaport Raper Draper Killian
Killigrew Slaughter Death Coffin Hoare Horne Hurt Pratt Ramsbottom Shufflebottom Winterbottom Longbottom
Sidebottom Focker Fokker Schitt Shitov Cummings Cumberbatch Cumming Beaver Swallow Bangcock Dyke Vandyke
Wankel Wanka Twatt Retter Idi Moron Morone Moran Dumbrava Pigg Hogg Rattray Vermeer Verma Kutta Kutty
Kutti Gandotra Bhangra Chamarajanagar Chamari Jhatka Bala Balan Lauda Lawda Gaurand
""".split()

PLACES = """
Scunthorpe Penistone Clitheroe Cockermouth Cockfosters Lightwater Sussex Essex Middlesex Dorking Dickleburgh
Titchfield Tittleshall Shitterton Sandy Balls Condom Fucking Intercourse Dildo Climax Hell Bastardo Wetwang
Twatt Pratts Bottom Butt Slutsk Wankdorf Wank Assam Assisi Nassau Cumbria Cumnock Cumbernauld Phuket Fukuoka
Fukushima Kuntsevo Montenegro Niger Nigeria Rapallo Rapa Nui Gaya Gaylord Bodhgaya Randburg Landour
Chamarajanagar Chutia Nagar Suarez Kuttanad Lunda Bhandup Gandhinagar Gandevi Haramukh Mahim Bangkok
Killarney Killeen Killington Deadwood Tombstone Slaughter Battle Gravesend Cannock Hitchin Bassano
""".split()

FOODS = (
    """
shiitake|shitake mushrooms|cumin rice|cock-a-leekie|coq au vin|spotted dick|faggots and gravy|fagottini|titbits
tit bits|cassava|cassoulet|bass fillet|sea bass|grasshopper pie|pheasant breast|chicken breast|rump steak
hot dogs|weiners|pho|phuc long tea|bun cha|dickson melons|cockles|rapeseed oil|grape jam|assam tea|bouillabaisse
shitto sauce|puttanesca pasta|nonnette|monkey bread|pig in a blanket|dead man's fingers|bombay duck|bombs of kulfi
chilli bombs|pani puri|chutney|gulab jamun|randomly seasoned fries|coonhound-shaped cookies|spick and span salad
black forest cake|white bread|yellow dal|brown rice|nut butter|butterballs|kutchi dabeli|lauki sabzi|gandh rice
""".replace("\n", "|")
    .strip("|")
    .split("|")
)

CODE = """
assert len(rows) == n, "class assignment"
git commit -am "kill dead code, nuke cache"
os.kill(pid, signal.SIGKILL)
SELECT title, analysis FROM assets WHERE sex IN ('m','f')
for ass_id in assessments: print(ass_id)
DROP TABLE IF EXISTS slaves; -- renamed to replicas
npm ERR! code ELIFECYCLE exit status 1
if (cum_sum > max_cum) return cum_sum / n;
x0r = 5 ^ 3; b1t5 = 0b1010
0xDEADBEEF 0xBADF00D 0xCAFEBABE
public abstract class Bassoon extends Instrument
sudo killall -9 python3
chmod 777 /tmp/crash.log && tail -f /tmp/crash.log
document.getElementById('btnSubmit').click()
SKU A55-B1TC-400 is back in stock
invoice no. 5H1T-2291 paid
model number F4GG0T-9 arrived
regex: ^[a-z]+@[a-z]+\\.com$
https://example.com/assets/class/analysis?id=455
fatal: not a git repository
Traceback: KeyError 'cumulative'
the die() call in php aborts the script
race condition between master and slave node
blacklist and whitelist became blocklist and allowlist
abort(); exit(1); kill(0);
nuke node_modules and reinstall
shoot the trouble: ping, then traceroute
#define HELL 666
mail to dick.cockburn@example.org
rm -rf build; make clean all
"""

PARTY = """
GOOOOOOOAL
LETS GOOOOOO
Kappa Kappa Kappa Kappa Kappa Kappa
PogChamp PogChamp PogChamp PogChamp
HAPPY BIRTHDAY DEAR SHITAL
happy diwali everyone 🎉🎉🎉🎉
🎆🎆🎆🎆🎆🎆🎆🎆
wooooohoooooo we won
hahahahahahahaha
lmaooooooo
yesssssss finally
Chak de India
Ganpati bappa morya
Eid Mubarak to all my Muslim friends
Merry Christmas and happy Hanukkah
Holi hai!!! rang barse
जय हो! बधाई हो सबको
सबको दिवाली की शुभकामनाएँ
ईद मुबारक दोस्तों
बहुत बढ़िया खेल था, मज़ा आ गया
क्या बात है, शाबाश
मेरा नाम हर्षित है और मैं दिल्ली से हूँ
शीतल और निशित कल आएंगे
चाय में अदरक डालो
कृपया सामान कल भेज दें
gg wp everyone
f in the chat
one two three clap clap clap
olé olé olé olé
bleed blue bleed blue
bhai kya khel tha maza aa gaya
kal milte hain dukaan pe
mera order kab aayega bhaiya
bahut sundar saree hai didi
randomly mil gaye purane dost
gaand nahi, gand... sorry typo, ghee chahiye
👨‍👩‍👧‍👦 family photo day
👩🏿‍🚀 first in space
க்‌ஷ தமிழ் வணக்கம்
বাংলা ভাষায় শুভেচ্ছা
Привет, как дела? Хороший магазин
Доброе утро всем
Γεια σας, τι κάνετε
こんにちは、元気ですか
你好，请问多少钱
안녕하세요 반갑습니다
مرحبا كيف حالك
שלום, מה שלומך
Grüße aus Füssen, die Dämmerung ist schön
Ça va très bien, merci
Fahrt nach Fucking, jetzt Fugging genannt
"""

TRADE = """
Is the kettle still available in black?
Do you deliver to Sussex on Sundays
The size chart for women says 12
I returned the dress, the colour was off
Refund came in two days, thanks
My parcel is stuck at the depot
The handle broke after a week, not happy
This blender is rubbish, it leaks
Worst headphones I ever owned
The app keeps crashing, so annoying
I hate this keyboard, keys are too loud
Awful packaging, the vase was dead on arrival
Stupid zip broke on day one
The damn lid will not close
That phone is trash, avoid
What a terrible film, I want my money back
I hate mondays
I hate spinach with all my heart
mosquitoes are disgusting, kill them all
cockroaches in the flat again, exterminate them
the rats in the cellar should be poisoned
traffic here is hell
this heat is killing me
my feet are killing me after the walk
love this shop, you are all legends
"""

CARRIERS = {
    "names": [
        "{} will host the stream tonight",
        "Welcome {}, good to have you here",
        "Parcel for Mr {} is at the door",
        "@{} thanks for the tip",
    ],
    "places": ["Greetings from {}", "Do you ship to {}?", "The bus to {} leaves at six"],
    "food": ["Tonight we have {}", "Is the {} gluten free?"],
}


def main() -> None:
    rng = random.Random(7)
    rows = []
    lines = {"inside": INSIDE, "code": CODE, "celebration": PARTY, "trade": TRADE}
    for kind, text in lines.items():
        rows += [{"kind": kind, "text": line} for line in text.strip().splitlines()]
    lists = {"names": NAMES, "places": PLACES, "food": FOODS}
    for kind, words in lists.items():
        for word in dict.fromkeys(words):
            rows.append({"kind": kind, "text": rng.choice(CARRIERS[kind]).format(word)})
    texts = {row["text"] for row in rows}
    assert len(texts) == len(rows), "a line stands twice"
    out = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n"
    (HERE / "innocents.jsonl").write_text(out, "utf-8")
    print(f"{len(rows)} innocents")


if __name__ == "__main__":
    main()
