"""Words that say what part of an address they stand in: `nagar`, `flat`, `opp`, `गली`.

A closed list by class, in Latin and Devanagari spellings, gathered by hand. The classes are
features of the parser and the backbone of its weak labels; a word may be in several.
"""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType

from .tokens import folded

_WORDS = {
    "house": "house hno houseno h.no hn door doorno dno dr ghar makan makaan mkn qtr qrtr quarter "
    "quarters holding bungalow bunglow kothi survey sr gat cts tc old new makaanno mig lig hig ews "
    "rz rzf rzd rzg wz sco scf jj jjno मकान म भवन घर क्वार्टर हाउस",
    "number": "no num number nos nbr numb nr# न नं नंबर नम्बर संख्या",
    "unit": "flat flt flatno apt unit room rm shop shp office cabin suite villa gala godown booth "
    "kiosk stall penthouse rowhouse row फ्लैट दुकान कमरा शॉप ऑफिस",
    "floor": "floor flr fl flor ground grnd grd gf ff sf tf first second third fourth fifth upper "
    "lower basement terrace roof stilt mezzanine ugf lgf मंजिल तल भूतल फ्लोर",
    "ordinal": "1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th 11th 12th 13th 14th 15th 16th 17th 18th",
    "building": "apartment apartments apts aptt appartment appt tower towers heights residency "
    "residences residence society soc chs chsl coop cooperative co-op complex plaza arcade mansion "
    "villas bhavan bhawan bhuvan niwas nivas nilaya nilayam sadan kunj kutir palace castle manor "
    "court greens estate estates meadows gardens "
    "chambers house centre center mall hotel hospital school college hostel campus park "
    "business building bldg bld buildg club chawl chambers chamber residenza enclave homes habitat "
    "township square heritage classic pride elite crest grandeur skyline "
    "अपार्टमेंट सोसायटी सोसाइटी टावर भवन निवास सदन कॉम्प्लेक्स प्लाजा हाइट्स रेजिडेंसी",
    "block": "block blk bl wing wg tower twr phase pocket pkt cluster ब्लॉक विंग टावर पॉकेट फेज",
    "street": "road rd street st str marg gali galli gully lane ln cross main path salai veedhi "
    "veethi avenue ave highway hwy bypass byepass line sarani rasta rasta flyover theru kovil "
    "bylane bye raod roadno streetno galino feet ft ring expressway "
    "रोड मार्ग गली सड़क स्ट्रीट पथ लेन रास्ता",
    "locality": "nagar nagri colony colny col clny vihar puram pur puri enclave encl enclv layout "
    "extension extn ext bagh garden park vatika kunj ganj mohalla mohla peth pet pettai "
    "palya halli palli patti pally guda bazar bazaar market chowk chauraha cantt cantonment lines "
    "area basti para pada wadi wada gaon sarai khurd kalan kheda khera majra camp city town "
    "industrial stage east west north south sadar khand scheme township dham "
    "नगर कॉलोनी कालोनी विहार पुरम पुरी एन्क्लेव बाग बाजार मोहल्ला चौक गंज बस्ती पार्क",
    "village": "village vill vlg vpo gram gaon mouza mauza at v.p.o गांव गाँव ग्राम मौजा ग्रा",
    "post": "post po p.o postoffice bo डाकघर पोस्ट पो डाक",
    "tehsil": "tehsil teh tahsil tal taluk taluka taluq mandal mdl block tq subdivision "
    "तहसील तह तालुका मंडल प्रखंड",
    "district": "district distt dist dt dst zila zilla jilla jila zil जिला ज़िला जनपद",
    "police": "ps p.s thana policestation थाना",
    "relation": "near nr neer opp opposite opposit oppo behind beside besides adjacent adj next "
    "close facing infront front back backside above below beneath off along across before after "
    "paas pass pas samne saamne piche peeche pichhe bagal पास सामने पीछे "
    "निकट समीप नजदीक बगल नज़दीक",
    "landmark": "temple mandir masjid mosque church gurudwara gurdwara school college "
    "hospital bank "
    "atm mall metro station bus stand stop depot petrol pump cinema theatre theater hotel "
    "market tank lake park ground stadium office pillar signal circle police thana post "
    "bakery dairy medical club chemist clinic tower hall library factory gate bridge flyover "
    "water dhaba crossing junction statue talkies मंदिर मस्जिद स्कूल अस्पताल बैंक स्टेशन "
    "थाना बस पंप चौराहा गुरुद्वारा कॉलेज",
    "khasra": "khasra kh khno khasara khata khewat killa खसरा",
    "plot": "plot plt pl plotno plno pltno प्लॉट प्लाट भूखंड",
    "sector": "sector sec sect सेक्टर",
    "pole": "pole electric pillar पोल खंभा",
    "box": "box bag",
    "pin": "pin pincode zip postcode pin-code पिन पिनकोड कोड",
    "person": "mr mrs ms shri sri smt dr kumari kum prof adv mohd md so do wo co s/o d/o w/o c/o "
    "attn attention son wife daughter श्री श्रीमती सुपुत्र पुत्र पत्नी",
    "phone": "ph phone mob mobile mo tel contact cell call whatsapp मोबाइल फोन",
    "country": "india bharat भारत",
    "direction": "east west north south e w n s central outer eastern western northern southern",
    "ward": "ward वार्ड",
}

#: Classes by word.
CLASSES: MappingProxyType[str, tuple[str, ...]] = MappingProxyType(
    {
        word: tuple(kind for kind, words in _WORDS.items() if word in words.split())
        for word in {folded(word) for words in _WORDS.values() for word in words.split()}
    }
)

#: Words of several letters that locality names end in.
_ENDINGS = (
    *("nagar", "puram", "pur", "pura", "puri", "ganj", "palya", "halli", "palli", "pally"),
    *("guda", "gudem", "wadi", "wada", "pada", "para", "gaon", "garh", "pet", "pettai", "abad"),
    *("khurd", "kalan", "vihar", "bagh", "cheri", "kottai", "patnam", "puzha", "kode", "sandra"),
    *("kere", "palayam", "palem", "varam", "giri", "nagri", "colony", "kunj", "wal", "khera"),
)


@lru_cache(maxsize=100_000)
def classes_of(word: str) -> tuple[str, ...]:
    """The cue classes of a folded word; of an unknown one, `ending` when it ends like a locality.

    >>> classes_of("gali"), classes_of("mansarovar"), classes_of("jahangirpuri")
    (('street',), (), ('ending',))
    """
    known = CLASSES.get(word)
    if known is not None:
        return known
    if len(word) > 5 and word.endswith(_ENDINGS):
        return ("ending",)
    return ()


#: What a relation word means, for `Part.relation`.
RELATIONS: MappingProxyType[str, str] = MappingProxyType(
    {
        folded(word): meaning
        for meaning, words in {
            "near": "near nr neer close paas pass pas around by पास निकट समीप नजदीक नज़दीक",
            "opposite": "opp opposite opposit oppo facing samne saamne across सामने",
            "behind": "behind back backside piche peeche pichhe पीछे",
            "beside": "beside besides next adjacent adj adjoining along bagal बगल",
            "in front of": "front infront before",
            "above": "above",
            "below": "below beneath under",
            "after": "after past",
            "off": "off",
        }.items()
        for word in words.split()
    }
)
