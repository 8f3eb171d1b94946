"""The episode on graph colouring: "The Back of the Envelope", a lively host who likes questions."""

from __future__ import annotations

from ..common.model import Episode, Results, Segment
from ..common.spoken import out_of, percent, words


def episode(r: Results) -> Episode:
    """The script with the numbers of the run `r`."""
    success, steps, total = r["success"], r["steps"], r["instances"]
    hard, easy = r["hardest"]["tabu"], "3.0"
    best_sweep = max(r["sweep"].values())

    def solved(method: str, key: str) -> str:
        return out_of(success[method][key], total)

    def about(value: float) -> str:
        return words(round(value, -2))

    segments = [
        Segment(
            "problem",
            "Here's a puzzle to get us going. You've got a pile of exams, three days to hold them, and "
            "one rule: no student can sit two exams on the same day. You shuffle things around, and it "
            "gets better and better, and then, boom, you're stuck. Every single change makes it worse, "
            "and it still doesn't work. So what do you do now?",
            ("1",),
        ),
        Segment(
            "intro",
            "Hey everybody, this is The Back of the Envelope, and I'm your host, Danny. Today we're "
            "reading Start Again, Cool Down or Remember, by Marisol Etxeberria and Dag Holmqvist. It's a "
            "paper about being stuck, and I love it, because it takes three famous bits of advice and "
            "actually makes them race.",
            ("1",),
        ),
        Segment(
            "background",
            "Okay, a little vocabulary. Draw a dot for each exam, and a line between two dots if they "
            "share a student. Now color the dots with three colors, one per day, so that no line connects "
            "two dots of the same color. That's called graph coloring. A line that breaks the rule is a "
            "conflict, and what you want is zero conflicts.",
            ("1", "2.1"),
        ),
        Segment(
            "background",
            "Changing one dot at a time to reduce the conflicts is called local search. And the place "
            "where you get stuck has a name too. It's a local minimum. Think of a hiker in the fog who "
            "only ever walks downhill. Sooner or later, she's standing in a hollow, and it's not the "
            "bottom of the valley.",
            ("1",),
        ),
        Segment("transition", "Alright, so our hiker is stuck in a hollow. Let's meet the three ways out."),
        Segment(
            "methodology",
            "Number one, random restarts. Give up, get dropped somewhere else, and walk downhill again. "
            "Number two, simulated annealing. Take a step uphill now and then, a lot at first and less "
            "and less later, like hot metal cooling down. And number three, tabu search. Always take the "
            "best step you can see, even if it's uphill, but you're not allowed to undo it for a while.",
            ("3.2",),
        ),
        Segment(
            "methodology",
            f"And here's what makes it a fair fight. Everybody gets exactly {words(r['budget'])} looks at "
            f"a possible move. Not steps, looks. The graphs are random, with {words(r['vertices'])} dots "
            "each, and every one of them has a solution hidden inside. So nobody gets to say that the "
            "puzzle was impossible.",
            ("3.1", "3.3"),
        ),
        Segment("transition", "You ready? Let's see who won."),
        Segment(
            "key_finding",
            f"Get this. Tabu search solved {percent(r['overall']['tabu'])} of all the puzzles. Restarts "
            f"solved {percent(r['overall']['restart'])}. And simulated annealing, the famous one, solved "
            f"just {percent(r['overall']['annealing'])}. So remembering what you just did beats starting "
            "over, and it beats cooling down. It's not even close.",
            ("4.1",),
        ),
        Segment(
            "figure",
            "Take a look at figure one. Along the bottom, the graphs get denser, from few lines to many. "
            "Up the side is the share of puzzles solved. All three curves start high, dive into a dip, "
            "and then climb back out. But the tabu curve rides way above the other two the whole way "
            "through.",
            ("4.1",),
            ("1",),
        ),
        Segment(
            "key_finding",
            "And that dip is fascinating. All three methods have their worst day at exactly the same "
            f"density, an average of {words(float(hard), 1)} lines per dot. Down there, tabu search solves "
            f"{solved('tabu', hard)} puzzles, restarts manage {words(success['restart'][hard] * total)}, "
            f"and annealing gets exactly {words(success['annealing'][hard] * total)}. That's right where "
            "random graphs stop being colorable at all. Few solutions, and nothing much to point you "
            "toward them.",
            ("4.1", "2.2"),
            (),
            ("1",),
        ),
        Segment(
            "tangent",
            "Quick detour, because I can't help myself. Isn't it funny that the hardest puzzles are in "
            "the middle? Crosswords are a bit like that. A grid with barely any crossings is easy, since "
            "nothing conflicts. A grid that's all crossings is easy too, because every letter helps you. "
            "It's the half-crossed ones that ruin your Sunday.",
        ),
        Segment(
            "key_finding",
            "But hold on, restarts get their moment of glory. On the easiest graphs, they need only about "
            f"{about(steps['restart'][easy])} looks. Tabu search needs about {about(steps['tabu'][easy])}, "
            f"and annealing about {about(steps['annealing'][easy])}. When the whole landscape slopes "
            "toward a solution, just run downhill!",
            ("4.2",),
            (),
            ("1",),
        ),
        Segment(
            "figure",
            "Figure two shows the race as it happens, on the hardest graphs. You can see the number of "
            "conflicts falling as the effort goes up. Restarts drop like a stone and then go flat. Tabu "
            "search actually starts the slowest, because it looks at everything before it moves. But it "
            f"just keeps going, and after about {about(r['overtake'])} looks it has passed everybody.",
            ("4.2",),
            ("2",),
        ),
        Segment(
            "implication",
            "So why does memory help so much? Because a greedy walker who's forced uphill will step right "
            "back down, forever. Forbid that one step, and the same greedy walker ends up exploring the "
            "whole hollow until she finds the way out. The practical recipe is this. Try a few quick "
            "restarts first. If they fail, don't restart harder. Switch to tabu search.",
            ("5.1",),
        ),
        Segment(
            "limitation",
            "Now, let's be fair to annealing. The authors tried five starting temperatures, and the best "
            f"one still solved only {out_of(best_sweep, total)}. But their budget is tiny, and other "
            "people have shown that annealing shines when you give it hours. Also, these are small random "
            "graphs. A real exam timetable has a structure that random graphs don't have.",
            ("4.3", "5.2"),
            (),
            ("2",),
        ),
        Segment(
            "conclusion",
            "So, let's wrap it up on the back of an envelope. You're stuck. Starting over is fine if the "
            "problem is easy. Cooling down is fine if you've got all day. But if your time is short and "
            "the problem is nasty, remember where you've been, and don't go back. Not bad advice for "
            "life, either. I'm Danny, thanks for listening, and I'll catch you next time!",
            ("6",),
        ),
    ]
    return Episode("The Back of the Envelope", "am_michael", "male", "en-us", 1.0, segments)
