"""The episode on Bloom filter layouts: "Small Hours, Big Ideas", a calm and dry host."""

from __future__ import annotations

from ..common.model import Episode, Results, Segment
from ..common.spoken import one_in, times, words


def episode(r: Results) -> Episode:
    """The script with the numbers of the run `r`."""
    table = r["table"]
    low, high = str(r["bits_per_key"][0]), str(r["bits_per_key"][-1])

    def ratio(layout: str, bits: str) -> str:
        return times(r["ratio_" + layout][bits], 1)

    def load(layout: str, key: str, places: int = 0) -> str:
        return words(table[layout]["10"][key], places)

    segments = [
        Segment(
            "intro",
            "Hello, and welcome to Small Hours, Big Ideas, for people who cannot sleep until they know "
            "how things work. I'm Martin. Tonight's paper is called One Cache Line or Many: What Locality "
            "Costs a Bloom Filter, by Ines Haverkamp and her colleagues. It is about an old trick, a "
            "modern speed-up, and a tempting repair that turns out to be a trap.",
        ),
        Segment(
            "background",
            "Let's begin with the trick itself. A Bloom filter is a way to remember a set of keys in a "
            "few bits each. Picture a long row of light switches, all off. To remember a name, you run it "
            "through a few hash functions, recipes that turn a name into numbers, and you flip on the "
            "switches they point at. Later, to ask whether you've seen that name, you look at the same "
            "switches. If even one of them is off, you have certainly never seen it.",
            ("1", "2.1"),
        ),
        Segment(
            "background",
            "But if they're all on, well, other names may have flipped them. That is called a false "
            "positive, a false alarm. So the filter never forgets, but it sometimes imagines things.",
            ("1", "2.1"),
        ),
        Segment("transition", "So far, so good. Now, here's the catch."),
        Segment(
            "problem",
            "When the idea was published in nineteen seventy, the slow part was computing the hashes. "
            "Today, computing is nearly free, and waiting for memory is what hurts. Memory arrives in "
            "small parcels called cache lines, and every switch you look at may live in a different "
            "parcel. So people invented the blocked filter, which keeps all of a key's switches in one "
            "single parcel. One question, one delivery. The question this paper asks is, what do you pay "
            "for that in accuracy?",
            ("1",),
        ),
        Segment(
            "methodology",
            f"They insert {words(r['keys'])} random keys into a filter, then ask it about "
            f"{words(r['queries'])} keys that were never inserted, and count how often it cries wolf. They "
            f"do that for memory budgets from {words(float(low))} to {words(float(high))} bits per key, "
            "and for four layouts. The standard one, the blocked one, one that fakes many hash functions "
            "with just two, which is called double hashing, and a clever fourth one that I'll keep in my "
            "pocket for a moment.",
            ("3.1", "3.2"),
        ),
        Segment(
            "figure",
            "In figure two we see the false alarm rate falling as memory grows, one curve per layout. On "
            "the left the standard and blocked curves lie on top of each other. Towards the right, the "
            "blocked one falls behind.",
            ("4.1",),
            ("2",),
        ),
        Segment(
            "key_finding",
            "That's the first result, plain and simple. Locality is nearly free when memory is tight, and "
            f"expensive when memory is generous. At {words(float(high))} bits per key, the blocked filter "
            f"makes {ratio('blocked', high)} as many false alarms as the standard one. That's "
            f"{one_in(table['blocked'][high]['rate'])} queries, instead of "
            f"{one_in(table['standard'][high]['rate'])}. At ten bits, it is only {ratio('blocked', '10')}.",
            ("4.1",),
            (),
            ("1",),
        ),
        Segment(
            "key_finding",
            "Why would that be? Imagine a blindfolded clerk, sorting letters into boxes at random. Some "
            "boxes overflow and some stay half empty. At ten bits per key, the average block holds "
            f"{load('blocked', 'load_mean')} keys, but the fullest one holds "
            f"{load('blocked', 'load_max')}. The crowded blocks make most of the mistakes. A small formula "
            "that knows only this unevenness predicts the rates almost exactly.",
            ("2.2", "4.2"),
            (),
            ("2",),
        ),
        Segment(
            "tangent",
            "A small aside. The same arithmetic governs supermarket queues. If everyone picks a till at "
            "random, one line is always absurdly long. But if each shopper glances at two tills and joins "
            "the shorter one, the long lines all but disappear. Computer scientists call this the power "
            "of two choices.",
            ("4.3",),
        ),
        Segment("transition", "Which brings me, neatly, to the layout in my pocket."),
        Segment(
            "methodology",
            "The fourth layout takes off the clerk's blindfold. Every key gets two candidate blocks, and "
            "goes into the emptier one. Of course, when you come back, you don't know which block it went "
            "into. So you search both.",
            ("3.1",),
            ("1",),
        ),
        Segment(
            "key_finding",
            "Now guess what happens. The load becomes almost perfectly even. The fullest block drops from "
            f"{load('blocked', 'load_max')} keys to {load('balanced', 'load_max')}. And yet, believe it or "
            f"not, this filter is the worst of the four. It makes roughly {ratio('balanced', '10')} as "
            "many false alarms as the standard filter. Each block is nearly ideal, but you search two of "
            "them, so you have two chances to be fooled.",
            ("4.3",),
            ("3",),
            ("2",),
        ),
        Segment(
            "figure",
            "Figure three tells that story in three lines. Double hashing runs flat along the bottom, at "
            "one. The two-choice filter runs along the top, near two. And the blocked filter climbs from "
            "one towards the other.",
            ("4.3",),
            ("3",),
        ),
        Segment(
            "implication",
            "What should you take home if you build such things? Up to about ten bits per key, use the "
            "blocked filter and sleep well. It fetches one cache line instead of about "
            f"{words(table['standard']['10']['lines'])}, and you'll hardly notice the errors. With more "
            "memory, ask what a false alarm costs you. If it means reading a disk, the old standard "
            "layout deserves its second parcel. And double hashing? Take it, it costs nothing.",
            ("5.1",),
        ),
        Segment(
            "limitation",
            "A word of caution, though. The authors counted memory accesses. They did not time a real "
            "machine, where two parcels can be fetched at once. And their keys were random, with good "
            "hash functions. So treat the error rates as solid, and the advice on speed as an argument.",
            ("5.2",),
        ),
        Segment(
            "conclusion",
            "So, what have we learned? Keeping everything in one place makes a Bloom filter fast and, "
            "with plenty of memory, almost twice as likely to cry wolf. The cause is uneven crowding. And "
            "fixing the cause did not fix the filter, plain and simple, because a repair should be judged "
            "by the thing you care about. I'm Martin, this was Small Hours, Big Ideas. Sleep well.",
            ("6",),
        ),
    ]
    return Episode("Small Hours, Big Ideas", "bm_george", "male", "en-gb", 1.0, segments)
