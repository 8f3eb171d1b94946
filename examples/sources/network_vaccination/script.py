"""The episode on vaccination in networks: "A Cup of Method", a brisk and precise host."""

from __future__ import annotations

from ..common.model import Episode, Results, Segment
from ..common.spoken import percent, words


def episode(r: Results) -> Episode:
    """The script with the numbers of the run `r`."""
    attack, shape, need = r["attack"], r["shape"], r["threshold"]
    hubs, daily = attack["hubs"], r["daily"]["hubs"]

    segments = [
        Segment(
            "intro",
            "Good morning, and welcome to A Cup of Method, the podcast that takes one study and asks how "
            "it was actually done. I'm Emma. Today, we're reading Ask for a Friend, Vaccinating Contact "
            "Networks With and Without a Map, by Nomvula Castellane and Edwin Farrow-Haas. Put the kettle "
            "on.",
        ),
        Segment(
            "problem",
            "Suppose you have vaccine for one person in ten, and an epidemic is on its way. Whom do you "
            "call first? A dose for a hermit saves the hermit. A dose for a bus driver might save the "
            "whole town. Ideally, you'd start with the people who meet the most other people. The trouble "
            "is, you have no idea who they are. Nobody has a map of who meets whom.",
            ("1",),
        ),
        Segment(
            "background",
            "To see why this is hard, we need two ideas. The first is the contact network. Draw a point "
            "for every person, and a line for every pair who meet. In some networks, everybody has "
            "roughly the same number of lines. In others, a few people have an enormous number of them. "
            "We call those people hubs.",
            ("1", "3.1"),
        ),
        Segment(
            "background",
            "The second idea is delightful. It's called the friendship paradox. Your friends, on average, "
            "have more friends than you do. Don't take it personally! A very popular person simply turns "
            "up on a great many lists of friends. So if you pick a stranger, and ask for the name of a "
            "friend, that friend is quite likely to be a hub.",
            ("1", "2.1"),
        ),
        Segment("transition", "Now then. How do we turn that into an experiment?"),
        Segment(
            "methodology",
            f"The authors build two artificial towns with {words(r['people'])} people each. In both of "
            f"them, the average person has about {words(shape['hubs']['mean'])} contacts. But in the first "
            f"town, the most popular person has {words(shape['hubs']['max'])} of them, and in the second "
            f"one, nobody has more than {words(shape['even']['max'])}. Same average, completely different "
            "shape.",
            ("3.1",),
        ),
        Segment(
            "methodology",
            "Then they try four rules. Vaccinate at random. Or ask a random person for a friend, and "
            "vaccinate the friend. Or use the full map, and begin with the best connected. Or use a poor "
            "map, in which half of all contacts are missing. For each rule they vary the number of doses, "
            f"and let the infection run, day by day, in {words(r['epidemics'])} simulated epidemics.",
            ("3.2", "3.3"),
        ),
        Segment(
            "figure",
            "Let's look at figure one together. It's for the town with hubs. From left to right, more "
            "people are vaccinated. From bottom to top, more people fall ill. The random rule comes down "
            "slowly, almost in a straight line. The two rules with a map drop like a lift with a cut "
            "cable. And asking for a friend lies in between.",
            ("4.1",),
            ("1",),
        ),
        Segment(
            "key_finding",
            f"What does that mean in numbers? To keep the outbreak below {percent(r['target'])} of the "
            f"town, the full map needs just {percent(need['hubs']['degree'])} of the people vaccinated. "
            f"Crucially, the random rule still fails with {words(100 * max(r['coverages']))} percent. "
            "That's the difference between knowing and not knowing.",
            ("4.1",),
            (),
            ("1",),
        ),
        Segment(
            "key_finding",
            f"And asking for a friend? It needs {percent(need['hubs']['acquaintance'])}. That's more than "
            "twice as much as with the map, but remember, it uses no map at all. If you give one person "
            f"in five the vaccine, the random rule leaves {percent(hubs['random']['0.20'])} infected, and "
            f"the friend rule leaves {percent(hubs['acquaintance']['0.20'])}. The same number of doses, "
            "and a tenth of the cases.",
            ("4.1",),
            (),
            ("1",),
        ),
        Segment(
            "figure",
            "Figure two shows the same story over time, with one person in ten vaccinated. Without "
            f"vaccine, the wave rises to about {words(round(max(daily['none']), -2))} infectious people at "
            f"once. With the random rule it's about {words(round(max(daily['random']), -1))}, and with the "
            f"friend rule, about {words(round(max(daily['acquaintance']), -1))}. With a map, there is no "
            "wave at all. The line just sinks.",
            ("4.1",),
            ("2",),
        ),
        Segment("transition", "But let's not get carried away. What about the other town?"),
        Segment(
            "key_finding",
            "In the town without hubs, asking for a friend helps rather less. It needs "
            f"{percent(need['even']['acquaintance'])} instead of {percent(need['even']['random'])}. Even "
            f"the full map needs {percent(need['even']['degree'])}. If nobody is special, then there is "
            "nobody special to find.",
            ("4.2",),
            ("3",),
            ("1",),
        ),
        Segment(
            "tangent",
            "By the way, you can try the friendship paradox yourself. Count your contacts on any social "
            "network. Then look up how many your friends have, and take the average. Almost everyone who "
            "does this feels slightly unpopular afterwards. It's not you, it's arithmetic.",
        ),
        Segment(
            "implication",
            "So why does this matter? Crucially, because of the poor map. In the town with hubs, a map "
            f"that misses half of all contacts needs {percent(need['hubs']['lagged'])} vaccinated, hardly "
            "more than the perfect one. Someone with a hundred contacts still tops the list when you've "
            "overlooked fifty. A crude list of busy jobs might do. You needn't wait for perfect knowledge.",
            ("5.1", "4.1"),
        ),
        Segment(
            "limitation",
            "A few words of caution before you redesign public health. There are no households in these "
            "towns, no schools, and no age groups. The vaccine is perfect, and people name their friends "
            "at random, which real people don't. And the aim was to stop the spread. If you want to "
            "prevent deaths, you may prefer to protect the frail rather than the sociable.",
            ("5.2",),
        ),
        Segment(
            "conclusion",
            "Let's sum up. Who gets the vaccine first can matter more than how many get it. If there are "
            "hubs, a rough map is nearly as good as a perfect one, and simply asking for a friend gets "
            "you surprisingly far. So first, find out how uneven the contacts are. I'm Emma, this was A "
            "Cup of Method, and I do hope you'll join me for the next cup.",
            ("6",),
        ),
    ]
    return Episode("A Cup of Method", "bf_emma", "female", "en-gb", 1.0, segments)
