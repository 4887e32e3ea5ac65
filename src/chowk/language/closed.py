"""Words of the closed classes: articles, pronouns, prepositions, auxiliaries, particles.

They frame a sentence and never switch alone (Myers-Scotton 1993). Short lists for the languages
that the generator meets most; any other list can be given.
"""

from __future__ import annotations

_WORDS = {
    "en": """
a an the this that these those my your his her its our their mine yours i you he she it we they me
him us them who whom whose which what and or but nor if then than so because while of to in on at
by for from with without into onto over under about after before between through during until up
down out off as is am are was were be been being do does did done have has had having will would
shall should can could may might must not no n't 's 'm 're 've 'll 'd there here when where how why
""",
    # In Latin letters and in Devanagari: both are written.
    "hi": """
ka ke ki ko kaa kee ne se mein me mai main par pe tak liye lie aur ya ki lekin magar agar to toh bhi
hi hee na nahi nahin mat hai hain ho hu hoon hun tha thi the thee raha rahi rahe gaya gayi gaye mera
mere meri mujhe mujhko hum ham humein hume hamara hamare hamari tum tumhe tumhara aap aapka aapke
apna apne apni yeh ye yah woh wo vah voh is us in un isko usko iska uska unka inka jo jis kya kab
kahan kaise kyun kyon kaun wala wale wali kar karo kare karke ek
का के की को ने से में मैं पर तक लिए और या कि लेकिन मगर अगर तो भी ही ना न नहीं मत है हैं हो हूँ हूं था थी
थे रहा रही रहे गया गई गए मेरा मेरे मेरी मुझे हम हमें हमारा तुम आप आपका अपना अपने अपनी यह ये वह वो इस उस
इन उन जो जिस क्या कब कहाँ कैसे क्यों कौन वाला वाले वाली कर एक
""",
    "es": """
el la los las un una unos unas lo al del de a en por para con sin sobre entre desde hasta y e o u ni
pero si que como cuando donde porque mi mis tu tus su sus nuestro nuestra este esta estos estas ese
esa yo tú él ella nosotros ellos ellas me te se nos le les no es son era está están ser estar ha han
he hay
""",
    "it": """
il lo la i gli le un uno una di a da in con su per tra fra del dello della dei degli delle al allo
alla ai agli alle dal dalla nel nella sul sulla e ed o ma se che come quando dove perché mio mia
miei mie tuo tua suo sua nostro nostra questo questa quello quella io tu lui lei noi voi loro mi ti
si ci vi ne non è sono era sia essere ho ha hanno
""",
    "fr": """
le la les l' un une des du de d' à au aux en dans par pour avec sans sur sous entre et ou ni mais si
que qu' qui quoi comme quand où mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs ce
cet cette ces je j' tu il elle nous vous ils elles me m' te t' se s' lui y ne n' pas est sont était
être a ai as ont avoir
""",
    "de": """
der die das den dem des ein eine einen einem einer eines und oder aber wenn dass weil als wie in im
an am auf aus bei beim mit nach von vom zu zum zur für über unter vor zwischen durch ohne um bis
mein meine meinen dein deine sein seine ihr ihre unser dieser diese dieses ich du er sie es wir mich
mir dich dir sich uns nicht kein keine ist sind war waren sein haben hat habe werden wird
""",
    "pt": """
o a os as um uma uns umas de do da dos das em no na nos nas por pelo pela para com sem sobre entre
até e ou mas se que como quando onde porque meu minha meus minhas teu tua seu sua nosso nossa este
esta esse essa eu tu ele ela nós eles elas me te se lhe não é são era está ser estar há
""",
}

#: A language's closed-class words, without case.
CLOSED: dict[str, frozenset[str]] = {
    language: frozenset(words.split()) for language, words in _WORDS.items()
}


def closed_words(language: str) -> frozenset[str]:
    """The closed-class words of a language ("en", "en-GB"); none for a language without a list.

    >>> "the" in closed_words("en-GB"), len(closed_words("xx"))
    (True, 0)
    """
    return CLOSED.get(language.casefold().replace("_", "-").split("-")[0], frozenset())
