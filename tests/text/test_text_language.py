"""The language of a paper, from little text and in company of formulas and quotations."""

from __future__ import annotations

import pytest

from podcast_dspy.text.language import guess_language, language_code

TEXTS = {
    "en": "The owl waits on the beam until the mouse has left the straw, and we count how often it is patient enough.",
    "de": "Die Eule wartet auf dem Balken, bis die Maus das Stroh verlassen hat, und wir zählen, wie oft sie das tut.",
    "fr": "La chouette attend sur la poutre que la souris quitte la paille, et nous comptons les fois où elle le fait.",
    "es": "La lechuza espera en la viga hasta que el ratón sale de la paja, y contamos las veces que es paciente .",
    "it": "Il gufo aspetta sulla trave che il topo esca dalla paglia, e contiamo quante volte è paziente.",
    "pt": "A coruja espera na viga até que o rato saia da palha, e contamos quantas vezes ela é paciente.",
    "nl": "De uil wacht op de balk tot de muis het stro heeft verlaten, en wij tellen hoe vaak hij geduld heeft.",
    "pl": "Sowa czeka na belce, aż mysz wyjdzie ze słomy, a my liczymy, ile razy jest ona cierpliwa i jak długo.",
    "ru": "Сова ждёт на балке, пока мышь не выйдет из соломы, и мы считаем, сколько раз она была терпелива в эту ночь.",
    "el": "Η κουκουβάγια περιμένει στο δοκάρι μέχρι να βγει το ποντίκι από το άχυρο.",
    "zh": "猫头鹰在横梁上等待老鼠离开稻草。我们计算它有多少次足够耐心。",
    "ja": "フクロウは梁の上でネズミが藁から出るのを待ちます。私たちはその回数を数えます。",
    "ko": "올빼미는 들보 위에서 쥐가 짚을 떠날 때까지 기다립니다.",
}


@pytest.mark.parametrize("code", TEXTS)
def test_a_sentence_is_enough(code: str) -> None:
    assert guess_language([TEXTS[code]]) == code


def test_english_has_the_benefit_of_the_doubt() -> None:
    assert guess_language([]) == guess_language(["Bits."]) == guess_language(["x_1 = y + 2"]) == "en"
    assert guess_language(["start end text"]) == "en"
    assert guess_language([TEXTS["en"] * 2, TEXTS["de"]]) == "en", "a quotation"
    formulas = "Let x in E and y in D with f(x, e) = a + o; then e, a, o, y, u are in K. " * 3
    assert guess_language([formulas]) == "en"


def test_letters_in_the_wrong_encoding_are_of_no_language() -> None:
    assert guess_language([(TEXTS["ru"] * 2).encode("cp1251").decode("latin-1")]) == "und"


def test_a_default_for_what_cannot_be_told() -> None:
    assert guess_language(["ąęśćż " * 30], default="en") == "en"
    assert guess_language([TEXTS["pl"] * 2], default="en") == "pl"


@pytest.mark.parametrize(
    ("name", "code"), [("German", "de"), ("german", "de"), ("de", "de"), ("", ""), ("Klingon", "klingon")]
)
def test_codes_of_names(name: str, code: str) -> None:
    assert language_code(name) == code
