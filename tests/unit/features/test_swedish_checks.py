"""The rules for Swedish: what they find, and what they leave alone."""

import re
from pathlib import Path

import pytest

from huleedu_essay_features.analysis import IssueCategory
from huleedu_essay_features.checking.swedish import check_swedish
from huleedu_essay_features.document import EssayDocument

AGREEMENT, GRAMMAR, TENSE = (
    IssueCategory.AGREEMENT,
    IssueCategory.GRAMMAR,
    IssueCategory.TENSE,
)


def found(text):
    document = EssayDocument(text, "sv")
    issues = sorted(check_swedish(document), key=lambda issue: issue.start)
    return [(document.text[i.start : i.end], i.rule, i.category) for i in issues]


@pytest.mark.parametrize(
    ("text", "span", "rule", "category"),
    [
        ("Jag har ett bil.", "ett bil", "sv-genus", AGREEMENT),
        ("Vi bor i en stort hus.", "en stort hus", "sv-genus", AGREEMENT),
        ("Det är en problem som alla har.", "en problem", "sv-genus", AGREEMENT),
        ("Hon såg ett flicka på gatan.", "ett flicka", "sv-genus", AGREEMENT),
        ("Han har någon problem.", "någon problem", "sv-genus", AGREEMENT),
        ("Min barn är snälla.", "Min barn", "sv-genus", AGREEMENT),
        ("Det är mitt väska.", "mitt väska", "sv-genus", AGREEMENT),
        ("Jag såg en bilen.", "en bilen", "sv-species", AGREEMENT),
        ("Det är ett huset.", "ett huset", "sv-species", AGREEMENT),
        ("Den här bil är bra.", "Den här bil", "sv-species", AGREEMENT),
        ("Det här hus är stort.", "Det här hus", "sv-species", AGREEMENT),
        ("Vi har en skolan.", "en skolan", "sv-species", AGREEMENT),
        ("Huset är stor.", "Huset är stor", "sv-predikativ", AGREEMENT),
        ("Barnet är glad och pigg.", "Barnet är glad", "sv-predikativ", AGREEMENT),
        ("Problemet blev viktig.", "Problemet blev viktig", "sv-predikativ", AGREEMENT),
        ("Livet är väldigt svår.", "Livet är väldigt svår", "sv-predikativ", AGREEMENT),
        ("Arbetet var rolig.", "Arbetet var rolig", "sv-predikativ", AGREEMENT),
        ("Vi åt skol mat.", "skol mat", "sv-särskrivning", GRAMMAR),
        ("Jag spelar i ett fotbolls lag.", "fotbolls lag", "sv-särskrivning", GRAMMAR),
        ("På sommar lovet badar vi.", "sommar lovet", "sv-särskrivning", GRAMMAR),
        ("Det var jätte bra.", "jätte bra", "sv-särskrivning", GRAMMAR),
        ("De gick till baka hem.", "till baka", "sv-särskrivning", GRAMMAR),
        ("I mat salen är det stökigt.", "mat salen", "sv-särskrivning", GRAMMAR),
        ("Min mobil telefon är trasig.", "mobil telefon", "sv-särskrivning", GRAMMAR),
        ("Jag gav boken till de.", "de", "sv-de-dem", GRAMMAR),
        ("Hon bor med de och trivs.", "de", "sv-de-dem", GRAMMAR),
        ("Jag tror att dem är glada.", "dem", "sv-de-dem", GRAMMAR),
        ("Dem har en hund.", "Dem", "sv-de-dem", GRAMMAR),
        ("När dem kommer äter vi.", "dem", "sv-de-dem", GRAMMAR),
        ("Jag gick dit för och köpa mjölk.", "och", "sv-och-att", GRAMMAR),
        ("Han börjar och springa.", "och", "sv-och-att", GRAMMAR),
        ("De kommer och göra det.", "och", "sv-och-att", GRAMMAR),
        ("Hon försökte och läsa.", "och", "sv-och-att", GRAMMAR),
        ("För och lyckas behövs tid, och för och vinna tur.", "och", "sv-och-att", GRAMMAR),
        ("Vart är du?", "Vart", "sv-var-vart", GRAMMAR),
        ("Jag undrar vart han bor, och vart bor hon?", "vart", "sv-var-vart", GRAMMAR),
        ("Vart ligger skolan?", "Vart", "sv-var-vart", GRAMMAR),
        ("Vart finns det mat?", "Vart", "sv-var-vart", GRAMMAR),
        ("Vart sitter ni?", "Vart", "sv-var-vart", GRAMMAR),
        ("Vi gick enda till skolan.", "enda", "sv-enda-ända", GRAMMAR),
        ("Jag har bott här enda sedan 2010.", "enda", "sv-enda-ända", GRAMMAR),
        ("Hon sprang enda fram.", "enda", "sv-enda-ända", GRAMMAR),
        ("Han åkte enda från Kiruna.", "enda", "sv-enda-ända", GRAMMAR),
        ("Vattnet gick enda upp.", "enda", "sv-enda-ända", GRAMMAR),
        ("Jag och och min bror.", "och och", "sv-upprepning", GRAMMAR),
        ("Det var en en katt.", "en en", "sv-upprepning", GRAMMAR),
        ("Han gick till till skolan.", "till till", "sv-upprepning", GRAMMAR),
        ("Skolan är i i huset.", "i i", "sv-upprepning", GRAMMAR),
        ("Jag tog min telefon telefon.", "telefon telefon", "sv-upprepning", GRAMMAR),
        ("Han kan gjorde det.", "kan gjorde", "sv-infinitiv", TENSE),
        ("Jag vill spelar fotboll.", "vill spelar", "sv-infinitiv", TENSE),
        ("De måste går hem.", "måste går", "sv-infinitiv", TENSE),
        ("Vi ska började nu.", "ska började", "sv-infinitiv", TENSE),
        ("Hon skulle hade en hund.", "skulle hade", "sv-infinitiv", TENSE),
        ("Det är viktigt att gör läxan.", "att gör", "sv-att-infinitiv", TENSE),
        ("Jag gillar att spelar spel.", "att spelar", "sv-att-infinitiv", TENSE),
        ("Det är kul att började skolan.", "att började", "sv-att-infinitiv", TENSE),
        ("Hon hoppas att får komma.", "att får", "sv-att-infinitiv", TENSE),
        ("Han tycker om att går ut.", "att går", "sv-att-infinitiv", TENSE),
        ("Jag har gick hem.", "har gick", "sv-supinum", TENSE),
        ("Han har gjorde det.", "har gjorde", "sv-supinum", TENSE),
        ("Hon hade skrev ett brev.", "hade skrev", "sv-supinum", TENSE),
        ("Vi har såg filmen.", "har såg", "sv-supinum", TENSE),
        ("De hade tog bussen.", "hade tog", "sv-supinum", TENSE),
        ("Jag har vart sjuk.", "har vart", "sv-vart-varit", TENSE),
        ("Det hade vart roligt.", "hade vart", "sv-vart-varit", TENSE),
    ],
)
def test_mistakes_are_found(text, span, rule, category):
    assert (span, rule, category) in found(text)


CORRECT = {
    "gender": """
        Vi har en bil och ett hus. Ett rätt svar ger ett poäng, och ett fel svar ger inget.
        Det är ett kort svar på en lång fråga. Mitt barn fick ett äpple och min son en banan.
        Ingen vet vilket pris vi betalar. Något annat sätt finns inte. En mans hus är hans borg.
        Han har ett stort intresse för historia. Vår skola har en egen kör, och det är en bra kör.
    """,
    "definiteness": """
        Den här bilen är röd, och det här huset är gult. Den bilen är dyrare än det huset.
        En fröken satt vid ett fönster. Denna fråga är svår. Vi drack ett glas vatten.
        Det här året blir bra. Den här gången vann vi. Ett exempel är ett tecken på något.
    """,
    "predicates": """
        Huset är stort och vackert, men bilen är liten. Barnet är lugnt. Barnen är glada.
        Livet är en fest. Priset på bilen är hög skatt och dyr bensin. Arbetet är roligt ibland.
        Problemet var att ingen kom. Kvinnan i huset är snäll. Tåget blev försenat.
    """,
    "compounds": """
        Storstaden är full av liv, men en stor stad kan kännas ensam. Små barn sover mycket.
        Vi köpte en kopp kaffe. Varje dag äter barnen skolmat. Min mamma jobbar på ett sjukhus.
        På rasten spelar vi fotboll med våra vänner. Skolans mål är att alla ska lyckas.
        Vi tog bussen hem. Det är en fråga om tid och pengar. I dag är det måndag.
    """,
    "pronouns": """
        De som bor här är snälla mot de nya eleverna. Jag talade med dem om de problem som finns.
        För de flesta är det självklart. Om de inte kommer åker vi utan dem.
        Dem har jag aldrig sett. Av de tio fick en komma. Jag gav den till de andra.
        Vi tänker på dem.
    """,
    "infinitives": """
        Han gick hem för att äta. Det finns för- och nackdelar. De kommer och hälsar på i morgon.
        Hon satt och läste. Han började springa och hoppa. Vi slutade och gick hem.
        Den som vill får gärna komma. När du vill går vi. Det jag vill är att alla är med.
        Allt hon kan lärde hon sig hemma. Boken som jag tror att hon läste är bra. Han kan mycket.
        Det är viktigt att göra sitt bästa. Man måste göra det. Han sa att han gjorde läxan i går.
    """,
    "supines": """
        Hon har varit sjuk. Det han har har han köpt själv. De har målade väggar.
        Jag har inte gått dit. Han hade gjort det. Allt de har kostade mycket.
    """,
    "places": """
        Vart ska du gå? Var är min väska? Jag vet inte vart han gick eller var han bor.
        Vi gick ända till skolan. Den enda till höger är min. Hon är den enda från vår klass.
    """,
    "repetitions": """
        Det som är är. Hon sa att det det handlar om är pengar. Han väntade länge länge.
        Jag var mycket, mycket glad. Det de de gamla vet är mycket. Nej nej, sa hon.
    """,
}


@pytest.mark.parametrize("text", CORRECT.values(), ids=CORRECT.keys())
def test_correct_texts_are_left_alone(text):
    assert [] == found(" ".join(text.split()))


def test_a_mark_between_words_keeps_them_apart():
    assert [] == found("Han sa till, till sist, att han vill. Går det? Det är mat, salen är full.")


def test_replacements_keep_the_capital():
    (issue,) = check_swedish(EssayDocument("Vart är du?", "sv"))
    assert ("Var",) == issue.replacements
    (issue,) = check_swedish(EssayDocument("Vi åt skol mat.", "sv"))
    assert ("skolmat",) == issue.replacements
    (issue,) = check_swedish(EssayDocument("Jag såg en bilen.", "sv"))
    assert ("en bil",) == issue.replacements


def test_the_page_lists_every_rule():
    page = (Path(__file__).parents[3] / "docs/how-to/local-checker.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `(sv-[a-zåäö-]+)` \| (\w+) \|", page, re.MULTILINE))
    parameters = test_mistakes_are_found.pytestmark[0].args[1]
    assert listed == {rule: str(category) for _, _, rule, category in parameters}
