"""Spelling, joined words, quantities, synonyms and scripts: what must meet, and what must not."""

import pytest

from chowk.errors import ParameterError, SchemaError
from chowk.search import SearchEngine
from chowk.search.scripts import meet

SHOP = [
    {"product_id": "x4", "title": "Sony WH-1000XM4 headphones"},
    {"product_id": "x5", "title": "Sony WH-1000XM5 headphones"},
    {"product_id": "bottle", "title": "Steel water bottle 1.5 l"},
    {"product_id": "laptop", "title": "Laptop 15.6 inch"},
    {"product_id": "car", "title": "Toy automobile red"},
    {"product_id": "saree", "title": "Red silk saree"},
    {"product_id": "sari", "title": "लाल रेशमी साड़ी"},
    {"product_id": "center", "title": "Work centre printer"},
]


@pytest.fixture(scope="module")
def engine():
    terms = [{"term": "car", "stands_for": "automobile", "weight": 0.9}]
    with SearchEngine.build(SHOP, terms=terms) as made:
        yield made


def first(engine, query):
    hits = engine.search(query).hits
    return hits[0].product_id if hits else None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("WH1000XM4", "x4"),
        ("wh 1000xm5", "x5"),
        ("wh-1000 xm4", "x4"),
        ("hedphones wh1000xm5", "x5"),
        ("1500 ml bottle", "bottle"),
        ("bottle 1.5l", "bottle"),
        ("laptop 39.62 cm", "laptop"),
        ("laptpo", "laptop"),
        ("botle", "bottle"),
        ("workcentre", "center"),
        ("car", "car"),
        ("साड़ी", "sari"),
        ("sadi reshmi", "sari"),
        ("सिल्क", "saree"),
    ],
)
def test_what_is_written_otherwise_is_found_first(engine, query, expected):
    assert first(engine, query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("painter 9 upg", "upgrade"),  # the title writes it out
        ("painter ix full", "full"),  # … and the version otherwise
        ("painter v10", "ten"),
        ("painter 9.0 fullversion", "full"),  # the query writes it out
    ],
)
def test_versions_and_words_cut_short_meet_among_what_is_found(query, expected):
    titles = {
        "upgrade": "Painter 9.0 upgrade",
        "full": "Painter v9 full",
        "ten": "Painter 10 school",
        "other": "Painter essentials",
    }
    rows = [{"product_id": p, "title": title} for p, title in titles.items()]
    with SearchEngine.build(rows) as made:
        assert first(made, query) == expected


def test_what_a_title_appends_counts_less_and_less():
    rows = [
        {"product_id": "long", "title": "Cubase 4 studio music production software for windows"},
        {"product_id": "short", "title": "Cubase express"},
    ]
    with SearchEngine.build(rows) as made:
        assert first(made, "cubase 4 competitive crossgrade") == "long"


def test_a_word_cut_short_of_a_later_product_counts_too():
    with SearchEngine.build([{"product_id": "a", "title": "Painter 9"}]) as made:
        made.upsert([{"product_id": "b", "title": "Painter 9 upgrade"}])
        assert first(made, "painter upg") == "b"


def test_a_model_number_that_is_there_finds_no_other(engine):
    assert [h.product_id for h in engine.search("WH1000XM4").hits] == ["x4"]
    assert engine.search("wh1000xm9").total == 0  # another number is another model


def test_without_spelling_words_are_words(engine):
    for query in ("laptpo", "workcentre", "car", "सिल्क"):
        assert engine.search(query, spelling=False).total == 0


def test_a_reason_says_what_was_read_for_what_was_typed(engine):
    assert engine.search("botle").hits[0].reasons == ("matches in title: bottle (for botle)",)


def test_a_new_word_is_corrected_too(engine):
    with SearchEngine.build(SHOP) as live:
        live.upsert([{"product_id": "n", "title": "Blue umbrella"}])
        assert first(live, "umbrela") == "n"
        assert first(live, "blueumbrella") == "n"


@pytest.mark.parametrize(
    ("terms", "error"),
    [
        ([{"term": "a", "stands_for": "b", "weight": 2.0}], ParameterError),
        ([{"term": "a"}], SchemaError),
    ],
)
def test_terms_that_cannot_be_are_refused(terms, error):
    with pytest.raises(error):
        SearchEngine.build(SHOP, terms=terms)


#: 'silk saree' or another ware, as it is written and as it is typed in Latin letters.
LANGUAGES = {
    "Assamese": ("শাৰী", "sari"),
    "Bengali": ("জুতো", "juto"),
    "Bodo": ("सारि", "sari"),
    "Dogri": ("कुर्ता", "kurta"),
    "Gujarati": ("ચપ્પલ", "chappal"),
    "Hindi": ("चप्पल", "chappal"),
    "Kannada": ("ರೇಷ್ಮೆ", "reshme"),
    "Kashmiri": ("کرتا", "kurta"),
    "Konkani": ("चप्पल", "chappal"),
    "Maithili": ("कुर्ता", "kurta"),
    "Malayalam": ("സാരി", "sari"),
    "Manipuri": ("শারি", "sari"),
    "Marathi": ("चप्पल", "chappal"),
    "Nepali": ("कुर्ता", "kurta"),
    "Odia": ("ଚପଲ", "chapal"),
    "Punjabi": ("ਕੁੜਤਾ", "kurta"),
    "Sanskrit": ("कुर्ता", "kurta"),
    "Sindhi": ("ڪرتا", "kurta"),
    "Tamil": ("பட்டு", "pattu"),
    "Telugu": ("చీర", "cheera"),
    "Urdu": ("چپل", "chappal"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_native_and_romanised_words_meet(language):
    native, latin = LANGUAGES[language]
    assert meet(latin, native) and meet(native, latin)


def test_ol_chiki_is_searched_as_it_is_written():
    with SearchEngine.build([{"product_id": "s", "title": "ᱥᱟᱲᱤ"}]) as engine:
        assert first(engine, "ᱥᱟᱲᱤ") == "s"
        assert first(engine, "sari") is None
