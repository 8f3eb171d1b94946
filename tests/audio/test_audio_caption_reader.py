"""Caption files as services write them: each word once, in order, at its time, by its speaker, and no sounds."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podcast_dspy.audio.caption_reader import parse_captions
from podcast_dspy.audio.transcript import RecognisedWord


def _said(words: list[RecognisedWord]) -> str:
    return " ".join(word.word for word in words)


def _turns(words: list[RecognisedWord]) -> list[tuple[str | None, str]]:
    turns: list[tuple[str | None, str]] = []
    for word in words:
        if turns and turns[-1][0] == word.speaker:
            turns[-1] = (word.speaker, f"{turns[-1][1]} {word.word}")
        else:
            turns.append((word.speaker, word.word))
    return turns


def _clock(seconds: float, mark: str = ".") -> str:
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02d}:{whole // 60_000 % 60:02d}:{whole // 1000 % 60:02d}{mark}{whole % 1000:03d}"


LINES = st.lists(
    st.lists(
        st.sampled_from("rain falls on the tin roof at night and no no never".split()), min_size=2, max_size=6
    ),
    min_size=3,
    max_size=12,
)


def _rolling(lines: list[list[str]], *, marks: bool) -> str:
    """Captions as YouTube writes them: the old line above the new one, and for 10 ms the new one alone."""
    out = ["WEBVTT\nKind: captions\n"]
    for number, line in enumerate(lines):
        start = 3.0 * number
        above = " ".join(lines[number - 1]) if number else " "
        new = line[0] + "".join(
            f"<{_clock(start + 0.3 * place)}><c> {word}</c>" if marks else f" {word}"
            for place, word in enumerate(line[1:], 1)
        )
        out.append(f"{_clock(start)} --> {_clock(start + 2.99)} align:start\n{above}\n{new}\n")
        out.append(f"{_clock(start + 2.99)} --> {_clock(start + 3)} align:start\n{' '.join(line)}\n \n")
    return "\n".join(out)


@settings(max_examples=60, deadline=None)
@given(LINES, st.booleans())
def test_rolling_captions_give_each_word_once(lines: list[list[str]], marks: bool) -> None:
    if any(a == b for a, b in itertools.pairwise(lines)):
        return  # the same line twice in turn looks like one that stays
    words = parse_captions(_rolling(lines, marks=marks))
    assert [word.word for word in words] == [word for line in lines for word in line]
    assert [word.start for word in words] == sorted(word.start for word in words)
    if marks:
        expected = [
            3.0 * number + 0.3 * place for number, line in enumerate(lines) for place in range(len(line))
        ]
        assert [word.start for word in words] == pytest.approx(expected, abs=0.002)


@settings(max_examples=40, deadline=None)
@given(LINES)
def test_captions_that_grow_word_by_word(lines: list[list[str]]) -> None:
    at, out = 0.0, []
    for line in lines:
        for length in range(1, len(line) + 1):
            out.append(f"{_clock(at, ',')} --> {_clock(at + 0.4, ',')}\n{' '.join(line[:length])}\n")
            at += 0.4
        at += 1.0
    words = parse_captions("\n".join(f"{number}\n{cue}" for number, cue in enumerate(out, 1)))
    said = [word for line in lines for word in line]
    repeated = sum(a[-1] == b[0] for a, b in itertools.pairwise(lines))
    assert len(said) - repeated <= len(words) <= len(said)


def test_what_is_said_twice_in_captions_that_do_not_roll_stays() -> None:
    cues = [
        "No.",
        "No.",
        "That is not what I meant.",
        "Then say",
        "what you mean.",
        "Well, it rained.",
        "Did it?",
    ]
    text = "\n".join(
        f"{n}\n00:00:{2 * n:02d},000 --> 00:00:{2 * n + 1:02d},500\n{c}\n" for n, c in enumerate(cues)
    )
    assert _said(parse_captions(text)) == " ".join(cues)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[Music]", ""),
        ("[MUSIC PLAYING] Good evening.", "Good evening."),
        ("(crowd cheering)", ""),
        ("(door opens)", ""),
        ("It works. (laughs) Mostly.", "It works. Mostly."),
        ("It works.[Laughter]", "It works."),
        ("*sighs* It works.", "It works."),
        ("♪ la la la ♪", "la la la"),
        ("{\\an8}<i>Good</i> <font color=\"#ffff00\">evening</font>", "Good evening"),
        ("<c.colorE5E5E5>Good</c><c.yellow.bg_blue> eve</c>ning", "Good evening"),
        ("un<b>believ</b>able", "unbelievable"),
        ("Good\\Nevening", "Good evening"),
        ("salt &amp; pepper &lt;3", "salt & pepper <3"),
        ("- Good evening.", "Good evening."),
        ("&gt;&gt; Good evening.", "Good evening."),
        ("It costs (or cost) a lot.", "It costs (or cost) a lot."),
        ("It fell to -5 degrees", "It fell to -5 degrees"),
        ("-5 degrees", "-5 degrees"),
        ("a < b and b > c", "a < b and b > c"),
        ("At 10:30 he left", "At 10:30 he left"),
    ],
)  # fmt: skip
def test_markup_and_sounds_are_not_words(written: str, said: str) -> None:
    words = parse_captions(
        f"1\n00:00:01,000 --> 00:00:04,000\n{written}\n\n2\n00:00:05,000 --> 00:00:06,000\nend\n"
    )
    assert _said(words[:-1]) == said


@pytest.mark.parametrize(
    "stamps",
    ["00:00:01 --> 00:00:04", "0:01.000 --> 0:04.000", "00:00:01,0 --> 00:00:04,00", "00:00:01.000-->00:00:04.000",
     "0:00:01.000,0:00:04.000", "00:00:01,000 --> 00:00:04,000 X1:10 X2:20 Y1:1 Y2:2", "1:01 --> 1:04"],
)  # fmt: skip
def test_stamps_of_every_make(stamps: str) -> None:
    words = parse_captions(f"{stamps}\none two\nthree\n")
    assert _said(words) == "one two three"
    assert words[0].start % 60 == 1.0
    assert words[-1].end % 60 == pytest.approx(4.0)


@pytest.mark.parametrize(
    "cues",
    [
        ["Åsa Öberg: One.", "Åsa Öberg: Two.", "de la Cruz: Three."],
        ["<v Åsa Öberg>One.</v>", "<v Åsa Öberg>Two.</v>", "<v de la Cruz>Three.</v>"],
        ["<v.loud Åsa Öberg>One.", "Two.", "<v de la Cruz>Three."],
        ["- Åsa Öberg: One.", "Two.", "- de la Cruz: Three."],
        [">> Åsa Öberg: One.", "Two.", "&gt;&gt; de la Cruz: Three."],
        ["[Åsa Öberg]: One.", "[Åsa Öberg]: Two.", "[de la Cruz]: Three."],
    ],
)
def test_speakers(cues: list[str]) -> None:
    text = "WEBVTT\n\n" + "\n".join(f"00:0{n}.000 --> 00:0{n}.900\n{cue}\n" for n, cue in enumerate(cues))
    assert _turns(parse_captions(text)) == [("Åsa Öberg", "One. Two."), ("de la Cruz", "Three.")]


def test_two_speakers_in_one_cue_and_a_turn_without_a_name() -> None:
    text = (
        "1\n00:00:01,000 --> 00:00:03,000\nAnn: Is it?\nBob: It is.\n\n"
        "2\n00:00:03,000 --> 00:00:05,000\n- Who said so?\n- Ann: I did.\n"
    )
    assert _turns(parse_captions(text)) == [
        ("Ann", "Is it?"), ("Bob", "It is."), (None, "Who said so?"), ("Ann", "I did."),
    ]  # fmt: skip


def test_a_colon_is_no_speaker_where_cues_are_not_labelled() -> None:
    cues = ["We start here.", "Remember: keep it dry.", "And keep it cool.", "Today's topic: rain."]
    text = "\n".join(f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\n{cue}\n" for n, cue in enumerate(cues))
    words = parse_captions(text)
    assert _said(words) == " ".join(cues)
    assert {word.speaker for word in words} == {None}


def test_cues_that_overlap_stay_in_order() -> None:
    text = (
        "1\n00:00:00,000 --> 00:00:05,000\nthe rain in the north\n\n"
        "2\n00:00:02,000 --> 00:00:07,000\nfalls on the hills\n\n"
        "3\n00:00:06,000 --> 00:00:12,000\nand nobody who lives there has ever minded it\n\n"
        "4\n00:00:06,500 --> 00:00:07,000\nMhm.\n"
    )
    words = parse_captions(text)
    assert _said(words) == (
        "the rain in the north falls on the hills and nobody who lives there has ever minded it Mhm."
    )
    assert [word.start for word in words] == sorted(word.start for word in words)
    assert all(a.end <= b.start + 1e-9 for a, b in itertools.pairwise(words))
    assert words[4].end == 2.0


def test_notes_names_and_styles_of_a_web_caption_file_are_not_words() -> None:
    text = (
        "WEBVTT - a show\n\nSTYLE\n::cue { color: red }\n\nNOTE made by hand\n00:09 maybe\n\nopening\n"
        "00:01.000 --> 00:02.000\nGood evening.\n\nNOTE\nanother\n\n12\n00:02.000 --> 00:03.000\n42\n"
    )
    assert _said(parse_captions(text)) == "Good evening. 42"


def test_a_blank_line_inside_a_subrip_cue() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\nGood\n\nevening.\n\n2\n00:00:03,000 --> 00:00:04,000\nHello.\n"
    assert _said(parse_captions(text)) == "Good evening. Hello."


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab:->.,<>/[](){}0123456789 \n\t♪\\", max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    words = parse_captions(f"00:01.000 --> 00:02.000\n{text}")
    assert all(0 <= word.start <= word.end for word in words)
